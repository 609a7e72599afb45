"""Lanes: what is stuck holds nobody else up, not the other calls, not the loop, not the exit."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from osexplorer.model.errors import Exhausted
from osexplorer.services.lanes import Cancel, Lane, Lanes
from tests.waiting import until


class Gate:
    """A call that blocks until it is let through, as one on a dead mount does."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self.entered = 0
        self.left = 0

    def __call__(self) -> str:
        self.entered += 1
        assert self._open.wait(60)
        self.left += 1
        return "came back"

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


async def start(lane: Lane, gate: Gate, count: int) -> list[asyncio.Task[str]]:
    """So many calls that are in the gate, or wait for a thread."""
    before = gate.entered
    tasks = [asyncio.create_task(lane.run(gate)) for _ in range(count)]
    await until(lambda: gate.entered - before + lane.waiting >= count)
    return tasks


async def cancel(tasks: list[asyncio.Task[str]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_call_runs_in_a_daemon_thread_of_the_lane() -> None:
    thread = await Lane("disk").run(threading.current_thread)
    assert thread.daemon
    assert thread.name.startswith("disk-")
    assert thread is not threading.main_thread()


async def test_result_and_exception_come_back() -> None:
    lane = Lane("disk")
    assert await lane.run(lambda: 42) == 42

    def fail() -> None:
        raise PermissionError(13, "no", "/x")

    with pytest.raises(PermissionError) as caught:
        await lane.run(fail)
    assert caught.value.errno == 13

    with pytest.raises(RuntimeError, match="StopIteration"):
        await lane.run(lambda: next(iter(())))


async def test_the_loop_goes_on_while_a_call_blocks(gate: Gate) -> None:
    task = (await start(Lane("disk"), gate, 1))[0]
    for _ in range(100):
        await asyncio.sleep(0)
    assert not task.done()
    gate.open()
    assert await task == "came back"


async def test_no_more_calls_at_once_than_the_budget(gate: Gate) -> None:
    lane = Lane("disk", budget=3)
    tasks = await start(lane, gate, 10)
    await until(lambda: gate.entered == 3)
    assert lane.waiting == 7
    gate.open()
    assert await asyncio.gather(*tasks) == ["came back"] * 10


async def test_cancelling_abandons_the_wait_at_once(gate: Gate) -> None:
    lane = Lane("disk")
    asked = Cancel()
    task = asyncio.create_task(lane.run(gate, asked))
    await until(lambda: gate.entered == 1)
    assert not asked
    await cancel([task])
    assert task.cancelled()
    assert asked
    assert gate.left == 0
    assert lane.stuck == 1
    gate.open()
    await until(lambda: lane.stuck == 0)


async def test_a_call_that_waits_for_a_thread_is_never_made_once_cancelled(gate: Gate) -> None:
    lane = Lane("disk", budget=1)
    tasks = await start(lane, gate, 1)
    await until(lambda: gate.entered == 1)
    made = []
    waiting = asyncio.create_task(lane.run(lambda: made.append(1)))
    await until(lambda: lane.waiting == 1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert lane.waiting == 0
    assert lane.stuck == 0
    gate.open()
    await asyncio.gather(*tasks)
    await lane.run(lambda: None)
    assert made == []


async def test_abandoned_calls_leave_the_whole_budget_to_others(gate: Gate) -> None:
    lane = Lane("disk", budget=2)
    await cancel(await start(lane, gate, 2))
    assert await asyncio.wait_for(lane.run(lambda: "free"), 20) == "free"


async def test_what_waits_behind_stuck_calls_runs_when_they_are_abandoned(gate: Gate) -> None:
    lane = Lane("disk", budget=2)
    stuck = await start(lane, gate, 2)
    await until(lambda: gate.entered == 2)
    behind = asyncio.create_task(lane.run(lambda: "free"))
    await until(lambda: lane.waiting == 1)
    await cancel(stuck)
    assert await asyncio.wait_for(behind, 20) == "free"


async def test_an_idle_thread_is_counted_once(gate: Gate) -> None:
    """Two calls at once, one idle thread: the second must not wait behind the first."""
    lane = Lane("disk", budget=4)
    await lane.run(lambda: None)
    await until(lambda: lane.idle == 1)
    blocked = asyncio.create_task(lane.run(gate))
    quick = asyncio.create_task(lane.run(lambda: "free"))
    assert await asyncio.wait_for(quick, 20) == "free"
    gate.open()
    await blocked


async def test_a_quiet_lane_uses_one_thread_again_and_again() -> None:
    lane = Lane("disk")
    names = set()
    for _ in range(20):
        names.add(await lane.run(lambda: threading.current_thread().name))
        await until(lambda: lane.idle == 1)
    assert names == {"disk-1"}


async def test_a_stuck_lane_does_not_hold_others(gate: Gate) -> None:
    lanes = Lanes(budget=2)
    await start(lanes["/dead"], gate, 5)
    assert await asyncio.wait_for(lanes["/alive"].run(lambda: "free"), 20) == "free"


async def test_a_lane_full_of_stuck_calls_refuses_new_ones(gate: Gate) -> None:
    lanes = Lanes()
    lane = lanes["/dead"]
    for _ in range(4):
        tasks = await start(lane, gate, 4)
        await until(lambda: lane.waiting == 0)
        await cancel(tasks)
    assert lane.stuck == 16
    assert lanes.stuck() == {"/dead": 16}
    with pytest.raises(Exhausted) as caught:
        await lane.run(lambda: None)
    assert caught.value.code == "EAGAIN"
    assert "16 earlier calls have not come back" in str(caught.value)
    assert await lanes["/alive"].run(lambda: "free") == "free"
    gate.open()
    await until(lambda: lane.stuck == 0)
    assert await lane.run(lambda: "free again") == "free again"
    assert lanes.stuck() == {}


async def test_without_any_thread_the_call_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")  # as CPython says when clone(2) gives EAGAIN

    lane = Lane("disk")
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(Exhausted, match="No thread can be started"):
            await lane.run(lambda: None)
    assert lane.waiting == 0
    assert await lane.run(lambda: "free again") == "free again"


def test_the_exit_is_not_held_up_by_a_stuck_thread() -> None:
    program = """
import asyncio, threading
from osexplorer.services.lanes import Lane
async def main():
    lane, entered = Lane("dead"), threading.Event()
    def stuck():
        entered.set()
        threading.Event().wait()
    task = asyncio.create_task(lane.run(stuck))
    while not entered.is_set():
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    print("stuck", lane.stuck, flush=True)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "stuck 1\n", "")


def test_a_call_that_comes_back_after_the_loop_is_closed_is_quiet(gate: Gate) -> None:
    lane = Lane("disk")

    async def leave() -> None:
        task = asyncio.ensure_future(lane.run(gate))
        await until(lambda: gate.entered == 1)
        task.cancel()

    asyncio.run(leave())
    gate.open()
    assert asyncio.run(lane.run(lambda: "free")) == "free"
