"""Search below a directory, and go to what was found."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import DescendantFocus
from textual.timer import Timer
from textual.widgets import Input

from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.find import HELP, parse_query
from osexplorer.model.ls_colors import parse_ls_colors
from osexplorer.services.find import FindState, FindStatus
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.find_actions import Answer, FoundActions
from osexplorer.ui.dialogs.found_rows import FoundSource, about, empty_text, found_columns
from osexplorer.ui.dialogs.sort import SortMenu
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Column, RowList
from osexplorer.ui.rowlist.sorting import next_sort

_TICK = 0.25
_VERIFY = 2.0
"""Seconds between two looks at what is on the screen."""


class FindDialog(FoundActions):
    """A line with conditions, and below it what fulfils them as it is found. Stays filled until the next search.

    Args:
        root: the directory to search below.
    """

    WIDE = True
    HINTS: ClassVar[str] = "Enter go · Tab query · / filter · s sort · Space mark · Esc stop, close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab", "other", show=False, priority=True),
        Binding("n", "edit", show=False),
        Binding("ctrl+r", "refresh", show=False),
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
        self._looks = 0
        self._ticking: Timer | None = None
        self._meaning = HELP

    def body(self) -> ComposeResult:
        state = self.find.feed.value
        yield Field(display(state.text), id="query", placeholder="what to find")
        yield Text(HELP, id="help")
        yield Text("", id="problem")
        yield Text("", id="about")
        settings = self.explorer.settings
        said = os.environ.get("LS_COLORS") if settings.ls_colors else None
        colours = parse_ls_colors(said) if said else None
        yield RowList(found_columns(80, ""), FoundSource(self.session, settings.icons, colours))
        yield Field("", id="filter", placeholder="filter")

    @property
    def line(self) -> Field:
        """The field of the query."""
        return self.query_one("#query", Field)

    def on_mount(self) -> None:
        self._ticking = self.set_interval(_TICK, self._tell, pause=True)
        self.set_interval(_VERIFY, self.find.look_again)
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

    def on_resize(self) -> None:
        self.rows.set_columns(found_columns(self.rows.size.width, self.rows.sort_column))

    async def _follow(self) -> None:
        async for state in self.find.feed.watch():
            self._show(state)

    def _show(self, state: FindState) -> None:
        rows = self.rows
        if state.by != rows.sort_column:
            rows.set_columns(found_columns(rows.size.width, state.by))
        rows.set_sort(state.by, state.reverse)
        if state.looks != self._looks:
            self._looks = state.looks
            rows.redraw()
        if state.revision != self._revision:
            self._revision = state.revision
            rows.rows_changed()
        rows.set_empty(*empty_text(state))
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
            self._meaning = display(meaning)
        else:
            self._meaning = HELP
        self._tell_keys()
        return problem

    @on(DescendantFocus)
    def _tell_keys(self) -> None:
        """Beside the list what can be done with what is in it; beside the query what it means."""
        self.query_one("#help", Text).show(self.KEYS if self.rows.has_focus else self._meaning)

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
        self.rows.clear_marks()
        self._hide_filter()
        self._search_for(self.root, self.line.value)
        self.rows.focus()
        self.rows.move_to(0)

    def _search_for(self, root: str, text: str) -> None:
        self.begin(self._search(self.find.search(root, parse_query(text))))

    def action_refresh(self) -> None:
        """Search again for the same."""
        state = self.find.feed.value
        if state.status is not FindStatus.NONE:
            self.rows.clear_marks()
            self._hide_filter()
            self._search_for(state.root, state.text)

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

    @on(RowList.ViewportChanged)
    def _viewport_changed(self, event: RowList.ViewportChanged) -> None:
        event.stop()
        self.find.want(event.first, event.last)

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
