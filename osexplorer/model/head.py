"""The first screen of a listing while it is still being read: the few rows that come first among all so far."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from heapq import nlargest, nsmallest
from itertools import chain, compress

from osexplorer.model.arrangement import Arrangement
from osexplorer.model.entry import Kind
from osexplorer.model.listing import Batch
from osexplorer.model.names import END, Packed
from osexplorer.model.order import LONGEST_RUN, NameRule, digits_of, name_keys

SCREEN = 200
"""Rows that are kept in order: more than one screen."""

_before_digits = re.compile("[^0-9]*").match
_LAST = chr(0x10FFFF)
_DIRECTORY = bytes([kind == Kind.DIRECTORY for kind in range(256)])
_OTHER = bytes([kind != Kind.DIRECTORY for kind in range(256)])


class Head:
    """Keeps the rows that come first in an order by name. In any other order it stays empty.

    Costs a twentieth of sorting them all: names that cannot be among the first are found out some thousand at once.
    """

    def __init__(self, how: Arrangement) -> None:
        self._how = how
        self._count = 0
        self._directories = _Least(how)
        self._others = _Least(how) if how.directories_first else self._directories

    def add(self, batch: Batch) -> None:
        """The next rows."""
        how, first, kinds = self._how, self._count, batch.kinds
        self._count += len(kinds)
        if how.by != "name" or not kinds:
            return
        if self._others is self._directories or Kind.DIRECTORY not in kinds:
            self._add(self._others, batch, first, None)
        else:
            self._add(self._directories, batch, first, kinds.translate(_DIRECTORY))
            self._add(self._others, batch, first, kinds.translate(_OTHER))

    def _add(self, least: _Least, batch: Batch, first: int, wanted: bytes | None) -> None:
        """Those of a batch that are wanted and not hidden."""
        how, packed = self._how, batch.packed
        chosen: Iterable[int] = least.candidates(packed)
        if wanted is not None:
            chosen = [at for at in chosen if wanted[at]]
        rows, names = [], []
        for at in chosen:
            name = packed.name(at)
            if how.hidden or name[0] != "." or name == how.revealed:
                rows.append(first + at)
                names.append(name)
        least.add(names, rows)

    def rows(self) -> array[int]:
        """They, in order."""
        found = chain(self._directories.best, self._others.best if self._how.directories_first else ())
        return array("I", [row for _, row in found][:SCREEN])


class _Least:
    """The least names."""

    def __init__(self, how: Arrangement) -> None:
        self._rule: NameRule = how.names
        self._reverse = how.reverse
        self._bound: _Bound | None = None
        self.best: list[tuple[str, int]] = []

    def candidates(self, packed: Packed) -> Sequence[int]:
        """Which names may be among the least: few, when many have been added."""
        return range(len(packed.ends)) if self._bound is None else self._bound.within(packed)

    def add(self, names: Sequence[str], rows: Sequence[int]) -> None:
        """These names, of these rows."""
        if not names:
            return
        pick = nlargest if self._reverse else nsmallest
        self.best = pick(SCREEN, chain(self.best, zip(name_keys(names, self._rule), rows, strict=True)))
        if len(self.best) >= SCREEN:
            self._bound = _Bound(self.best[-1][0], self._rule, self._reverse)


class _Bound:
    """Finds the names that do not come behind the last one kept, and some more, without making their sort keys.

    Up to their first digit, sort keys compare as names do; and of two numbers that with fewer digits is less.

    Args:
        key: the sort key of the last one kept.
    """

    def __init__(self, key: str, rule: NameRule, reverse: bool) -> None:
        folded = key.partition(END)[0]
        self._fold = rule == "natural"
        self._reverse = reverse
        if rule == "code-points":
            self._stem, rest = folded, "" if reverse else END
        else:
            found = _before_digits(folded)
            assert found is not None
            self._stem = found.group()
            rest = _like(digits_of(folded[found.end() :]), reverse)
        self._like = re.compile(re.escape(END + self._stem) + rest)

    def within(self, packed: Packed) -> Sequence[int]:
        """Where among these names they stand."""
        text = END + packed.text()
        if self._fold:
            text = text.casefold()
        count = len(packed.ends)
        chosen: list[int] = []
        if text.count(END + self._stem, 0, -1) < count:  # not all begin alike
            names = text.split(END)[1:-1]
            past = map((self._stem + _LAST).__le__, names) if self._reverse else map(self._stem.__gt__, names)
            chosen = list(compress(range(count), past))
        if packed.data.isascii():  # a place in the text is one in the bytes
            ends, base, last = packed.ends, packed.base, len(text) - 1
            found = (match.start() for match in self._like.finditer(text))
            chosen += [bisect_right(ends, base + at) for at in found if at < last]
        else:
            like = self._like.match
            chosen += [at for at, name in enumerate(text.split(END)[1:-1]) if like(f"{END}{name}{END}")]
        return chosen


def _like(digits: int | None, reverse: bool) -> str:
    """A pattern for what follows the same beginning in names on this side of a name in which a number of so many digits
    follows, noughts before it not counted; None for nothing at all."""
    if digits is None:
        return "" if reverse else END
    if reverse:
        return f"(?:[:-{_LAST}]|[0-9]{{{digits}}})"
    return f"(?![:-{_LAST}])(?:0*+[0-9]{{0,{digits}}}+(?![0-9])|0{{{LONGEST_RUN}}})"
