"""Threads for blocking calls: daemon threads in lanes, one lane a mount (or a concern), each with its own budget.

Why not asyncio's default pool: it has six threads on a two-core machine, one dead mount fills it, and the exit of the
process waits for all of them. A lane's threads are daemons, so nothing holds up the exit, and a lane that is stuck
leaves every other lane free.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from osexplorer.model.errors import NO_PROCESS, Exhausted

T = TypeVar("T")

BUDGET = 4
"""Threads that one lane may keep busy."""

STUCK_LIMIT = 16
"""Calls that were abandoned and have still not returned, per lane, before new ones are refused."""

_IDLE_SECONDS = 10.0


class Cancel:
    """Says to a running job that nobody waits for it any more. Checked by long loops between their steps."""

    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set = False

    def __bool__(self) -> bool:
        return self._set

    def set(self) -> None:
        """Ask the job to stop at its next check."""
        self._set = True


class _Job(Generic[T]):
    """A call on its way through a lane. Its state is touched by the loop and by one thread, under the lane's lock."""

    __slots__ = ("abandoned", "cancel", "function", "future", "loop", "running")

    def __init__(
        self, function: Callable[[], T], future: asyncio.Future[T], loop: asyncio.AbstractEventLoop, cancel: Cancel
    ) -> None:
        self.function = function
        self.future = future
        self.loop = loop
        self.cancel = cancel
        self.running = False
        self.abandoned = False


class Lane:
    """A queue of blocking calls and the few daemon threads that make them."""

    def __init__(self, name: str, budget: int = BUDGET, stuck_limit: int = STUCK_LIMIT) -> None:
        self.name = name
        self.budget = budget
        self.stuck_limit = stuck_limit
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._queue: deque[_Job[Any]] = deque()
        self._threads = 0
        self._idle = 0
        self._stuck = 0
        self._numbers = itertools.count(1)

    @property
    def stuck(self) -> int:
        """Abandoned calls that have not returned yet: what a dead mount holds."""
        return self._stuck

    @property
    def idle(self) -> int:
        """Threads without a call."""
        return self._idle

    @property
    def waiting(self) -> int:
        """Calls that no thread has taken up yet."""
        return len(self._queue)

    async def run(self, function: Callable[[], T], cancel: Cancel | None = None) -> T:
        """Call `function` in this lane and wait for it.

        Cancelling the wait sets `cancel`, and abandons the call: a thread that is stuck in it no longer counts against
        the budget, so the lane goes on.

        Raises:
            Exhausted: too many earlier calls are stuck here already, or the system gives no thread.
        """
        loop = asyncio.get_running_loop()
        job: _Job[T] = _Job(function, loop.create_future(), loop, Cancel() if cancel is None else cancel)
        with self._lock:
            if self._stuck >= self.stuck_limit:
                raise Exhausted(
                    errno.EAGAIN,
                    f"{self._stuck} earlier calls have not come back",
                    "lane",
                    self.name,
                    "The file system there does not answer; other places still work",
                )
            self._queue.append(job)
            self._wake.notify()
            self._reinforce()
            if self._threads == self._stuck:
                self._queue.remove(job)
                raise Exhausted(errno.EAGAIN, "No thread can be started", "lane", self.name, NO_PROCESS)
        try:
            return await job.future
        except asyncio.CancelledError:
            self._abandon(job)
            raise

    def _abandon(self, job: _Job[Any]) -> None:
        job.cancel.set()
        with self._lock:
            if job.running:
                job.abandoned = True
                self._stuck += 1
                self._reinforce()
            else:
                with contextlib.suppress(ValueError):
                    self._queue.remove(job)

    def _reinforce(self) -> None:
        """Start threads for the calls that no idle thread is there for, within the budget. The lock is held."""
        while len(self._queue) > self._idle and self._threads - self._stuck < self.budget:
            thread = threading.Thread(target=self._work, name=f"{self.name}-{next(self._numbers)}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system gives no more threads: the calls wait for those there are
                return
            self._threads += 1
            self._idle += 1

    def _work(self) -> None:
        while (job := self._take()) is not None:
            try:
                result, error = job.function(), None
            except BaseException as caught:  # noqa: BLE001 - handed on to whoever awaits
                result, error = None, caught
            if self._give_back(job):
                with contextlib.suppress(RuntimeError):  # the loop was closed: the program is ending
                    job.loop.call_soon_threadsafe(_settle, job.future, result, error)
            del job, result, error  # a result may be large, and the next call long in coming

    def _take(self) -> _Job[Any] | None:
        """The next call; None when the thread is not needed any more."""
        with self._lock:
            while not self._queue:
                if self._threads - self._stuck > self.budget or not self._wake.wait(_IDLE_SECONDS):
                    if self._queue:
                        break
                    self._threads -= 1
                    self._idle -= 1
                    return None
            self._idle -= 1
            job = self._queue.popleft()
            job.running = True
            return job

    def _give_back(self, job: _Job[Any]) -> bool:
        """Count the thread as free again; whether anybody still waits for the answer."""
        with self._lock:
            self._idle += 1
            job.running = False
            if job.abandoned:
                self._stuck -= 1
            return not job.abandoned


def _settle(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    elif isinstance(error, StopIteration):
        future.set_exception(RuntimeError("a blocking call raised StopIteration"))
    else:
        future.set_exception(error)


class Lanes:
    """All lanes, by name; a lane is made when it is first named."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._lanes: dict[str, Lane] = {}

    def __getitem__(self, name: str) -> Lane:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane(name, self._budget)
        return lane

    def stuck(self) -> dict[str, int]:
        """Lanes with calls that have not come back, and how many."""
        return {name: lane.stuck for name, lane in self._lanes.items() if lane.stuck}
