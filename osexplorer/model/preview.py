"""What a preview shows of a file: text, bytes, names, a picture, or why nothing is shown."""

from __future__ import annotations

import codecs
from typing import NamedTuple, TypeAlias

from osexplorer.model.entry import Kind
from osexplorer.model.errors import CallError
from osexplorer.model.status import Status
from osexplorer.model.units import count_text

TAB = 8
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_CONTROLS = bytes(code for code in range(32) if chr(code) not in "\a\b\t\n\v\f\r\x1b") + b"\x7f"
_MOST_CONTROLS = 0.02
_MOST_INVALID = 0.02
_SAMPLE = 8192


class Hop(NamedTuple):
    """One symbolic link on the way to the file that is shown."""

    path: str
    target: str
    """The link's text, raw."""
    error: str = ""
    """Why the way ends here, in words; ``""`` where it goes on."""


class TextContent(NamedTuple):
    """Lines of text."""

    lines: tuple[str, ...]
    """Raw, without their ends."""
    encoding: str
    """In words, as ``UTF-8`` or ``Windows-1252, a guess``."""
    size: int
    """Bytes the file has."""
    read: int
    """Bytes the lines were made from."""
    packing: str = ""
    """How the file is compressed, as ``gzip``; ``""`` for not at all. `read` then counts what was unpacked."""
    whole: bool = True
    """Whether this is all of it."""
    data: bytes = b""
    """The bytes themselves."""


class BytesContent(NamedTuple):
    """Bytes that are no text."""

    data: bytes
    size: int
    """Bytes the file has."""


class Item(NamedTuple):
    """An entry of a directory or an archive."""

    name: str
    """Raw; in an archive its whole path."""
    kind: Kind
    size: int | None = None
    """Bytes; None where it is not known."""
    target: str = ""
    """Of a link in an archive: where to."""


class ItemsContent(NamedTuple):
    """The entries of a directory or an archive."""

    what: str
    """``directory``, ``zip archive``, ``tar archive, gzip``."""
    items: tuple[Item, ...]
    note: str = ""
    """Why there may be more; ``""`` when this is all."""


class PictureContent(NamedTuple):
    """A picture."""

    what: str
    """Its format, as ``PNG``."""
    width: int
    height: int
    pixels: bytes = b""
    """Red, green, blue of each pixel, row after row; empty where it was not decoded."""
    shown: tuple[int, int] = (0, 0)
    """Width and height of `pixels`, which may be fewer than the picture has."""
    note: str = ""
    """Why there are no pixels."""


class NoContent(NamedTuple):
    """Nothing is shown."""

    reason: str
    """Why, raw."""
    style: str = "dim"
    held_back: bool = False
    """Whether it would be read if a person asked for it."""


Content: TypeAlias = TextContent | BytesContent | ItemsContent | PictureContent | NoContent


class Preview(NamedTuple):
    """What there is to see of a path."""

    path: str
    hops: tuple[Hop, ...]
    """The links from `path` to what is shown."""
    content: Content


def stamp_of(found: Status | CallError) -> tuple[object, ...]:
    """Is another one when what there is to see of a file may have changed; reading it does not count."""
    if isinstance(found, CallError):
        return (found.errno,)
    shown = found.target or found
    return found.id, found.ctime, shown.id, shown.size, shown.mtime, shown.ctime


class Decoded(NamedTuple):
    """Text, and what it was encoded as."""

    text: str
    encoding: str


def decoded(data: bytes, whole: bool) -> Decoded | None:
    """The text that `data` most likely is; None for bytes that are no text.

    A byte that is not part of valid UTF-8 comes as a lone surrogate, as in names (PEP 383).

    Args:
        whole: whether this is all; otherwise a character that is cut off at the end is left out.
    """
    for bom, codec, name in _BOMS:
        if data.startswith(bom):
            return Decoded(_decode(data, codec, whole, "replace"), name)
    sample = data[:_SAMPLE]
    if b"\0" in sample:
        return _wide(data, whole)
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > len(sample) * _MOST_CONTROLS:
        return None
    text = _decode(data, "utf-8", whole, "surrogateescape")
    if text.isascii():
        return Decoded(text, "ASCII")
    invalid = sum(1 for character in text if "\udc80" <= character <= "\udcff")
    if not invalid:
        return Decoded(text, "UTF-8")
    others = sum(1 for character in text if character > "\x7f") - invalid
    if invalid <= others * _MOST_INVALID:
        return Decoded(text, f"UTF-8 but for {count_text(invalid, 'byte')}")
    try:
        return Decoded(data.decode("cp1252"), "Windows-1252, a guess")
    except UnicodeDecodeError:
        return Decoded(data.decode("latin-1"), "Latin-1, a guess")


def _decode(data: bytes, codec: str, whole: bool, errors: str) -> str:
    return codecs.getincrementaldecoder(codec)(errors).decode(data, whole)


def _wide(data: bytes, whole: bool) -> Decoded | None:
    """UTF-16 without a byte order mark shows by its many zero bytes, all at even or all at odd places."""
    sample = data[:_SAMPLE]
    half = max(len(sample) // 2, 1)
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    for zeros, others, codec in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros > half * 0.6 and others < half * 0.05 and len(sample) > 3:
            text = _decode(data, codec, whole, "replace")
            if sum(character < " " and character not in "\t\r\n" for character in text[:_SAMPLE]) == 0:
                return Decoded(text, "UTF-16, a guess")
    return None


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text, without ``\\n`` or ``\\r\\n``; an end of line at the end begins no further one."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return tuple(line[:-1] if line.endswith("\r") else line for line in lines) if "\r" in text else tuple(lines)


def bytes_a_row(width: int) -> int:
    """How many bytes a line of `width` cells has room for: 16, 8 or 4."""
    return next((count for count in (16, 8) if _hex_width(count) <= width), 4)


def _hex_width(count: int) -> int:
    return 8 + 2 + count * 3 + max(count // 8 - 1, 0) + 1 + count


def hex_row(data: bytes, at: int, count: int) -> tuple[str, str, str]:
    """Offset, bytes and characters of the row of `count` bytes that begins at offset `at`."""
    row = data[at : at + count]
    halves = (row[start : start + 8].hex(" ") for start in range(0, max(len(row), 1), 8))
    shown = "  ".join(halves)
    room = count * 3 + max(count // 8 - 1, 0)
    characters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
    return f"{at:08x}  ", f"{shown:{room}} ", characters


def text_or_bytes(data: bytes, whole: bool, size: int, packing: str = "") -> Content:
    """`data` as text if it is text.

    Args:
        whole: whether it is all there is.
        size: bytes the file has.
        packing: what it was compressed with.
    """
    text = decoded(data, whole)
    if text is None:
        return BytesContent(data, size if not packing else len(data))
    return TextContent(lines_of(text.text), text.encoding, size, len(data), packing, whole, data)
