"""Edit a list of paths such as PATH, an entry a line."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.display import display
from osexplorer.model.environment import duplicate_of, join_paths, split_paths, without_duplicates
from osexplorer.model.errors import OSExplorerError
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog
from osexplorer.ui.dialogs.plain_list import PlainList
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.rowlist import Column, RowList, Span, TableSource

COLUMNS = [
    Column("at", "#", 3, align="right"),
    Column("path", "Entry", 16, flex=1, scrolls=True, elide="middle"),
    Column("note", "Note", 26, elide="end"),
]


class _Entry(NamedTuple):
    """One entry; the same while it is moved and edited."""

    id: int
    path: str


class EntriesDialog(Dialog[str]):
    """Dismisses with the value that the entries make.

    Args:
        name: of the variable, raw.
        value: its value, raw.
    """

    WIDE = True
    HINTS: ClassVar[str] = "Enter edit · n new · d delete · J K move · D unique · Ctrl+S apply"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", show=False),
        Binding("d,delete", "delete", show=False),
        Binding("D", "unique", show=False),
        Binding("J,shift+down", "move(1)", show=False),
        Binding("K,shift+up", "move(-1)", show=False),
        Binding("ctrl+s", "apply", show=False),
    ]

    def __init__(self, session: Session, name: str, value: str) -> None:
        super().__init__(f"{display(name)}: looked through from top to bottom")
        self.session = session
        self._ids = itertools.count(1)
        self._entries = [_Entry(next(self._ids), path) for path in split_paths(value)]
        self._kinds: dict[str, str] = {}

    def body(self) -> ComposeResult:
        self._source: TableSource[int] = TableSource(lambda at: self._entries[at].id, self._cell)
        yield PlainList(COLUMNS, self._source, marks=False)

    @property
    def rows(self) -> RowList:
        """The list of entries."""
        return self.query_one(RowList)

    @property
    def paths(self) -> list[str]:
        """The entries as they stand now."""
        return [entry.path for entry in self._entries]

    def on_mount(self) -> None:
        self.rows.set_empty("No entries: n makes one")
        self._show()

    # -- showing

    def _show(self, cursor: int | None = None) -> None:
        self._source.set_rows(range(len(self._entries)))
        self.rows.rows_changed(cursor)
        for path in self.paths:
            if path not in self._kinds:
                self._kinds[path] = ""
                self.begin(self._look(path))

    async def _look(self, path: str) -> None:
        try:
            self._kinds[path] = await self.session.environment.entry_kind(path)
        except OSExplorerError as error:
            self._kinds[path] = str(error)
        self.rows.redraw()

    def _cell(self, at: int, column: str) -> Span:
        path = self._entries[at].path
        kind = self._kinds.get(path, "")
        double = duplicate_of(self.paths, at)
        if column == "at":
            return Span(str(at + 1), "dim")
        if column == "path":
            return Span(path, "dim" if double is not None else "broken" if kind == "missing" else "")
        if double is not None:
            return Span(f"same as {double + 1}", "dim")
        if not path:
            return Span("the working directory", "warn")
        if not path.startswith("/"):
            return Span("by the working directory", "warn")
        return Span("" if kind == "directory" else kind, "bad" if kind == "missing" else "dim")

    # -- editing

    def _at(self) -> int | None:
        key = self.rows.cursor_key
        return self._source.index(key) if key is not None else None

    def _put(self, start: int, end: int, text: str) -> None:
        """Replace entries by those that `text` has: one, or several with ``:`` between them."""
        new = [_Entry(next(self._ids), path) for path in split_paths(text) or [""]]
        self._entries[start:end] = new
        self._show(new[0].id)

    @on(RowList.Opened)
    def _edit(self, event: RowList.Opened) -> None:
        event.stop()
        at = event.index

        def answered(text: str | None) -> None:
            if text is not None:
                self._put(at, at + 1, text)

        self.app.push_screen(Prompt("Edit the entry", self._entries[at].path), answered)

    def action_new(self) -> None:
        at = self._at()
        after = 0 if at is None else at + 1

        def answered(text: str | None) -> None:
            if text:
                self._put(after, after, text)

        self.app.push_screen(Prompt("New entry", detail="Below the one under the cursor"), answered)

    def action_delete(self) -> None:
        if (at := self._at()) is not None:
            del self._entries[at]
            self._show()

    def action_unique(self) -> None:
        self._replace(without_duplicates(self.paths))

    def _replace(self, paths: Sequence[str]) -> None:
        kept = iter(self._entries)
        self._entries = [next(entry for entry in kept if entry.path == path) for path in paths]
        self._show()

    def action_move(self, by: int) -> None:
        at = self._at()
        if at is not None and 0 <= at + by < len(self._entries):
            entry = self._entries.pop(at)
            self._entries.insert(at + by, entry)
            self._show(entry.id)

    def action_apply(self) -> None:
        self.dismiss(join_paths(self.paths))
