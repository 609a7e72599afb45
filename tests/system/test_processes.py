"""The process table beside ps(1), with children in every state, hostile names, and files counted."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from osexplorer.model.errors import Exhausted, Unavailable
from osexplorer.model.processes import Process, ProcessId
from osexplorer.system.processes import Collector, read_commands
from osexplorer.system.processes_linux import ProcCollector
from osexplorer.system.processes_psutil import PsutilCollector

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def children() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts children, and ends and reaps them afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*argv: str | bytes, **keywords: object) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(argv, **keywords)  # type: ignore[call-overload]
        started.append(child)
        return child  # type: ignore[no-any-return]

    yield start
    for child in started:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def collector() -> Iterator[ProcCollector]:
    made = ProcCollector()
    yield made
    made.close()


def sampled(collector: Collector) -> dict[int, Process]:
    reading = collector.sample()
    read_commands(reading.unnamed, collector.commands)
    return {row.pid: row for row in collector.named(reading.rows)}


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        os.sched_yield()


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0].decode()


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def ready(child: subprocess.Popen[bytes]) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"


@pytest.mark.parametrize("make", [ProcCollector, PsutilCollector])
def test_children_in_every_state_are_as_ps_says(
    make: Callable[[], Collector], children: Callable[..., subprocess.Popen[bytes]]
) -> None:
    sleeping = children("sleep", "1000")
    stopped = children("sleep", "1000")
    stopped.send_signal(signal.SIGSTOP)
    nice = children("nice", "-n", "7", "sleep", "1000")
    threads = children(
        *python(
            "import threading, time\n"
            "for _ in range(3): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
            "print('ready', flush=True); time.sleep(1000)"
        ),
        stdout=subprocess.PIPE,
    )
    zombie = children("true")
    ready(threads)
    wait_for(lambda: state_of(stopped.pid) == "T")
    wait_for(lambda: state_of(zombie.pid) == "Z")
    wait_for(lambda: b"sleep" in Path(f"/proc/{nice.pid}/cmdline").read_bytes().split(b"\0")[0])
    for child in (sleeping, nice, threads):
        wait_for(lambda child=child: state_of(child.pid) == "S")

    collector = make()
    rows = sampled(collector)
    collector.close()

    pids = [child.pid for child in (sleeping, stopped, nice, threads, zombie)]
    listed = subprocess.run(
        [
            "ps",
            "-ww",
            "-o",
            "pid=,ppid=,s=,user=,ni=,pri=,nlwp=,rss=,vsz=,lstart=,comm=",
            "-p",
            ",".join(map(str, pids)),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert len(listed) == len(pids)
    for line in listed:
        pid, ppid, state, user, ni, _, nlwp, rss, vsz, *rest = line.split()
        row = rows[int(pid)]
        assert row.ppid == int(ppid) == os.getpid()
        assert (row.state, row.user, row.nice) == (state, user, int(ni)), line
        assert row.name == rest[5]
        if state != "Z" or make is ProcCollector:
            assert row.threads == int(nlwp)
        assert row.vsize == int(vsz) * 1024
        # Linux counts pages of three kinds on each processor, 32 and more at a time (percpu_counter.h)
        assert abs(row.rss - int(rss) * 1024) <= 3 * 64 * (os.cpu_count() or 1) * os.sysconf("SC_PAGESIZE")
        started = time.mktime(time.strptime(" ".join(rest[:5]), "%a %b %d %H:%M:%S %Y"))
        assert abs(row.start / 1e9 - started) < 2
        assert row.cpu is None
    assert rows[zombie.pid].zombie
    assert rows[zombie.pid].command == "[true]"
    assert rows[stopped.pid].state_word == "stopped"
    assert rows[nice.pid].command == "sleep 1000"
    assert rows[threads.pid].threads == 4


def test_kernel_threads_are_told_apart(collector: ProcCollector) -> None:
    rows = sampled(collector)
    if 2 not in rows or rows[2].name != "kthreadd":
        pytest.skip("no kernel threads are visible here")
    assert rows[2].kernel
    assert rows[2].command == "[kthreadd]"
    assert not rows[os.getpid()].kernel


def test_processor_time_is_a_fraction_of_one_core(
    collector: ProcCollector, children: Callable[..., subprocess.Popen[bytes]]
) -> None:
    busy = children(*python("print('ready', flush=True)\nwhile True: pass"), stdout=subprocess.PIPE)
    idle = children("sleep", "1000")
    ready(busy)
    first = sampled(collector)
    assert first[busy.pid].cpu is None
    wait_for(lambda: collector.sample().window > 0)
    later = sampled(collector)  # within the shortest window: the figures stay
    cpu = later[busy.pid].cpu
    assert cpu is not None
    assert 0.0 < cpu < 1.2  # the machine may be shared
    assert later[idle.pid].cpu == 0.0
    assert later[busy.pid].time > 0
    again = {row.pid: row for row in collector.sample(restart=True).rows}
    assert again[busy.pid].cpu is None


def test_one_born_between_two_samples_has_a_figure_at_once(
    collector: ProcCollector, children: Callable[..., subprocess.Popen[bytes]]
) -> None:
    collector.sample()
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    wait_for(lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME) > before + 30_000_000)  # into another clock tick
    busy = children(*python("print('ready', flush=True)\nwhile True: pass"), stdout=subprocess.PIPE)
    ready(busy)
    rows: dict[int, Process] = {}

    def second() -> bool:
        reading = collector.sample()
        rows.update({row.pid: row for row in reading.rows})
        return reading.window > 0

    wait_for(second)
    cpu = rows[busy.pid].cpu
    assert cpu is not None
    assert cpu > 0


HOSTILE = b"a\nb) S (\xff\x1b[3"


def test_a_hostile_name_and_command_line(
    collector: ProcCollector, children: Callable[..., subprocess.Popen[bytes]]
) -> None:
    child = children(
        *python(
            "import ctypes, time\nctypes.CDLL(None).prctl(15, "
            + repr(HOSTILE)
            + ", 0, 0, 0)\nprint('ready', flush=True); time.sleep(1000)"
        ),
        b"\x1b[31m\xfe",
        b"",
        stdout=subprocess.PIPE,
    )
    ready(child)
    row = sampled(collector)[child.pid]
    assert row.name.encode("utf-8", "surrogateescape") == HOSTILE
    assert row.ppid == os.getpid()
    assert row.command.encode("utf-8", "surrogateescape").endswith(b" \x1b[31m\xfe")


def test_a_name_of_its_own_choice_and_another_program_are_noticed(
    collector: ProcCollector, children: Callable[..., subprocess.Popen[bytes]]
) -> None:
    child = children("sh", "-c", "echo ready; read x; exec sleep 1000", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ready(child)
    assert sampled(collector)[child.pid].command.startswith("sh -c")
    assert child.stdin is not None
    child.stdin.write(b"\n")
    child.stdin.flush()
    wait_for(lambda: Path(f"/proc/{child.pid}/comm").read_bytes() == b"sleep\n")
    assert sampled(collector)[child.pid].command == "sleep 1000"

    def is_known() -> bool:
        assert sampled(collector)[child.pid].command == "sleep 1000"
        return child.pid not in {process.pid for process in collector.commands}

    wait_for(is_known)  # while it loads its libraries it may be yet another one


def test_a_long_command_line_is_cut_with_a_mark(
    collector: ProcCollector, children: Callable[..., subprocess.Popen[bytes]]
) -> None:
    child = children("sleep", "1000", "0" * 100_000)
    row = sampled(collector)[child.pid]
    assert row.command.endswith("0…")
    assert len(row.command) < 40_000


def test_a_later_sample_opens_no_file_for_a_process_that_is_known(
    collector: ProcCollector, children: Callable[..., subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = {children("sleep", "1000").pid for _ in range(20)}
    rows = sampled(collector)

    def settled() -> bool:
        nonlocal rows
        before, rows = rows, sampled(collector)
        return all(rows[pid] is before[pid] for pid in pids)

    wait_for(settled)
    opened: list[str] = []

    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        def note(path: Any, *rest: Any, **keywords: Any) -> Any:
            opened.append(str(path))
            return function(path, *rest, **keywords)

        return note

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", noted(os.open))
        patch.setattr(os, "stat", noted(os.stat))
        again = {row.pid: row for row in collector.sample().rows}
    assert not [path for path in opened if any(f"/{pid}" in path for pid in pids)]
    assert all(again[pid] is rows[pid] for pid in pids)  # an unchanged row is the same object: nothing to draw


def test_descriptors_are_held_within_the_limit_and_given_back(
    children: Callable[..., subprocess.Popen[bytes]],
) -> None:
    for _ in range(10):
        children("sleep", "1000")
    before = len(os.listdir("/proc/self/fd"))
    collector = ProcCollector(hold=5)
    sampled(collector)
    rows = sampled(collector)
    assert len(os.listdir("/proc/self/fd")) == before + 5
    assert set(rows) >= {os.getpid()}
    collector.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_processes_come_and_go_without_a_leak(
    collector: ProcCollector, children: Callable[..., subprocess.Popen[bytes]]
) -> None:
    sampled(collector)
    gone = set()
    for _ in range(30):
        child = children("true")
        sampled(collector)
        child.wait()
        rows = sampled(collector)
        assert child.pid not in rows
        gone.add(f"/proc/{child.pid}/stat")
    assert not gone & set(_open_files())
    assert not {process.pid for process in collector.commands} - set(sampled(collector))


def _open_files() -> Iterator[str]:
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # that of the listing itself
            yield os.readlink(f"/proc/self/fd/{name}")


def test_one_that_exits_between_the_listing_and_the_read_is_left_out(
    collector: ProcCollector,
    children: Callable[..., subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child = children("sleep", "1000")
    later = children("sleep", "1000")
    real = os.listdir

    def listdir(path: str) -> list[str]:
        names = real(path)
        if path == "/proc" and child.returncode is None:
            child.kill()
            child.wait()
        return names

    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", listdir)
        rows = sampled(collector)
    assert child.pid not in rows
    assert later.pid in rows
    assert not collector.confirm(ProcessId(child.pid, 1))


def test_when_descriptors_run_out_the_collector_gives_back_its_own() -> None:
    """In a child of our own, whose limit is small: the table is whole, and the collector holds less."""
    code = """
import os, resource, subprocess, sys
from osexplorer.system.processes_linux import ProcCollector
children = [subprocess.Popen(["sleep", "100"]) for _ in range(40)]
low = len(os.listdir("/proc/self/fd")) + 20
resource.setrlimit(resource.RLIMIT_NOFILE, (low, low))
def end():
    for child in children: child.kill()
import atexit; atexit.register(end)
collector = ProcCollector(hold=1000)
rows = {row.pid for row in collector.sample().rows}
again = {row.pid for row in collector.sample().rows}
print(all(child.pid in rows and child.pid in again for child in children))
collector.close()
used = []
try:
    while True: used.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
collector = ProcCollector(hold=0)
os.close(used.pop())  # listing /proc needs one, and has given it back when the first file is opened
print(all(child.pid in {row.pid for row in collector.sample().rows} for child in children))
used.append(os.open("/dev/null", os.O_RDONLY))
try:
    collector.sample()
except OSError as error:
    print(type(error).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "True", Exhausted.__name__], done.stderr


def test_without_proc_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not mounted"):
        ProcCollector(str(tmp_path)).sample()


def test_a_stat_that_reads_otherwise_is_named(tmp_path: Path) -> None:
    (tmp_path / "12").mkdir()
    (tmp_path / "12" / "stat").write_bytes(b"12 (x) S")
    with pytest.raises(Unavailable) as caught:
        ProcCollector(str(tmp_path)).sample()
    assert caught.value.path == f"{tmp_path}/12/stat"
    assert caught.value.errno == errno.EIO


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount /proc with hidepid and to become another user")
def test_processes_hidden_by_hidepid_are_counted() -> None:
    code = """
import os, pwd, resource, subprocess, sys, tempfile, traceback
from osexplorer.system.processes_linux import ProcCollector
place = tempfile.mkdtemp()
os.chmod(place, 0o755)
if subprocess.run(["mount", "-t", "proc", "-o", "hidepid=1", "proc", place]).returncode: sys.exit(77)
pid = os.fork()
if not pid:
    try:
        os.setgroups([]); os.setgid(654321); os.setuid(654321)  # as whom nothing else runs
        reading = ProcCollector(place).sample()
        print([row.pid == os.getpid() for row in reading.rows], reading.totals.hidden > 0, flush=True)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)
os.waitpid(pid, 0)
subprocess.run(["umount", place])
os.rmdir(place)
"""
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"cannot mount: {done.stderr.strip()}")
    assert done.stdout.strip() == "[True] True", done.stderr


def test_the_totals_are_those_of_the_machine(collector: ProcCollector) -> None:
    totals = collector.sample().totals
    assert totals.processes >= 1
    assert totals.running >= 1  # ourselves
    assert totals.cores == os.cpu_count()
    assert totals.memory_total == psutil.virtual_memory().total
    assert totals.memory_available is not None
    assert 0 < totals.memory_available <= totals.memory_total
    assert totals.load is not None
