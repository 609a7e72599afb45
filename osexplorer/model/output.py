"""What a child wrote: a bounded store of bytes, and views of it as lines.

The store keeps bytes as they came and counts line ends; only the lines that somebody looks at are cut out and decoded.
So a child that writes a gigabyte a second costs a copy of its bytes and no more, and what is kept never exceeds the
limit, whether it is one endless line, millions of empty ones, or single bytes to both streams in turn.
"""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

KEEP = 4 * 1024 * 1024
"""Bytes kept for a child."""

CHUNK = 64 * 1024
"""Bytes in a chunk; a longer line is shown in parts of this size."""

_CHUNK_COST = 256  # what a chunk itself takes, so that many small ones are bounded as well


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
    """Wall clock at which the first byte of its chunk arrived, nanoseconds."""


class Chunk(NamedTuple):
    """Consecutive bytes of one stream: whole lines, except where a line is longer than a chunk or was interrupted."""

    stream: OutputStream
    time: int
    data: bytes

    @property
    def lines(self) -> int:
        """Lines in it; what follows the last line end counts as one."""
        ends = self.data.count(b"\n")
        return ends if self.data.endswith(b"\n") else ends + 1


@lru_cache(maxsize=16)
def _cut(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n")


class OutputView:
    """An immutable view of what is kept at one moment.

    Attributes:
        total: bytes written so far.
        dropped: the oldest bytes of these, which are not kept.
        dropped_lines: line ends among them.
    """

    __slots__ = ("_chunks", "_ends", "dropped", "dropped_lines", "total")

    def __init__(
        self,
        chunks: tuple[Chunk, ...] = (),
        counts: tuple[int, ...] = (),
        total: int = 0,
        dropped: int = 0,
        dropped_lines: int = 0,
    ) -> None:
        self._chunks = chunks
        self._ends = list(accumulate(counts))
        self.total = total
        self.dropped = dropped
        self.dropped_lines = dropped_lines

    def __len__(self) -> int:
        """The number of lines kept."""
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, at: int) -> OutputLine:
        """Line number `at`, from 0 for the oldest that is kept."""
        if not 0 <= at < len(self):
            raise IndexError(at)
        index = bisect_right(self._ends, at)
        chunk = self._chunks[index]
        before = self._ends[index - 1] if index else 0
        text = _cut(chunk.data)[at - before].decode("utf-8", "surrogateescape")
        return OutputLine(text, chunk.stream, chunk.time)

    def lines(self, start: int = 0, stop: int | None = None) -> Iterator[OutputLine]:
        """The lines from `start` to before `stop`."""
        for at in range(max(start, 0), min(len(self) if stop is None else stop, len(self))):
            yield self[at]

    def find(self, text: str, start: int = 0, backwards: bool = False) -> int | None:
        """The number of the next line from `start` on, or the last one up to it, that holds `text`; case is ignored
        for ASCII letters."""
        wanted = text.encode("utf-8", "surrogateescape").lower()
        order = range(len(self._chunks) - 1, -1, -1) if backwards else range(len(self._chunks))
        for index in order:
            before = self._ends[index - 1] if index else 0
            if (before > start) if backwards else (self._ends[index] <= start):
                continue
            data = self._chunks[index].data
            if wanted not in data.lower():
                continue
            hits = [before + at for at, line in enumerate(_cut(data)) if wanted in line.lower()]
            fitting = [at for at in hits if (at <= start if backwards else at >= start)]
            if fitting:
                return fitting[-1] if backwards else fitting[0]
        return None

    def bytes(self) -> bytes:
        """All that is kept, as it arrived."""
        return b"".join(chunk.data for chunk in self._chunks)


class OutputStore:
    """The bytes of one child, at most `keep` of them. Not safe for two threads at once; the caller holds a lock."""

    def __init__(self, keep: int = KEEP) -> None:
        self.keep = keep
        self.total = 0
        self.dropped = 0
        self._dropped_lines = 0
        self._cost = 0
        self._chunks: deque[Chunk] = deque()
        self._counts: deque[int] = deque()
        self._tail = bytearray()
        self._tail_stream = OutputStream.OUT
        self._tail_time = 0

    def append(self, data: bytes, stream: OutputStream, time: int) -> None:
        """Add bytes that arrived at `time`, nanoseconds since the epoch."""
        self.total += len(data)
        if self._tail and stream is not self._tail_stream:
            self._close(len(self._tail))
        if not self._tail:
            self._tail_stream, self._tail_time = stream, time
        self._tail += data
        while len(self._tail) >= CHUNK:
            self._close(self._tail.rfind(b"\n", 0, CHUNK) + 1 or CHUNK)
            self._tail_time = time
        while self._chunks and self._cost + len(self._tail) > self.keep:
            chunk, count = self._chunks.popleft(), self._counts.popleft()
            self.dropped += len(chunk.data)
            self._dropped_lines += count
            self._cost -= len(chunk.data) + _CHUNK_COST

    def _close(self, size: int) -> None:
        """Make a chunk of the first `size` bytes of the tail."""
        chunk = Chunk(self._tail_stream, self._tail_time, bytes(self._tail[:size]))
        del self._tail[:size]
        self._chunks.append(chunk)
        self._counts.append(chunk.lines)
        self._cost += size + _CHUNK_COST

    def view(self) -> OutputView:
        """What is kept now."""
        chunks, counts = tuple(self._chunks), tuple(self._counts)
        if self._tail:
            tail = Chunk(self._tail_stream, self._tail_time, bytes(self._tail))
            chunks, counts = (*chunks, tail), (*counts, tail.lines)
        return OutputView(chunks, counts, self.total, self.dropped, self._dropped_lines)
