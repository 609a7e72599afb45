"""Long work: started, paused, cancelled, followed.

    handle = tasks.start("Measure /home", measure_tree, "/home", at="/home", unit="entries")
    result = await handle.result()

The work is a blocking function of the system layer. Its first argument is a
:class:`~osexplorer.model.tasks.Progress`, to which it reports and whose `checkpoint` it calls between steps.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any, Generic, TypeVar

from osexplorer.model.errors import Abandoned, CallError, OSExplorerError, Refused
from osexplorer.model.tasks import KEEP_FAILURES, Cancelled, Failure, Task, TaskState
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed

T = TypeVar("T")

PUBLISH_SECONDS = 0.1
"""Snapshots are published at most this often, changes of state at once."""

_RATE_SECONDS = 5.0  # the rate is that of this last span


class _Steering:
    """Between the thread that works and the loop that watches: the thread alone counts, the loop alone steers."""

    def __init__(self) -> None:
        self.done = 0
        self.total: int | None = None
        self.skipped = 0
        self.failed = 0
        self.failures: list[Failure] = []
        self.current = ""
        self.result = ""
        self.cancelled = False
        self.going = threading.Event()
        self.going.set()

    def checkpoint(self) -> None:
        if not self.going.is_set():
            self.going.wait()
        if self.cancelled:
            raise Cancelled("The task was cancelled")

    def advance(self, done: int = 1, current: str | None = None) -> None:
        self.done += done
        if current is not None:
            self.current = current

    def expect(self, total: int) -> None:
        self.total = total

    def skip(self, path: str, reason: str = "") -> None:
        self.skipped += 1

    def fail(self, path: str, error: OSExplorerError) -> None:
        self.failed += 1
        if len(self.failures) < KEEP_FAILURES:
            self.failures.append(Failure(path, _reason(error)))

    def say(self, result: str) -> None:
        self.result = result


def _reason(error: OSExplorerError) -> str:
    """What happened, without the path, which stands beside it."""
    if isinstance(error, CallError):
        return f"{error.code} ({error.strerror}) from {error.call}"
    return str(error)


class Steps:
    """What work on the event loop reports to and asks: as :class:`~osexplorer.model.tasks.Progress`, but never blocks.

    Args:
        woken: changes whenever the task is paused, goes on or is cancelled.
    """

    def __init__(self, steering: _Steering, woken: Feed[tuple[Task, ...]]) -> None:
        self._steering, self._woken = steering, woken
        self.advance, self.expect, self.fail = steering.advance, steering.expect, steering.fail
        self.skip, self.say = steering.skip, steering.say

    async def checkpoint(self) -> None:
        """To be awaited between steps: waits while the task is paused.

        Raises:
            Cancelled: the task was cancelled.
        """
        if not self._steering.going.is_set():
            async with aclosing(self._woken.watch()) as tasks:
                async for _ in tasks:
                    if self._steering.going.is_set():
                        break
        self._steering.checkpoint()

    async def cancelled(self) -> None:
        """Wait until the task is cancelled."""
        async with aclosing(self._woken.watch()) as tasks:
            async for _ in tasks:
                if self._steering.cancelled:
                    return


class TaskHandle(Generic[T]):
    """A task that was started, for who started it."""

    def __init__(self, id: int, future: asyncio.Task[T]) -> None:
        self.id = id
        self._future = future

    async def result(self) -> T:
        """What the work returned. Giving up this wait does not cancel the task.

        Raises:
            Cancelled: the task was cancelled.
            CallError, Refused: as the work raised.
        """
        return await asyncio.shield(self._future)


class _Entry:
    """What belongs to a task besides its snapshot."""

    __slots__ = ("future", "marks", "steering")

    def __init__(self, steering: _Steering) -> None:
        self.steering = steering
        self.future: asyncio.Task[Any] | None = None
        self.marks: deque[tuple[float, int]] = deque()  # (moment, done) while it ran


class Tasks:
    """All tasks, oldest first in :attr:`feed`. Lives on one event loop."""

    def __init__(self, door: Door) -> None:
        self.feed: Feed[tuple[Task, ...]] = Feed(())
        self._door = door
        self._ids = itertools.count(1)
        self._tasks: dict[int, Task] = {}
        self._entries: dict[int, _Entry] = {}
        self._ticker: asyncio.Task[None] | None = None

    @property
    def unfinished(self) -> int:
        """How many still go on, or are paused."""
        return sum(task.unfinished for task in self._tasks.values())

    def get(self, id: int) -> Task | None:
        """The newest snapshot of one task; None once it has been removed."""
        return self._tasks.get(id)

    def start(
        self,
        title: str,
        work: Callable[..., T],
        /,
        *args: Any,
        at: str | None = None,
        unit: str = "entries",
        describe: Callable[[T], str] | None = None,
    ) -> TaskHandle[T]:
        """Begin `work(progress, *args)` in a thread of the lane of path `at`.

        Args:
            title: what it does, for people.
            unit: what it counts.
            describe: the words for what it returns.
        """
        steering = _Steering()
        job = self._door.run(work, steering, *args, at=at, lane="tasks")
        return self._begin(title, steering, job, unit, describe)

    def conduct(
        self,
        title: str,
        work: Callable[[Steps], Coroutine[Any, Any, T]],
        /,
        *,
        unit: str = "entries",
        describe: Callable[[T], str] | None = None,
    ) -> TaskHandle[T]:
        """As :meth:`start`, for work that goes on on the event loop: an async function."""
        steering = _Steering()
        return self._begin(title, steering, work(Steps(steering, self.feed)), unit, describe)

    def _begin(
        self,
        title: str,
        steering: _Steering,
        job: Coroutine[Any, Any, T],
        unit: str,
        describe: Callable[[T], str] | None,
    ) -> TaskHandle[T]:
        id = next(self._ids)
        entry = _Entry(steering)
        self._tasks[id] = Task(id=id, title=title, unit=unit, began=time.monotonic_ns())
        self._entries[id] = entry
        entry.future = asyncio.create_task(self._run(id, job, describe))
        entry.future.add_done_callback(_retrieve)
        self._publish()
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.create_task(self._tick())
        return TaskHandle(id, entry.future)

    async def _run(
        self,
        id: int,
        job: Coroutine[Any, Any, T],
        describe: Callable[[T], str] | None,
    ) -> T:
        try:
            result = await job
        except Cancelled:
            self._finish(id, TaskState.CANCELLED, "")
            raise
        except asyncio.CancelledError:
            self._finish(id, TaskState.CANCELLED, "given up: the call it was in has not come back")
            raise Abandoned("The task was given up") from None
        except OSExplorerError as error:
            self._finish(id, TaskState.FAILED, str(error))
            raise
        except BaseException as error:
            self._finish(id, TaskState.FAILED, repr(error))
            raise
        self._finish(id, TaskState.DONE, describe(result) if describe is not None else "")
        return result

    def _finish(self, id: int, state: TaskState, result: str) -> None:
        task = self._snapshot(id)
        if task is not None:
            self._tasks[id] = task._replace(
                state=state,
                duration=time.monotonic_ns() - task.began,
                result=result or task.result,
                current="",
            )
            self._publish()

    def pause(self, id: int) -> None:
        """Let it wait at its next step; no effect unless it runs."""
        if self._state(id) is TaskState.RUNNING:
            self._entries[id].steering.going.clear()
            self._set_state(id, TaskState.PAUSED)

    def resume(self, id: int) -> None:
        """Let it go on; no effect unless it is paused."""
        if self._state(id) is TaskState.PAUSED:
            entry = self._entries[id]
            entry.marks.clear()
            entry.steering.going.set()
            self._set_state(id, TaskState.RUNNING)

    def cancel(self, id: int) -> None:
        """Stop it at its next step. A second time gives up the wait for a call that does not come back."""
        state = self._state(id)
        if state is None:
            return
        entry = self._entries[id]
        if state is TaskState.CANCELLING and entry.future is not None:
            entry.future.cancel()
        elif state in (TaskState.RUNNING, TaskState.PAUSED):
            entry.steering.cancelled = True
            entry.steering.going.set()
            self._set_state(id, TaskState.CANCELLING)

    def remove(self, id: int) -> None:
        """Take a finished task off the list.

        Raises:
            Refused: it still goes on.
        """
        task = self._tasks.get(id)
        if task is None:
            return
        if task.unfinished:
            raise Refused("It still goes on; cancel it first")
        del self._tasks[id], self._entries[id]
        self._publish()

    async def cancel_all(self, patience: float = 1.0) -> None:
        """Cancel every unfinished task and wait for them; those that do not come back in time are given up."""
        futures = [
            entry.future
            for id, entry in self._entries.items()
            if self._tasks[id].unfinished and entry.future is not None
        ]
        for id in list(self._tasks):
            if self._tasks[id].state is not TaskState.CANCELLING:
                self.cancel(id)
        if not futures:
            return
        _, pending = await asyncio.wait(futures, timeout=patience)
        for future in pending:
            future.cancel()
        if pending:
            await asyncio.wait(pending)

    def _state(self, id: int) -> TaskState | None:
        task = self._tasks.get(id)
        return task.state if task is not None else None

    def _set_state(self, id: int, state: TaskState) -> None:
        self._tasks[id] = self._tasks[id]._replace(state=state)
        self._publish()

    def _snapshot(self, id: int) -> Task | None:
        """The task with what its thread has counted by now."""
        task, entry = self._tasks.get(id), self._entries.get(id)
        if task is None or entry is None:
            return None
        steering = entry.steering
        failures = task.failures if len(task.failures) == len(steering.failures) else tuple(steering.failures)
        return task._replace(
            done=steering.done,
            total=steering.total,
            skipped=steering.skipped,
            failed=steering.failed,
            failures=failures,
            current=steering.current,
            result=steering.result,
            rate=_rate(entry.marks, steering.done) if task.state is TaskState.RUNNING else 0.0,
        )

    async def _tick(self) -> None:
        while self.unfinished:
            await asyncio.sleep(PUBLISH_SECONDS)
            before = tuple(self._tasks.values())
            for task in before:
                if task.unfinished and (newer := self._snapshot(task.id)) is not None:
                    self._tasks[task.id] = newer
            if tuple(self._tasks.values()) != before:
                self._publish()

    def _publish(self) -> None:
        self.feed.publish(tuple(self._tasks.values()))


def _rate(marks: deque[tuple[float, int]], done: int) -> float:
    """Units a second over the last few seconds; notes where it is now."""
    now = time.monotonic()
    marks.append((now, done))
    while len(marks) > 2 and now - marks[0][0] > _RATE_SECONDS:
        marks.popleft()
    then, before = marks[0]
    return (done - before) / (now - then) if now > then else 0.0


def _retrieve(future: asyncio.Task[Any]) -> None:
    """The snapshot holds what went wrong; nobody need await the handle."""
    if not future.cancelled():
        future.exception()
