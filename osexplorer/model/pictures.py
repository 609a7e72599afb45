"""Pictures of the formats that the standard library suffices for: PNG (8 bits, not interlaced), PPM and PGM.

Of JPEG, GIF and WebP the size is told. Sources: PNG (https://www.w3.org/TR/png-3/), netpbm's ppm(5) and pgm(5).
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

PNG = b"\x89PNG\r\n\x1a\n"
MOST_SHOWN = (240, 160)
"""Columns and rows that are kept of a picture: more than a terminal shows."""

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PNM = re.compile(rb"P([56])(?:\s+|\s*#[^\n]*\n)+(\d{1,6})\s+(\d{1,6})\s+(\d{1,5})\s")


class Shape(NamedTuple):
    """What the head of a picture's file tells."""

    what: str
    width: int
    height: int
    channels: int = 0
    """Bytes a pixel; 0 where it cannot be decoded here."""
    start: int = 0
    """Where the pixels begin, in a format that does not compress them."""
    colours: int = 0
    """PNG's colour type."""
    note: str = ""
    """Why it cannot be decoded."""


def shape(head: bytes) -> Shape | None:
    """What the first bytes of a file tell of a picture; None when it is none, or not known here."""
    if head.startswith(PNG) and head[12:16] == b"IHDR" and len(head) >= 33:
        width, height, depth, colours, _, _, interlaced = struct.unpack(">LLBBBBB", head[16:29])
        channels = _CHANNELS.get(colours, 0)
        if depth != 8 or interlaced or not channels:
            return Shape("PNG", width, height, note=f"{depth} bits{', interlaced' if interlaced else ''}: not decoded")
        return Shape("PNG", width, height, channels, colours=colours)
    if (found := _PNM.match(head)) is not None and 0 < int(found[4]) < 256:
        channels = 3 if found[1] == b"6" else 1
        return Shape("PPM" if channels == 3 else "PGM", int(found[2]), int(found[3]), channels, found.end())
    if head.startswith((b"GIF87a", b"GIF89a")) and len(head) > 10:
        width, height = struct.unpack("<HH", head[6:10])
        return Shape("GIF", width, height, note="not decoded")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Shape("WebP", 0, 0, note="not decoded")
    if head.startswith(b"\xff\xd8\xff"):
        return Shape("JPEG", 0, 0, note="not decoded")
    return None


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height from the first bytes of a JPEG file; zeros when they do not reach that far."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + max(length, 2)
    return 0, 0


def unfiltered(rows: Iterator[bytes], channels: int) -> Iterator[bytes]:
    """Take PNG's filters off rows, each of which begins with the number of its filter.

    Raises:
        ValueError: there is no such filter.
    """
    before = b""
    for row in rows:
        kind, line = row[0], row[1:]
        if len(before) != len(line):
            before = bytes(len(line))
        if kind > 4:
            raise ValueError(f"unknown filter {kind}")
        before = (_none, _sub, _up, _average, _paeth)[kind](line, before, channels)
        yield before


def _none(line: bytes, before: bytes, step: int) -> bytes:
    return line


def _sub(line: bytes, before: bytes, step: int) -> bytes:
    result = bytearray(len(line))
    for channel in range(step):
        result[channel::step] = bytes(value & 255 for value in itertools.accumulate(line[channel::step]))
    return bytes(result)


def _up(line: bytes, before: bytes, step: int) -> bytes:
    """Byte by byte ``line + before``, all in one addition that carries nothing from a byte into the next."""
    size = len(line)
    low = int.from_bytes(b"\x7f" * size, "little")
    one, other = int.from_bytes(line, "little"), int.from_bytes(before, "little")
    return (((one & low) + (other & low)) ^ ((one ^ other) & ~low)).to_bytes(size, "little")


def _average(line: bytes, before: bytes, step: int) -> bytes:
    result = bytearray(step) + bytearray(len(line))
    for at, (value, above) in enumerate(zip(line, before, strict=True)):
        result[at + step] = (value + ((result[at] + above) >> 1)) & 255
    return bytes(result[step:])


def _paeth(line: bytes, before: bytes, step: int) -> bytes:
    result = bytearray(step) + bytearray(len(line))
    corners = bytes(step) + before
    for at, (value, above, corner) in enumerate(zip(line, before, corners, strict=False)):
        left = result[at]
        to_left, to_above = abs(above - corner), abs(left - corner)
        to_corner = abs(left + above - 2 * corner)
        if to_left <= to_above and to_left <= to_corner:
            near = left
        else:
            near = above if to_above <= to_corner else corner
        result[at + step] = (value + near) & 255
    return bytes(result[step:])


def colours_of(row: bytes, shape: Shape, palette: bytes, picked: range) -> bytes:
    """Red, green and blue of the picked pixels of a row; what is transparent lies on grey."""
    pick: Callable[[int], bytes]
    if shape.colours == 3:
        pick = lambda at: palette[row[at] * 3 : row[at] * 3 + 3] or b"\0\0\0"  # noqa: E731
    elif shape.channels == 1:
        pick = lambda at: row[at : at + 1] * 3  # noqa: E731
    elif shape.channels == 2:
        pick = lambda at: _over(row[at * 2 : at * 2 + 1] * 3, row[at * 2 + 1])  # noqa: E731
    elif shape.channels == 3:
        pick = lambda at: row[at * 3 : at * 3 + 3]  # noqa: E731
    else:
        pick = lambda at: _over(row[at * 4 : at * 4 + 3], row[at * 4 + 3])  # noqa: E731
    return b"".join(map(pick, picked))


def _over(colour: bytes, alpha: int) -> bytes:
    return colour if alpha == 255 else bytes((value * alpha + 128 * (255 - alpha)) // 255 for value in colour)


def fitted(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """The largest size with the picture's proportions within so many columns and rows, not larger than the picture."""
    if not width or not height:
        return 0, 0
    scale = min(columns / width, rows / height, 1.0)
    return max(int(width * scale), 1), max(int(height * scale), 1)
