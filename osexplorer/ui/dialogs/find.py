"""Search below a directory, and go to what was found."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import DescendantFocus
from textual.widgets import Input

from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.find import HELP, parse_query
from osexplorer.services.find import FindStatus
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.found_list import FoundList
from osexplorer.ui.field import Field


class FindDialog(FoundList):
    """A line with conditions, and below it what fulfils them as it is found. Stays filled until the next search.

    Args:
        root: the directory to search below.
    """

    HINTS: ClassVar[str] = "Enter go · Tab query · / filter · s sort · Space mark · Esc stop"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab", "other", show=False, priority=True),
        Binding("n", "edit", show=False),
        Binding("ctrl+r", "refresh", show=False),
    ]
    DEFAULT_CSS = "FindDialog #help { margin-bottom: 1; }"

    def __init__(self, session: Session, root: str) -> None:
        super().__init__(f"Find below {display(root)}", session, session.find, root)
        self._meaning = HELP

    def body(self) -> ComposeResult:
        state = self.find.feed.value
        yield Field(display(state.text), id="query", placeholder="what to find")
        yield Text(HELP, id="help")
        yield from self.results()

    @property
    def line(self) -> Field:
        """The field of the query."""
        return self.query_one("#query", Field)

    def on_mount(self) -> None:
        self.begin_showing()
        self._judge()
        if self.find.feed.value.status is FindStatus.NONE or self.find.feed.value.root != self.root:
            self.line.focus()
        else:
            self.call_after_refresh(self.take_up)

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
        self.hide_filter()
        self._search_for(self.root, self.line.value)
        self.rows.focus()
        self.rows.move_to(0)

    def _search_for(self, root: str, text: str) -> None:
        self.begin(self.work_on(self.find.search(root, parse_query(text))))

    def action_refresh(self) -> None:
        """Search again for the same."""
        state = self.find.feed.value
        if state.status is not FindStatus.NONE:
            self.rows.clear_marks()
            self.hide_filter()
            self._search_for(state.root, state.text)

    def action_other(self) -> None:
        """Between the query and what was found."""
        if self.line.has_focus and len(self.find):
            self.rows.focus()
        else:
            self.line.focus()

    def action_edit(self) -> None:
        self.line.focus()
