"""Facts about a file as a list: a label, and a value that is broken into as many lines as it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.message import Message

from osexplorer.model.facts import Fact
from osexplorer.ui.rowlist import Column, RowList, Span, TableSource
from osexplorer.ui.rowlist.columns import GAP
from osexplorer.ui.rowlist.painter import GUTTER
from osexplorer.ui.wrap import wrap

_LABEL = 10
_SCROLLBAR = 1
_UNUSED = frozenset(
    {"sort", "mark", "mark_all", "mark_others", "mark_pattern", "unmark_pattern", "values_left", "values_right"}
)


class _Line(NamedTuple):
    """One line of a fact."""

    fact: Fact
    at: int
    """Which of the facts with its label it is."""
    line: int
    text: str


class FactList(RowList):
    """Shows facts in the order they come in; the filter looks in label and value."""

    class PastTop(Message):
        """The cursor was moved up from the first line."""

    def __init__(self) -> None:
        self._source: TableSource[_Line] = TableSource(lambda row: (row.fact.label, row.at, row.line), _cell)
        columns = [
            Column("label", "Fact", _LABEL, align="right", sortable=False),
            Column("value", "Value", 8, flex=1, elide="end", sortable=False),
        ]
        super().__init__(columns, self._source, marks=False)
        self._facts: Sequence[Fact] = ()
        self._filter = ""

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Replace what is shown."""
        if list(facts) != list(self._facts):
            self._facts = facts
            self._wrap()

    def show_filter(self, text: str) -> None:
        """Show only facts with `text` in them; case counts only when `text` has a capital letter."""
        self._filter = text
        self._wrap()

    @property
    def fact(self) -> Fact | None:
        """The fact under the cursor."""
        return self._source.rows[self.cursor].fact if self.cursor_key is not None else None

    def _wrap(self) -> None:
        width = max(self.size.width - _SCROLLBAR - GUTTER - _LABEL - GAP, 8)
        rows: list[_Line] = []
        seen: dict[str, int] = {}
        for fact in self._facts:
            at = seen[fact.label] = seen.get(fact.label, -1) + 1
            if self._hidden(fact):
                continue
            rows += [_Line(fact, at, line, text) for line, text in enumerate(wrap(fact.value, width))]
        self._source.set_rows(rows)
        self.rows_changed()

    def _hidden(self, fact: Fact) -> bool:
        text = f"{fact.label} {fact.value}"
        return self._filter not in (text.lower() if self._filter == self._filter.lower() else text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return False if action in _UNUSED else super().check_action(action, parameters)

    def action_up(self) -> None:
        if self.cursor == 0:
            self.post_message(self.PastTop())
        else:
            super().action_up()

    def on_resize(self) -> None:
        self._wrap()


def _cell(row: _Line, column: str) -> Span:
    if column == "label":
        return Span("" if row.line else row.fact.label, "dim")
    return Span(row.text)
