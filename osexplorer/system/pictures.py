"""Reading a picture's size, and its pixels where that takes little."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator

from osexplorer.model.pictures import MOST_SHOWN, PNG, Shape, colours_of, fitted, jpeg_size, shape, unfiltered
from osexplorer.model.preview import Content, PictureContent
from osexplorer.system.preview_bound import Bound

_MOST_RAW = 8 * 1024 * 1024
"""Bytes of pixels above which a picture is not decoded."""
_MOST_PACKED = 8 * 1024 * 1024
_JPEG_HEAD = 64 * 1024


def picture(fd: int, path: str, size: int, head: bytes, bound: Bound) -> Content | None:
    """The picture that `fd` is open on; None when it is none.

    Args:
        size: bytes the file has.
        head: its first bytes, 512 if there are so many.
    """
    found = shape(head)
    if found is None:
        return None
    if found.what == "JPEG":
        width, height = jpeg_size(os.pread(fd, _JPEG_HEAD, 0))
        return PictureContent("JPEG", width, height, note=found.note)
    raw = found.width * found.height * found.channels
    if not raw or raw > _MOST_RAW or size > _MOST_PACKED:
        note = found.note or ("too large to be decoded here" if raw else "it has no pixels")
        return PictureContent(found.what, found.width, found.height, note=note)
    try:
        return _decoded(fd, found, size, bound)
    except (zlib.error, ValueError, struct.error) as error:
        return PictureContent(found.what, found.width, found.height, note=f"damaged: {error}")


def _decoded(fd: int, found: Shape, size: int, bound: Bound) -> PictureContent:
    columns, rows = fitted(found.width, found.height, *MOST_SHOWN)
    palette = b""
    if found.what == "PNG":
        packed, palette = _chunks(os.pread(fd, size, 0))
        lines = unfiltered(_unpacked(packed, found), found.channels)
    else:
        lines = _plain(fd, found)
    picked = range(0, found.width, max(found.width // columns, 1))[:columns]
    wanted = {at * found.height // rows for at in range(rows)}
    pixels: list[bytes] = []
    for at, line in enumerate(lines):
        if at in wanted:
            pixels.append(colours_of(line, found, palette, picked))
        if bound.reached():
            break
    note = "" if len(pixels) == rows else "the upper part"
    return PictureContent(found.what, found.width, found.height, b"".join(pixels), (len(picked), len(pixels)), note)


def _chunks(data: bytes) -> tuple[list[bytes], bytes]:
    """The pieces of PNG's packed pixels, and its palette."""
    packed: list[bytes] = []
    palette = b""
    at = len(PNG)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">L4s", data, at)
        if kind == b"IDAT":
            packed.append(data[at + 8 : at + 8 + length])
        elif kind == b"PLTE":
            palette = data[at + 8 : at + 8 + length]
        elif kind == b"IEND":
            break
        at += 12 + length
    return packed, palette


def _unpacked(packed: list[bytes], found: Shape) -> Iterator[bytes]:
    """Rows of PNG's pixels, each behind the number of its filter."""
    length = found.width * found.channels + 1
    unpacker = zlib.decompressobj()
    held = b""
    left = found.height
    for piece in packed:
        rest = piece
        while rest and left:
            held += unpacker.decompress(rest, max(length * 16, 65536))
            rest = unpacker.unconsumed_tail
            whole = min(len(held) // length, left)
            for at in range(whole):
                yield held[at * length : (at + 1) * length]
            held = held[whole * length :]
            left -= whole


def _plain(fd: int, found: Shape) -> Iterator[bytes]:
    length = found.width * found.channels
    for at in range(found.height):
        line = os.pread(fd, length, found.start + at * length)
        if len(line) < length:
            return
        yield line
