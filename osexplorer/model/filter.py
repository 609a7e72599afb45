"""Which rows of a listing fit a filter, the best first."""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterable, Sequence
from itertools import compress
from typing import NamedTuple

from osexplorer.model.arrangement import Arrangement, Glimpse, Visible, gather
from osexplorer.model.fuzzy import Query
from osexplorer.model.listing import STEP, Listing, View
from osexplorer.model.names import END

SCREEN = 200
"""Rows of a glimpse: more than one screen."""

_BLOCK = 8192
_NOT_FOUND = 255
_HIT = bytes([1]) * _NOT_FOUND + bytes(1)


class Found(NamedTuple):
    """What a filter let through, kept for the next one: whoever types on narrows it."""

    query: Query
    rows: array[int]
    """In the order of their numbers, hidden ones included."""
    ranks: bytearray
    """How well each fits, 0 best."""


def search(listing: Listing, how: Arrangement, before: Found | None = None) -> Generator[float | Glimpse, None, Found]:
    """The rows that fit; on the way how much is done, and now and then a glimpse of the best so far.

    Args:
        before: what an earlier filter found in the same rows.
    """
    query, visible = Query(how.filter, how.exact), Visible(listing, how)
    best = _Best(listing)
    candidates: Sequence[int] = range(len(listing))
    if before is not None and query.narrows(before.query) and len(before.rows) < len(listing) // 3:
        candidates = before.rows
    else:
        yield from _glance(listing, query, visible, best)
    found = Found(query, array("I"), bytearray())
    due = 1 if not best else 2 * SCREEN
    for start in range(0, len(candidates), _BLOCK):
        rows, ranks = _fitting(listing, query, candidates[start : start + _BLOCK])
        found.rows.extend(rows)
        found.ranks.extend(ranks)
        best.add(visible, rows, ranks)
        if len(found.rows) >= due:
            due = 2 * len(found.rows)
            yield best.glimpse()
        yield start / len(candidates)
    return found


def _fitting(listing: Listing, query: Query, rows: Sequence[int]) -> tuple[array[int], bytearray]:
    """Those of some thousand rows that fit, and how well."""
    if isinstance(rows, range):
        text = listing.names.text(rows.start, rows.stop)
    else:
        text = END.join([*listing.names.take(rows), ""])
    hits, ranks = query.search(text)
    fitting = array("I", map(rows.__getitem__, hits))
    living = bytes(map(listing.alive, fitting))
    if 0 not in living:
        return fitting, ranks
    return array("I", compress(fitting, living)), bytearray(compress(ranks, living))


def _glance(listing: Listing, query: Query, visible: Visible, best: _Best) -> Generator[float | Glimpse, None, None]:
    """Look for names that hold the words as they are: the best ones, and found in a tenth of the time."""
    for start in range(0, len(listing), _BLOCK):
        stop = min(start + _BLOCK, len(listing))
        text = listing.names.text(start, stop)
        if hits := query.glance(text)[:SCREEN]:
            rows, ranks = _fitting(listing, query, array("I", map(start.__add__, hits)))
            best.add(visible, rows, ranks)
            if len(best) >= SCREEN:
                break
        yield 0.0
    if best:
        yield best.glimpse()


class _Best:
    """The best of the rows that were found so far."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._ranks: dict[int, int] = {}
        self._worst = _NOT_FOUND

    def __len__(self) -> int:
        return len(self._ranks)

    def add(self, visible: Visible, rows: array[int], ranks: Iterable[int]) -> None:
        better = {row: rank for row, rank in zip(rows, ranks, strict=True) if rank < self._worst}
        shown = visible.of(array("I", better))
        self._ranks.update((row, better[row]) for row in shown)
        if len(self._ranks) > SCREEN:
            best = sorted(self._ranks.items(), key=lambda item: (item[1], item[0]))[:SCREEN]
            self._ranks, self._worst = dict(best), best[-1][1]

    def glimpse(self) -> Glimpse:
        rows = sorted(self._ranks, key=lambda row: (self._ranks[row], row))
        return Glimpse(View(self._listing, array("I", rows)))


def in_order(
    listing: Listing, how: Arrangement, found: Found, order: Sequence[int]
) -> Generator[float, None, array[int]]:
    """The rows that were found and are not hidden: the best first where they are ranked, and otherwise in order.

    Args:
        order: all rows in the order that decides between equal ones.
    """
    ranked = how.ranked and found.query.ranks
    visible = Visible(listing, how)
    rank_of = bytearray([_NOT_FOUND]) * len(listing)
    for start in range(0, len(found.rows), STEP):
        part = slice(start, start + STEP)
        for row, rank in zip(found.rows[part], found.ranks[part], strict=True):
            rank_of[row] = rank if ranked else 0
        yield 0.9
    buckets = [array("I") for _ in range(_NOT_FOUND)]
    for start in range(0, len(order), STEP):
        rows = order[start : start + STEP]
        hits = array("I", compress(rows, bytes(gather(rows, rank_of)).translate(_HIT)))
        hits = visible.of(hits)
        if ranked:
            for row, rank in zip(hits, gather(hits, rank_of), strict=True):
                buckets[rank].append(row)
        else:
            buckets[0].extend(hits)
        yield 0.95
    shown = array("I")
    for bucket in buckets:
        shown.extend(bucket)
    return shown
