"""Search below a directory, and go to what was found."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widgets import Input

from osexplorer.model.display import display
from osexplorer.model.entry import Kind, suffix
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.find import HELP, Found, parse_query
from osexplorer.model.units import duration_text, size_text, time_text
from osexplorer.services.find import Find, FindState, FindStatus
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.sort import SortMenu
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Cell, Column, RowList, Span
from osexplorer.ui.rowlist.sorting import next_sort

COLUMNS = [
    Column("path", "Found", 20, flex=1, scrolls=True),
    Column("size", "Size", 7, priority=1, align="right", descending=True),
    Column("mode", "Mode", 10, priority=3),
    Column("mtime", "Modified", 16, priority=2, descending=True),
    Column("kind", "Kind", 16, priority=4),
]
_STYLES = {Kind.DIRECTORY: "directory", Kind.SYMLINK: "link", Kind.FILE: ""}
_TICK = 0.25


class Answer(NamedTuple):
    """What to do with what was found."""

    paths: tuple[str, ...]
    modes: bool = False
    """Show their modes; otherwise go to the first."""


class FindSource:
    """What the service found, for the list."""

    def __init__(self, find: Find) -> None:
        self._find = find

    def __len__(self) -> int:
        return len(self._find)

    def key(self, index: int) -> int:
        return self._find.key(index)

    def index(self, key: object) -> int | None:
        return self._find.index(key) if isinstance(key, int) else None

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        found = self._find.found(index)
        return [_cell(found, column) for column in columns]


class FindDialog(Dialog[Answer]):
    """A line with conditions, and below it what fulfils them as it is found. Stays filled until the next search.

    Args:
        root: the directory to search below.
    """

    WIDE = True
    HINTS: ClassVar[str] = "Enter go · Tab query · / filter · s sort · Space m modes · Esc stop, close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab", "other", show=False, priority=True),
        Binding("n", "edit", show=False),
        Binding("m", "modes", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = """
    FindDialog #about, FindDialog #help { color: $muted; }
    FindDialog #problem { color: $error; }
    FindDialog #help { margin-bottom: 1; }
    FindDialog #filter { dock: bottom; display: none; }
    """

    def __init__(self, session: Session, root: str) -> None:
        super().__init__(f"Find below {display(root)}")
        self.session, self.root = session, root
        self.find = session.find
        self._revision = -1
        self._ticking: Timer | None = None

    def body(self) -> ComposeResult:
        state = self.find.feed.value
        yield Field(display(state.text), id="query", placeholder="what to find")
        yield Text(HELP, id="help")
        yield Text("", id="problem")
        yield Text("", id="about")
        yield RowList(COLUMNS, FindSource(self.find))
        yield Field("", id="filter", placeholder="filter")

    @property
    def rows(self) -> RowList:
        """What was found."""
        return self.query_one(RowList)

    @property
    def line(self) -> Field:
        """The field of the query."""
        return self.query_one("#query", Field)

    def on_mount(self) -> None:
        self._ticking = self.set_interval(_TICK, self._tell, pause=True)
        self.begin(self._follow())
        self._judge()
        if self.find.feed.value.status is FindStatus.NONE or self.find.feed.value.root != self.root:
            self.line.focus()
        else:
            self.call_after_refresh(self._take_up)

    def _take_up(self) -> None:
        """The search before is still here: go on where it was left."""
        self.rows.rows_changed(self.find.key(self.find.cursor) if self.find.cursor < len(self.find) else None)
        self.rows.focus()

    # -- showing

    async def _follow(self) -> None:
        async for state in self.find.feed.watch():
            self._show(state)

    def _show(self, state: FindState) -> None:
        rows = self.rows
        rows.set_sort(state.by, state.reverse)
        if state.revision != self._revision:
            self._revision = state.revision
            rows.rows_changed()
        rows.set_empty(*_empty(state))
        if self._ticking is not None:
            if state.status is FindStatus.RUNNING:
                self._ticking.resume()
            else:
                self._ticking.pause()
        self._tell()

    def _tell(self) -> None:
        self.query_one("#about", Text).show(about(self.find.feed.value, len(self.rows.marks)))

    def _judge(self) -> str:
        """Say what is wrong with the query so far, or what it means."""
        try:
            query = parse_query(self.line.value)
            problem, meaning = "", query.words
        except Refused as refusal:
            problem, meaning = str(refusal), ""
        self.query_one("#problem", Text).show(problem)
        self.query_one("#problem").display = bool(problem)
        if not problem and self.line.value.strip():
            self.query_one("#help", Text).show(display(meaning))
        else:
            self.query_one("#help", Text).show(HELP)
        return problem

    # -- the query

    @on(Input.Changed, "#query")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge()

    @on(Input.Submitted, "#query")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._judge():
            return
        query = parse_query(self.line.value)
        self.rows.clear_marks()
        self._hide_filter()
        self.begin(self._search(self.find.search(self.root, query)))
        self.rows.focus()
        self.rows.move_to(0)

    async def _search(self, search: Any) -> None:
        try:
            await search
        except OSExplorerError as error:
            self.query_one("#problem", Text).show(str(error))
            self.query_one("#problem").display = True

    def action_other(self) -> None:
        """Between the query and what was found."""
        if self.line.has_focus and len(self.find):
            self.rows.focus()
        else:
            self.line.focus()

    def action_edit(self) -> None:
        self.line.focus()

    # -- what was found

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        self.find.cursor = event.index
        if isinstance(event.key, int):
            self.dismiss(Answer((self.find.path_of(event.key),)))

    def action_modes(self) -> None:
        """To the permission grid of what is marked."""
        chosen = tuple(self.find.path_of(key) for key in self.rows.chosen if isinstance(key, int))
        if chosen:
            self.find.cursor = self.rows.cursor
            self.dismiss(Answer(chosen, modes=True))

    @on(RowList.MarksChanged)
    def _marks_changed(self, event: RowList.MarksChanged) -> None:
        event.stop()
        self._tell()

    @on(RowList.SortRequested)
    def _sort_requested(self, event: RowList.SortRequested) -> None:
        event.stop()

        def chosen(column: Column | None) -> None:
            if column is not None:
                by, reverse = next_sort(self.rows, column)
                self.find.sort(by, reverse)  # type: ignore[arg-type]

        if event.column is not None:
            chosen(event.column)
        else:
            rows = self.rows
            self.app.push_screen(SortMenu(rows.columns, rows.sort_column, rows.sort_reverse), chosen)

    @on(RowList.FilterRequested)
    def _filter_requested(self, event: RowList.FilterRequested) -> None:
        event.stop()
        field = self.query_one("#filter", Field)
        field.display = True
        field.focus()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.find.filter(event.value)

    @on(Input.Submitted, "#filter")
    def _filter_kept(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value:
            self._hide_filter()
        self.rows.focus()

    def _hide_filter(self) -> None:
        field = self.query_one("#filter", Field)
        field.display = False
        field.value = ""

    def action_close(self) -> None:
        """``Esc``: the filter first, then the search under way, then marks, then the dialog."""
        field = self.query_one("#filter", Field)
        if field.display:
            self._hide_filter()
            self.rows.focus()
        elif self.find.stop():
            return
        elif self.rows.marks:
            self.rows.clear_marks()
        else:
            self.find.cursor = self.rows.cursor
            self.dismiss(None)


def _cell(found: Found, column: str) -> Cell:
    match column:
        case "path":
            directory, name = os.path.split(found.path)
            style = (
                "executable" if found.kind is Kind.FILE and found.mode & 0o111 else _STYLES.get(found.kind, "special")
            )
            place = [Span(f"{directory}/", "dim")] if directory else []
            return [*place, Span(name, style), Span(suffix(found.kind), "dim")]
        case "size":
            return Span(size_text(found.size), "" if found.kind is Kind.FILE else "dim")
        case "mode":
            return stat.filemode(found.mode)
        case "mtime":
            return time_text(found.mtime)
        case _:
            return Span(found.kind.word, "dim")


def about(state: FindState, marked: int) -> str:
    """How far a search is, in words."""
    if state.status is FindStatus.NONE:
        return ""
    count = f"{state.found:,} found" if state.shown == state.found else f"{state.shown:,} of {state.found:,} found"
    parts = [count, f"{state.entries:,} entries in {state.directories:,} directories"]
    running = state.status is FindStatus.RUNNING
    took = time.monotonic() - state.since if running else state.took
    parts.append(f"{'searching' if running else state.status.value}, {duration_text(took)}")
    if state.failures:
        first = state.failures[0]
        parts.append(f"{len(state.failures):,} could not be read, the first {display(first.path)}: {first.reason}")
    if state.skipped:
        parts.append(f"{state.skipped} mounted file systems left out (mounts:enter enters them)")
    if marked:
        parts.append(f"{marked:,} marked")
    return " · ".join(parts)


def _empty(state: FindState) -> tuple[str, str]:
    match state.status:
        case FindStatus.NONE:
            return "Type what to find; nothing but Enter lists everything below", "dim"
        case FindStatus.RUNNING:
            return f"Searching {state.at or state.root}", "dim"
        case FindStatus.FAILED:
            return state.error, "bad"
        case _:
            return (f"Nothing is {state.words}" if not state.found else "Nothing found has this in its path"), "dim"
