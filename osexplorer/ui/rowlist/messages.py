"""What a list tells its pane."""

from __future__ import annotations

from textual.message import Message
from textual.widget import Widget

from osexplorer.ui.rowlist.columns import Column
from osexplorer.ui.rowlist.source import Key


class ListMessage(Message, namespace="row_list"):
    """A message of one list.

    Attributes:
        rows: the list.
    """

    def __init__(self, rows: Widget) -> None:
        super().__init__()
        self.rows = rows

    @property
    def control(self) -> Widget:
        """The list, for ``@on(..., selector)``."""
        return self.rows


class CursorMoved(ListMessage, namespace="row_list"):
    """The cursor stands on another row, or on none (`key` None)."""

    def __init__(self, rows: Widget, key: Key | None, index: int) -> None:
        super().__init__(rows)
        self.key, self.index = key, index

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, CursorMoved) and message.rows is self.rows


class Opened(ListMessage, namespace="row_list"):
    """``Enter`` or a double click on a row."""

    def __init__(self, rows: Widget, key: Key, index: int) -> None:
        super().__init__(rows)
        self.key, self.index = key, index


class SortRequested(ListMessage, namespace="row_list"):
    """A click on a header; or, with `column` None, the sort key: ask by which."""

    def __init__(self, rows: Widget, column: Column | None) -> None:
        super().__init__(rows)
        self.column = column


class FilterRequested(ListMessage, namespace="row_list"):
    """The filter key."""


class MarkRequested(ListMessage, namespace="row_list"):
    """Mark rows by a pattern, or take the marks of some away: ask by which pattern."""

    def __init__(self, rows: Widget, mark: bool) -> None:
        super().__init__(rows)
        self.mark = mark


class MarksChanged(ListMessage, namespace="row_list"):
    """Marks were set or taken away."""


class ViewportChanged(ListMessage, namespace="row_list"):
    """Other rows are on the screen now: those from `first` up to and without `last`."""

    def __init__(self, rows: Widget, first: int, last: int) -> None:
        super().__init__(rows)
        self.first, self.last = first, last

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, ViewportChanged) and message.rows is self.rows
