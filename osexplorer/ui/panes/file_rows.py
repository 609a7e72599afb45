"""The rows of the files pane, and their marks: all million of them at once, if need be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from osexplorer.model.entry import Kind
from osexplorer.model.fuzzy import Query
from osexplorer.model.listing import View
from osexplorer.model.ls_colors import LsColors
from osexplorer.model.settings import Icons
from osexplorer.services.files import Files
from osexplorer.services.session import Session
from osexplorer.ui.panes.file_cells import cells
from osexplorer.ui.rowlist import Cell
from osexplorer.ui.rowlist.source import Key

_SLICE = 10_000
"""Names that are held against a pattern at once: some milliseconds of work."""


class FilesSource:
    """The rows of the files service, for the list."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._files = session.files
        self._query = Query("")
        self.colours: LsColors | None = None
        """How names look, where the environment says so."""
        self.icons: Icons = "none"
        """What stands before names."""

    def __len__(self) -> int:
        return len(self._files.view)

    def key(self, index: int) -> int:
        return self._files.view.key(index)

    def index(self, key: object) -> int | None:
        return self._files.view.index(key) if isinstance(key, int) else None

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        view, how = self._files.view, self._files.state.arrangement
        if (how.filter, how.exact) != (self._query.text, self._query.exact):
            self._query = Query(how.filter, how.exact)
        name = view.name(index)
        kind, use = view.kind(index), None
        if kind is Kind.DIRECTORY and "measure" in vars(self._session):  # until something was counted nothing is known
            use = self._session.measure.use(os.path.join(self._files.state.path, name))
        matched = tuple(self._query.letters(name)) if self._query else ()
        return cells(name, kind, view.stat(index), columns, use, self.colours, matched, self.icons)


class FileMarks:
    """The marked rows of the files service: a byte of the listing each, so that they go with their entries."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._counted: View | None = None
        self._count = 0

    def __len__(self) -> int:
        view = self._files.view
        if view is not self._counted:
            self._counted, self._count = view, _count(view)
        return self._count

    def __contains__(self, key: object, /) -> bool:
        listing = self._files.listing
        row = listing.row(key) if isinstance(key, int) else None
        return row is not None and listing.marked[row] == 1 and self._files.view.place(row) is not None

    def __iter__(self) -> Iterator[Key]:
        listing = self._files.listing
        marked = listing.marked
        return (listing.key(row) for row in self._files.view.rows if marked[row])

    def toggle(self, key: Key) -> None:
        listing, count = self._files.listing, len(self)
        if isinstance(key, int) and (row := listing.row(key)) is not None:
            listing.marked[row] ^= 1
            self._count = count + (1 if listing.marked[row] else -1)

    def mark_all(self) -> None:
        view, listing = self._files.view, self._files.listing
        marked, shown = int.from_bytes(listing.marked), int.from_bytes(view.shown())
        listing.marked[:] = (marked | shown).to_bytes(len(listing))
        self._counted, self._count = view, len(view)

    def invert(self) -> None:
        view, listing = self._files.view, self._files.listing
        marked, shown = int.from_bytes(listing.marked), int.from_bytes(view.shown())
        listing.marked[:] = (marked ^ shown).to_bytes(len(listing))
        self._counted = None

    def mark_matching(self, matches: Callable[[str], bool], mark: bool, column: str) -> Iterator[int]:
        listing, rows = self._files.listing, self._files.view.rows
        for first in range(0, len(rows), _SLICE):
            if listing is not self._files.listing:  # another directory
                return
            part, marked, changed = rows[first : first + _SLICE], listing.marked, 0
            for row, name in zip(part, listing.names.take(part), strict=True):
                if marked[row] != mark and listing.alive(row) and matches(name):
                    marked[row] = mark
                    changed += 1
            self._counted = None
            yield changed

    def clear(self) -> None:
        """Those of rows that are not shown too: nothing that cannot be seen stays marked."""
        listing = self._files.listing
        listing.marked[:] = bytes(len(listing))
        self._counted = None

    def rows_changed(self) -> None:
        self._counted = None


def _count(view: View) -> int:
    """Marked rows that are shown."""
    marked = view.listing.marked
    if marked.find(1) < 0:
        return 0
    return (int.from_bytes(marked) & int.from_bytes(view.shown())).bit_count()
