"""Text of exact width: what a cell is, and how it is cut when it does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from rich.cells import cell_len, chop_cells

from osexplorer.model.display import display

Elide = Literal["middle", "start", "end"]
Align = Literal["left", "right"]

MATCH = "match"
"""The style of characters that matched."""

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


class Glyph(Span):
    """A sign of our own that is drawn as it stands, be it from the private area of a font."""

    __slots__ = ()


class Matched(NamedTuple):
    """Text that a filter has found.

    Attributes:
        text: as of a :class:`Span`.
        style: as of a :class:`Span`, for what did not match.
        matched: which characters of `text` did, in order.
    """

    text: str
    style: str
    matched: tuple[int, ...]


Cell: TypeAlias = str | Span | Matched | Sequence[Span | Matched]
"""One cell: plain text, styled text, or several spans in a row."""


def spans(cell: Cell) -> list[Span | Matched]:
    """The cell as spans whose text is safe to draw."""
    if isinstance(cell, str):
        return [Span(display(cell))]
    return [_safe(cell)] if isinstance(cell, Span | Matched) else list(map(_safe, cell))


def _safe(span: Span | Matched) -> Span | Matched:
    if type(span) is Glyph:
        return span
    text = display(span.text)
    if isinstance(span, Span) or text == span.text:
        return span._replace(text=text)
    matched: list[int] = []
    begin = 0
    for at, character in enumerate(span.text):
        end = begin + len(display(character))
        if at in span.matched:
            matched.extend(range(begin, end))
        begin = end
    return Matched(text, span.style, tuple(matched))


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
    if not isinstance(cell, str | Span | Matched) and len(cell) == 1:
        cell = cell[0]
    if isinstance(cell, str | Span | Matched):
        return list(_fit_one(cell, width, align, where, offset))
    return _fit_many(spans(cell), width, align, where, offset)


@lru_cache(8192)  # most cells of a live table are what they were, and many are those of other rows
def _fit_one(cell: str | Span | Matched, width: int, align: Align, where: Elide, offset: int) -> Sequence[Span]:
    (span,) = spans(cell)
    text = elide(shift(span.text, offset), width, where)
    left = width - width_of(text)
    if isinstance(span, Matched):
        fitted = _split(span, text)
        fitted.insert(0 if align == "right" else len(fitted), Span(" " * left, span.style))
        return [part for part in fitted if part.text]
    text = " " * left + text if align == "right" else text + " " * left
    return [Span(text, span.style)]


def _fit_many(parts: list[Span | Matched], width: int, align: Align, where: Elide, offset: int) -> list[Span]:
    """Shorten the longest span first, so that short ones (a guide, a type's sign, "broken") stay whole."""
    if offset > 0:
        *lead, last = parts
        parts = [*lead, Span(shift(last.text, offset), last.style)]
    rooms = [width_of(part.text) for part in parts]
    while (excess := sum(rooms) - width) > 0:
        longest = max(rooms)
        if longest <= 1:
            rooms[max(at for at, room in enumerate(rooms) if room)] = 0
            continue
        at = len(rooms) - 1 - rooms[::-1].index(longest)
        shorter = max((room for room in rooms if room < longest), default=1)
        rooms[at] -= min(excess, max(longest - shorter, 1))
    fitted: list[Span] = []
    for part, room in zip(parts, rooms, strict=True):
        if room:
            fitted.extend(_split(part, elide(part.text, room, where)))
    left = width - sum(width_of(part.text) for part in fitted)
    if left > 0:
        fitted.insert(0 if align == "right" else len(fitted), Span(" " * left))
    return fitted


def _split(span: Span | Matched, shown: str) -> list[Span]:
    """`shown`, which is the text of `span` with something left out, in parts: what matched, and what did not."""
    if isinstance(span, Span):
        return [Span(shown, span.style)]
    matched = set(span.matched)
    if shown != span.text:
        head = _common(span.text, shown)
        tail = _common(span.text[:head:-1], shown[:head:-1])
        moved = len(shown) - len(span.text)
        matched = {at for at in matched if at < head} | {at + moved for at in matched if at >= len(span.text) - tail}
    parts: list[Span] = []
    for at, character in enumerate(shown):
        style = MATCH if at in matched else span.style
        if parts and parts[-1].style == style:
            parts[-1] = Span(parts[-1].text + character, style)
        else:
            parts.append(Span(character, style))
    return parts


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


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
