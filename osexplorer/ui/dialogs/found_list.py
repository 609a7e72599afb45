"""A list of what was found below a directory, as it is found; sorted, filtered, marked, and worked on."""

from __future__ import annotations

import os
from collections.abc import Awaitable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widgets import Input

from osexplorer.model.errors import OSExplorerError
from osexplorer.model.ls_colors import LsColors, parse_ls_colors
from osexplorer.services.find import Find, FindState, FindStatus
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.find_actions import Answer, FoundActions
from osexplorer.ui.dialogs.found_rows import FoundSource, about, empty_text, found_columns
from osexplorer.ui.dialogs.mark import ask_to_mark
from osexplorer.ui.dialogs.sort import SortMenu
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Column, RowList
from osexplorer.ui.rowlist.marks import KeyMarks
from osexplorer.ui.rowlist.sorting import next_sort

_TICK = 0.25
_VERIFY = 2.0
"""Seconds between two looks at what is on the screen."""


class FoundList(FoundActions):
    """What a search has found, live. A subclass says how it is begun.

    Args:
        find: the search, which keeps what it found when the dialog is gone.
        root: the directory to search below.
    """

    WIDE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "close", show=False)]
    DEFAULT_CSS = """
    FoundList #about, FoundList #help { color: $muted; }
    FoundList #problem { color: $error; display: none; }
    FoundList #filter { dock: bottom; display: none; }
    """

    def __init__(self, title: str, session: Session, find: Find, root: str) -> None:
        super().__init__(title)
        self.session, self.find, self.root = session, find, root
        self._revision = -1
        self._to_best = False
        """Whether the cursor goes to what fits the filter best, once that is known."""
        self._looks = 0
        self._ticking: Timer | None = None

    def results(self) -> ComposeResult:
        """The list, and what is said above and below it."""
        yield Text("", id="problem")
        yield Text("", id="about")
        settings = self.explorer.settings
        said = os.environ.get("LS_COLORS") if settings.ls_colors else None
        source = self.source(parse_ls_colors(said) if said else None)
        marks = KeyMarks(source, source.names)
        yield RowList(lambda width: self.columns(width, ""), source, marking=marks, tells_viewport=True)
        yield Field("", id="filter", placeholder="filter")

    def source(self, colours: LsColors | None) -> FoundSource:
        """The rows."""
        return FoundSource(self.session, self.find, self.explorer.settings.icons, colours)

    def columns(self, width: int, by: str) -> list[Column]:
        """The columns for a list of that width, sorted by one of them."""
        return found_columns(width, by)

    def empty(self, state: FindState) -> tuple[str, str]:
        """What the list says while it is empty, and its style."""
        return empty_text(state)

    def begin_showing(self) -> None:
        """Follow the search; to be called when the widgets are there."""
        self._ticking = self.set_interval(_TICK, self._tell, pause=True)
        self.set_interval(_VERIFY, self.find.look_again)
        self.begin(self._follow())

    def take_up(self) -> None:
        """The search before is still here: go on where it was left."""
        self.rows.rows_changed(self.find.key(self.find.cursor) if self.find.cursor < len(self.find) else None)
        self.rows.focus()

    # -- showing

    async def _follow(self) -> None:
        async for state in self.find.feed.watch():
            self._show(state)

    def _show(self, state: FindState) -> None:
        rows = self.rows
        if state.by != rows.sort_column:
            rows.set_columns(lambda width: self.columns(width, state.by))
        rows.set_sort(state.by, state.reverse)
        if state.looks != self._looks:
            self._looks = state.looks
            rows.redraw()
        if state.revision != self._revision:
            self._revision = state.revision
            best = self._to_best and len(self.find) > 0
            rows.rows_changed(self.find.key(0) if best else None)
            self._to_best = False
        rows.set_empty(*self.empty(state))
        if self._ticking is not None:
            if state.status is FindStatus.RUNNING:
                self._ticking.resume()
            else:
                self._ticking.pause()
        self._tell()

    def _tell(self) -> None:
        self.query_one("#about", Text).show(about(self.find.feed.value, len(self.rows.marks)))

    async def work_on(self, search: Awaitable[None]) -> None:
        """Search, and say why it cannot be done."""
        problem = self.query_one("#problem", Text)
        try:
            await search
        except OSExplorerError as error:
            problem.show(str(error))
            problem.display = True

    # -- what was found

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        self.find.cursor = event.index
        if isinstance(event.key, int):
            self.dismiss(Answer((self.find.path_of(event.key),)))

    @on(RowList.ViewportChanged)
    def _viewport_changed(self, event: RowList.ViewportChanged) -> None:
        event.stop()
        self.find.want(event.first, event.last)

    @on(RowList.MarksChanged)
    def _marks_changed(self, event: RowList.MarksChanged) -> None:
        event.stop()
        self._tell()

    @on(RowList.MarkRequested)
    def _mark_requested(self, event: RowList.MarkRequested) -> None:
        event.stop()
        ask_to_mark(self.rows, event.mark)

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
        self._to_best = True
        self.find.filter(event.value)

    @on(Input.Submitted, "#filter")
    def _filter_kept(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value:
            self.hide_filter()
        self.rows.focus()

    def hide_filter(self) -> None:
        """Show all again."""
        field = self.query_one("#filter", Field)
        field.display = False
        field.value = ""

    def action_close(self) -> None:
        """``Esc``: the filter first, then the search under way, then marks, then the dialog."""
        field = self.query_one("#filter", Field)
        if field.display:
            self.hide_filter()
            self.rows.focus()
        elif self.find.stop():
            return
        elif self.rows.marks:
            self.rows.clear_marks()
        else:
            self.find.cursor = self.rows.cursor
            self.dismiss(None)
