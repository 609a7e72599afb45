"""What is remembered of children: in this run, in the next one, and after a run that ended without a word."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from osexplorer.model.child_history import LONGEST, Past, from_json, past_of, to_json
from osexplorer.model.children import Child, ChildState, SignalOutcome
from osexplorer.model.command_line import command_of, parse_command
from osexplorer.model.launch import Launch, Place
from osexplorer.services.child_history import MEANWHILE, ChildHistory, Left
from osexplorer.services.children import Children
from osexplorer.services.door import Door
from osexplorer.services.leaving import terminate_all
from osexplorer.system import left_running
from tests.system.test_reaper import tells_of_others
from tests.waiting import until

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs pidfds and /proc")


class Run:
    """One run of the program: its children and its memory."""

    def __init__(self, directory: Path, **options: int) -> None:
        self.children = Children(Door())
        self.over = False
        self.history = ChildHistory(self.children._door, self.children, str(directory), **options)

    async def ended(self, child: Child) -> Child:
        def over() -> bool:
            now = self.children.get(child.id)
            return now is not None and not now.alive and not now.output_open

        await until(over, "the end of a child")
        now = self.children.get(child.id)
        assert now is not None
        return now

    async def end(self) -> None:
        """As quitting does."""
        self.over = True
        await self.history.close()
        await self.children.close()

    def vanish(self) -> None:
        """As kill -9 does: nothing more is written, and the kernel closes what was open."""
        os.close(self.history._register._fd)
        self.history._register._fd = -1
        self.history._told = lambda child: None  # type: ignore[method-assign]
        self.children._observers.clear()


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(**options: int) -> Run:
        runs.append(Run(tmp_path, **options))
        return runs[-1]

    yield begin
    for one in (one for one in runs if not one.over):
        await terminate_all(one.children, patience=5)
        await one.end()


def test_a_record_comes_back_whole() -> None:
    child = Child(
        7, command_of(["a b", "\udcff\n", ""]), "/tmp/\udcfe", 0o27, 123_456_789, 5, ChildState.EXITED, 99, 10**9, 768
    )
    past = past_of(child, "/var/out")
    assert from_json(json.loads(json.dumps(to_json(past)))) == past
    assert (past.end, past.good, past.command.argv) == ("exit 3", False, ("a b", "\udcff\n", ""))


def test_a_command_that_is_too_long_is_cut_off_and_says_so() -> None:
    child = Child(1, command_of(["echo", "\udcff" * 50_000]), "/", None, 1, 1, ChildState.EXITED, 9, 1, 0)
    record = to_json(past_of(child))
    assert len(json.dumps(record)) < LONGEST
    assert not from_json(record).whole


@pytest.mark.parametrize("record", [{}, {"argv": []}, {"argv": [1], "line": "x"}, {"argv": ["x"], "line": None}])
def test_what_is_no_record_is_told_apart(record: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(record)


async def test_those_that_ended_are_there_in_the_next_run(run: Callable[..., Run]) -> None:
    first = run()
    good = await first.ended(await first.children.launch("echo hello; echo oops >&2"))
    bad = await first.ended(await first.children.launch("sh -c 'exit 3'", cwd="/tmp", umask=0o77))
    none = await first.children.launch("no-such-program")
    await first.end()
    second = run()
    pasts = await second.history.read()
    assert [past.command for past in pasts] == [good.command, bad.command, none.command]
    assert [past.end for past in pasts] == ["exit 0", "exit 3", "not found, ENOENT"]
    assert pasts[1]._replace(output="") == past_of(bad)
    assert (pasts[1].cwd, pasts[1].umask) == ("/tmp", 0o77)
    assert pasts[0].rusage == good.rusage
    data, size = await second.history.output(pasts[0])
    assert (sorted(data.split()), size) == ([b"hello", b"oops"], 11)
    assert not pasts[1].output
    assert await second.history.find_left() == Left()


async def test_one_that_had_the_terminal_is_remembered_too(run: Callable[..., Run]) -> None:
    one = run()
    one.children.run_here(Launch(parse_command("true"), place=Place.FOREGROUND))
    (past,) = await one.history.read()
    assert (past.end, past.options) == ("exit 0", {"place": "foreground"})
    assert past.launch(None).place is Place.FOREGROUND


async def test_only_the_end_of_much_output_is_kept(run: Callable[..., Run]) -> None:
    one = run(keep_output=1000)
    await one.ended(await one.children.launch("seq 100000"))
    (past,) = await one.history.read()
    data, size = await one.history.output(past)
    assert data.endswith(b"99999\n100000\n")
    assert size == 1000


async def test_history_is_bounded(run: Callable[..., Run]) -> None:
    one = run(keep=10)
    for number in range(30):
        await one.ended(await one.children.launch(f"echo {number}"))
        await one.history.flush()
    pasts = await one.history.read()
    assert [past.command.argv[1] for past in pasts] == [str(number) for number in range(20, 30)]
    assert len(one.history.feed.value) == 10


async def test_a_child_may_be_removed_at_once(run: Callable[..., Run]) -> None:
    one = run()
    child = await one.children.launch("echo x; sleep 60 & exit 4")
    await until(lambda: not one.children.get(child.id).alive, "its end")  # type: ignore[union-attr]
    await until(lambda: one.children.get(child.id).output_bytes, "its output")  # type: ignore[union-attr]
    await one.children.signal(child.id, signal.SIGKILL, group=True)
    await one.children.remove(child.id)
    (past,) = await one.history.read()
    assert past.end == "exit 4"
    assert await one.history.output(past) == (b"x\n", 2)


async def test_forgetting(run: Callable[..., Run]) -> None:
    one = run()
    for word in "abc":
        await one.ended(await one.children.launch(f"echo {word}"))
    pasts = await one.history.read()
    await one.history.forget(frozenset({pasts[1].key}))
    assert [past.command.argv[1] for past in one.history.feed.value] == ["a", "c"]
    assert not os.path.exists(pasts[1].output)
    assert os.path.exists(pasts[0].output)


async def test_lines_launched_come_back_each_once(run: Callable[..., Run]) -> None:
    first = run()
    for line in ("true 1", "true 2", "true 1"):
        await first.ended(await first.children.launch(line))
    await first.end()
    second = run()
    await second.children.launch("true 3")
    await second.history.read_lines()
    assert list(second.children.history) == ["true 2", "true 1", "true 3"]


async def test_what_cannot_be_written_is_told_and_nothing_else_suffers(tmp_path: Path) -> None:
    (tmp_path / "children").write_text("a file where the directory should be")
    one = Run(tmp_path)
    child = await one.ended(await one.children.launch("true"))
    await one.history.flush()
    assert "ENOTDIR" in one.history.problem.value or "EEXIST" in one.history.problem.value
    assert child.ended_well
    await one.children.close()


# -- runs that ended without a word


@linux
async def test_a_child_that_outlives_its_run_is_found_and_can_be_signalled(run: Callable[..., Run]) -> None:
    first = run()
    child = await first.children.launch("sleep 600", cwd="/tmp")
    await first.history.flush()
    first.vanish()
    second = run()
    left = await second.history.find_left()
    assert [(one.pid, one.command, one.cwd, one.earlier) for one in left.running] == [
        (child.pid, child.command, "/tmp", True)
    ]
    found = left.running[0]
    assert found.state is ChildState.RUNNING
    assert abs(found.began - child.began) < 10**9
    assert second.children.get(found.id) == found
    assert await second.children.signal(found.id, signal.SIGTERM) is SignalOutcome.SENT
    os.waitpid(child.pid, 0)  # as its parent does, whoever that is
    await until(lambda: not second.children.get(found.id).alive, "its end")  # type: ignore[union-attr]
    now = second.children.get(found.id)
    assert now is not None
    told = "SIGTERM" if tells_of_others() else "status unknown"
    assert now.exit_text == told
    assert await second.children.signal(found.id, signal.SIGTERM) is SignalOutcome.GONE
    (past,) = await second.history.read()
    assert past.end == told


@linux
async def test_one_that_ended_meanwhile_is_told_once(run: Callable[..., Run]) -> None:
    first = run()
    child = await first.children.launch("sleep 600")
    await first.history.flush()
    first.vanish()
    await first.children.signal(child.id, signal.SIGKILL)
    await first.ended(child)
    second = run()
    left = await second.history.find_left()
    assert left.running == ()
    assert [past.end for past in left.ended] == [MEANWHILE]
    assert [past.end for past in await second.history.read()] == [MEANWHILE]
    await second.end()
    assert await run().history.find_left() == Left()


@linux
async def test_a_number_that_now_means_another_process_is_not_taken(run: Callable[..., Run], tmp_path: Path) -> None:
    process = left_running.born(os.getpid())
    assert process is not None
    os.close(left_running.hold(process))
    for other in (process._replace(ticks=process.ticks + 1), process._replace(boot="another"), process._replace(pid=0)):
        with pytest.raises(Exception, match=r"ESRCH|EINVAL"):
            left_running.hold(other)


@linux
async def test_those_of_a_run_that_goes_on_are_left_to_it(run: Callable[..., Run]) -> None:
    first = run()
    await first.children.launch("sleep 600")
    await first.history.flush()
    assert await run().history.find_left() == Left()


@linux
async def test_they_are_found_again_and_again(run: Callable[..., Run]) -> None:
    first = run()
    child = await first.children.launch("sleep 600")
    await first.history.flush()
    first.vanish()
    for _ in range(3):
        one = run()
        left = await one.history.find_left()
        assert [found.pid for found in left.running] == [child.pid]
        one.vanish()
    quitting = run()
    assert len((await quitting.history.find_left()).running) == 1
    await quitting.end()
    assert len((await run().history.find_left()).running) == 1


@linux
async def test_two_that_start_at_once_share_nothing_twice(run: Callable[..., Run]) -> None:
    first = run()
    for _ in range(5):
        await first.children.launch("sleep 600")
    await first.history.flush()
    first.vanish()
    lefts = await asyncio.gather(*(run().history.find_left() for _ in range(4)))
    pids = [child.pid for left in lefts for child in left.running]
    assert len(pids) == len(set(pids)) == 5


@linux
def test_a_run_that_is_killed_leaves_its_register_to_the_next(tmp_path: Path) -> None:
    program = f"""
import os, signal
from osexplorer.system.left_running import Register
register = Register({str(tmp_path)!r})
register.add("gone", {{"n": 1}})
register.add("there", {{"n": 2}})
register.end("gone")
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == -signal.SIGKILL
    register = left_running.Register(str(tmp_path))
    assert register.take_over() == {"there": {"n": 2}}
    assert left_running.Register(str(tmp_path)).take_over() == {}
    register.end("there")
    register.close()
    assert os.listdir(tmp_path) == []


def test_the_register_stays_small(tmp_path: Path) -> None:
    register = left_running.Register(str(tmp_path))
    register.add("long", {"n": 0})
    sizes = []
    for number in range(2000):
        register.add(str(number), {"n": number})
        register.end(str(number))
        sizes.append(sum(path.stat().st_size for path in tmp_path.iterdir()))
    assert max(sizes) < 30_000
    assert len(list(tmp_path.iterdir())) == 1
    os.close(register._fd)
    assert left_running.Register(str(tmp_path)).take_over() == {"long": {"n": 0}}


def test_a_past_line_can_be_typed_again() -> None:
    past = Past("k", parse_command("echo 'a b'"), "/", None, 1, 1)
    assert parse_command(past.command.line) == past.command


@pytest.mark.parametrize("number", ["Infinity", "1e999", "NaN", '"7"x'])
async def test_a_record_with_an_impossible_number_hides_no_other(tmp_path: Path, number: str) -> None:
    good = to_json(Past("18-1", command_of(["true"]), "/tmp", None, 7, 1, end="exit 0"))
    bad = json.dumps(good).replace('"started": 1', f'"started": {number}')
    (tmp_path / "children").mkdir()
    (tmp_path / "children" / "history.jsonl").write_text(f"{bad}\n{json.dumps(good)}\n")
    door = Door()
    history = ChildHistory(door, Children(door), str(tmp_path))
    assert [past.key for past in await history.read()] == ["18-1"]


async def test_what_is_no_register_keeps_no_other_from_being_read(tmp_path: Path) -> None:
    directory = tmp_path / "children" / "running"
    directory.mkdir(parents=True)
    record = to_json(Past("18-1", command_of(["true"]), "/tmp", None, 7, 1)) | {"boot": "another", "ticks": 1}
    lines = ["[" * 100_000, json.dumps({"key": "18-1", "child": record}), "\0" * 1000]
    (directory / "1-1.running").write_text("\n".join(lines) + "\n")
    door = Door()
    left = await ChildHistory(door, Children(door), str(tmp_path)).find_left()
    assert [past.key for past in left.ended] == ["18-1"]
