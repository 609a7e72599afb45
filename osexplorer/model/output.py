"""What a child wrote, as lines: views of bytes that are kept as they came, partly in memory and partly in a file.

Only the lines that somebody looks at are cut out and decoded. The system layer keeps the store that fills a view.
"""

from __future__ import annotations

import enum
import re
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

BLOCK = 64 * 1024
"""Bytes in a block; a longer line is shown in parts of this size."""

_HEAD = struct.Struct("<II")
_SEGMENT = struct.Struct("<IBq")
_SGR = re.compile(rb"\x1b\[[0-9;:]*[mK]")


class OutputStream(enum.IntEnum):
    """Which of its descriptors a child wrote to."""

    OUT = 1
    ERR = 2


class OutputLine(NamedTuple):
    """One line, without its line end."""

    text: str
    """Decoded as UTF-8, other bytes kept as surrogates (PEP 383), nothing removed."""
    stream: OutputStream
    time: int
    """Wall clock at which its first byte arrived, to 10 ms, nanoseconds."""


class Segment(NamedTuple):
    """Bytes of a block that came from one stream at one time."""

    offset: int
    stream: OutputStream
    time: int


class Block(NamedTuple):
    """Consecutive bytes: whole lines, except where a line is longer than a block."""

    data: bytes
    segments: tuple[Segment, ...]
    """The first at offset 0."""

    @property
    def starts(self) -> Sequence[int]:
        """The offset of every line in it. A line ends at a line end, and where the other stream comes between."""
        return _starts(self.data, self._breaks)

    @property
    def lines(self) -> int:
        """How many lines; what follows the last line end counts as one."""
        data = self.data
        ends = data.count(b"\n") + (not data.endswith(b"\n"))
        return ends + sum(data[offset - 1] != 10 for offset in self._breaks)

    @property
    def _breaks(self) -> tuple[int, ...]:
        """Where the stream changes."""
        segments = self.segments
        return tuple(new.offset for old, new in pairwise(segments) if new.stream is not old.stream)

    def line(self, at: int) -> OutputLine:
        """Its line number `at`."""
        starts = self.starts
        begin = starts[at]
        end = starts[at + 1] if at + 1 < len(starts) else len(self.data)
        segment = self.segments[bisect_right(self.segments, begin, key=_offset) - 1]
        text = self.data[begin:end].removesuffix(b"\n").decode("utf-8", "surrogateescape")
        return OutputLine(text, segment.stream, segment.time)

    def pack(self) -> bytes:
        """All of it as bytes, for a file."""
        segments = b"".join(_SEGMENT.pack(*segment) for segment in self.segments)
        return _HEAD.pack(len(self.segments), len(self.data)) + segments + self.data

    @staticmethod
    def unpack(packed: bytes) -> Block:
        """What :meth:`pack` made."""
        count, size = _HEAD.unpack_from(packed)
        begin = _HEAD.size + count * _SEGMENT.size
        segments = (
            Segment(offset, OutputStream(stream), time)
            for offset, stream, time in _SEGMENT.iter_unpack(packed[_HEAD.size : begin])
        )
        return Block(packed[begin : begin + size], tuple(segments))


def _offset(segment: Segment) -> int:
    return segment.offset


@lru_cache(maxsize=16)
def _starts(data: bytes, breaks: tuple[int, ...]) -> Sequence[int]:
    sizes = map(len, data.removesuffix(b"\n").split(b"\n"))
    starts = list(accumulate(map((1).__add__, sizes), initial=0))
    starts.pop()
    if breaks:
        starts = sorted({*starts, *breaks})
    return starts


class Kept(NamedTuple):
    """Where a block is."""

    first: int
    """The number of its first line, counted from the first that was ever written."""
    find: Callable[[], Block | None]
    """The block if it is in memory; never blocks."""
    load: Callable[[], Block | None]
    """The block, read from its file where need be; None when it is not kept any more, or cannot be read."""


_LOST = Block(b"(not kept any more)", (Segment(0, OutputStream.ERR, 0),))


class OutputView:
    """An immutable view of what is kept at one moment.

    Attributes:
        total: bytes written so far.
        dropped: the oldest bytes of these, which are not kept.
        dropped_lines: lines among them.
        problem: why the file beside the memory cannot be used, or ``""``.
    """

    __slots__ = ("_end", "_kept", "dropped", "dropped_lines", "problem", "total")

    def __init__(
        self,
        kept: tuple[Kept, ...] = (),
        end: int = 0,
        total: int = 0,
        dropped: int = 0,
        problem: str = "",
    ) -> None:
        self._kept = kept
        self._end = end
        self.total = total
        self.dropped = dropped
        self.dropped_lines = kept[0].first if kept else end
        self.problem = problem

    def __len__(self) -> int:
        """The number of lines kept."""
        return self._end - self.dropped_lines

    def _where(self, at: int) -> tuple[Kept, int]:
        if not 0 <= at < len(self):
            raise IndexError(at)
        number = at + self.dropped_lines
        kept = self._kept[bisect_right(self._kept, number, key=_first) - 1]
        return kept, number - kept.first

    def ready(self, at: int) -> bool:
        """Whether line number `at` is in memory; if not, reading it reads a file and may block."""
        return self._where(at)[0].find() is not None

    def __getitem__(self, at: int) -> OutputLine:
        """Line number `at`, from 0 for the oldest that is kept."""
        kept, line = self._where(at)
        block = kept.find() or kept.load() or _LOST
        return block.line(min(line, block.lines - 1))

    def before(self, at: int) -> bytes:
        """What stands in the same block before line `at`, as far as that is in memory: for colours that go on."""
        kept, line = self._where(at)
        block = kept.find()
        return block.data[: block.starts[line]] if block is not None and line < block.lines else b""

    def load(self, start: int, stop: int) -> None:
        """Read the lines from `start` to before `stop` into memory, as many as there is room for. May block."""
        at = max(start, 0)
        while at < min(stop, len(self)):
            kept, line = self._where(at)
            block = kept.load()
            at += max((block.lines if block is not None else 0) - line, 1)

    def lines(self, start: int = 0, stop: int | None = None) -> Iterator[OutputLine]:
        """The lines from `start` to before `stop`. May block."""
        for at in range(max(start, 0), min(len(self) if stop is None else stop, len(self))):
            yield self[at]

    def find(self, text: str, start: int = 0, backwards: bool = False) -> int | None:
        """The number of the next line from `start` on, or the last one up to it, that holds `text`. May block.

        Case counts only when `text` has a capital letter, and then only for ASCII letters. Colours do not part a word.
        """
        wanted = text.encode("utf-8", "surrogateescape")
        fold = text == text.lower()
        order = range(len(self._kept) - 1, -1, -1) if backwards else range(len(self._kept))
        base = self.dropped_lines
        for index in order:
            kept = self._kept[index]
            first = kept.first - base
            end = (self._kept[index + 1].first if index + 1 < len(self._kept) else self._end) - base
            if (first > start) if backwards else (end <= start):
                continue
            block = kept.find() or kept.load()
            if block is None or not _holds(block.data, wanted, fold):
                continue
            starts = [*block.starts, len(block.data)]
            hits = (
                first + at
                for at, (begin, stop) in enumerate(pairwise(starts))
                if _holds(block.data[begin:stop], wanted, fold)
            )
            fitting = [at for at in hits if (at <= start if backwards else at >= start)]
            if fitting:
                return fitting[-1] if backwards else fitting[0]
        return None

    def tail(self, size: int) -> bytes:
        """The last `size` bytes of it at most. May block."""
        found: list[bytes] = []
        for kept in reversed(self._kept):
            if size <= 0:
                break
            block = kept.find() or kept.load()
            if block is not None:
                found.append(block.data[-size:])
                size -= len(found[-1])
        return b"".join(reversed(found))

    def parts(self) -> Iterator[bytes]:
        """All that is kept, in parts of a block each. May block."""
        for kept in self._kept:
            block = kept.find() or kept.load()
            if block is not None:
                yield block.data

    def newest(self, most: int) -> bytes:
        """The newest bytes, `most` of them where there are as many. May block."""
        parts: list[bytes] = []
        for kept in reversed(self._kept):
            block = kept.find() or kept.load()
            if most <= 0 or block is None:
                break
            parts.append(block.data[-most:])
            most -= len(block.data)
        return b"".join(reversed(parts))

    def bytes(self) -> bytes:
        """All that is kept, as it arrived. May block."""
        return b"".join(self.parts())


def _first(kept: Kept) -> int:
    return kept.first


def view_of(data: bytes) -> OutputView:
    """A view of bytes that are at hand, as of a file that was read; all of one stream, without times."""
    kept: list[Kept] = []
    number = 0
    segments = (Segment(0, OutputStream.OUT, 0),)
    rest = data
    while rest:
        cut = rest.rfind(b"\n", 0, BLOCK) + 1 or BLOCK
        block = Block(rest[:cut], segments)
        kept.append(Kept(number, lambda block=block: block, lambda block=block: block))  # type: ignore[misc]
        number += block.lines
        rest = rest[cut:]
    return OutputView(tuple(kept), number, len(data))


def _holds(data: bytes, wanted: bytes, fold: bool) -> bool:
    if b"\x1b" in data:
        data = _SGR.sub(b"", data)
    return wanted in (data.lower() if fold else data)
