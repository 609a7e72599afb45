"""Choose a directory among bookmarks and those visited in this run."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from osexplorer.model.errors import OSExplorerError
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

_COLUMNS = [
    Column("kind", "", 8, priority=1),
    Column("path", "Directory", 20, flex=1, elide="middle"),
]


class Place(NamedTuple):
    """A directory to go to."""

    path: str
    bookmarked: bool


class PlacesDialog(Picker[Place]):
    """Dismisses with the place chosen."""

    HINTS: ClassVar[str] = "type to filter · Enter go · Ctrl+D forget · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+d", "forget", show=False, priority=True)]

    def __init__(self, session: Session) -> None:
        super().__init__("Bookmarks and visited directories", (), _COLUMNS, _cell, lambda place: place.path)
        self.session = session

    def on_mount(self) -> None:
        self._show()
        self.begin(self._read())

    async def _read(self) -> None:
        try:
            await self.session.bookmarks.read()
        except OSExplorerError as error:
            self.notify(str(error), severity="error", markup=False)
        self._show()

    def _show(self) -> None:
        marked = self.session.bookmarks.feed.value
        recent = (path for path in self.session.visited.feed.value.recent if path not in marked)
        self.choices = (*(Place(path, True) for path in marked), *(Place(path, False) for path in recent))
        rows = self.query_one(RowList)
        rows.set_empty("Nothing has all of these words" if self.choices else "No bookmarks yet: B in Files makes one")
        if isinstance(rows.source, TableSource):
            rows.source.set_rows(self.matches(self.query_one(Field).value.lower().split()))
        rows.rows_changed()

    async def action_forget(self) -> None:
        """Remove the bookmark under the cursor."""
        key = self.query_one(RowList).cursor_key
        if isinstance(key, int) and self.choices[key].bookmarked:
            try:
                await self.session.bookmarks.remove(self.choices[key].path)
            except OSExplorerError as error:
                self.notify(str(error), severity="error", markup=False)
            self._show()


def _cell(place: Place, column: str) -> Cell:
    if column == "kind":
        return Span("bookmark", "accent") if place.bookmarked else Span("visited", "dim")
    return Span(place.path)
