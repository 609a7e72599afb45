"""The lines of a preview: made when they are drawn, and only as much of them as is in sight."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Protocol

from osexplorer.model.display import display
from osexplorer.model.entry import Kind, suffix
from osexplorer.model.languages import language_of
from osexplorer.model.pictures import fitted
from osexplorer.model.preview import (
    TAB,
    BytesContent,
    ItemsContent,
    NoContent,
    PictureContent,
    Preview,
    TextContent,
    bytes_a_row,
    hex_row,
)
from osexplorer.model.syntax import State, colour
from osexplorer.model.units import count_text, size_text
from osexplorer.ui.rowlist import Span
from osexplorer.ui.rowlist.cells import width_of
from osexplorer.ui.wrap import wrap

_STEP = 400
"""Lines whose colours are found at once."""
_STYLES = {Kind.DIRECTORY: "directory", Kind.SYMLINK: "link", Kind.FILE: ""}


class Lines(Protocol):
    """What is drawn. The text of the spans has been made printable."""

    def __len__(self) -> int: ...

    def line(self, at: int, end: int) -> list[Span]:
        """The line, up to cell `end` at least."""
        ...

    def advance(self, at: int) -> bool:
        """Prepare a little more of what line `at` needs; whether more is left to do."""
        ...


class Fixed:
    """Lines that are made at once, a few."""

    def __init__(self, lines: Sequence[list[Span]]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, at: int, end: int) -> list[Span]:
        return self._lines[at]

    def advance(self, at: int) -> bool:
        return False


class TextLines:
    """Text, coloured as far as somebody has looked."""

    def __init__(self, name: str, content: TextContent) -> None:
        self._lines = content.lines
        stem = name.rpartition(".")[0] if content.packing else name
        self._language = language_of(stem, content.lines[0] if content.lines else "")
        self._states: list[State] = [""]

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, at: int, end: int) -> list[Span]:
        text = self._lines[at]
        if self._language is None:
            return printed([Span(text)], end)
        if at >= len(self._states):
            self._find(at, _STEP)
        if at >= len(self._states):
            return printed([Span(text)], end)
        spans: list[Span] = []
        done = 0
        for start, stop, style in colour(text, self._language, self._states[at])[0]:
            if start > end:
                break
            spans += [Span(text[done:start]), Span(text[start:stop], style)]
            done = stop
        return printed([*spans, Span(text[done:])], end)

    def advance(self, at: int) -> bool:
        if self._language is None or at < len(self._states):
            return False
        self._find(at, _STEP)
        return at >= len(self._states)

    def _find(self, at: int, most: int) -> None:
        """What goes on from line to line, up to line `at`, but `most` lines at once."""
        assert self._language is not None
        for before in range(len(self._states) - 1, min(at, len(self._states) - 1 + most)):
            self._states.append(colour(self._lines[before], self._language, self._states[before])[1])


class HexLines:
    """Bytes as numbers and as characters."""

    def __init__(self, data: bytes, width: int) -> None:
        self._data, self._count = data, bytes_a_row(width)

    def __len__(self) -> int:
        return -(-len(self._data) // self._count)

    def line(self, at: int, end: int) -> list[Span]:
        offset, numbers, characters = hex_row(self._data, at * self._count, self._count)
        return [Span(offset, "dim"), Span(numbers), Span(characters, "accent")]

    def advance(self, at: int) -> bool:
        return False


class ItemLines:
    """The entries of a directory or an archive."""

    def __init__(self, content: ItemsContent) -> None:
        self._items = content.items
        self._sized = any(item.size is not None for item in content.items)

    def __len__(self) -> int:
        return len(self._items)

    def line(self, at: int, end: int) -> list[Span]:
        item = self._items[at]
        size = [Span(f"{size_text(item.size) if item.size is not None else '':>5}  ", "dim")] if self._sized else []
        name = [Span(display(item.name), _STYLES.get(item.kind, "special")), Span(suffix(item.kind), "dim")]
        return [*size, *name, Span(f" → {display(item.target)}" if item.target else "", "dim")]

    def advance(self, at: int) -> bool:
        return False


def printed(spans: Sequence[Span], end: int) -> list[Span]:
    """Spans of foreign text as far as cell `end`: tabs as spaces, and what does not print as escapes that stand out."""
    result: list[Span] = []
    at = 0
    for text, style in spans:
        text = text[: max(end - at, 0) + 1]
        if text.isprintable():
            if text:
                result.append(Span(text, style))
                at += width_of(text)
            continue
        for part in _parts(text):
            if part == "\t":
                shown, name = " " * (TAB - at % TAB), style
            elif part.isprintable():
                shown, name = part, style
            else:
                shown, name = display(part), "special"
            result.append(Span(shown, name))
            at += width_of(shown)
            if at > end:
                break
    return result


def _parts(text: str) -> list[str]:
    """Runs of characters that print, runs of those that do not, and tabs one by one."""
    parts: list[str] = []
    for character in text:
        if character == "\t":
            parts.append(character)
        elif parts and parts[-1] != "\t" and parts[-1].isprintable() == character.isprintable():
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def head_of(preview: Preview, width: int) -> list[list[Span]]:
    """What stands above: the links that lead to what is shown, and what it is."""
    lines: list[list[Span]] = []
    for hop in preview.hops:
        place = f"{display(os.path.basename(hop.path))} "
        lines.append(
            [Span(place, "link"), Span("→ ", "dim"), Span(display(hop.target), "broken" if hop.error else "link")]
        )
        if hop.error:
            lines.append([Span(f"  {hop.error}", "bad")])
    about = _about(preview.content)
    return [*lines, *([Span(part, "dim")] for part in wrap(about, max(width, 8)) if about)]


def _about(content: object) -> str:
    match content:
        case TextContent():
            count = count_text(len(content.lines), "line")
            packing = f"packed by {content.packing}, " if content.packing else ""
            if content.whole:
                return f"{packing}{content.encoding}, {count}"
            of = "" if content.packing else f" of {size_text(content.size)}"
            return f"{packing}{content.encoding}, the first {size_text(content.read)}{of}"
        case BytesContent():
            if len(content.data) < content.size:
                return f"bytes, the first {size_text(len(content.data))} of {size_text(content.size)}"
            return count_text(content.size, "byte")
        case ItemsContent():
            count = count_text(len(content.items), "entry", "entries")
            return f"{content.what}, {content.note or count}"
        case PictureContent():
            size = f", {content.width:,} × {content.height:,}" if content.width else ""
            return f"{content.what} picture{size}" + (f", {content.note}" if content.note else "")
        case _:
            return ""


def lines_of(preview: Preview, width: int, as_bytes: bool) -> Lines:
    """What is drawn of a preview in `width` cells; a picture's lines are empty, for it is drawn otherwise.

    Args:
        as_bytes: show the bytes, whatever they are.
    """
    content = preview.content
    match content:
        case TextContent():
            if as_bytes:
                return HexLines(content.data, width)
            place = (
                os.path.join(os.path.dirname(preview.hops[-1].path), preview.hops[-1].target) if preview.hops else ""
            )
            return TextLines(os.path.basename(place or preview.path), content)
        case BytesContent():
            return HexLines(content.data, width)
        case ItemsContent():
            return ItemLines(content)
        case PictureContent():
            rows = -(-fitted(*content.shown, max(width, 1), 200)[1] // 2) if content.pixels else 0
            return Fixed([[] for _ in range(rows)])
        case NoContent():
            hint = ["", "Enter reads it"] if content.held_back else []
            words = [*wrap(display(content.reason), max(width, 8)), *hint]
            return Fixed([[Span(text, "dim" if text in hint else content.style)] for text in words])


def cells_of(content: PictureContent, width: int) -> Callable[[int], list[tuple[bytes, bytes]]]:
    """By line, the colours of a picture's cells: of the upper and of the lower half of each."""
    columns, rows = fitted(*content.shown, max(width, 1), 200)
    across, down = content.shown

    def line(at: int) -> list[tuple[bytes, bytes]]:
        def pixel(x: int, y: int) -> bytes:
            if y >= rows:
                return b""
            place = ((y * down // rows) * across + x * across // columns) * 3
            return content.pixels[place : place + 3]

        return [(pixel(x, at * 2), pixel(x, at * 2 + 1)) for x in range(columns)]

    return line
