"""What takes the room below a directory: its entries by size, deeper and up again, live while it is counted."""

from __future__ import annotations

import asyncio
import os
import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.display import display
from osexplorer.model.entry import Kind, suffix
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.measure import UseRow, share_bar
from osexplorer.model.order import natural_key
from osexplorer.model.units import count_text, duration_text, size_text, time_text
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.sort import SortMenu
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource
from osexplorer.ui.rowlist.sorting import next_sort

_BAR = 12
_PAUSE = 0.3
"""Seconds between two readings while it is counted."""
_TICK = 0.5
_WAIT_SHOWN = 1.0
"""Seconds after which it is said for how long nothing was counted."""
LOOK_AGAIN = 2.0
"""Seconds until it is looked for changes again, at least."""

_SHARE = 10
"""As many times as long as that took last: a million entries are looked at every half a minute."""

COLUMNS = [
    Column("allocated", "On disk", 8, align="right", descending=True),
    Column("share", "Share", _BAR + 5, priority=1, sortable=False),
    Column("name", "Name", 16, flex=1, scrolls=True),
    Column("size", "Size", 8, priority=2, align="right", descending=True),
    Column("entries", "Entries", 11, priority=3, align="right", descending=True),
]
_STYLES = {Kind.DIRECTORY: "directory", Kind.SYMLINK: "link", Kind.FILE: ""}


class DiskUseDialog(Dialog[str]):
    """Dismisses with a path to go to.

    Args:
        path: the directory to begin with.
    """

    WIDE = True
    HINTS: ClassVar[str] = "Enter deeper · h up · o go there · r count again · s sort · Esc close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "deeper", show=False),
        Binding("left,h,backspace", "up", show=False),
        Binding("o", "go", show=False),
        Binding("r", "again", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = "DiskUseDialog #about { color: $muted; margin-bottom: 1; }"

    def __init__(self, session: Session, path: str) -> None:
        super().__init__("Disk use")
        self.session = session
        self.path = path.rstrip("/") or "/"
        self._whole = 0
        self._places: dict[str, str] = {}
        self._error = ""
        self._looking = 0.0
        self._visits = 0
        self._opened_at = time.monotonic()

    def body(self) -> ComposeResult:
        self.source: TableSource[UseRow] = TableSource(
            lambda row: row.name,
            self._cell,
            sort_keys={
                "allocated": lambda row: row.allocated,
                "size": lambda row: row.size,
                "entries": lambda row: row.entries,
                "name": lambda row: natural_key(row.name),
            },
        )
        self.source.set_sort("allocated", True)
        yield Text("", id="about")
        yield RowList(COLUMNS, self.source, marks=False)

    @property
    def rows(self) -> RowList:
        """The entries."""
        return self.query_one(RowList)

    def on_mount(self) -> None:
        self.rows.set_sort("allocated", True)
        self.rows.focus()
        self.set_interval(_TICK, self._tick)
        self.begin(self._follow())
        self._open(self.path)

    # -- showing

    def _open(self, path: str, cursor: str | None = None) -> None:
        """Show another directory; count it unless that was done."""
        self.path = path
        self._error = ""
        self._opened_at = time.monotonic()
        self.source.set_rows(())
        self.rows.rows_changed()
        self.begin(self._renew(path))
        self.begin(self._read(cursor or self._places.get(path)))

    async def _renew(self, path: str) -> None:
        """Count unless that was done, and look for changes as long as it is shown."""
        measure, self._visits = self.session.measure, self._visits + 1
        visit = self._visits
        try:
            await measure.renew(path)
            while visit == self._visits:
                await asyncio.sleep(max(LOOK_AGAIN, _SHARE * self._looking))
                counted = measure.counted(path)
                if counted is None and not measure.is_counting(path):  # it was given up
                    return
                if visit == self._visits and counted is not None and counted.complete:
                    begin = time.monotonic()
                    await measure.renew(path)
                    self._looking = time.monotonic() - begin
        except OSExplorerError as error:
            self._fail(path, error)

    async def _follow(self) -> None:
        async for _ in self.session.measure.feed.watch():
            await self._read()
            await asyncio.sleep(_PAUSE)

    async def _read(self, cursor: str | None = None) -> None:
        path = self.path
        try:
            rows = await self.session.measure.rows(path)
        except OSExplorerError as error:
            self._fail(path, error)
            return
        if path != self.path:
            return
        self._whole = sum(row.allocated for row in rows)
        counted = self.session.measure.counted(path)
        on_top = not len(self.source) or (self.rows.cursor == 0 and (counted is None or not counted.complete))
        self.source.set_rows(rows)
        self.rows.rows_changed(cursor)
        if on_top and cursor is None and rows:
            self.rows.move_to(0)
        self._tell()

    def _fail(self, path: str, error: OSExplorerError) -> None:
        if path == self.path:
            self._error = str(error)
            self._tell()

    def _tell(self) -> None:
        measure = self.session.measure
        counted = measure.counted(self.path)
        self.retitle(f"Disk use of {display(self.path)}")
        if self._error:
            self.rows.set_empty(self._error, "bad")
        else:
            self.rows.set_empty(self._waiting() if counted is None else "Nothing is in it")
        if counted is None:
            self.query_one("#about", Text).show(self._waiting())
            return
        use = counted.use(self.path)
        parts = []
        if use is not None:
            parts.append(f"{size_text(use.allocated)} on disk, {size_text(use.size)} in files")
            parts.append(count_text(use.entries, "entry", "entries"))
        if not counted.complete:
            parts.append(f"counting below {display(counted.root)}: {counted.measurement.entries:,} so far")
        else:
            parts.append(f"counted {time_text(counted.when)}")
            if use is not None and use.partial:
                parts.append("not all could be read: pane 7 tells what")
        self.query_one("#about", Text).show(" · ".join(parts))

    def _waiting(self) -> str:
        """What is said while nothing is counted yet: a file system that does not answer shows by how long it takes."""
        waited = time.monotonic() - self._opened_at
        return f"Counting, {duration_text(waited)} so far; Esc leaves" if waited > _WAIT_SHOWN else "Counting"

    def _tick(self) -> None:
        if self.session.measure.counted(self.path) is None and not self._error:
            self._tell()

    def _cell(self, row: UseRow, column: str) -> Cell:
        more = "≥" if row.partial else ""
        match column:
            case "allocated":
                return Span(more + size_text(row.allocated), "strong")
            case "size":
                return Span(more + size_text(row.size), "dim")
            case "entries":
                return Span(f"{more}{row.entries:,}" if row.kind is Kind.DIRECTORY else "", "dim")
            case "share":
                percent = row.allocated * 100 // self._whole if self._whole else 0
                return [Span(share_bar(row.allocated, self._whole, _BAR), "accent"), Span(f" {percent:3}%", "dim")]
            case _:
                if not row.name:
                    return Span(f"{row.entries:,} smaller files", "dim")
                return [Span(row.name, _STYLES.get(row.kind, "special")), Span(suffix(row.kind), "dim")]

    # -- keys

    @property
    def row(self) -> UseRow | None:
        """The entry under the cursor."""
        key = self.rows.cursor_key
        return self.source.row(key) if key is not None else None

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        self.action_deeper()

    def action_deeper(self) -> None:
        """Into the directory under the cursor; on anything else, go there in Files."""
        row = self.row
        if row is None or not row.name:
            return
        if row.kind is Kind.DIRECTORY:
            self._places[self.path] = row.name
            self._open(os.path.join(self.path, row.name))
        else:
            self.action_go()

    def action_up(self) -> None:
        if self.path != "/":
            above, name = os.path.split(self.path)
            self._open(above, name)

    def action_go(self) -> None:
        """Leave, and go to the entry under the cursor in Files."""
        row = self.row
        self.dismiss(os.path.join(self.path, row.name) if row is not None and row.name else self.path)

    def action_again(self) -> None:
        """Count again."""
        self.session.measure.start(self.path)

    @on(RowList.SortRequested)
    def _sort_requested(self, event: RowList.SortRequested) -> None:
        event.stop()
        rows = self.rows

        def chosen(column: Column | None) -> None:
            if column is not None:
                name, reverse = next_sort(rows, column)
                self.source.set_sort(name, reverse)
                rows.set_sort(name, reverse)
                rows.rows_changed()

        if event.column is not None:
            chosen(event.column)
        else:
            self.app.push_screen(SortMenu(rows.columns, rows.sort_column, rows.sort_reverse), chosen)
