"""Real children: how they start, live, end, write and are accounted for."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from osexplorer.model.children import Child, ChildState, SignalOutcome
from osexplorer.model.command_line import command_of
from osexplorer.model.errors import CallError, Refused
from osexplorer.model.launch import Launch, Target
from osexplorer.services.children import Children
from osexplorer.services.door import Door
from osexplorer.services.leaving import detach_all, terminate_all
from osexplorer.system.output import OutputReader
from osexplorer.system.output_store import SPILL
from tests.waiting import until

PYTHON = sys.executable


@pytest.fixture
async def children() -> AsyncIterator[Children]:
    service = Children(Door())
    yield service
    await terminate_all(service, patience=5)
    await service.close()


async def run(children: Children, line: str, **options: object) -> Child:
    """Launch, and wait for the end and for all of the output."""
    child = await children.launch(line, **options)  # type: ignore[arg-type]
    return await ended(children, child.id)


async def ended(children: Children, id: int) -> Child:
    def over() -> bool:
        child = children.get(id)
        return child is not None and not child.alive and not child.output_open

    await until(over, f"child {id} to end")
    child = children.get(id)
    assert child is not None
    return child


def text(children: Children, id: int) -> list[str]:
    return [line.text for line in children.output(id).lines()]


@pytest.mark.parametrize("code", [0, 1, 3, 126, 127, 255])
async def test_an_exit_code_is_told(children: Children, code: int) -> None:
    child = await run(children, f"sh -c 'exit {code}'")
    assert (child.state, child.code, child.exit_text) == (ChildState.EXITED, code, f"exit {code}")
    assert child.shell_status == code
    assert child.duration is not None
    assert child.duration > 0


@pytest.mark.parametrize(
    "name",
    ["SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGABRT", "SIGFPE", "SIGKILL", "SIGSEGV", "SIGPIPE", "SIGALRM",
     "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGBUS", "SIGXCPU"],
)  # fmt: skip
async def test_a_signal_that_ends_a_child_is_named(children: Children, name: str) -> None:
    child = await run(children, f"ulimit -c 0; kill -{name[3:]} $$")
    assert (child.state, child.exit_text) == (ChildState.SIGNALLED, name)
    assert child.shell_status == 128 + getattr(signal, name)


async def test_a_core_dump_is_told(children: Children, tmp_path: Path) -> None:
    pattern = Path("/proc/sys/kernel/core_pattern")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("the hard limit of core files is 0")
    if not pattern.exists() or pattern.read_text().startswith("|"):
        pytest.skip("core files do not go to the directory here")
    child = await run(children, "ulimit -c unlimited; kill -SEGV $$", cwd=str(tmp_path))
    assert child.exit_text == "SIGSEGV, core dumped"


@pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="no real-time signals")
async def test_a_real_time_signal_is_named_by_its_distance(children: Children) -> None:
    child = await children.launch("sleep 60")
    assert await children.signal(child.id, signal.SIGRTMIN + 3) is SignalOutcome.SENT
    assert (await ended(children, child.id)).exit_text == "SIGRTMIN+3"


async def test_what_cannot_start_says_why(children: Children, tmp_path: Path) -> None:
    plain, bare, orphan = tmp_path / "plain", tmp_path / "bare", tmp_path / "orphan"
    plain.write_text("x")
    bare.write_text("echo hello\n")
    orphan.write_text("#!/no/such/interpreter\n")
    bare.chmod(0o755)
    orphan.chmod(0o755)
    cases = [
        ("no-such-program-anywhere", "not found, ENOENT", 127, "PATH"),
        (f"{tmp_path}/missing", "not found, ENOENT", 127, "no such file"),
        (str(plain), "not executable, EACCES", 126, "execute bit"),
        (str(tmp_path), "not executable, EACCES", 126, "regular file"),
        (str(bare), "not a program, ENOEXEC", 126, "#!"),
        (str(orphan), "not found, ENOENT", 127, "/no/such/interpreter"),
    ]
    for line, exit_text, status, hint in cases:
        child = await children.launch(line)
        assert (child.state, child.exit_text, child.shell_status) == (ChildState.FAILED, exit_text, status), line
        assert child.error is not None
        assert hint in child.error.hint, line
        assert child.pid == 0
    failed = [call for call in children._door.log.calls() if call.errno]
    assert len(failed) == len(cases)
    assert all(call.function == "subprocess.Popen" for call in failed)


async def test_a_directory_at_fault_is_told_from_a_program_at_fault(children: Children, tmp_path: Path) -> None:
    child = await children.launch("true", cwd=str(tmp_path / "nowhere"))
    assert (child.exit_text, child.shell_status) == ("directory: ENOENT", 125)
    assert child.error is not None
    assert child.error.call == "os.chdir"


async def test_arguments_that_are_too_long(children: Children) -> None:
    child = await children.start(command_of(["true", "x" * 200_000]))
    assert (child.exit_text, child.shell_status) == ("arguments too long, E2BIG", 126)


async def test_environment_directory_and_umask_are_exactly_as_given(children: Children, tmp_path: Path) -> None:
    place = tmp_path / "a\nb\udcff"
    place.mkdir()
    environment = {"PATH": os.environ["PATH"], "ÄÖ": "x\udcfe\n=y", "EMPTY": ""}
    program = (
        "import os; os.write(1, os.getcwdb() + b'|%o' % os.umask(0));"
        "os.write(2, open('/proc/self/environ','rb').read())"
    )
    child = await children.start(
        command_of([PYTHON, "-S", "-c", program]), environment=environment, cwd=str(place), umask=0o027
    )
    await ended(children, child.id)
    lines = children.output(child.id).bytes()
    wanted = os.fsencode(place) + b"|27"
    block = b"".join(os.fsencode(f"{name}={value}") + b"\0" for name, value in environment.items())
    assert lines in (wanted + block, block + wanted)


async def test_impossible_variables_are_refused_before_anything_starts(children: Children) -> None:
    for name in ("", "A=B", "A\0"):
        with pytest.raises(Refused):
            await children.launch("true", environment={name: "x"})
    assert children.feed.value == ()


async def test_the_program_is_looked_up_in_the_childs_path(children: Children, tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "only-here"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho found $0\n")
    tool.chmod(0o755)
    child = await run(children, "only-here", environment={"PATH": f"{tmp_path}/none:{tool.parent}"})
    assert text(children, child.id) == [f"found {tool}"]
    child = await run(children, "only-here", environment={"PATH": "bin"}, cwd=str(tmp_path))
    assert child.code == 0


async def test_output_stays_bytes_and_the_streams_are_told_apart(children: Children) -> None:
    child = await run(children, r"printf '\377\033[31m[/]\n'; printf 'bad\n' >&2")
    view = children.output(child.id)
    assert sorted((line.text, line.stream.name) for line in view.lines()) == [
        ("bad", "ERR"),
        ("\udcff\x1b[31m[/]", "OUT"),
    ]
    assert child.output_bytes == view.total == len(view.bytes())


async def test_a_child_that_closes_its_output_lives_on(children: Children) -> None:
    child = await children.launch("exec >&- 2>&-; sleep 60")
    await until(lambda: not _get(children, child.id).output_open, "the pipes to close")
    assert _get(children, child.id).state is ChildState.RUNNING
    assert await children.signal(child.id, signal.SIGKILL) is SignalOutcome.SENT
    assert (await ended(children, child.id)).exit_text == "SIGKILL"


def _get(children: Children, id: int) -> Child:
    child = children.get(id)
    assert child is not None
    return child


async def test_a_grandchild_that_holds_the_pipe_does_not_delay_the_exit(children: Children) -> None:
    child = await children.launch("sleep 60 & echo started; exit 4")
    await until(lambda: not _get(children, child.id).alive, "the exit")
    await until(lambda: text(children, child.id) == ["started"], "the output")
    after = _get(children, child.id)
    assert (after.code, after.output_open) == (4, True)
    # The leader is reaped, and yet its group is found through the pidfd and not by a number.
    assert await children.signal(child.id, signal.SIGTERM) is SignalOutcome.GONE
    outcome = await children.signal(child.id, signal.SIGTERM, group=True)
    if outcome is SignalOutcome.GONE:  # before Linux 6.9
        await children.remove(child.id)
        return
    await until(lambda: not _get(children, child.id).output_open, "the grandchild to end")
    assert await children.signal(child.id, signal.SIGTERM, group=True) is SignalOutcome.GONE


async def test_a_flood_is_bounded(children: Children) -> None:
    child = await children.launch("yes 'a line of a flood'")
    await until(lambda: _get(children, child.id).dropped_bytes > 8 << 20, "8 MiB to be dropped", deadline=60)
    view = children.output(child.id)
    assert view.total - view.dropped <= (4 << 20) + SPILL
    assert view[len(view) - 1].text.startswith("a")
    assert not view.ready(len(view) // 2)  # in the file
    assert view[len(view) // 2].text == "a line of a flood"
    await children.signal(child.id, signal.SIGKILL)
    await ended(children, child.id)
    view = children.output(child.id)
    assert view.dropped + sum(map(len, view.parts())) == view.total


async def test_what_a_child_wrote_can_be_searched_and_saved_wherever_it_is(children: Children, tmp_path: Path) -> None:
    child = await run(children, "seq 1 1000000")
    view = children.output(child.id)
    assert not view.ready(0)
    assert await children.outputs.find(child.id, "4242", 0) == 4241
    assert await children.outputs.find(child.id, "4242", 999_999, backwards=True) == 994_241
    await children.outputs.load(child.id, 0, 1)
    assert view.ready(0)
    size = await children.outputs.save(child.id, str(tmp_path / "numbers"))
    assert (tmp_path / "numbers").read_text() == "".join(f"{at}\n" for at in range(1, 1_000_001))
    assert size == (tmp_path / "numbers").stat().st_size
    with pytest.raises(CallError):
        await children.outputs.save(child.id, str(tmp_path / "numbers"))
    path = await children.outputs.to_read(child.id)
    assert os.stat(path).st_mode & 0o777 == 0o600
    await children.outputs.read(path)
    assert not os.path.exists(path)


async def test_a_full_disk_loses_old_output_and_says_so(children: Children, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limits[1]))  # a real EFBIG in place of ENOSPC
    try:
        child = await run(children, "seq 1 1500000")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    view = children.output(child.id)
    assert "File too large" in view.problem
    assert view[len(view) - 1].text == "1500000"
    assert view.dropped + len(view.bytes()) == view.total


async def test_two_hundred_children_at_once_and_none_is_lost(children: Children) -> None:
    launched = await asyncio.gather(*(children.launch(f"sh -c 'echo {n}; exit {n % 7}'") for n in range(200)))
    await until(lambda: not children.running, "all to end")
    await until(lambda: not any(child.output_open for child in children.feed.value), "all output")
    for number, child in enumerate(launched):
        assert _get(children, child.id).code == number % 7
        assert text(children, child.id) == [str(number)]
    waits = [call for call in children._door.log.calls() if call.function == "os.wait4"]
    assert len(waits) == 200


async def test_no_descriptor_leaks_and_no_zombie_stays() -> None:
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    children = Children(Door())
    for _ in range(5):
        await asyncio.gather(*(children.launch("true") for _ in range(20)), children.launch("no-such-program"))
        await until(lambda: not children.running, "all to end")
    await until(lambda: not any(child.output_open for child in children.feed.value), "all output")
    assert len(children.feed.value) == 105
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) <= before + 4  # the reader's epoll and pipe, SIGCHLD's socket pair
        for child in children.feed.value:
            assert not os.path.exists(f"/proc/{child.pid}") or child.pid == 0
    await children.close()
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) <= before + 2  # asyncio's own


async def test_use_is_accounted_for(children: Children) -> None:
    unit = 1 if sys.platform == "darwin" else 1024
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit  # wait4 tells only what exceeds it
    size = ours + (64 << 20)
    burn = f"import time\nwhile time.process_time() < 0.5: pass\nx = bytearray({size})"
    child = await run(children, f'{PYTHON} -S -c "{burn}"', mode="argv")
    usage = child.rusage
    assert usage is not None
    assert 0.45 < usage.user + usage.system < 5
    assert child.duration is not None
    assert child.duration / 1e9 > 0.45
    assert usage.max_rss is not None
    assert usage.max_rss > size
    assert not usage.max_rss_sampled
    assert usage.minor_faults > 1000


async def test_peak_memory_is_not_told_where_wait4_tells_only_our_own(children: Children) -> None:
    child = await run(children, "true")
    assert child.rusage is not None
    assert child.rusage.max_rss is None
    assert child.rusage.max_rss_limit > 8 << 20  # no less than this process's own peak, far above what true(1) uses


async def test_a_running_child_is_sampled_only_while_watched(children: Children) -> None:
    child = await children.launch(f"{PYTHON} -S -c 'while True: pass'", mode="argv")
    assert _get(children, child.id).cpu is None
    watching = asyncio.create_task(_drain(children))
    await until(lambda: (_get(children, child.id).cpu or 0) > 0.05, "a sample of its processor use")
    seen = _get(children, child.id)
    assert seen.rss is not None
    assert seen.rss > 1 << 20
    assert await children.signal(child.id, signal.SIGKILL) is SignalOutcome.SENT
    done = await ended(children, child.id)
    assert done.rusage is not None
    if sys.platform == "linux":
        assert done.rusage.max_rss is not None
        assert done.rusage.max_rss_sampled
    watching.cancel()


async def _drain(children: Children) -> None:
    async for _ in children.feed.watch():
        pass


async def test_stop_and_continue_show_at_once(children: Children) -> None:
    child = await children.launch("sleep 60")
    await children.signal(child.id, signal.SIGSTOP)
    await until(lambda: _get(children, child.id).state is ChildState.STOPPED, "the stop")
    assert _get(children, child.id).exit_text == "stopped, SIGSTOP"
    await children.signal(child.id, signal.SIGCONT)
    await until(lambda: _get(children, child.id).state is ChildState.RUNNING, "the continuing")


async def test_ended_ones_can_be_removed_and_running_ones_not(children: Children) -> None:
    child = await children.launch("sleep 60")
    with pytest.raises(Refused):
        await children.remove(child.id)
    await children.signal(child.id, signal.SIGKILL)
    await ended(children, child.id)
    await children.remove(child.id)
    assert children.feed.value == ()
    assert await children.signal(child.id, signal.SIGKILL) is SignalOutcome.GONE
    with pytest.raises(Refused):
        await children.run_again(child.id)


async def test_run_again_repeats_everything(children: Children, tmp_path: Path) -> None:
    first = await run(children, 'echo "$A" $(umask) $(pwd)', environment={"A": "b"}, cwd=str(tmp_path), umask=0o077)
    again = await children.run_again(first.id)
    await ended(children, again.id)
    assert text(children, again.id) == text(children, first.id) == [f"b 0077 {tmp_path}"]
    assert again.id != first.id


async def test_terminate_all_kills_what_ignores_it(children: Children) -> None:
    deaf = await children.launch("trap '' TERM; echo deaf; while :; do sleep 1; done")
    meek = await children.launch("sleep 60")
    await children.signal(meek.id, signal.SIGSTOP)
    await until(lambda: text(children, deaf.id) == ["deaf"], "the trap to be set")
    assert await terminate_all(children, patience=0.2) == 1
    assert _get(children, deaf.id).exit_text == "SIGKILL"
    assert _get(children, meek.id).exit_text == "SIGTERM"


async def test_a_detached_child_writes_on_into_a_file(tmp_path: Path) -> None:
    children = Children(Door())
    fifo = tmp_path / "go"
    os.mkfifo(fifo)
    child = await children.launch(
        f"echo before; read line < {fifo}; echo after; echo err >&2; echo done > {tmp_path}/d"
    )
    await until(lambda: text(children, child.id) == ["before"], "the first line")
    (path,) = (await detach_all(children, str(tmp_path / "logs"))).values()
    await children.close()
    fifo.write_text("x\n")
    await until(lambda: (tmp_path / "d").exists(), "the child to go on to its end")
    await until(lambda: sorted(Path(path).read_text().split()) == ["after", "before", "err"], "the file")
    assert os.stat(path).st_mode & 0o777 == 0o600
    os.waitpid(child.pid, 0)  # what init does after us


async def test_one_on_a_terminal_is_left_running_and_its_output_goes_to_a_file(tmp_path: Path) -> None:
    children = Children(Door())
    fifo = tmp_path / "go"
    os.mkfifo(fifo)
    script = (
        f"trap 'echo hung up > {tmp_path}/hup' HUP; echo before; read line < {fifo}; echo after; echo > {tmp_path}/d"
    )
    child = await children.begin(Launch(command_of(["sh", "-c", script]), terminal=True))
    await until(lambda: "before" in "".join(text(children, child.id)), "the first line")
    (path,) = (await detach_all(children, str(tmp_path / "logs"))).values()
    await children.close()
    fifo.write_text("x\n")
    await until(lambda: (tmp_path / "d").exists(), "the child to go on to its end")
    os.waitpid(child.pid, 0)
    await until(lambda: Path(path).read_text().split() == ["before", "after"], "the file")
    assert not (tmp_path / "hup").exists()


async def test_one_that_writes_to_a_file_as_well_goes_on_writing_to_that(tmp_path: Path) -> None:
    children = Children(Door())
    fifo, file = tmp_path / "go", tmp_path / "file"
    os.mkfifo(fifo)
    script = f"echo before; read line < {fifo}; echo after; echo err >&2; echo > {tmp_path}/d"
    launch = Launch(command_of(["sh", "-c", script]), target=Target.BOTH, target_file=str(file))
    child = await children.begin(launch)
    await until(lambda: file.read_text() == "before\n", "the first line")
    assert list((await detach_all(children, str(tmp_path / "logs"))).values()) == [str(file)]
    await children.close()
    fifo.write_text("x\n")
    await until(lambda: (tmp_path / "d").exists(), "the child to go on to its end")
    os.waitpid(child.pid, 0)
    await until(lambda: sorted(file.read_text().split()) == ["after", "before", "err"], "the file")
    assert not (tmp_path / "logs").exists()


async def test_giving_up_the_wait_for_a_launch_does_not_lose_the_child(children: Children) -> None:
    launch = asyncio.create_task(children.launch("sleep 60"))
    await until(lambda: children.feed.value, "the child to be listed")
    launch.cancel()
    await until(lambda: children.feed.value[0].state is ChildState.RUNNING, "the child to run")


async def test_a_status_taken_by_somebody_else_is_told(children: Children) -> None:
    child = await children.launch("sleep 60")
    os.kill(child.pid, signal.SIGKILL)
    os.waitpid(child.pid, 0)
    done = await ended(children, child.id)
    assert (done.state, done.exit_text) == (ChildState.LOST, "status unknown")


async def test_what_is_launched_can_be_copied_from_the_call_log(children: Children) -> None:
    await run(children, "echo $B", environment={**os.environ, "B": "1"}, umask=0o022)
    call = next(call for call in children._door.log.calls() if call.function == "subprocess.Popen")
    assert "['sh', '-c', 'echo $B']" in call.python()
    assert "{**os.environ, 'B': '1'}" in call.python()
    assert "umask=0o022" in call.python()
    scope: dict[str, object] = {}
    exec(f"import os, subprocess\nwith {call.python()} as p: out = p.communicate()[0]", scope)
    assert scope["out"] == b"1\n"


def test_a_reader_without_children_ends() -> None:
    reader = OutputReader()
    reader.stop()
    reader.pump(lambda news: None)
