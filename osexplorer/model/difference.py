"""What has changed in a directory: its listing beside a new scan.

A file system gives the entries of a directory in an order that hardly changes. So the scan is laid beside the listing
in the order of the scan before, and only what does not fit is kept until it is met: a scan that finds nothing new costs
no memory, and takes little longer than the reading. In any other order the result is the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from osexplorer.model.entry import Kind
from osexplorer.model.listing import Batch, Difference, Listing

_STEP = 2048
_NEW = 0xFFFFFFFF
_FEW = 4


class Compared(NamedTuple):
    """The result of a comparison."""

    difference: Difference
    scanned: array[int] | None
    """The rows in the order of the scan, for an added entry any number; None where nothing at all has changed."""
    new: list[int]
    """Where in `scanned` the added entries stand."""
    gaps: bool
    """Whether places in `scanned` belong to no entry."""

    def order(self, rows: Sequence[int]) -> array[int]:
        """The rows in the order of the scan, once the added entries have got these rows."""
        assert self.scanned is not None
        for at, row in zip(self.new, rows, strict=True):
            self.scanned[at] = row
        return array("I", [row for row in self.scanned if row != _NEW]) if self.gaps else self.scanned


class _Found(NamedTuple):
    """An entry of the scan that has no row yet."""

    at: int
    name: str
    kind: int
    inode: int


class Comparison:
    """A comparison under way. Reads the listing only; made for a thread."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._order = listing.scanned
        self._next = 0
        self._scanned = array("I")
        self._missing: dict[str, int] = {}
        """Rows that the scan should have come to, and has not yet."""
        self._found: dict[str, _Found] = {}
        """Entries of the scan for which no row was met yet."""
        self._added: list[_Found] = []
        self._gone: list[int] = []
        self._kinds: list[tuple[int, int]] = []
        self._gaps = False
        self._straight = True
        """Whether the scan was so far just the one before."""

    def add(self, batch: Batch) -> None:
        """Compare with the next entries of the scan."""
        count = len(batch.kinds)
        for first in range(0, count, _STEP):
            self._step(batch.part(first, min(first + _STEP, count)))

    def finish(self) -> Compared:
        """What differs, when all entries were added."""
        while rows := self._ahead(_STEP):
            self._next += len(rows)
            self._expect(rows, self._listing.names.take(rows))
        self._gone.extend(self._missing.values())
        if self._found:
            self._drop_doubles()
        added = sorted([*self._found.values(), *self._added])
        batch = Batch.of(
            self._listing.ticket,
            [entry.name for entry in added],
            bytes([entry.kind for entry in added]),
            array("Q", [entry.inode for entry in added]),
        )
        new = [entry.at for entry in added]
        scanned = None if self._straight and not self._gone else self._scanned
        return Compared(Difference(self._gone, batch, self._kinds), scanned, new, self._gaps)

    def _ahead(self, count: int) -> range | array[int]:
        """The next rows in the order of the last scan."""
        if self._order is None:
            return range(self._next, min(self._next + count, len(self._listing)))
        rows = self._order[self._next : self._next + count]
        if rows and rows[-1] - rows[0] == len(rows) - 1 and rows == array("I", range(rows[0], rows[-1] + 1)):
            return range(rows[0], rows[-1] + 1)  # as most are, and quicker
        return rows

    def _step(self, batch: Batch) -> None:
        listing, count = self._listing, len(batch.kinds)
        rows = self._ahead(count)
        if isinstance(rows, range) and self._are(rows, batch):
            self._scanned.extend(rows)
            self._next += count
            return
        self._straight = False
        names = batch.names
        rows = self._ahead(2 * count)
        known = listing.names.take(rows)
        try:  # so that the next step begins where this one ends, whatever came or went meanwhile
            stop = known.index(names[-1]) + 1
        except ValueError:
            stop = count
        rows, known = rows[:stop], known[:stop]
        self._next += len(rows)
        if known != names:
            self._expect(rows, known)
        elif not self._missing and not self._found:
            for row, name, kind, inode in zip(rows, names, batch.kinds, batch.inodes, strict=True):
                self._meet(row, name, kind, inode)
            return
        else:
            self._expect(rows, known)
        missing = self._missing
        for name, kind, inode in zip(names, batch.kinds, batch.inodes, strict=True):
            known_row = missing.pop(name, None)
            if known_row is not None:
                self._meet(known_row, name, kind, inode)
            elif name not in self._found:
                self._found[name] = _Found(len(self._scanned), name, kind, inode)
                self._scanned.append(_NEW)

    def _are(self, rows: range, batch: Batch) -> bool:
        """Whether these rows are just those entries, in every respect."""
        listing, first, last = self._listing, rows.start, rows.stop
        return (
            not self._missing
            and not self._found
            and listing.kinds[first:last] == batch.kinds
            and listing.inodes[first:last] == batch.inodes
            and listing.names.same(first, batch.packed)
        )

    def _expect(self, rows: Iterable[int], names: Iterable[str]) -> None:
        """The scan should have come to these rows by now."""
        listing, missing, found = self._listing, self._missing, self._found
        for row, name in zip(rows, names, strict=True):
            if not listing.alive(row):
                continue
            if (entry := found.pop(name, None)) is not None:
                self._settle(row, entry)
            elif (double := missing.setdefault(name, row)) != row:  # read twice, for it changed meanwhile
                missing[name] = row
                self._gone.append(double)

    def _meet(self, row: int, name: str, kind: int, inode: int) -> None:
        at = len(self._scanned)
        self._scanned.append(row)
        if not self._listing.alive(row):
            self._found[name] = _Found(at, name, kind, inode)
        elif self._listing.inodes[row] != inode or self._listing.kinds[row] != kind:
            self._settle(row, _Found(at, name, kind, inode))

    def _settle(self, row: int, entry: _Found) -> None:
        """An entry of the scan has the name of this row."""
        listing = self._listing
        if listing.inodes[row] != entry.inode:
            self._gone.append(row)
            self._scanned[entry.at] = _NEW
            self._added.append(entry)
            return
        self._scanned[entry.at] = row
        known = listing.kinds[row]
        if known != entry.kind and not (entry.kind == Kind.OTHER and known > Kind.SYMLINK):
            self._kinds.append((row, entry.kind))

    def _drop_doubles(self) -> None:
        """A directory that changes while it is read may give a name twice."""
        found, gone = self._found, set(self._gone)
        taken = {entry.name for entry in self._added}
        for row, name in self._named(found):
            if row not in gone:
                taken.add(name)
        for name in taken & found.keys():
            self._scanned[found.pop(name).at] = _NEW
            self._gaps = True

    def _named(self, wanted: dict[str, _Found]) -> Iterator[tuple[int, str]]:
        """The rows with one of these names."""
        listing = self._listing
        for first in range(0, len(listing), _STEP):
            rows = range(first, min(first + _STEP, len(listing)))
            names = listing.names.take(rows)
            if not wanted.keys().isdisjoint(names):
                yield from (
                    (row, name) for row, name in zip(rows, names, strict=True) if name in wanted and listing.alive(row)
                )


def named(listing: Listing, found: Mapping[str, tuple[int, int] | None]) -> Difference:
    """How some names differ from the listing. Made for a thread.

    Args:
        found: kind and inode of what has the name now; None where there is nothing.
    """
    rows: dict[str, int] = {}
    if len(found) <= _FEW:
        rows = {name: row for name in found if (row := listing.find(name)) is not None}
    else:
        for first in range(0, len(listing), _STEP):
            part = range(first, min(first + _STEP, len(listing)))
            names = listing.names.take(part)
            if not found.keys().isdisjoint(names):
                rows.update(
                    (name, row) for row, name in zip(part, names, strict=True) if name in found and listing.alive(row)
                )
    gone: list[int] = []
    kinds: list[tuple[int, int]] = []
    added: list[tuple[str, int, int]] = []
    for name, entry in found.items():
        row = rows.get(name)
        if row is not None and (entry is None or listing.inodes[row] != entry[1]):
            gone.append(row)
        elif row is not None and entry is not None and listing.kinds[row] != entry[0]:
            kinds.append((row, entry[0]))
        if entry is not None and (row is None or listing.inodes[row] != entry[1]):
            added.append((name, *entry))
    batch = Batch.of(
        listing.ticket,
        [name for name, _, _ in added],
        bytes([kind for _, kind, _ in added]),
        array("Q", [inode for _, _, inode in added]),
    )
    return Difference(gone, batch, kinds)
