"""Text of exact width: what a cell is, and how it is cut when it does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from rich.cells import cell_len, chop_cells

from osexplorer.model.display import display

Elide = Literal["middle", "start", "end"]
Align = Literal["left", "right"]

MARK = "…"
"""Stands where text was left out. Nothing is ever cut without it."""


class Span(NamedTuple):
    """Text with a style.

    Attributes:
        text: raw; foreign text as the system gave it. The list passes it through :func:`display`.
        style: a name of :data:`osexplorer.ui.rowlist.widget.STYLES`, as ``"dim"`` or ``"directory"``.
    """

    text: str
    style: str = ""


Cell: TypeAlias = str | Span | Sequence[Span]
"""One cell: plain text, styled text, or several spans in a row."""


def spans(cell: Cell) -> list[Span]:
    """The cell as spans whose text is safe to draw."""
    if isinstance(cell, str):
        return [Span(display(cell))]
    if isinstance(cell, Span):
        return [Span(display(cell.text), cell.style)]
    return [Span(display(text), style) for text, style in cell]


def width_of(text: str) -> int:
    """Cells that printable `text` takes on a terminal."""
    return len(text) if text.isascii() else cell_len(text)


def elide(text: str, width: int, where: Elide = "middle") -> str:
    """`text` in at most `width` cells; :data:`MARK` stands for what was left out."""
    if width_of(text) <= width:
        return text
    if width <= 1:
        return MARK[:width]
    room = width - 1
    if where == "end":
        return _head(text, room) + MARK
    if where == "start":
        return MARK + _tail(text, room)
    tail = room // 2
    return _head(text, room - tail) + MARK + _tail(text, tail)


def shift(text: str, offset: int) -> str:
    """`text` scrolled to the right by `offset` cells; :data:`MARK` shows that something lies to the left."""
    if offset <= 0 or not text:
        return text
    length = width_of(text)
    return MARK + _tail(text, max(length - offset - 1, 0)) if length > 1 else text


def fit(cell: Cell, width: int, align: Align = "left", where: Elide = "middle", offset: int = 0) -> list[Span]:
    """The cell as spans of exactly `width` cells together."""
    parts = spans(cell)
    if len(parts) == 1:
        text, style = parts[0]
        text = elide(shift(text, offset), width, where)
        padding = width - width_of(text)
        text = " " * padding + text if align == "right" else text + " " * padding
        return [Span(text, style)]
    return _fit_many(parts, width, align, where, offset)


def _fit_many(parts: list[Span], width: int, align: Align, where: Elide, offset: int) -> list[Span]:
    """Shorten the longest span first, so that short ones (a guide, a type's sign, "broken") stay whole."""
    if offset > 0:
        *lead, last = parts
        parts = [*lead, Span(shift(last.text, offset), last.style)]
    rooms = [width_of(text) for text, _ in parts]
    while (excess := sum(rooms) - width) > 0:
        longest = max(rooms)
        if longest <= 1:
            rooms[max(at for at, room in enumerate(rooms) if room)] = 0
            continue
        at = len(rooms) - 1 - rooms[::-1].index(longest)
        shorter = max((room for room in rooms if room < longest), default=1)
        rooms[at] -= min(excess, max(longest - shorter, 1))
    fitted = [Span(elide(text, room, where), style) for (text, style), room in zip(parts, rooms, strict=True) if room]
    left = width - sum(width_of(text) for text, _ in fitted)
    if left > 0:
        fitted.insert(0 if align == "right" else len(fitted), Span(" " * left))
    return fitted


def _head(text: str, width: int) -> str:
    if text.isascii():
        return text[:width]
    head = chop_cells(text, width)[0] if width > 0 else ""
    return head + " " * (width - cell_len(head))


def _tail(text: str, width: int) -> str:
    if width <= 0:
        return ""
    if text.isascii():
        return text[-width:]
    at, taken = len(text), 0
    while at > 0 and taken + (size := cell_len(text[at - 1])) <= width:
        at -= 1
        taken += size
    return " " * (width - taken) + text[at:]
