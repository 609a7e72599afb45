"""The one door through which every blocking call goes: a lane of threads, the clock, the call log.

    door = Door()
    status = await door.run(system.status.lstat, path, at=path)
    async with door.stream(system.files.scan, path, at=path) as batches:
        async for batch in batches:
            ...

`at` names the path that the call is about; its mount decides the lane, so a dead mount blocks only calls about
itself. Cancelling the awaiting task abandons the wait at once; a stream's thread stops at its next batch.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar

from osexplorer.model.calls import Call
from osexplorer.services.calls import CallLog
from osexplorer.services.lanes import Cancel, Lanes
from osexplorer.services.turns import give_way
from osexplorer.system import calls, mounts

T = TypeVar("T")

_AHEAD = 8
"""Batches that a stream's thread may be ahead of its reader."""

_DONE = object()


class Door:
    """Runs blocking functions of the system layer for the services.

    Args:
        log: where calls are recorded; a new one when None.
        lanes: the threads; new ones when None.
    """

    def __init__(self, log: CallLog | None = None, lanes: Lanes | None = None) -> None:
        self.log = log or CallLog()
        self.lanes = lanes or Lanes()

    def lane_of(self, path: str) -> str:
        """The lane for calls about `path`: the mount point it lies on, found without touching the path."""
        return mounts.mount_point(path)

    async def run(
        self,
        function: Callable[..., T],
        /,
        *args: Any,
        at: str | None = None,
        lane: str = "system",
        cancel: Cancel | None = None,
        **kwargs: Any,
    ) -> T:
        """Run `function` in a thread and return what it returns.

        Args:
            at: the path it is about; chooses the mount's lane.
            lane: the lane when it is about no path.
            cancel: set when the wait is abandoned, for a function that takes it among its arguments.

        Raises:
            CallError: as the function does.
            Exhausted: the lane is full of calls that have not come back.
        """
        record = self._recorder()

        def job() -> T:
            with calls.recording(record):
                return function(*args, **kwargs)

        return await self.lanes[self.lane_of(at) if at is not None else lane].run(job, cancel)

    @asynccontextmanager
    async def stream(
        self, function: Callable[..., Iterator[T]], /, *args: Any, at: str | None = None, lane: str = "system"
    ) -> AsyncIterator[AsyncIterator[T]]:
        """Run a blocking generator in a thread; what it yields arrives as an async iterator.

        The thread works at most a few items ahead of the reader. Leaving the block closes the generator at its next
        item, without waiting for it.

            async with door.stream(scan, path, at=path) as batches:
                async for batch in batches: ...
        """
        async with aclosing(self._items(function, args, at=at, lane=lane)) as items:
            yield items

    @asynccontextmanager
    async def replay(self, function: Callable[..., Iterator[T]], /, *args: Any) -> AsyncIterator[AsyncIterator[T]]:
        """As :meth:`stream`, for what has been done already and is only handed out: it needs no thread."""

        async def items() -> AsyncGenerator[T, None]:
            with calls.recording(self._recorder()):
                for item in function(*args):
                    yield item

        async with aclosing(items()) as past:
            yield past

    async def _items(
        self, function: Callable[..., Iterator[T]], args: tuple[Any, ...], *, at: str | None, lane: str
    ) -> AsyncGenerator[T, None]:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Any] = asyncio.Queue()
        room = threading.Semaphore(_AHEAD)
        cancel = Cancel()

        def produce() -> None:
            for item in function(*args):
                while not room.acquire(timeout=0.5):
                    if cancel:
                        return
                if cancel:
                    return
                loop.call_soon_threadsafe(queue.put_nowait, item)
                give_way()

        async def run() -> None:
            try:
                await self.run(produce, at=at, lane=lane, cancel=cancel)
            finally:
                queue.put_nowait(_DONE)

        task = asyncio.create_task(run())
        try:
            while (item := await queue.get()) is not _DONE:
                room.release()
                yield item
            await task
        finally:
            cancel.set()
            room.release()
            task.cancel()

    def _recorder(self) -> Callable[[Call], None]:
        loop = asyncio.get_running_loop()
        add = self.log.add

        def record(call: Call) -> None:
            try:
                loop.call_soon_threadsafe(add, call)
            except RuntimeError:  # the loop was closed: nobody is left to read the log
                return

        return record
