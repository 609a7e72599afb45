"""What a request to sort a list means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osexplorer.ui.rowlist.columns import Column

if TYPE_CHECKING:
    from osexplorer.ui.rowlist.widget import RowList


def next_sort(rows: RowList, column: Column) -> tuple[str, bool]:
    """What a request to sort by `column` means: its natural direction first, the other when it is sorted by already."""
    if rows.sort_column == column.id:
        return column.id, not rows.sort_reverse
    return column.id, column.descending
