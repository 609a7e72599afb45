"""Help: every key that works in the focused pane, in lists and everywhere, as it is bound now, and what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.ui.actions import SCOPES, in_scope, key_text
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.meanings import MEANINGS
from osexplorer.ui.rowlist import Column, RowList, Span, TableSource

Line = tuple[str, str, str]
"""Keys, title, action id; a heading has only a title."""


class Help(Dialog[str]):
    """The keys of some scopes. Dismisses with the id of the action that was chosen with ``Enter``.

    Args:
        scopes: most particular first.
        keys: by action id, the keys where they are not the defaults.
    """

    WIDE = True
    HINTS: ClassVar[str] = "Enter do it · Esc close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1,q", "close", "Close", show=False),
    ]
    DEFAULT_CSS = """
    Help RowList { height: 1fr; }
    Help #means { min-height: 2; color: $muted; }
    """

    def __init__(self, scopes: Sequence[str], keys: Mapping[str, Sequence[str]]) -> None:
        super().__init__(f"Keys: {SCOPES[scopes[0]]}")
        self.lines: list[Line] = []
        for scope in scopes:
            self.lines.append(("", SCOPES[scope], f"#{scope}"))
            for action in in_scope(scope):
                bound = keys.get(action.id, action.keys)
                shown = "  ".join(key_text(key) for key in bound) or "(palette)"
                self.lines.append((shown, action.title, action.id))

    def body(self) -> ComposeResult:
        source: TableSource[Line] = TableSource(lambda line: line[2], self._cell)
        source.set_rows(self.lines)
        widest = max(len(keys or title) for keys, title, _ in self.lines)
        titles = max(len(title) for _, title, _ in self.lines)
        yield RowList(
            [
                Column("keys", "Key", widest, sortable=False),
                Column("title", "Action", min(titles, 28), flex=1, sortable=False),
                Column("means", "What it does", 22, flex=4, priority=1, elide="end", sortable=False),
                Column("id", "Name in the settings", 24, priority=2, sortable=False),
            ],
            source,
            marks=False,
        )
        yield Text("", id="means")

    def on_mount(self) -> None:
        self.query_one(RowList).move_to(1)  # below the heading

    def _cell(self, line: Line, column: str) -> Span:
        keys, title, action = line
        if action.startswith("#"):
            return Span(title, "accent") if column == "keys" else Span("")
        if column == "means":
            return Span(MEANINGS[action])
        return {"keys": Span(keys, "strong"), "title": Span(title), "id": Span(action, "dim")}[column]

    @on(RowList.CursorMoved)
    def _moved(self, event: RowList.CursorMoved) -> None:
        """Tell what the action under the cursor does, and its name: on a narrow screen no column does."""
        event.stop()
        means = MEANINGS.get(action := str(event.key), "")
        self.query_one("#means", Text).show(f"{means}; in the settings {action}" if means else "")

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        event.stop()
        action = str(event.key)
        if not action.startswith("#"):
            self.dismiss(action)
