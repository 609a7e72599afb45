"""Long work can be followed, paused, cancelled and given up, and tells what went wrong."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from osexplorer.model.errors import Abandoned, NotFound, Refused
from osexplorer.model.tasks import Cancelled, Progress, Task, TaskState
from osexplorer.services.door import Door
from osexplorer.services.measure import Measure
from osexplorer.services.tasks import TaskHandle, Tasks
from tests.waiting import until


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    service = Tasks(Door())
    yield service
    await service.cancel_all(patience=0.1)


def endless(progress: Progress) -> None:
    while True:
        progress.checkpoint()
        progress.advance()


def state(tasks: Tasks, handle: TaskHandle[object]) -> Task:
    task = tasks.get(handle.id)
    assert task is not None
    return task


async def test_a_finished_task_tells_its_result_and_counts(tasks: Tasks) -> None:
    def work(progress: Progress, times: int) -> int:
        progress.expect(times)
        for _ in range(times):
            progress.advance(current="/x")
        progress.skip("/y")
        progress.fail("/z", NotFound(2, "gone", "os.open", "/z"))
        return times * 2

    handle = tasks.start("Double", work, 21, describe=lambda result: f"it is {result}")
    assert await handle.result() == 42
    task = state(tasks, handle)
    assert (task.state, task.done, task.total, task.skipped, task.failed) == (TaskState.DONE, 21, 21, 1, 1)
    assert (task.result, task.fraction, task.left, task.current) == ("it is 42", 1.0, None, "")
    assert task.failures[0].path == "/z"
    assert "ENOENT" in task.failures[0].reason
    assert task.duration is not None
    assert tasks.unfinished == 0


async def test_progress_is_published_with_a_rate_and_the_time_left(tasks: Tasks) -> None:
    def work(progress: Progress) -> None:
        progress.expect(10**12)
        endless(progress)

    handle = tasks.start("Forever", work)
    await until(lambda: state(tasks, handle).rate > 0, "a rate")
    task = state(tasks, handle)
    assert task.done > 0
    assert task.left is not None
    assert task.left > 0


async def test_pause_resume_and_cancel(tasks: Tasks) -> None:
    handle = tasks.start("Forever", endless)
    await until(lambda: state(tasks, handle).done, "the first steps")
    tasks.pause(handle.id)
    assert state(tasks, handle).state is TaskState.PAUSED
    steering = tasks._entries[handle.id].steering
    seen = -1
    while seen != steering.done:  # it may take one more step before it sees the pause
        seen = steering.done
        await asyncio.sleep(0.02)
    tasks.resume(handle.id)
    await until(lambda: steering.done > seen, "it to go on")
    tasks.pause(handle.id)
    tasks.cancel(handle.id)
    assert state(tasks, handle).state is TaskState.CANCELLING
    with pytest.raises(Cancelled):
        await handle.result()
    assert state(tasks, handle).state is TaskState.CANCELLED


async def test_a_call_that_does_not_come_back_can_be_given_up(tasks: Tasks) -> None:
    release = threading.Event()
    handle = tasks.start("Stuck", lambda progress: release.wait())
    tasks.cancel(handle.id)
    assert state(tasks, handle).state is TaskState.CANCELLING
    await asyncio.sleep(0)
    tasks.cancel(handle.id)
    with pytest.raises(Abandoned):
        await handle.result()
    assert state(tasks, handle).state is TaskState.CANCELLED
    assert "given up" in state(tasks, handle).result
    release.set()


async def test_work_that_cannot_go_on_fails_with_the_reason(tasks: Tasks) -> None:
    handle = Measure(tasks._door, tasks).start("/no/such/directory")
    with pytest.raises(NotFound):
        await handle.result()
    assert state(tasks, handle).state is TaskState.FAILED
    assert "ENOENT" in state(tasks, handle).result


async def test_giving_up_the_wait_does_not_cancel_the_task(tasks: Tasks) -> None:
    handle = tasks.start("Forever", endless)
    waiter = asyncio.create_task(handle.result())
    await until(lambda: state(tasks, handle).done, "the first steps")
    waiter.cancel()
    await asyncio.wait([waiter])
    assert state(tasks, handle).state is TaskState.RUNNING


async def test_only_finished_tasks_can_be_removed(tasks: Tasks) -> None:
    handle = tasks.start("Forever", endless)
    with pytest.raises(Refused):
        tasks.remove(handle.id)
    await tasks.cancel_all()
    tasks.remove(handle.id)
    assert tasks.feed.value == ()


async def test_snapshots_are_published_at_most_ten_times_a_second(tasks: Tasks) -> None:
    handle = tasks.start("Forever", endless)
    before = tasks.feed._serial
    loop = asyncio.get_running_loop()
    began = loop.time()
    await until(lambda: state(tasks, handle).done > 1 and tasks.feed._serial >= before + 4, "four snapshots")
    assert loop.time() - began >= 0.3  # four waits of 0.1 s, less what the clock rounds


async def test_measuring_a_tree_through_the_service(tasks: Tasks, tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / str(number)).write_bytes(b"x" * 10)
    door = tasks._door
    measured = (await Measure(door, tasks).start(str(tmp_path)).result()).measurement
    assert (measured.files, measured.size) == (30, 300)
    await until(lambda: [call for call in door.log.calls(reads=True) if call.function == "os.walk"], "the call log")
