"""The directories that a person wants to find again, also in the next run and in other runs at the same time."""

from __future__ import annotations

import os

from osexplorer.model.errors import Refused
from osexplorer.places import state_directory
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.system import bookmarks as system

_LANE = "state"


class Bookmarks:
    """Paths in the order in which they were added; :attr:`feed` has those known last.

    Args:
        directory: where the file is; the user's own place for such when None.
    """

    def __init__(self, door: Door, directory: str | None = None) -> None:
        self._door = door
        self._directory = directory if directory is not None else state_directory()
        self.feed: Feed[tuple[str, ...]] = Feed(())

    async def read(self) -> tuple[str, ...]:
        """Read them again: another run may have changed them.

        Raises:
            CallError: the file cannot be read.
        """
        if self._directory is None:
            return ()
        return self._publish(await self._door.run(system.read_bookmarks, self._file, lane=_LANE))

    async def toggle(self, path: str) -> bool:
        """Add `path`, or remove it when it is there; whether it is one now.

        Raises:
            CallError: the file cannot be read or written.
            Refused: there is no home directory to keep it in.
        """
        if path in await self.read():
            await self.remove(path)
            return False
        self._publish(await self._door.run(system.change_bookmarks, self._file, path, None, lane=_LANE))
        return True

    async def remove(self, path: str) -> None:
        """Remove `path`.

        Raises:
            CallError, Refused: as :meth:`toggle`.
        """
        self._publish(await self._door.run(system.change_bookmarks, self._file, None, path, lane=_LANE))

    @property
    def _file(self) -> str:
        if self._directory is None:
            raise Refused("There is no home directory to keep bookmarks in")
        return os.path.join(self._directory, "bookmarks")

    def _publish(self, paths: list[str]) -> tuple[str, ...]:
        if self.feed.value != tuple(paths):
            self.feed.publish(tuple(paths))
        return self.feed.value
