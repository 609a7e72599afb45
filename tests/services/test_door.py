"""The door: results, errors, the call log, abandoned waits, streams with back-pressure."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from osexplorer.model.calls import Call
from osexplorer.model.errors import CallError, Exhausted, NotFound
from osexplorer.services import door as door_module
from osexplorer.services.door import Door
from osexplorer.services.lanes import Cancel
from osexplorer.system import calls
from tests.waiting import until


@pytest.fixture
def blocked() -> Iterator[threading.Event]:
    """An event that calls wait for; set when the test ends, so that no thread is left."""
    event = threading.Event()
    yield event
    event.set()


def stat(path: str) -> int:
    return calls.read(os.stat, path).st_size


async def logged(door: Door, count: int = 1) -> list[Call]:
    await until(lambda: len(door.log.calls(reads=True)) >= count)
    return door.log.calls(reads=True)


async def test_arguments_and_result(tmp_path: Path) -> None:
    door = Door()
    (tmp_path / "file").write_bytes(b"12345")
    assert await door.run(stat, str(tmp_path / "file"), at=str(tmp_path)) == 5
    assert await door.run(dict, [("a", 1)], b=2) == {"a": 1, "b": 2}


async def test_a_call_is_recorded_with_its_time(tmp_path: Path) -> None:
    door = Door()
    await door.run(calls.change, os.mkdir, str(tmp_path / "d"), 0o750, at=str(tmp_path))
    (call,) = await logged(door)
    assert call.python() == f"os.mkdir({str(tmp_path / 'd')!r}, 0o750)"
    assert (call.change, call.errno, call.serial) == (True, 0, 1)
    assert call.duration > 0
    assert abs(call.started - (tmp_path / "d").stat().st_mtime_ns) < 60e9


async def test_a_failure_is_translated_and_recorded(tmp_path: Path) -> None:
    door = Door()
    gone = str(tmp_path / "gone")
    with pytest.raises(NotFound) as caught:
        await door.run(stat, gone, at=gone)
    assert (caught.value.errno, caught.value.call, caught.value.path) == (errno.ENOENT, "os.stat", gone)
    (call,) = await logged(door)
    assert (call.function, call.arguments, call.outcome) == ("os.stat", (gone,), "ENOENT")


async def test_calls_of_two_jobs_do_not_mix_recorders() -> None:
    one, other = Door(), Door()
    await asyncio.gather(*(door.run(stat, "/") for door in (one, other) for _ in range(20)))
    await until(lambda: len(one.log.calls(True)) == len(other.log.calls(True)) == 20)


async def test_the_thread_records_nothing_outside_a_job() -> None:
    door = Door()
    await door.run(stat, "/")
    await logged(door)
    stat("/")
    await door.run(lambda: None)
    assert len(door.log.calls(reads=True)) == 1


async def test_cancelling_abandons_and_tells_the_function(blocked: threading.Event) -> None:
    door, cancel, entered = Door(), Cancel(), threading.Event()

    def hang() -> None:
        entered.set()
        blocked.wait(60)

    task = asyncio.create_task(door.run(hang, lane="dead", cancel=cancel))
    await until(entered.is_set)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert cancel
    assert door.lanes.stuck() == {"dead": 1}
    assert await asyncio.wait_for(door.run(lambda: "alive", lane="dead"), 20) == "alive"
    blocked.set()
    await until(lambda: door.lanes.stuck() == {})


async def test_a_dead_mount_holds_only_calls_about_itself(
    blocked: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane is chosen by the path's mount; the mount table is replaced, since a dead mount cannot be had."""
    monkeypatch.setattr(door_module.mounts, "mount_point", lambda path: "/dead" if path.startswith("/dead") else "/")
    door, entered = Door(), list[int]()

    def hang() -> None:
        entered.append(1)
        blocked.wait(60)

    for round in range(1, 5):
        hung = [asyncio.create_task(door.run(hang, at="/dead/file")) for _ in range(6)]
        await until(lambda round=round: len(entered) == 4 * round and door.lanes["/dead"].waiting == 2)
        assert await asyncio.wait_for(door.run(os.getcwd, at="/tmp"), 20) == os.getcwd()
        for task in reversed(hung):  # those that wait for a thread first
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert door.lanes.stuck() == {"/dead": 16}
    with pytest.raises(Exhausted) as caught:
        await door.run(os.getcwd, at="/dead/file")
    assert caught.value.path == "/dead"
    assert isinstance(caught.value, CallError)
    assert await door.run(os.getcwd, at="/tmp") == os.getcwd()


async def test_lane_of_a_path_does_not_touch_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stat", "lstat", "open", "readlink"):
        monkeypatch.setattr(os, name, lambda *_, **__: pytest.fail("touched"))
    assert Door().lane_of("/nonexistent/\x1b/x") in ("/", "/nonexistent")


# -- streams


async def test_a_stream_yields_everything_in_order() -> None:
    async with Door().stream(range, 1000) as items:
        assert [item async for item in items] == list(range(1000))


async def test_a_stream_of_nothing_ends() -> None:
    async with Door().stream(iter, ()) as items:
        assert [item async for item in items] == []


async def test_a_stream_works_only_a_little_ahead_of_its_reader() -> None:
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(10_000):
            made.append(number)
            yield number

    async with Door().stream(numbers) as items:
        assert await anext(aiter(items)) == 0
        await until(lambda: len(made) == 10)  # one taken, eight ahead, one that waits for room
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(made) == 10


async def test_leaving_a_stream_early_closes_the_generator_and_frees_the_thread() -> None:
    door, closed, made = Door(), threading.Event(), []

    def numbers() -> Iterator[int]:
        try:
            for number in range(10_000_000):
                made.append(number)
                yield number
        finally:
            closed.set()

    async with door.stream(numbers, lane="disk") as items:
        async for item in items:
            if item == 3:
                break
    await until(closed.is_set)
    assert len(made) < 20
    await until(lambda: door.lanes.stuck() == {})
    assert await door.run(lambda: "free", lane="disk") == "free"


async def test_leaving_a_stream_that_hangs_does_not_wait_for_it(blocked: threading.Event) -> None:
    def numbers() -> Iterator[int]:
        yield 1
        blocked.wait(60)
        yield 2

    door = Door()
    async with door.stream(numbers, lane="disk") as items:
        assert await anext(aiter(items)) == 1
    await until(lambda: door.lanes.stuck() == {"disk": 1})
    blocked.set()
    await until(lambda: door.lanes.stuck() == {})


async def test_cancelling_the_reader_of_a_stream_that_hangs(blocked: threading.Event) -> None:
    def numbers() -> Iterator[int]:
        yield 1
        blocked.wait(60)

    door, seen = Door(), []

    async def read() -> None:
        async with door.stream(numbers, lane="disk") as items:
            async for item in items:
                seen.append(item)  # noqa: PERF401 - it never ends

    task = asyncio.create_task(read())
    await until(lambda: seen)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    await until(lambda: door.lanes.stuck() == {"disk": 1})


async def test_an_error_comes_after_the_items_before_it(tmp_path: Path) -> None:
    def sizes() -> Iterator[int]:
        yield stat("/")
        yield stat(str(tmp_path / "gone"))

    door, seen = Door(), []
    with pytest.raises(NotFound):
        async with door.stream(sizes, at=str(tmp_path)) as items:
            async for item in items:
                seen.append(item)  # noqa: PERF401 - it fails midway
    assert len(seen) == 1
    assert [call.outcome for call in await logged(door, 2)][-1] == "ENOENT"


async def test_an_error_of_the_reader_goes_through_and_ends_the_stream() -> None:
    door, closed = Door(), threading.Event()

    def numbers() -> Iterator[int]:
        try:
            yield from range(1_000_000)
        finally:
            closed.set()

    with pytest.raises(ValueError, match="reader"):
        async with door.stream(numbers) as items:
            async for _ in items:
                raise ValueError("reader")
    await until(closed.is_set)


async def test_many_streams_at_once() -> None:
    door = Door()

    async def total() -> int:
        async with door.stream(range, 200, lane="disk") as items:
            return sum([item async for item in items])

    assert await asyncio.gather(*(total() for _ in range(30))) == [19900] * 30


def test_the_program_ends_while_a_stream_hangs() -> None:
    program = """
import asyncio, threading
from osexplorer.services.door import Door
def numbers():
    yield 1
    threading.Event().wait()
async def main():
    async with Door().stream(numbers) as items:
        async for item in items:
            print(item, flush=True)
            break
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
