"""From a listing to the rows that are shown: order, dot-files, filter."""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterator, Sequence
from operator import itemgetter
from stat import S_IMODE
from typing import Literal, NamedTuple, TypeAlias

from osexplorer.model.entry import EntryStat, Kind
from osexplorer.model.listing import Listing, View
from osexplorer.model.order import KeysOf, extension, matcher, natural_keys, sorted_rows

SortBy: TypeAlias = Literal["name", "extension", "kind", "size", "mtime", "ctime", "mode", "uid", "gid", "links"]

FIGURES: frozenset[SortBy] = frozenset(("size", "mtime", "ctime", "mode", "uid", "gid", "links"))
"""Orders that need a stat of every entry."""

_STEP = 20_000
_DIRECTORIES_BY_NAME: frozenset[SortBy] = frozenset(("size", "extension"))


def figure_of(stat: EntryStat, by: SortBy) -> int:
    """What an order of :data:`FIGURES` sorts an entry by."""
    figure: int = getattr(stat, by)
    return S_IMODE(figure) if by == "mode" else figure


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
    """Only names that contain it; case counts only where it has a capital letter."""
    revealed: str = ""
    """A name that is shown although it begins with a dot: the one that was asked for."""


class Arranged(NamedTuple):
    """A finished arrangement."""

    view: View
    by_name: array[int] | None
    """All rows in the order of their names, for the next arrangement of the same rows."""


def arrange(
    listing: Listing, arrangement: Arrangement, by_name: array[int] | None = None
) -> Iterator[float | Arranged]:
    """Yield how much is done, from 0 to 1, now and then; at last the result. No step takes more than some ms.

    Orders by a figure take it from the listing's columns, which must be there.
    """
    if by_name is None:
        names = listing.names
        rows = array("I")
        for start in range(0, len(names), _STEP):
            rows.extend([row for row in range(start, min(start + _STEP, len(names))) if listing.alive(row)])
        by_name = array("I")
        for bucket in sorted_rows(rows, lambda part: natural_keys([names[row] for row in part])):
            by_name.extend(bucket)
            yield 0.6 * len(by_name) / max(len(rows), 1)
    rows = yield from _ordered(listing, arrangement, by_name)
    rows = yield from _shown(listing, arrangement, rows)
    view = View(listing, rows)
    view.prepare()
    yield Arranged(view, by_name)


def arrange_now(listing: Listing, arrangement: Arrangement, by_name: array[int] | None = None) -> Arranged:
    """The result of :func:`arrange`, at once: for a few thousand entries, or where nothing else waits."""
    *_, result = arrange(listing, arrangement, by_name)
    assert isinstance(result, Arranged)
    return result


def _ordered(listing: Listing, how: Arrangement, by_name: array[int]) -> Generator[float, None, array[int]]:
    order = by_name
    if how.by == "name":
        if how.reverse:
            order = by_name[::-1]
    else:
        order = array("I")
        for bucket in sorted_rows(by_name, _keys(listing, how.by), how.reverse):
            order.extend(bucket)
            yield 0.6 + 0.2 * len(order) / max(len(by_name), 1)
    if not how.directories_first:
        return order
    kinds, directory = listing.kinds, Kind.DIRECTORY.value
    result = array("I")
    leading = by_name if how.by in _DIRECTORIES_BY_NAME else order
    for start in range(0, len(order), _STEP):
        result.extend([row for row in leading[start : start + _STEP] if kinds[row] == directory])
    yield 0.85
    for start in range(0, len(order), _STEP):
        result.extend([row for row in order[start : start + _STEP] if kinds[row] != directory])
    return result


def _keys(listing: Listing, by: SortBy) -> KeysOf:
    if by == "extension":
        return lambda part: [extension(listing.names[row]) for row in part]
    if by == "kind":
        return _gather(listing.kinds)
    return _gather(listing.columns[by])


def _gather(column: Sequence[int]) -> KeysOf:
    return lambda part: itemgetter(*part)(column) if len(part) > 1 else [column[row] for row in part]


def _shown(listing: Listing, how: Arrangement, order: array[int]) -> Generator[float, None, array[int]]:
    matches = matcher(how.filter)
    if how.hidden and matches is None:
        return order
    names, revealed = listing.names, how.revealed
    shown = array("I")
    for start in range(0, len(order), _STEP):
        rows: Sequence[int] = order[start : start + _STEP]
        if not how.hidden:
            rows = [row for row in rows if names[row][:1] != "." or names[row] == revealed]
        if matches is not None:
            rows = [row for row in rows if matches(names[row])]
        shown.extend(rows)
        yield 0.9
    return shown
