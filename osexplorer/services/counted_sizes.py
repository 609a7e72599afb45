"""What directories of the listing take with all below them, where that was counted: an order by size goes by it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from osexplorer.model.entry import Kind
from osexplorer.model.listing import Listing
from osexplorer.services.listed import Listed

_STEP = 1000


class CountedSizes:
    """Part of the files service."""

    def __init__(self, files: Listed) -> None:
        self._files = files
        self._size_of: Callable[[str], int | None] | None = None
        self._task: asyncio.Task[None] | None = None

    def ask(self, size_of: Callable[[str], int | None]) -> None:
        """From now on ask for the size of each directory, bytes; None where it was not counted."""
        self._size_of = size_of

    def size(self, name: str) -> int | None:
        """What the directory of that name takes; None where it is not known."""
        return None if self._size_of is None else self._size_of(os.path.join(self._files.state.path, name))

    def changed(self) -> None:
        """More is known: bring the rows into their order again, where it goes by size."""
        if self._task is None and self._files.state.arrangement.by == "size":
            self._task = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        files, listing = self._files, self._files.listing
        before = listing.counted
        try:
            moved = await self.fill(listing)
            if moved and listing is files.listing and files.state.arrangement.by == "size":
                files.arranging.moved(moved)
                if not before:
                    files.arranging.figures_changed()
                files.arranging.start()
        finally:
            self._task = None

    async def fill(self, listing: Listing) -> list[int]:
        """Put what is known into the column of sizes; the rows that differ from before."""
        column = listing.columns.get("size")
        if self._size_of is None or column is None:
            return []
        moved = []
        rows = [row for row in listing.live_rows() if listing.kinds[row] == Kind.DIRECTORY]
        for first in range(0, len(rows), _STEP):
            for row in rows[first : first + _STEP]:
                if not listing.alive(row):
                    continue
                size = self.size(listing.names[row])
                if size is None:
                    continue
                listing.counted = True
                if column[row] != size:
                    column[row] = size
                    moved.append(row)
            await asyncio.sleep(0)
        return moved
