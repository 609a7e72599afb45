"""A directory's entries in columns, so that a million of them cost 50 MB and not 300, and the rows that are shown.

A row is known by a key that is never given to another entry: not in the next directory (the listing's ticket is part
of it), and not when the row of a vanished entry is used again (its generation is).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import NamedTuple, Protocol

from osexplorer.model.entry import EntryStat, Kind
from osexplorer.model.errors import CallError
from osexplorer.model.names import Names, Packed, pack

UNKNOWN = -(2**63)
"""In a column of figures: the entry was not looked at yet."""

FAILED = UNKNOWN + 1
"""In a column of figures: the entry cannot be looked at."""

STEP = 10_000
"""Rows that are gone through at once: about a millisecond of work."""

_CLOCK_STEP = 20_000_000
_DEAD = 255
_ALIVE = bytes([1] * _DEAD + [0])
_ROW_BITS = 32
_GENERATION_BITS = 32
_ROW_MASK = (1 << _ROW_BITS) - 1


class Directory(NamedTuple):
    """A directory at the moment it was read: which one it is, and how to tell that it has changed since."""

    device: int
    inode: int
    mtime: int
    """Last change of its entries, nanoseconds since the epoch."""
    ctime: int
    """Last change of its inode, nanoseconds since the epoch."""
    read: int
    """When it was looked at, nanoseconds since the epoch."""

    @property
    def identity(self) -> tuple[int, int]:
        """Device and inode."""
        return self.device, self.inode

    def changed(self, later: Directory) -> bool:
        """Whether its entries may have changed between this look and a later one.

        The kernel's clock for file times advances in steps of up to 10 ms, so times that were fresh when they were read
        prove nothing.
        """
        if (self.device, self.inode, self.mtime, self.ctime) != (later.device, later.inode, later.mtime, later.ctime):
            return True
        return max(self.mtime, self.ctime) > self.read - _CLOCK_STEP


class Batch(NamedTuple):
    """Some entries as scandir gave them."""

    ticket: int
    """Of the load they belong to."""
    packed: Packed
    """Their names, raw."""
    kinds: bytes
    """A :class:`Kind` each."""
    inodes: array[int]

    @property
    def names(self) -> list[str]:
        """Their names, raw."""
        return self.packed.list()

    def part(self, first: int, last: int) -> Batch:
        """Those from `first` up to and without `last`."""
        return Batch(self.ticket, self.packed.part(first, last), self.kinds[first:last], self.inodes[first:last])

    @classmethod
    def of(cls, ticket: int, names: Sequence[str], kinds: bytes, inodes: array[int], base: int = 0) -> Batch:
        """Made of names that follow `base` bytes of others."""
        return cls(ticket, pack(names, base), kinds, inodes)


class Difference(NamedTuple):
    """How a directory differs from its listing."""

    gone: list[int]
    """Rows of entries that are there no more."""
    added: Batch
    """New entries; one whose name belonged to another inode before is new."""
    kinds: list[tuple[int, int]]
    """Rows whose kind is another one now, and that kind."""

    def __bool__(self) -> bool:
        return bool(self.gone or self.added.kinds or self.kinds)

    def parts(self, size: int) -> Iterator[Difference]:
        """The same in smaller differences, to be applied one after the other."""
        for first in range(0, max(len(self.gone), len(self.added.kinds), len(self.kinds)), size):
            last = first + size
            added = self.added.part(min(first, len(self.added.kinds)), min(last, len(self.added.kinds)))
            yield Difference(self.gone[first:last], added, self.kinds[first:last])


class Listing:
    """The entries of one directory. Changed by its owner only; a row's number stays while its entry is there.

    Args:
        ticket: the load it belongs to; listings with another ticket share no key with it.
    """

    __slots__ = (
        *(
            "_free",
            "_freed",
            "_generations",
            "columns",
            "counted",
            "count",
            "dots",
            "inodes",
            "kinds",
            "marked",
            "names",
            "owners",
        ),
        *("scanned", "serial", "stats", "ticket"),
    )

    def __init__(self, ticket: int) -> None:
        self.ticket = ticket
        self.names = Names()
        self.kinds = bytearray()
        self.dots = bytearray()
        """1 for a row whose name begins with a dot."""
        self.marked = bytearray()
        """1 for a row that the person has marked."""
        self.inodes: array[int] = array("Q")
        self.count = 0
        """Entries, hidden ones included."""
        self.serial = 0
        """Changes whenever an entry is another one than before."""
        self.stats: dict[int, EntryStat | CallError] = {}
        """By row, for the rows that were looked at lately."""
        self.columns: dict[str, array[int]] = {}
        """Figures of every row, by the field of :class:`EntryStat`, where the order needs them."""
        self.owners: dict[str, dict[int, str]] = {}
        """By ``uid`` and ``gid`` the names of the numbers in that column."""
        self.counted = False
        """Whether the sizes of some directories are what they take with all below them."""
        self.scanned: array[int] | None = None
        """The rows in the order in which the directory was last read; None for the order of their numbers.

        It holds every row with an entry once.
        """
        self._free: list[int] = []
        self._freed: list[int] = []
        self._generations: dict[int, int] = {}

    def __len__(self) -> int:
        """Rows, those without an entry included."""
        return len(self.kinds)

    def key(self, row: int) -> int:
        """The identity of a row's entry."""
        generation = self._generations.get(row, 0) if self._generations else 0
        return (((self.ticket << _GENERATION_BITS) | generation) << _ROW_BITS) | row

    def row(self, key: int) -> int | None:
        """The row of an entry; None when it is not in this listing, or no more."""
        row = key & _ROW_MASK
        if row < len(self.kinds) and self.kinds[row] != _DEAD and self.key(row) == key:
            return row
        return None

    def alive(self, row: int) -> bool:
        """Whether the row has an entry."""
        return self.kinds[row] != _DEAD

    def live(self) -> bytearray:
        """For each row, 1 when it has an entry and 0 otherwise."""
        return self.kinds.translate(_ALIVE)

    def live_rows(self, first: int = 0, last: int | None = None) -> Sequence[int]:
        """Every row with an entry, from `first` up to and without `last`."""
        rows = range(first, len(self.kinds) if last is None else min(last, len(self.kinds)))
        if self.kinds.find(_DEAD, rows.start, rows.stop) < 0:
            return rows
        return array("I", compress(rows, self.kinds[rows.start : rows.stop].translate(_ALIVE)))

    def dot_count(self) -> int:
        """Entries whose names begin with a dot; a millisecond for a million."""
        if self.dots.find(1) < 0:
            return 0
        return (int.from_bytes(self.dots) & int.from_bytes(self.live())).bit_count()

    def find(self, name: str) -> int | None:
        """The row of a name, by looking at all of them."""
        return next((row for row in self.names.rows_of(name) if self.kinds[row] != _DEAD), None)

    def append(self, batch: Batch) -> None:
        """Add entries at the end."""
        count = len(batch.kinds)
        if not count:
            return
        self.names.extend(batch.packed)
        self.kinds.extend(batch.kinds)
        self.inodes.extend(batch.inodes)
        self.dots.extend(_dots(batch.packed.data, count))
        self.marked.extend(bytes(count))
        for column in self.columns.values():
            column.extend(array("q", [UNKNOWN]) * count)
        self.count += count
        self.serial += 1

    def apply(self, difference: Difference) -> array[int]:
        """Take over what has changed; returns the rows of the added entries.

        Rows of vanished entries are used again, under another key, once :meth:`was_scanned` was told of the order
        without them.
        """
        for row in difference.gone:
            self.kinds[row] = _DEAD
            self._renew(row)
            self._freed.append(row)
        for row, kind in difference.kinds:
            self.kinds[row] = kind
            self.stats.pop(row, None)
        added = difference.added
        again = min(len(self._free), len(added.kinds))
        rows = array("I")
        if again:
            for name, kind, inode in zip(added.part(0, again).names, added.kinds, added.inodes, strict=False):
                row = self._free.pop()
                self._renew(row)
                self.names.replace(row, name)
                self.kinds[row], self.inodes[row] = kind, inode
                self.dots[row] = name[0] == "."
                rows.append(row)
        self.count += again - len(difference.gone)
        self.serial += 1
        rows.extend(range(len(self.kinds), len(self.kinds) + len(added.kinds) - again))
        self.append(added.part(again, len(added.kinds)))
        if self.scanned is not None:
            self.scanned.extend(rows)
        return rows

    def was_scanned(self, order: array[int]) -> None:
        """The directory was read anew, and its entries came in this order: it holds every row with an entry."""
        self.scanned = order
        self._free += self._freed
        self._freed.clear()

    def _renew(self, row: int) -> None:
        """Give the row another key, and forget what is known of its entry."""
        self._generations[row] = self._generations.get(row, 0) + 1
        self.stats.pop(row, None)
        self.marked[row] = 0
        for column in self.columns.values():
            column[row] = UNKNOWN

    def set_stat(self, row: int, stat: EntryStat | CallError) -> None:
        """Keep what lstat said, and the exact kind of a special file."""
        self.stats[row] = stat
        if isinstance(stat, EntryStat) and self.kinds[row] == Kind.OTHER:
            self.kinds[row] = stat.kind

    def add_column(self, field: str) -> array[int]:
        """The column of figures of that field, made if it is not there."""
        column = self.columns.get(field)
        if column is None:
            column = self.columns[field] = array("q", [UNKNOWN]) * len(self.kinds)
        return column


def _dots(data: bytes, count: int) -> bytes:
    """1 for each of `count` packed names that begins with a dot."""
    if b"\0." not in data and not data.startswith(b"."):
        return bytes(count)
    return bytes([name[:1] == b"." for name in data.split(b"\0")[:-1]])


class Places(Protocol):
    """Where rows stand."""

    def get(self, row: int, /) -> int | None:
        """The place of a row; None when it is not shown."""
        ...


class View:
    """The rows of a listing that are shown, in their order. It does not change; another order is another view.

    Args:
        places: where the rows stand, where that is known without going through them.
        shown: for each row of the listing 1 where it is shown and 0 where it is not, where that is known.
    """

    __slots__ = ("_places", "_shown", "listing", "rows")

    def __init__(
        self, listing: Listing, rows: array[int], places: Places | None = None, shown: bytearray | None = None
    ) -> None:
        self.listing = listing
        self.rows = rows
        self._places: array[int] | Places | None = places
        self._shown = shown

    def __len__(self) -> int:
        return len(self.rows)

    def prepare(self) -> None:
        """Make the rest quick from now on; takes 0.1 s for a million rows, made for a thread."""
        self.shown()
        self._find_places()

    def _find_places(self) -> array[int] | Places:
        if self._places is None:
            rows = self.rows
            if len(rows) * 16 < len(self.listing):
                self._places = {row: place for place, row in enumerate(rows)}
            else:
                self._places = places_of(rows, len(self.listing))
        return self._places

    def shown(self) -> bytearray:
        """For each row of the listing, 1 where it is shown and 0 where it is not."""
        size, rows = len(self.listing), self.rows
        if self._shown is None:
            if len(rows) == size:
                self._shown = bytearray(b"\1") * size
            else:
                self._shown = bytearray(size)
                for row in rows:
                    self._shown[row] = 1
        if len(self._shown) < size:  # more has been read since
            self._shown.extend(bytes(size - len(self._shown)))
        return self._shown

    def name(self, index: int) -> str:
        """The raw name."""
        return self.listing.names[self.rows[index]]

    def kind(self, index: int) -> Kind:
        """What the entry is."""
        kind = self.listing.kinds[self.rows[index]]
        return Kind(kind) if kind != _DEAD else Kind.OTHER

    def stat(self, index: int) -> EntryStat | CallError | None:
        """What is known of the entry; why it cannot be looked at; None while it was not looked at."""
        return self.listing.stats.get(self.rows[index])

    def key(self, index: int) -> int:
        """The identity of the entry."""
        return self.listing.key(self.rows[index])

    def index(self, key: int) -> int | None:
        """Where the entry stands; None when it is not shown."""
        row = self.listing.row(key)
        return None if row is None else self.place(row)

    def place(self, row: int) -> int | None:
        """Where the row stands; None when it is not shown."""
        places = self._find_places()
        if isinstance(places, array):
            place = places[row] if row < len(places) else -1
            return place if place >= 0 else None
        return places.get(row)


def places_of(rows: Sequence[int], size: int) -> array[int]:
    """For each of `size` rows its place in `rows`; -1 where it has none."""
    places = array("i", [-1]) * size
    for place, row in enumerate(rows):
        if row < size:
            places[row] = place
    return places
