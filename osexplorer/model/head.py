"""The first screen of a listing while it is still being read: the few rows that come first among all so far."""

from __future__ import annotations

import re
from array import array
from heapq import nlargest, nsmallest
from itertools import chain

from osexplorer.model.arrangement import Arrangement
from osexplorer.model.entry import Kind
from osexplorer.model.listing import Batch
from osexplorer.model.names import END
from osexplorer.model.order import NameRule, name_keys

SCREEN = 200
"""Rows that are kept in order: more than one screen."""

_before_digits = re.compile(f"[^0-9{END}]*").match
_LAST = chr(0x10FFFF)


class Head:
    """Keeps the rows that come first in an order by name. In any other order it stays empty.

    Costs a tenth of sorting them all.
    """

    def __init__(self, how: Arrangement) -> None:
        self._how = how
        self._count = 0
        self._directories = _Least(how)
        self._others = _Least(how) if how.directories_first else self._directories

    def add(self, batch: Batch) -> None:
        """The next rows."""
        how, first, names, kinds = self._how, self._count, batch.names, batch.kinds
        self._count += len(kinds)
        if how.by != "name":
            return
        rows: range | list[int] = range(len(kinds))
        if not how.hidden:
            rows = [at for at in rows if names[at][0] != "." or names[at] == how.revealed]
        if how.directories_first and Kind.DIRECTORY in kinds:
            directories = [at for at in rows if kinds[at] == Kind.DIRECTORY]
            self._directories.add([names[at] for at in directories], [first + at for at in directories])
            rows = [at for at in rows if kinds[at] != Kind.DIRECTORY]
        if len(rows) < len(names):
            names = [names[at] for at in rows]
        self._others.add(names, [first + at for at in rows])

    def rows(self) -> array[int]:
        """They, in order."""
        found = chain(self._directories.best, self._others.best if self._how.directories_first else ())
        return array("I", [row for _, row in found][:SCREEN])


class _Least:
    """The least names."""

    def __init__(self, how: Arrangement) -> None:
        self._rule: NameRule = how.names
        self._reverse = how.reverse
        self._limit = ""
        self.best: list[tuple[str, int]] = []

    def add(self, names: list[str], rows: list[int]) -> None:
        if len(self.best) >= SCREEN:
            folded = END.join(names).casefold().split(END) if self._rule == "natural" else names
            limit = self._limit
            if self._reverse:
                chosen = [at for at, name in enumerate(folded) if name >= limit]
            else:
                chosen = [at for at, name in enumerate(folded) if name < limit]
            names, rows = [names[at] for at in chosen], [rows[at] for at in chosen]
        if not names:
            return
        pick = nlargest if self._reverse else nsmallest
        self.best = pick(SCREEN, chain(self.best, zip(name_keys(names, self._rule), rows, strict=True)))
        self._limit = self._bound(self.best[-1][0])

    def _bound(self, key: str) -> str:
        """What no name beyond the last one kept comes before: up to the first digit, keys compare as names do."""
        found = _before_digits(key)
        assert found is not None
        return found.group() + ("" if self._reverse else _LAST)
