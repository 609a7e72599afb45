"""A directory's entries in columns, so that a million of them cost 100 MB and not 300, and the rows that are shown.

A row is known by a key that is never given to another entry: not in the next directory (the listing's ticket is part
of it), and not when the row of a vanished entry is used again (its generation is).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from osexplorer.model.entry import EntryStat, Kind
from osexplorer.model.errors import CallError

UNKNOWN = -(2**63)
"""In a column of figures: the entry was not looked at yet."""

FAILED = UNKNOWN + 1
"""In a column of figures: the entry cannot be looked at."""

_CLOCK_STEP = 20_000_000
_DEAD = 255
_SHARDS = 128
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
    names: list[str]
    """Raw."""
    kinds: bytes
    """A :class:`Kind` each."""
    inodes: array[int]


class Difference(NamedTuple):
    """How a directory differs from its listing."""

    gone: list[int]
    """Rows of entries that are there no more."""
    added: Batch
    """New entries; one whose name belonged to another inode before is new."""
    kinds: list[tuple[int, int]]
    """Rows whose kind is another one now, and that kind."""

    def __bool__(self) -> bool:
        return bool(self.gone or self.added.names or self.kinds)

    def parts(self, size: int) -> Iterator[Difference]:
        """The same in smaller differences, to be applied one after the other."""
        added = self.added
        for start in range(0, max(len(self.gone), len(added.names), len(self.kinds)), size):
            part = slice(start, start + size)
            batch = Batch(added.ticket, added.names[part], added.kinds[part], added.inodes[part])
            yield Difference(self.gone[part], batch, self.kinds[part])


class Listing:
    """The entries of one directory. Changed by its owner only; a row's number stays while its entry is there.

    Args:
        ticket: the load it belongs to; listings with another ticket share no key with it.
    """

    __slots__ = ("_free", "_generations", "columns", "count", "inodes", "kinds", "names", "stats", "ticket")

    def __init__(self, ticket: int) -> None:
        self.ticket = ticket
        self.names: list[str] = []
        self.kinds = bytearray()
        self.inodes: array[int] = array("Q")
        self.count = 0
        """Entries, hidden ones included."""
        self.stats: dict[int, EntryStat | CallError] = {}
        """By row, for the rows that were looked at lately."""
        self.columns: dict[str, array[int]] = {}
        """Figures of every row, by the field of :class:`EntryStat`, where the order needs them."""
        self._free: list[int] = []
        self._generations: dict[int, int] = {}

    def key(self, row: int) -> int:
        """The identity of a row's entry."""
        generation = self._generations.get(row, 0) if self._generations else 0
        return (((self.ticket << _GENERATION_BITS) | generation) << _ROW_BITS) | row

    def row(self, key: int) -> int | None:
        """The row of an entry; None when it is not in this listing, or no more."""
        row = key & _ROW_MASK
        if row < len(self.names) and self.kinds[row] != _DEAD and self.key(row) == key:
            return row
        return None

    def alive(self, row: int) -> bool:
        """Whether the row has an entry."""
        return self.kinds[row] != _DEAD

    def live_rows(self) -> Iterator[int]:
        """Every row with an entry."""
        kinds = self.kinds
        return (row for row in range(len(self.names)) if kinds[row] != _DEAD)

    def find(self, name: str) -> int | None:
        """The row of a name, by looking at all of them."""
        start = 0
        while True:
            try:
                row = self.names.index(name, start)
            except ValueError:
                return None
            if self.kinds[row] != _DEAD:
                return row
            start = row + 1

    def append(self, batch: Batch) -> None:
        """Add entries at the end."""
        self.names.extend(batch.names)
        self.kinds.extend(batch.kinds)
        self.inodes.extend(batch.inodes)
        for column in self.columns.values():
            column.extend([UNKNOWN] * len(batch.names))
        self.count += len(batch.names)

    def apply(self, difference: Difference) -> None:
        """Take over what a new scan found. Rows of vanished entries are used again, under another key."""
        reusable = self._free
        self._free = []
        for row in difference.gone:
            self.kinds[row] = _DEAD
            self._renew(row)
            self._free.append(row)
        for row, kind in difference.kinds:
            self.kinds[row] = kind
            self.stats.pop(row, None)
        added = difference.added
        again = min(len(reusable), len(added.names))
        for at in range(again):
            row = reusable.pop()
            self._renew(row)
            self.names[row], self.kinds[row], self.inodes[row] = added.names[at], added.kinds[at], added.inodes[at]
        self._free += reusable
        self.count += again - len(difference.gone)
        self.append(Batch(added.ticket, added.names[again:], added.kinds[again:], added.inodes[again:]))

    def _renew(self, row: int) -> None:
        """Give the row another key, and forget what is known of its entry."""
        self._generations[row] = self._generations.get(row, 0) + 1
        self.stats.pop(row, None)
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
            column = self.columns[field] = array("q", [UNKNOWN]) * len(self.names)
        return column

    def unmeasured(self, field: str) -> tuple[list[int], list[str]]:
        """Rows whose figure is not known, and their names."""
        column = self.add_column(field)
        rows = [row for row in self.live_rows() if column[row] == UNKNOWN]
        return rows, [self.names[row] for row in rows]


def compare(listing: Listing, batches: Iterable[Batch]) -> Difference:
    """How the entries of a new scan differ from the listing. Reads the listing only; made for a thread."""
    names, kinds, inodes = listing.names, listing.kinds, listing.inodes
    where: list[dict[str, int]] = [{} for _ in range(_SHARDS)]  # one large dictionary grows in steps of 50 ms
    for row, name in enumerate(names):
        if kinds[row] != _DEAD:
            where[hash(name) % _SHARDS][name] = row
    added = Batch(listing.ticket, [], b"", array("Q"))
    added_kinds = bytearray()
    changed: list[tuple[int, int]] = []
    for batch in batches:
        for name, kind, inode in zip(batch.names, batch.kinds, batch.inodes, strict=True):
            shard = where[hash(name) % _SHARDS]
            known = shard.get(name)
            if known is not None and inodes[known] == inode:
                del shard[name]
                if kinds[known] != kind and not (kind == Kind.OTHER and kinds[known] > Kind.SYMLINK):
                    changed.append((known, kind))
            else:
                added.names.append(name)
                added_kinds.append(kind)
                added.inodes.append(inode)
    gone = [row for shard in where for row in shard.values()]
    return Difference(gone, added._replace(kinds=bytes(added_kinds)), changed)


class View:
    """The rows of a listing that are shown, in their order. It does not change; another order is another view."""

    __slots__ = ("_places", "listing", "rows")

    def __init__(self, listing: Listing, rows: array[int]) -> None:
        self.listing = listing
        self.rows = rows
        self._places: array[int] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def prepare(self) -> None:
        """Make :meth:`index` quick from now on; takes 0.1 s for a million rows."""
        if self._places is None:
            places = array("i", [-1]) * len(self.listing.names)
            size = len(places)
            for place, row in enumerate(self.rows):
                if row < size:
                    places[row] = place
            self._places = places

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
        if row is None:
            return None
        self.prepare()
        assert self._places is not None
        place = self._places[row] if row < len(self._places) else -1
        return place if place >= 0 else None
