"""A bounded store of what a child writes.

The store keeps bytes as they came and counts line ends. So a child that writes a gigabyte a second costs a copy of its
bytes and no more, and what is kept never exceeds the limits, whether it is one endless line, millions of empty ones, or
single bytes to both streams in turn. The newest bytes are in memory; what there is no room for goes to a file of fixed
size, whose oldest bytes are written over.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from functools import partial
from typing import Protocol

from osexplorer.model.output import BLOCK, Block, Kept, OutputStream, OutputView, Segment

KEEP = 4 * 1024 * 1024
"""Bytes of a child's output kept in memory."""

SPILL = 64 * 1024 * 1024
"""Bytes kept in a file beyond that."""

_BLOCK_COST = 256  # what a block itself takes, so that many small ones are bounded as well
_SEGMENT_COST = 64
_SEGMENTS = 512  # in one block
_SAME_TIME = 10_000_000  # ns; what arrives within is one segment
_LOADED = 32  # blocks read back from the file that stay in memory


class Spill(Protocol):
    """A place for bytes outside of memory, of limited size. Positions grow for ever. Safe for threads."""

    problem: str
    """Why it cannot be used, or ``""``."""

    def write(self, data: bytes) -> int:
        """Add bytes and return their position."""
        ...

    def read(self, position: int, size: int) -> bytes | None:
        """Bytes written before; None when they are no longer there."""
        ...

    @property
    def first(self) -> int | None:
        """The position of the oldest byte still there; None when nothing of it can be used any more."""
        ...

    def close(self) -> None:
        """Give the place back."""
        ...


class _Slot:
    """A closed block, in memory or in the file."""

    __slots__ = ("block", "cost", "kept", "packed", "position", "size")

    def __init__(self, store: OutputStore, block: Block, first: int) -> None:
        self.block: Block | None = block
        self.size = len(block.data)
        self.kept = Kept(first, partial(store._find, self), partial(store._load, self))
        self.cost = self.size + _BLOCK_COST + _SEGMENT_COST * len(block.segments)
        self.position = -1
        self.packed = 0


class OutputStore:
    """The bytes of one child: at most `keep` of them in memory, the older ones in `spill`.

    One thread appends; views may be taken and read by any.
    """

    def __init__(self, keep: int = KEEP, spill: Spill | None = None) -> None:
        self.keep = keep
        self.total = 0
        self.dropped = 0
        self._spill = spill
        self._lock = threading.Lock()
        self._loaded: OrderedDict[int, Block] = OrderedDict()
        self._cost = 0
        self._slots: deque[_Slot] = deque()
        self._resident = 0
        """How many of the slots, the newest, are in memory."""
        self._lines = 0
        """Lines in blocks that were closed."""
        self._tail = bytearray()
        self._segments: list[Segment] = []

    def append(self, data: bytes, stream: OutputStream, time: int) -> None:
        """Add bytes that arrived at `time`, nanoseconds since the epoch."""
        if not data:
            return
        with self._lock:
            self.total += len(data)
            if not self._tail:
                self._segments = []
            last = self._segments[-1] if self._segments else None
            if last is None or last.stream is not stream or time - last.time >= _SAME_TIME:
                self._segments.append(Segment(len(self._tail), stream, time))
            if len(self._tail) + len(data) < BLOCK:
                self._tail += data
            else:
                self._cut(b"".join((self._tail, data)))
            if len(self._segments) >= _SEGMENTS:
                self._close(bytes(self._tail))
                self._tail = bytearray()
            while self._resident and self._cost + len(self._tail) > self.keep:
                self._move()

    def _cut(self, data: bytes) -> None:
        """Make blocks of what arrived, and leave the rest as the tail."""
        begin = 0
        while len(data) - begin >= BLOCK:
            end = data.rfind(b"\n", begin, begin + BLOCK) + 1 or begin + BLOCK
            self._close(data[begin:end])
            begin = end
        self._tail = bytearray(data[begin:])

    def _close(self, data: bytes) -> None:
        """Make a block of the oldest bytes that are in none."""
        size = len(data)
        inside = [segment for segment in self._segments if segment.offset < size]
        after = [segment._replace(offset=segment.offset - size) for segment in self._segments[len(inside) :]]
        if not after or after[0].offset:
            after.insert(0, inside[-1]._replace(offset=0))
        self._segments = after
        block = Block(data, tuple(inside))
        slot = _Slot(self, block, self._lines)
        self._lines += block.lines
        self._slots.append(slot)
        self._resident += 1
        self._cost += slot.cost

    def _move(self) -> None:
        """Take the oldest block that is in memory out of it: into the file, or away with it."""
        slot = self._slots[len(self._slots) - self._resident]
        self._resident -= 1
        self._cost -= slot.cost
        assert slot.block is not None
        first = None
        if self._spill is not None:
            packed = slot.block.pack()
            slot.position, slot.packed = self._spill.write(packed), len(packed)
            first = self._spill.first
        slot.block = None
        while len(self._slots) > self._resident and (first is None or self._slots[0].position < first):
            self.dropped += self._slots.popleft().size

    def _find(self, slot: _Slot) -> Block | None:
        return slot.block or self._loaded.get(slot.position)

    def _load(self, slot: _Slot) -> Block | None:
        if (block := self._find(slot)) is not None:
            return block
        packed = self._spill.read(slot.position, slot.packed) if self._spill is not None else None
        if packed is None:
            return None
        block = Block.unpack(packed)
        with self._lock:
            self._loaded[slot.position] = block
            if len(self._loaded) > _LOADED:
                self._loaded.popitem(last=False)
        return block

    def view(self) -> OutputView:
        """What is kept now."""
        with self._lock:
            kept = [slot.kept for slot in self._slots]
            end = self._lines
            if self._tail:
                tail = Block(bytes(self._tail), tuple(self._segments))
                kept.append(Kept(end, lambda: tail, lambda: tail))
                end += tail.lines
            problem = self._spill.problem if self._spill is not None else ""
            return OutputView(tuple(kept), end, self.total, self.dropped, problem)

    def close(self) -> None:
        """Give the file back; what is in memory stays."""
        if self._spill is not None:
            self._spill.close()
