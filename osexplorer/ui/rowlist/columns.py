"""Columns, and which of them a width has room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from osexplorer.ui.rowlist.cells import Align, Elide

GAP = 1
"""Cells between two columns."""


class Column(NamedTuple):
    """One column of a list.

    Attributes:
        id: what the source and the sort know it by.
        title: its header.
        width: cells; for a flexible column the least it is shown with.
        flex: its share of the room that is left; 0 for a fixed width.
        priority: 0 never drops; of the others the highest number drops first.
        align: of its cells and its header.
        elide: where a value that does not fit is cut.
        scrolls: whether horizontal scrolling moves its value.
        sortable: whether a click on its header, or the sort menu, sorts by it.
        descending: whether sorting by it begins with the largest.
    """

    id: str
    title: str
    width: int
    flex: int = 0
    priority: int = 0
    align: Align = "left"
    elide: Elide = "middle"
    scrolls: bool = False
    sortable: bool = True
    descending: bool = False


Columns: TypeAlias = list[Column] | Callable[[int], list[Column]]
"""The columns of a list, or what says them for its width in cells."""


class Placed(NamedTuple):
    """A column that is shown: where it begins and how wide it is, in cells."""

    column: Column
    x: int
    width: int


def place(columns: Sequence[Column], width: int) -> list[Placed]:
    """The columns that `width` cells have room for, from left to right, filling the width where one is flexible.

    The least important drop first. At least one column is always shown.
    """
    shown = list(columns)
    while len(shown) > 1 and _need(shown) > width:
        drop = max(shown, key=lambda column: column.priority)
        if drop.priority == 0:
            break
        shown.remove(drop)
    spare = max(width - _need(shown), 0)
    flex = sum(column.flex for column in shown)
    placed, x = [], 0
    for column in shown:
        share = spare * column.flex // flex if flex else 0
        spare, flex = spare - share, flex - column.flex
        room = max(min(column.width + share, width - x), 0)
        placed.append(Placed(column, x, room))
        x += room + GAP
    return placed


def _need(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)
