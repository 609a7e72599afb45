"""Signals by pidfd: the right process, or none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from osexplorer.model.calls import Call
from osexplorer.model.errors import Denied, Gone, Unsupported
from osexplorer.model.processes import ProcessId
from osexplorer.system import calls, signals
from osexplorer.system.process_details import details, open_files, process_id
from osexplorer.system.processes_linux import ProcCollector

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="uses pidfds and /proc")


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(["sleep", "1000"])
    yield started
    started.kill()
    started.wait()


@pytest.fixture
def collector() -> Iterator[ProcCollector]:
    made = ProcCollector()
    made.sample()
    yield made
    made.close()


def test_a_signal_arrives_and_is_logged_as_the_call_it_was(
    child: subprocess.Popen[bytes], collector: ProcCollector
) -> None:
    made: list[Call] = []
    collector.sample()
    target = signals.hold(process_id(child.pid), collector)
    with calls.recording(made.append):
        signals.send(target, signal.SIGUSR1)
    assert child.wait() == -signal.SIGUSR1
    (call,) = made
    assert call.python() == f"signal.pidfd_send_signal(os.pidfd_open({child.pid}), signal.SIGUSR1)"
    assert call.change
    assert signals.exited(target)
    with pytest.raises(Gone):
        signals.send(target, signal.SIGTERM)
    signals.release(target)
    signals.release(target)


def test_a_zombie_is_gone_though_the_kernel_would_take_the_signal(
    child: subprocess.Popen[bytes], collector: ProcCollector
) -> None:
    target = signals.hold(process_id(child.pid), collector)
    assert not signals.exited(target)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(Gone):
        signals.send(target, signal.SIGTERM)
    signals.release(target)


@pytest.mark.parametrize("seen", [True, False])
def test_a_number_that_is_anothers_by_now_is_not_held(
    child: subprocess.Popen[bytes], collector: ProcCollector, seen: bool
) -> None:
    if seen:
        collector.sample()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(Gone):
        signals.hold(ProcessId(child.pid, process_id(child.pid).born - 1), collector)
    assert len(os.listdir("/proc/self/fd")) == before
    assert child.poll() is None


def test_a_number_used_again_within_the_same_clock_tick_is_not_held() -> None:
    """The start times are equal then; only the descriptor that the collector holds tells the two apart."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"]).returncode:
        pytest.skip("needs root, to have process numbers of its own")
    code = """
import os, time
from osexplorer.model.errors import Gone
from osexplorer.system import signals
from osexplorer.system.process_details import process_id
from osexplorer.system.processes_linux import ProcCollector
def born(pid):
    with open("/proc/sys/kernel/ns_last_pid", "w") as file: file.write(str(pid - 1))
    child = os.fork()
    if not child:
        time.sleep(100)
        os._exit(0)
    return child
for attempt in range(200):
    first = born(5000)
    process = process_id(first)
    collector = ProcCollector()
    collector.sample()
    os.kill(first, 9)
    os.waitpid(first, 0)
    second = born(5000)
    same = second == first and process_id(second) == process
    if same:
        try:
            signals.hold(process, collector)
            print("held the wrong one")
        except Gone:
            print("gone")
    os.kill(second, 9)
    os.waitpid(second, 0)
    collector.close()
    if same: break
else:
    print("never within a tick")
"""
    done = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", code], capture_output=True, text=True
    )
    if "never" in done.stdout:
        pytest.skip("this machine is too slow to use a number again within a clock tick")
    assert done.stdout == "gone\n", done.stderr


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_another_users_process_is_denied(child: subprocess.Popen[bytes], collector: ProcCollector) -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            signals.send(signals.hold(process_id(child.pid), collector), signal.SIGTERM)
            os.write(writer, b"sent")
        except Denied as error:
            os.write(writer, error.code.encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reader, 100) == b"EPERM"
    os.close(reader)
    os.close(writer)
    assert child.poll() is None


def test_no_such_signal_is_an_error_of_its_own(child: subprocess.Popen[bytes], collector: ProcCollector) -> None:
    target = signals.hold(process_id(child.pid), collector)
    with pytest.raises(Unsupported):
        signals.send(target, 999)
    signals.release(target)


def test_without_a_pidfd_the_start_time_is_checked(child: subprocess.Popen[bytes]) -> None:
    right = process_id(child.pid)
    with pytest.raises(Gone):
        signals.send(signals.Target(right._replace(born=right.born + 1), -1), signal.SIGKILL)
    assert child.poll() is None
    signals.send(signals.Target(right, -1), signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


def test_details_of_a_child_are_what_it_was_started_with() -> None:
    environment = {"A": "1", "PATH": "/bin:/usr/bin", "ODD": os.fsdecode(b"\xff\n")}
    child = subprocess.Popen(
        ["cat", "-u", "-"], cwd="/usr", env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(b"\n")
        child.stdin.flush()
        assert child.stdout.read(1) == b"\n"  # from here on it only reads: its libraries are loaded
        found = details(process_id(child.pid))
        assert found.argv == ("cat", "-u", "-")
        assert dict(found.environ) == environment
        assert (found.cwd, found.root) == ("/usr", "/")
        assert os.path.basename(found.exe) in {"cat", "coreutils", "busybox"}
        assert found.descriptors == len(os.listdir(f"/proc/{child.pid}/fd"))
        assert dict(found.status)["PPid"] == str(os.getpid())
        assert {limit.name for limit in found.limits} >= {"Max open files", "Max core file size"}
        assert "read_bytes" in dict(found.io)
        assert found.errors == {}
    finally:
        child.kill()
        child.communicate()
    with pytest.raises(Gone):
        details(found.id)
    with pytest.raises(Gone):
        open_files(found.id)


def test_what_may_not_be_read_is_said_part_by_part() -> None:
    try:
        found = details(process_id(2))
    except Gone:
        pytest.skip("no kernel threads are visible here")
    if dict(found.status).get("Name") != "kthreadd":
        pytest.skip("no kernel threads are visible here")
    assert found.exe == ""
    assert found.errors["exe"].startswith(("ENOENT (", "EACCES ("))
    assert "Max open files" in {limit.name for limit in found.limits}


def test_open_files_of_a_process(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("files") / "log\n"
    with open(path, "wb") as file:
        file.write(b"12345")
        file.flush()
        found = {one.fd: one for one in open_files(process_id(os.getpid()))}
        assert found[file.fileno()] == (file.fileno(), str(path), "w", 5)
    reader, writer = os.pipe()
    found = {one.fd: one for one in open_files(process_id(os.getpid()))}
    assert found[reader].target == found[writer].target
    assert found[reader].target.startswith("pipe:[")
    assert (found[reader].access, found[writer].access) == ("r", "w")
    os.close(reader)
    os.close(writer)
