"""Real trees of processes: found, adopted, reaped, signalled and ended, whatever they do to get away."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from osexplorer.model.child_status import end_text
from osexplorer.model.children import Child, ChildState, SignalOutcome
from osexplorer.model.command_line import command_of
from osexplorer.model.descendants import Descendant, Stat
from osexplorer.model.errors import Exhausted
from osexplorer.model.ladder import Stopped, parse_ladder
from osexplorer.model.launch import Launch, Limit
from osexplorer.services.children import Children
from osexplorer.services.door import Door
from osexplorer.services.stopping import Stop
from osexplorer.system import descendants as system
from tests.waiting import DEADLINE, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="trees are told by /proc")

PYTHON = sys.executable
KILL = parse_ladder("KILL")

DAEMON = """
import os, sys, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
for fd in range(3): os.close(fd)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(60)
"""
"""Gets away as daemon(7) says: two forks, a session of its own, no descriptor left."""


@pytest.fixture
async def children() -> AsyncIterator[Children]:
    service = Children(Door())
    yield service
    for child in service.feed.value:
        await service.stop(child.id, KILL)
    await service.close()


@pytest.fixture
async def watched(children: Children) -> AsyncIterator[Children]:
    async def watch() -> None:
        async for _ in children.feed.watch():
            pass

    task = asyncio.create_task(watch())
    yield children
    task.cancel()


def get(children: Children, id: int) -> Child:
    child = children.get(id)
    assert child is not None
    return child


def runs(pid: int) -> bool:
    stat = system.stat_of(pid)
    return stat is not None and stat.running


async def grown(children: Children, id: int, size: int) -> Child:
    """The child once its tree has that many descendants, each of which has got to its program."""

    async def look() -> bool:
        await children.members(id)
        tree = get(children, id).descendants
        own = system.stat_of(get(children, id).pid)
        command = system.command_of(own) if own is not None else None
        return len(tree) == size and not any(one.command == command for one in tree)

    end = time.monotonic() + 20
    while not await look():
        assert time.monotonic() < end, get(children, id).descendants
    return get(children, id)


async def written(path: Path) -> int:
    await until(lambda: path.exists() and path.read_text(), f"{path.name} to be written")
    return int(path.read_text())


async def test_descendants_are_found_with_their_command_lines(children: Children) -> None:
    child = await children.launch("sleep 61 & sh -c 'sleep 62 & wait' & wait")
    await grown(children, child.id, 3)

    async def look() -> list[str]:
        await children.members(child.id)
        return sorted(one.command for one in get(children, child.id).descendants)

    end = time.monotonic() + 20
    while await look() != ["sh -c sleep 62 & wait", "sleep 61", "sleep 62"]:  # one forked has its parent's at first
        assert time.monotonic() < end, get(children, child.id).descendants
    tree = get(children, child.id).descendants
    depths = {one.command: one.depth for one in tree}
    assert (depths["sleep 61"], depths["sleep 62"]) == (1, 2)
    assert not any(one.adopted or one.escaped for one in tree)


async def test_the_use_of_the_whole_tree_is_summed(watched: Children) -> None:
    burn = f"{PYTHON} -S -c 'while True: pass'"
    child = await watched.launch(f"{burn} & {burn} & wait")
    await until(lambda: (get(watched, child.id).tree_cpu or 0) > 0.2, "the processor use of its tree")
    seen = get(watched, child.id)
    assert seen.tree_size == 3
    assert (seen.tree_rss or 0) > (seen.rss or 0)
    assert (seen.cpu or 0) < (seen.tree_cpu or 0)
    await until(lambda: len(get(watched, child.id).cpu_history) >= 2, "two samples")


async def test_an_orphan_is_adopted_and_reaped_and_its_session_is_told(children: Children, tmp_path: Path) -> None:
    child = await children.launch(f"setsid sh -c 'echo $$ > {tmp_path}/pid; exec sleep 60' & sleep 60 & exit 3")
    pid = await written(tmp_path / "pid")
    await until(lambda: not get(children, child.id).alive, "the exit")
    tree = (await grown(children, child.id, 2)).descendants
    assert all(one.adopted and one.stat.ppid == os.getpid() for one in tree)
    assert {one.pid == pid: one.escaped for one in tree} == {True: True, False: False}
    os.kill(pid, signal.SIGKILL)
    await until(lambda: system.stat_of(pid) is None, "the orphan to be reaped")
    assert get(children, child.id).code == 3

    def waits() -> int:
        return [call.arguments[0] for call in children._door.log.calls() if call.function == "os.wait4"].count(pid)

    await until(waits, "the call to be in the log")
    assert waits() == 1


async def test_a_daemon_that_forks_twice_and_closes_everything_is_still_its_own(
    children: Children, tmp_path: Path
) -> None:
    program = tmp_path / "daemon.py"
    program.write_text(DAEMON)
    child = await children.launch(f"{PYTHON} -S {program} {tmp_path}/pid; read x < {tmp_path}/none; sleep 60")
    pid = await written(tmp_path / "pid")
    (daemon,) = (one for one in (await grown(children, child.id, 2)).descendants if one.pid == pid)
    assert (daemon.adopted, daemon.escaped) == (True, True)
    stopped = await children.stop(child.id, parse_ladder("TERM 5, KILL"))
    assert stopped.left == ()
    assert not runs(pid)


async def test_an_adopted_one_that_may_be_of_two_children_is_never_taken_for_the_others(
    children: Children, tmp_path: Path
) -> None:
    program = tmp_path / "daemon.py"
    program.write_text(DAEMON)
    other = await children.launch("sleep 60")
    child = await children.launch(f"{PYTHON} -S {program} {tmp_path}/pid; sleep 60")
    pid = await written(tmp_path / "pid")
    await children.members(child.id)
    strays = [one.stat for one in children.strays.value]
    known = [one.stat for one in get(children, child.id).descendants if one.pid == pid]  # seen on its way
    (daemon,) = [stat for stat in (*strays, *known) if stat.pid == pid]
    assert await children.stop(other.id, KILL) == Stopped((signal.SIGKILL,), 1, ())
    assert runs(pid)
    await children.stop(child.id, KILL)
    assert runs(pid) == (daemon in strays)
    assert await children.signal_process(daemon, signal.SIGKILL) in (SignalOutcome.SENT, SignalOutcome.GONE)
    await until(lambda: system.stat_of(pid) is None, "it to be reaped")


async def test_what_is_just_being_launched_is_no_orphan_of_the_only_child(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = await children.launch("sleep 600")
    launching = time.monotonic_ns()
    process = subprocess.Popen(["sleep", "601"], start_new_session=True)
    try:
        with monkeypatch.context() as context:
            context.setattr(children._trees, "_launching", lambda: launching)
            assert process.pid not in [stat.pid for stat in await children.members(child.id)]
            spare: set[tuple[int, int]] = set()
            assert process.pid not in [stat.pid for stat in await children._trees.freeze(child.id, spare)]
        assert process.pid in [stat.pid for stat in await children.members(child.id)]
    finally:
        process.kill()
        process.wait()


async def test_no_status_of_a_child_is_stolen_and_no_zombie_stays(children: Children) -> None:
    # Each leaves an orphan behind that ends soon after, while other children are launched, end and are reaped.
    launched = [await children.launch(f"sh -c '(:; sleep 0.0{n % 9}; exit 9) & exit {n % 5}'") for n in range(100)]
    await until(lambda: not children.running, "all to end")
    for number, child in enumerate(launched):
        done = get(children, child.id)
        assert (done.state, done.code) == (ChildState.EXITED, number % 5)

    def zombies() -> list[int]:
        stats = [stat for pid in system._children() if (stat := system.stat_of(pid)) is not None]
        return [stat.pid for stat in stats if not stat.running and stat.group != os.getpgrp()]

    await until(lambda: not zombies() and not any(child.output_open for child in children.feed.value), "no zombie")
    waits = [call.arguments[0] for call in children._door.log.calls() if call.function in ("os.wait4", "os.waitpid")]
    assert len(waits) == len(set(waits))
    assert {child.pid for child in children.feed.value} <= set(waits)


async def test_who_holds_the_output_is_named(children: Children) -> None:
    child = await children.launch("sleep 60 & echo $!; exit 0")
    await until(lambda: get(children, child.id).holders, "the holder")
    pid = int(children.output(child.id)[0].text)
    assert get(children, child.id).holders == ((pid, "sleep"),)
    assert get(children, child.id).exit_text == "exit 0"
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not get(children, child.id).output_open, "the output to close")


async def test_a_ladder_goes_on_only_while_something_is_left(children: Children) -> None:
    child = await children.launch("trap 'exit 5' TERM; sleep 60 & wait")
    await grown(children, child.id, 1)
    stopped = await children.stop(child.id, parse_ladder("TERM 20, KILL"))
    assert (stopped.sent, stopped.left, stopped.ended) == ((signal.SIGTERM,), (), 2)
    await until(lambda: not get(children, child.id).alive, "its end")
    assert get(children, child.id).code == 5
    assert get(children, child.id).stopping is None


async def test_what_ignores_and_escapes_is_killed_in_the_end_and_progress_is_told(
    children: Children, tmp_path: Path
) -> None:
    deaf = 'trap "" INT TERM; echo ready > {}; while :; do sleep 1; done'
    child = await children.launch(
        f"setsid sh -c '{deaf.format(tmp_path / 'a')}' & sh -c '{deaf.format(tmp_path / 'b')}' & wait"
    )
    await until(lambda: (tmp_path / "a").exists() and (tmp_path / "b").exists(), "both to be deaf")
    seen = []
    stop = asyncio.create_task(children.stop(child.id, parse_ladder("INT 0.1, TERM 30, KILL")))
    async for _ in children.feed.watch():
        stopping = get(children, child.id).stopping
        if stopping is not None and (not seen or seen[-1] != stopping.number):
            seen.append(stopping.number)
            if stopping.number == signal.SIGTERM:
                await children.stop(child.id, ())  # asked again: the next signal at once
        if stop.done() or (stopping is None and seen):
            break
    stopped = await stop
    assert seen[:2] == [signal.SIGINT, signal.SIGTERM]
    assert stopped.sent == (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
    assert stopped.left == ()
    assert (await children.members(child.id)) == []


async def test_a_tree_that_forks_all_the_time_is_caught(children: Children) -> None:
    # Every process starts another one and ends: no list of numbers is true for longer than a moment.
    flee = "import os, time\nwhile True:\n    if os.fork(): os._exit(0)\n    os.setsid()\n    time.sleep(0.002)"
    child = await children.launch(f"{PYTHON} -S -c '{flee}'", "argv")
    await until(lambda: not get(children, child.id).alive, "the first to end")
    stopped = await children.stop(child.id, KILL)
    assert stopped.left == ()
    assert stopped.ended >= 1
    look = system.look()
    assert [pid for pid in look.adopted if look.stats[pid].name.startswith("python")] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for a user whose processes are counted apart")
async def test_a_fork_bomb_bounded_by_limits_is_ended(children: Children) -> None:
    perl = shutil.which("perl")
    if perl is None:
        pytest.skip("no perl, which goes on when it cannot fork, as sh does not")
    nobodys = "64321"
    limits = (Limit("nproc", 100, 100),)
    command = command_of([perl, "-e", "while (1) { defined(fork) or select(undef, undef, undef, 0.01) }"])
    child = await children.begin(Launch(command, cwd="/", user=nobodys, group=nobodys, limits=limits))
    assert child.error is None
    end = time.monotonic() + 20
    while len(await children.members(child.id)) < 50:
        assert time.monotonic() < end
    stopped = await children.stop(child.id, KILL)
    assert stopped.left == ()
    assert stopped.ended >= 50
    owned = [pid for pid in system.look().stats if _owner(pid) == int(nobodys)]
    assert owned == []


def _owner(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return -1


async def test_a_stopped_child_is_continued_to_hear_the_signal(children: Children) -> None:
    child = await children.launch("trap 'exit 4' TERM; echo ready; while :; do sleep 0.05; done")
    await until(lambda: children.output(child.id).total, "the trap")
    await children.signal(child.id, signal.SIGSTOP)
    await until(lambda: get(children, child.id).state is ChildState.STOPPED, "the stop")
    await children.stop(child.id, parse_ladder("TERM 20, KILL"))
    await until(lambda: not get(children, child.id).alive, "its end")
    assert get(children, child.id).code == 4


async def test_a_look_that_finds_nothing_is_not_believed_at_once(children: Children) -> None:
    first, second = [await children.launch("sleep 60") for _ in range(2)]
    stats = [stat for child in (first, second) if (stat := system.stat_of(child.pid)) is not None]
    # The second is started by the first, which then ends, between the listing of /proc and the first being asked.
    looks = iter([stats[:1], [], stats[1:]])

    async def members() -> list[Stat]:
        return next(looks, [])

    async def freeze(spare: set[tuple[int, int]]) -> list[Stat]:
        return []

    stop = Stop(Door(), members, freeze, lambda progress: None)
    assert await stop.run(parse_ladder("TERM 20")) == Stopped((signal.SIGTERM,), 2, ())
    await until(lambda: not children.running, "both to end")
    assert [get(children, child.id).exit_text for child in (first, second)] == ["SIGTERM", "SIGTERM"]


async def test_a_signal_reaches_the_whole_tree(children: Children) -> None:
    child = await children.launch("setsid sleep 60 & sleep 60 & wait")
    await grown(children, child.id, 2)
    outcomes = await children.signal_tree(child.id, signal.SIGUSR1)
    tree = get(children, child.id).descendants
    assert set(outcomes.values()) == {SignalOutcome.SENT}, (child.pid, tree, [system.stat_of(pid) for pid in outcomes])
    assert len(outcomes) == 3
    end = time.monotonic() + 20
    while await children.members(child.id):
        assert time.monotonic() < end


async def test_the_ends_of_adopted_processes_are_told_in_the_tree_of_their_child(watched: Children) -> None:
    child = await watched.launch("(sleep 61 & setsid sleep 60 &); sleep 62 & wait", "shell")

    def orphans() -> list[Descendant]:
        return [one for one in get(watched, child.id).descendants if one.adopted]

    await until(lambda: {one.command for one in orphans()} == {"sleep 60", "sleep 61"}, "its tree")
    victims = orphans()
    for one in victims:
        number = signal.SIGTERM if one.escaped else signal.SIGUSR1
        assert await watched.signal_process(one.stat, number) is SignalOutcome.SENT
    await until(lambda: get(watched, child.id).adopted_ended == 2, "both ends")
    ends = get(watched, child.id).adopted_ends
    assert {end.stat.pid for end in ends} == {one.pid for one in victims}
    assert sorted((end_text(end.status), end.command) for end in ends) == sorted(
        (("SIGTERM", "sleep 60"), ("SIGUSR1", "sleep 61"))
    )


def test_what_cannot_be_looked_at_is_not_held_to_be_gone() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open("/", os.O_RDONLY)
    os.close(free)  # the lowest number that is free: with this as the limit, none is
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        for ask in (
            lambda: system.stat_of(os.getpid()),
            system.look,
            lambda: system.look_below([os.getpid()]),
            lambda: system.reap_adopted((), 0),
            lambda: system.pipes_of(os.getpid()),
        ):
            with pytest.raises(Exhausted, match="EMFILE"):
                ask()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert system.stat_of(2**22 + 1) is None


async def test_a_tree_is_ended_though_there_were_no_descriptors_to_look_at_it(children: Children) -> None:
    child = await children.launch("sleep 60")
    stat = system.stat_of(child.pid)
    assert stat is not None
    looks = 0

    async def members() -> list[Stat]:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise Exhausted(errno.EMFILE, os.strerror(errno.EMFILE), "os.open")
        return [stat] if children.running else []

    async def freeze(spare: set[tuple[int, int]]) -> list[Stat]:
        return []

    assert await Stop(Door(), members, freeze, lambda progress: None).run(parse_ladder("TERM 20")) == Stopped(
        (signal.SIGTERM,), 1, ()
    )


async def test_what_rests_is_not_read_anew_and_what_changes_is(children: Children) -> None:
    child = await children.launch("sleep 60", "argv")
    await until(lambda: system.stat_of(child.pid) is system.stat_of(child.pid), "it to rest")
    first = system.stat_of(child.pid)
    assert first is not None
    os.kill(child.pid, signal.SIGSTOP)
    await until(lambda: (one := system.stat_of(child.pid)) is not None and one.state == "T", "the stop to be told")
    assert first.state != "T"


async def test_a_look_that_began_before_a_child_stopped_or_went_on_does_not_undo_what_was_told(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = await children.launch("sleep 1000")
    look = system.look
    has_read, may_answer = threading.Event(), threading.Event()

    def late() -> system.Look:
        found = look()
        has_read.set()
        assert may_answer.wait(DEADLINE)
        return found

    monkeypatch.setattr(system, "look", late)
    for number, shown in ((signal.SIGSTOP, "stopped, SIGSTOP"), (signal.SIGCONT, "running")):
        has_read.clear()
        may_answer.clear()
        looking = asyncio.create_task(children.members(child.id))
        await until(has_read.is_set, "the look")
        await children.signal(child.id, number)
        await until(lambda shown=shown: get(children, child.id).exit_text == shown, shown)  # type: ignore[misc]
        may_answer.set()
        await looking
        assert get(children, child.id).exit_text == shown
        await children.members(child.id)  # the next one tells the same
        assert get(children, child.id).exit_text == shown
