"""Watching the directories on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from osexplorer.model.errors import CallError
from osexplorer.model.watch import Hint, Watching
from osexplorer.services.door import Door
from osexplorer.system import watch as system
from osexplorer.system.wanted import Wanted


class Watch:
    """Hints about changes in a set of directories, which may change at any time.

    Args:
        told: called on the event loop with each hint.
    """

    def __init__(self, door: Door, told: Callable[[Hint], None]) -> None:
        self._door = door
        self._told = told
        self._wanted = Wanted()
        self._paths: tuple[str, ...] = ()
        self._task: asyncio.Task[None] | None = None

    def set(self, paths: Iterable[str]) -> None:
        """Watch these directories and no others. Every one is told of once when its watch has begun."""
        paths = tuple(paths)
        if paths == self._paths:
            return
        self._paths = paths
        self._wanted.set(paths)
        if self._task is None and paths:
            self._task = asyncio.create_task(self._run())

    def renew(self) -> None:
        """Begin to watch anew: a directory was replaced by another one of the same name."""
        self._wanted.set(self._paths)

    async def _run(self) -> None:
        try:
            async with self._door.stream(system.follow, self._wanted, lane="watch") as hints:
                async for hint in hints:
                    if hint.path in self._paths:
                        self._told(hint)
        except CallError as error:
            for path in self._paths:
                self._told(Hint(path, Watching.POLLING, str(error)))
        finally:
            self._wanted.close()

    def close(self) -> None:
        """End watching."""
        self._wanted.close()
        if self._task is not None:
            self._task.cancel()
