"""Measuring directory trees, as tasks; what was counted is kept until it has changed."""

from __future__ import annotations

import asyncio
import os

from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.measure import Counted, Use, UseRow, measurement_text
from osexplorer.model.tasks import Progress
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.services.lanes import Cancel
from osexplorer.services.tasks import TaskHandle, Tasks
from osexplorer.services.turns import give_way
from osexplorer.system import measure as system

KEEP = 8
"""Trees whose count is kept."""


class Measure:
    """Counts what lies below directories; :attr:`feed` changes when more is known."""

    def __init__(self, door: Door, tasks: Tasks) -> None:
        self._door = door
        self._tasks = tasks
        self.feed: Feed[int] = Feed(0)
        self._counted: dict[str, Counted] = {}
        self._running: dict[str, TaskHandle[Counted]] = {}

    # -- what is known

    def counted(self, path: str) -> Counted | None:
        """The newest count that directory `path` is part of, be it under way; None when there is none."""
        found = [counted for counted in self._counted.values() if path in counted.index]
        return max(found, key=lambda counted: counted.when, default=None)

    def use(self, path: str) -> Use | None:
        """What directory `path` takes with all below it, as it was counted last; None when it was not counted."""
        counted = self.counted(path) if self._counted else None
        return counted.use(path) if counted is not None else None

    def size_of(self, path: str) -> int | None:
        """As :meth:`use`, its bytes."""
        use = self.use(path)
        return None if use is None else use.size

    def is_counting(self, path: str) -> bool:
        """Whether a count of `path` itself is under way."""
        return path in self._running

    # -- counting

    def start(self, path: str, cross_mounts: bool = False) -> TaskHandle[Counted]:
        """Begin to count entries and bytes below `path`; the task shows how far it is. A count of the same that is
        under way is not begun again.

        Args:
            cross_mounts: whether to go into file systems mounted below it.
        """
        path = path.rstrip("/") or "/"
        if (running := self._running.get(path)) is not None:
            return running
        loop = asyncio.get_running_loop()

        def tell(counted: Counted) -> None:
            try:
                loop.call_soon_threadsafe(self._take, path, counted)
            except RuntimeError:  # the loop was closed: nobody is left to tell
                return

        def work(progress: Progress) -> Counted:
            return system.measure(progress, path, cross_mounts, tell)

        handle = self._tasks.start(f"Measure {display(path)}", work, at=path, describe=_describe)
        self._running[path] = handle
        ending = asyncio.ensure_future(self._end(path, handle))
        ending.add_done_callback(lambda done: done.exception())
        return handle

    async def _end(self, path: str, handle: TaskHandle[Counted]) -> None:
        try:
            self._take(path, await handle.result())
        except OSExplorerError:  # the task tells it
            kept = self._counted.get(path)
            if kept is not None and not kept.complete:
                del self._counted[path]
        finally:
            del self._running[path]
            self._changed()

    def _take(self, path: str, counted: Counted) -> None:
        before = self._counted.pop(path, None)
        if before is not None and before.complete and not counted.complete:
            counted = before if before.when > counted.when else counted
        self._counted[path] = counted
        while len(self._counted) > KEEP:
            del self._counted[next(iter(self._counted))]
        self._changed()

    def _changed(self) -> None:
        self.feed.publish(self.feed.value + 1)

    async def renew(self, path: str) -> bool:
        """Count again if anything below has changed since it was counted, a file that has grown included; count if it
        never was. Returns whether something had changed, or a count was begun.

        Where the times of the directories tell of a change, a task counts; otherwise it is counted to the end without
        one, which takes as long, and says nothing where all is as it was.

        Args:
            path: a directory that a count is kept of, or one in it.

        Raises:
            CallError: what was counted cannot be opened any more.
        """
        counted = self.counted(path)
        if counted is not None and self.is_counting(counted.root):
            return False
        if counted is None or not counted.complete:
            self.start(path)
            return True
        root, cancel = counted.root, Cancel()

        def cancelled() -> bool:
            give_way()
            return bool(cancel)

        if await self._door.run(system.changed_directory, counted, cancelled, at=path, cancel=cancel):
            self.start(root)
            return True
        now = await self._door.run(system.recounted, counted, cancelled, at=path, cancel=cancel)
        if now is None or self._counted.get(root) is not counted:  # another count knows better
            return False
        self._take(root, now)
        return True

    async def rows(self, path: str) -> list[UseRow]:
        """The entries of a directory that was counted, with what each takes.

        Raises:
            CallError: it cannot be read.
        """
        counted = self.counted(path)
        if counted is None:
            return []
        return await self._door.run(system.rows, path, counted, at=path)

    def forget(self, path: str) -> None:
        """What is known of `path`, and of what it is in, no longer holds."""
        gone = [root for root, counted in self._counted.items() if path in counted.index or _is_in(path, root)]
        for root in gone:
            del self._counted[root]
        if gone:
            self._changed()


def _describe(counted: Counted) -> str:
    return measurement_text(counted.measurement)


def _is_in(path: str, root: str) -> bool:
    return os.path.commonpath((path, root)) == root
