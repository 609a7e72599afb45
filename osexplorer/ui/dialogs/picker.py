"""Choose one of many by typing a part of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Cell, Column, RowList, TableSource

T = TypeVar("T")


class Picker(Dialog[T]):
    """A field above a list; what is typed filters the list, every word of it somewhere in a row's text.

    Args:
        title: the question.
        choices: what can be chosen.
        columns: of the list.
        cell: what a choice shows in a column, raw.
        text: what the typed words are looked for in.
        detail: a line between field and list; foreign text in it has passed ``display()``.
        start: index of the choice that the cursor stands on first.
    """

    HINTS: ClassVar[str] = "type to filter · ↑ ↓ · Enter choose · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    Picker RowList { height: 1fr; }
    Picker > #frame { height: 80%; max-height: 34; }
    Picker Field { margin-bottom: 1; }
    Picker #detail { margin-bottom: 1; }
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[T],
        columns: list[Column],
        cell: Callable[[T, str], Cell],
        text: Callable[[T], str],
        *,
        detail: str = "",
        start: int = 0,
    ) -> None:
        super().__init__(title)
        self.choices, self.columns, self.detail, self.start = choices, columns, detail, start
        self._cell, self._text = cell, text

    def body(self) -> ComposeResult:
        yield Field(placeholder="type to filter")
        if self.detail:
            yield Text(self.detail, id="detail")
        source: TableSource[tuple[int, T]] = TableSource(
            lambda choice: choice[0], lambda choice, column: self._cell(choice[1], column)
        )
        source.set_rows(enumerate(self.choices))
        rows = RowList([column._replace(sortable=False) for column in self.columns], source, marks=False)
        rows.can_focus = False
        rows.lit = True
        rows.set_empty("Nothing has all of these words")
        yield rows

    def on_mount(self) -> None:
        self.query_one(Field).focus()
        self.query_one(RowList).move_to(self.start)

    def matches(self, words: Sequence[str]) -> list[tuple[int, T]]:
        """The choices that have every word, those that begin with the first of them in front."""
        found = [
            (at, choice)
            for at, choice in enumerate(self.choices)
            if all(word in self._text(choice).lower() for word in words)
        ]
        if words:
            found.sort(key=lambda item: not self._text(item[1]).lower().startswith(words[0]))
        return found

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        rows = self.query_one(RowList)
        source = rows.source
        if isinstance(source, TableSource):
            source.set_rows(self.matches(event.value.lower().split()))
        rows.rows_changed()
        rows.move_to(0 if event.value else self.start)

    def action_move(self, by: int) -> None:
        rows = self.query_one(RowList)
        rows.move_to(rows.cursor + by)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        key = self.query_one(RowList).cursor_key
        if isinstance(key, int):
            self.choose(self.choices[key])

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        if isinstance(event.key, int):
            self.choose(self.choices[event.key])

    def choose(self, choice: T) -> None:
        """A choice was made."""
        self.dismiss(choice)
