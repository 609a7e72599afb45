"""What is shown of a listing, and in which order: what a person may choose."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import compress
from operator import itemgetter
from stat import S_IMODE
from typing import Literal, NamedTuple, TypeAlias

from osexplorer.model.entry import EntryStat
from osexplorer.model.listing import Listing, View
from osexplorer.model.order import NameRule

SortBy: TypeAlias = Literal[
    "name", "extension", "kind", "size", "mtime", "ctime", "atime", "btime", "mode", "uid", "gid", "links"
]

FIGURES: frozenset[SortBy] = frozenset(("size", "mtime", "ctime", "atime", "btime", "mode", "uid", "gid", "links"))
"""Orders that need a stat of every entry."""

LARGEST_FIRST: frozenset[SortBy] = frozenset(("size", "mtime", "ctime", "atime", "btime", "links"))
"""Orders that begin with the largest, or the latest, unless they are turned round."""

OWNERS: frozenset[SortBy] = frozenset(("uid", "gid"))
"""Orders by a number that stands for a name."""


def figure_of(stat: EntryStat, by: SortBy) -> int:
    """What an order of :data:`FIGURES` sorts an entry by; 0 where the file system does not keep it."""
    figure: int | None = getattr(stat, by)
    return 0 if figure is None else S_IMODE(figure) if by == "mode" else figure


class Arrangement(NamedTuple):
    """What is shown of a listing, and in which order."""

    by: SortBy = "name"
    """Equal ones follow in the order of their names."""
    reverse: bool = False
    directories_first: bool = True
    """Also in reverse. Symbolic links stand among the files, wherever they lead."""
    hidden: bool = False
    """Whether names that begin with a dot are shown."""
    filter: str = ""
    """Only names that fit it: see :mod:`osexplorer.model.fuzzy`."""
    exact: bool = False
    """Whether the filter is one word that names contain as it is, spaces and all."""
    revealed: str = ""
    """A name that is shown although it begins with a dot: the one that was asked for."""
    ranked: bool = True
    """Whether the names that fit the filter best come first, whatever the order."""
    names: NameRule = "natural"

    @property
    def order(self) -> tuple[object, ...]:
        """What decides the order of all rows, shown or not."""
        return self.by, self.reverse, self.directories_first, self.names


class Glimpse(NamedTuple):
    """A part of what will be shown, the best first."""

    view: View


class Visible:
    """Takes the rows out that are hidden."""

    def __init__(self, listing: Listing, how: Arrangement) -> None:
        self._dots = None if how.hidden or listing.dots.find(1) < 0 else listing.dots
        self._revealed = None
        if self._dots is not None and how.revealed.startswith("."):
            self._revealed = listing.find(how.revealed)

    @property
    def all(self) -> bool:
        """Whether none is hidden."""
        return self._dots is None

    def of(self, rows: array[int]) -> array[int]:
        """Those of some thousand rows that are shown."""
        if self._dots is None or not rows:
            return rows
        shown = bytearray(gather(rows, self._dots)).translate(NOT)
        if self._revealed is not None and self._revealed in rows:
            shown[rows.index(self._revealed)] = 1
        return array("I", compress(rows, shown))


NOT = bytes([1]) + bytes(255)
"""For :meth:`bytes.translate`: 1 where there is 0, and 0 elsewhere."""


def gather(rows: Sequence[int], column: Sequence[int]) -> Sequence[int]:
    """What a column holds for some rows, in their order."""
    return itemgetter(*rows)(column) if len(rows) > 1 else [column[row] for row in rows]
