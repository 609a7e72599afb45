"""How much lies below a directory, and below each directory in it."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from osexplorer.model.entry import Kind
from osexplorer.model.units import count_text, size_text


class Measurement(NamedTuple):
    """What was counted below a directory, itself not included. Other file systems are left out unless asked for."""

    files: int
    directories: int
    others: int
    """Links, FIFOs, sockets and devices."""
    size: int
    """Bytes that the files say they hold; one with several links below is counted once."""
    allocated: int
    """Bytes that everything below takes on the device, as du(1) counts."""

    @property
    def entries(self) -> int:
        """All of them."""
        return self.files + self.directories + self.others


def measurement_text(measured: Measurement) -> str:
    """In words: ``1,204 entries: 1,100 files, 100 directories, 4 others; 1.2G, on disk 1.3G``."""
    directories = count_text(measured.directories, "directory", "directories")
    kinds = f"{count_text(measured.files, 'file')}, {directories}, {count_text(measured.others, 'other')}"
    sizes = f"{size_text(measured.size)}, on disk {size_text(measured.allocated)}"
    return f"{count_text(measured.entries, 'entry', 'entries')}: {kinds}; {sizes}"


class Use(NamedTuple):
    """What a directory with all below it takes."""

    size: int
    """Bytes that the files say they hold."""
    allocated: int
    """Bytes on the device, the directory itself included."""
    entries: int
    """Everything below it."""
    partial: bool
    """Whether something below could not be read, or is not counted yet."""
    mtime: int
    """When the directory itself was changed last before it was counted, nanoseconds since the epoch."""


class Counted:
    """What was counted below a directory up to now. It does not change; a later count is another one.

    Args:
        root: the directory, absolute.
        index: by path, where a directory stands in the arrays; it may know more directories than they hold.
    """

    __slots__ = (
        "allocated",
        "complete",
        "entries",
        "index",
        "measurement",
        "mtimes",
        "partial",
        "root",
        "size",
        "when",
    )

    def __init__(
        self,
        root: str,
        index: dict[str, int],
        size: array[int],
        allocated: array[int],
        entries: array[int],
        partial: bytearray,
        mtimes: array[int],
        measurement: Measurement,
        when: int,
        complete: bool,
    ) -> None:
        self.root, self.index = root, index
        self.size, self.allocated, self.entries, self.partial, self.mtimes = size, allocated, entries, partial, mtimes
        self.measurement = measurement
        self.when = when
        """When it was counted, nanoseconds since the epoch."""
        self.complete = complete
        """Whether everything has been counted."""

    def use(self, path: str) -> Use | None:
        """What the directory `path` takes; None when it was not counted, or not yet."""
        at = self.index.get(path)
        if at is None or at >= len(self.size):
            return None
        partial = bool(self.partial[at]) or not self.complete
        return Use(self.size[at], self.allocated[at], self.entries[at], partial, self.mtimes[at])


class UseRow(NamedTuple):
    """An entry of a directory, with what it takes."""

    name: str
    """Raw; ``""`` for what stands for several files together."""
    kind: Kind
    size: int
    allocated: int
    entries: int
    """Below it; for several files together how many they are."""
    partial: bool = False


def summed(
    parents: array[int], size: array[int], allocated: array[int], entries: array[int], partial: bytearray
) -> tuple[array[int], array[int], array[int], bytearray]:
    """From what each directory holds itself to what it holds with all below it.

    Args:
        parents: where the directory that each is in stands, always before it; that of the first means nothing.
    """
    size, allocated, entries, partial = size[:], allocated[:], entries[:], partial[:]
    for at in range(len(size) - 1, 0, -1):
        above = parents[at]
        size[above] += size[at]
        allocated[above] += allocated[at]
        entries[above] += entries[at]
        if partial[at]:
            partial[above] = 1
    return size, allocated, entries, partial


def share_bar(part: int, whole: int, width: int) -> str:
    """A bar that is as long, of `width` cells, as `part` is of `whole`: in eighths of a cell."""
    eighths = min(part * width * 8 // whole, width * 8) if whole else 0
    full, rest = divmod(eighths, 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(width)
