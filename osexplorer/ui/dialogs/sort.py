"""Choose the column to sort by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.ui.dialogs.base import Dialog
from osexplorer.ui.rowlist import Column, RowList, TableSource


class SortMenu(Dialog[Column]):
    """Dismisses with the column chosen; choosing the current one means the other direction, and so does ``s`` again."""

    HINTS: ClassVar[str] = "Enter sort by it · s reverse · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("s", "reverse", "Reverse", show=False, priority=True)]
    DEFAULT_CSS = """
    SortMenu > #frame { width: 47; }
    SortMenu RowList { height: auto; max-height: 14; }
    """

    def __init__(self, columns: Sequence[Column], current: str, reverse: bool) -> None:
        super().__init__("Sort by")
        self.choices = [column for column in columns if column.sortable]
        self.current, self.reverse = current, reverse

    def body(self) -> ComposeResult:
        source: TableSource[Column] = TableSource(lambda column: column.id, self._cell)
        source.set_rows(self.choices)
        rows = RowList([Column("title", "Column", 16, flex=1), Column("now", "Now", 12)], source, marks=False)
        rows.styles.height = len(self.choices) + 1
        yield rows

    def on_mount(self) -> None:
        self.query_one(RowList).move_to_key(self.current)

    def _cell(self, column: Column, name: str) -> str:
        if name == "title":
            return column.title or column.id
        if column.id != self.current:
            return ""
        return "descending" if self.reverse else "ascending"

    @on(RowList.Opened)
    def _chosen(self, event: RowList.Opened) -> None:
        event.stop()
        self.dismiss(self.choices[event.index])

    def action_reverse(self) -> None:
        self.dismiss(next((column for column in self.choices if column.id == self.current), None))
