"""From a listing to the rows that are shown: order, dot-files, filter. In small steps, for a thread."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Generator, Iterator
from itertools import compress
from typing import Any, NamedTuple, TypeAlias

from osexplorer.model.arrangement import OWNERS, Arrangement, Glimpse, SortBy, Visible, gather
from osexplorer.model.entry import Kind
from osexplorer.model.filter import Found, in_order, search
from osexplorer.model.fuzzy import Query
from osexplorer.model.listing import STEP, Listing, View
from osexplorer.model.order import KeysOf, NameRule, extension, merged, name_keys, sorted_names, sorted_rows

_DIRECTORIES_BY_NAME: frozenset[SortBy] = frozenset(("size", "extension"))
_DIRECTORY = bytes([kind == Kind.DIRECTORY for kind in range(256)])
_NO_DIRECTORY = bytes([kind != Kind.DIRECTORY for kind in range(256)])


class Orders(NamedTuple):
    """All rows of a listing in order, kept for the next arrangement of the same rows."""

    by_name: array[int]
    names: NameRule
    order: array[int]
    how: tuple[object, ...]
    """:attr:`Arrangement.order` of `order`."""


class Known(NamedTuple):
    """What earlier arrangements of the same listing have left."""

    orders: Orders | None = None
    gone: Collection[int] = ()
    """Rows that have lost their place in `orders` since they were made."""
    added: Collection[int] = ()
    """Rows that have no place in `orders`, or had one and were moved: those are among the gone ones too."""
    found: Found | None = None
    """What the filter found, among just the rows there are now."""


class Arranged(NamedTuple):
    """A finished arrangement."""

    view: View
    orders: Orders
    found: Found | None


Step: TypeAlias = float | Glimpse | Arranged
"""How much is done, from 0 to 1; or a part of the result; at last the result."""

_NOTHING = Known()


def arrange(listing: Listing, how: Arrangement, known: Known = _NOTHING) -> Iterator[Step]:
    """Yield every few milliseconds how far it is; at last the result.

    Orders by a figure take it from the listing's columns, which must be there.
    """
    found = None
    if Query(how.filter, how.exact):
        found = yield from search(listing, how, known.found)
        if known.orders is None:
            rows = yield from in_order(listing, how, found, range(len(listing)))
            yield Glimpse(View(listing, rows))
    orders = yield from _orders(listing, how, known)
    if found is None:
        rows = yield from _shown(listing, how, orders.order)
    else:
        rows = yield from in_order(listing, how, found, orders.order)
    view = View(listing, rows)
    view.prepare()
    yield Arranged(view, orders, found)


def arrange_now(listing: Listing, how: Arrangement, known: Known = _NOTHING) -> Arranged:
    """The result of :func:`arrange`, at once: for a few thousand entries, or where nothing else waits."""
    *_, result = arrange(listing, how, known)
    assert isinstance(result, Arranged)
    return result


def _orders(listing: Listing, how: Arrangement, known: Known) -> Generator[float, None, Orders]:
    before = known.orders
    if before is not None and before.names == how.names:
        by_name = yield from _renewed(
            listing, Arrangement(names=how.names, directories_first=False), before.by_name, known
        )
        if before.how == how.order:
            same = before.order is before.by_name and not _sets_apart(listing, how)
            order = by_name if same else (yield from _renewed(listing, how, before.order, known))
            return Orders(by_name, how.names, order, how.order)
    else:
        by_name = yield from _by_name(listing, how.names)
    order = yield from _ordered(listing, how, by_name)
    return Orders(by_name, how.names, order, how.order)


def _by_name(listing: Listing, rule: NameRule) -> Generator[float, None, array[int]]:
    rows, order = listing.live_rows(), array("I")
    for step, bucket in enumerate(sorted_names(listing.names, rows, rule)):
        order.extend(bucket)
        yield 0.7 * min(step * STEP / 2 / max(len(rows), 1), 1.0)
    return order


def _ordered(listing: Listing, how: Arrangement, by_name: array[int]) -> Generator[float, None, array[int]]:
    order = by_name
    if how.by != "name":
        order = array("I")
        for step, bucket in enumerate(sorted_rows(by_name, _keys(listing, how.by), how.reverse)):
            order.extend(bucket)
            yield 0.7 + 0.2 * min(step * STEP / 2 / max(len(by_name), 1), 1.0)
    elif how.reverse:
        order = by_name[::-1]
    if not _sets_apart(listing, how):
        return order
    result = array("I")
    directories = by_name if _go_by_name(listing, how) else order
    for source, wanted in ((directories, _DIRECTORY), (order, _NO_DIRECTORY)):
        for start in range(0, len(source), STEP):
            part = source[start : start + STEP]
            result.extend(compress(part, bytes(gather(part, listing.kinds)).translate(wanted)))
            yield 0.9
    return result


def _go_by_name(listing: Listing, how: Arrangement) -> bool:
    """Whether directories among themselves go by their names. Their sizes mean something once they were counted."""
    return how.by in _DIRECTORIES_BY_NAME and not (how.by == "size" and listing.counted)


def _sets_apart(listing: Listing, how: Arrangement) -> bool:
    """Whether there are directories, and they come first."""
    return how.directories_first and listing.kinds.find(Kind.DIRECTORY) >= 0


def _keys(listing: Listing, by: SortBy) -> KeysOf:
    if by == "extension":
        return lambda part: [extension(name) for name in listing.names.take(part)]
    if by == "kind":
        return lambda part: gather(part, listing.kinds)
    column = listing.columns[by]
    if by in OWNERS:
        names = listing.owners.get(by, {})
        return lambda part: [(names.get(figure, ""), figure) for figure in gather(part, column)]
    return lambda part: gather(part, column)


def _renewed(listing: Listing, how: Arrangement, order: array[int], known: Known) -> Generator[float, None, array[int]]:
    """An order without the rows that are gone, and with the added ones where they belong."""
    if known.gone:
        left = array("I")
        keep = bytearray(b"\1") * len(listing)
        for row in known.gone:
            keep[row] = 0
        for start in range(0, len(order), STEP):
            part = order[start : start + STEP]
            left.extend(compress(part, gather(part, keep)))
            yield 0.3
        order = left
    if known.added:
        order = yield from merged(order, known.added, _sort_key(listing, how))
    return order


def _sort_key(listing: Listing, how: Arrangement) -> Callable[[int], Any]:
    """What the order compares two rows by, for one row."""
    figures = None if how.by == "name" else _keys(listing, how.by)

    def key(row: int) -> Any:
        group = 0 if how.directories_first and listing.kinds[row] == Kind.DIRECTORY else 1
        (name,) = name_keys([listing.names[row]], how.names)
        if figures is None:
            return group, _Descending(name) if how.reverse else name
        if not group and _go_by_name(listing, how):
            return group, None, name
        (figure,) = figures([row])
        return group, _Descending(figure) if how.reverse else figure, name

    return key


class _Descending:
    """A key of which the larger comes first."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and bool(self.key == other.key)

    def __lt__(self, other: _Descending) -> bool:
        return bool(other.key < self.key)

    def __hash__(self) -> int:
        return hash(self.key)


def _shown(listing: Listing, how: Arrangement, order: array[int]) -> Generator[float, None, array[int]]:
    visible = Visible(listing, how)
    if visible.all:
        return order
    shown = array("I")
    for start in range(0, len(order), STEP):
        shown.extend(visible.of(order[start : start + STEP]))
        yield 0.95
    return shown
