"""Draws the lines of a list: one strip of exact width each, kept until something that it shows changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from osexplorer.ui.rowlist.cells import Cell, Span, elide, fit, width_of
from osexplorer.ui.rowlist.columns import Placed

GUTTER = 2
"""Cells before the first column, where the mark stands."""

MARKED = "● "
_KEEP = 2000


class Painter:
    """Makes and keeps strips.

    Args:
        style: the Rich style of a component by its name, as ``"directory"`` or ``"cursor"``; ``""`` is the list's own.
    """

    def __init__(self, style: Callable[[str], Style]) -> None:
        self._component = style
        self._palette: dict[tuple[str, str], Style] = {}
        self._strips: dict[tuple[int, str], Strip] = {}
        self._cells: dict[int, Sequence[Cell]] = {}
        self.placed: list[Placed] = []
        self.offset = 0
        """Cells by which the values of scrolling columns are moved to the left."""

    def forget(self) -> None:
        """Rows show other things now."""
        self._strips.clear()
        self._cells.clear()

    def forget_changed(self, rows: Mapping[int, Sequence[Cell]]) -> list[int]:
        """Forget all but those of `rows` that were drawn with just these cells; returns the others of `rows`."""
        kept = {index for index, cells in rows.items() if self._cells.get(index) == cells}
        self._strips = {key: strip for key, strip in self._strips.items() if key[0] in kept}
        self._cells = dict(rows)
        return [index for index in rows if index not in kept]

    def forget_styles(self) -> None:
        """The theme is another one."""
        self._palette.clear()
        self._strips.clear()

    def row(self, index: int, look: str, marked: bool, width: int, cells: Callable[[], Sequence[Cell]]) -> Strip:
        """The strip of a row.

        Args:
            look: ``"cursor"``, ``"cursor-blurred"``, ``"marked"``, ``"dim"`` or ``""``.
            cells: asked for the row's cells when it is not kept.
        """
        key = index, look + MARKED if marked else look
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) > _KEEP:
                self.forget()
            if (shown := self._cells.get(index)) is None:
                shown = self._cells[index] = cells()
            strip = self._strips[key] = self._draw(shown, look, marked, width)
        return strip

    def _draw(self, cells: Sequence[Cell], look: str, marked: bool, width: int) -> Strip:
        # Neighbours of one style become one segment: Textual's cost of a line is that of its segments.
        names, texts = ["marked" if marked else ""], [MARKED if marked else " " * GUTTER]
        end = GUTTER
        for (column, x, room), cell in zip(self.placed, cells, strict=True):
            parts = fit(cell, room, column.align, column.elide, self.offset if column.scrolls else 0)
            if (gap := x + GUTTER - end) > 0:
                parts.insert(0, Span(" " * gap))
            for text, name in parts:
                if name == names[-1]:
                    texts[-1] += text
                else:
                    names.append(name)
                    texts.append(text)
            end = x + GUTTER + room
        if end < width:
            names.append("")
            texts.append(" " * (width - end))
            end = width
        segments = [Segment(text, self.style(name, look)) for name, text in zip(names, texts, strict=True)]
        strip = Strip(segments, end)
        return strip if end == width else strip.crop(0, width)

    def header(self, width: int, sort_column: str, sort_reverse: bool) -> Strip:
        """The line of titles; the column sorted by has an arrow."""
        text = " " * GUTTER
        for column, x, room in self.placed:
            text += " " * (x + GUTTER - width_of(text))
            arrow = ("▼" if sort_reverse else "▲") if column.id == sort_column else ""
            title = elide(column.title, max(room - len(arrow), 0), "end") + arrow
            padding = " " * (room - width_of(title))
            text += padding + title if column.align == "right" else title + padding
        text += " " * (width - width_of(text))
        return Strip([Segment(text, self.style("header", ""))], width_of(text)).crop(0, width)

    def message(self, message: Span, line: int, width: int, height: int) -> Strip:
        """Line `line` of what an empty list says, in the middle of `height` lines."""
        base = self.style("", "")
        room = max(width - 4, 1)
        lines = _wrap(message.text, room)
        at = line - max((height - len(lines)) // 3, 0)
        if not message.text or not 0 <= at < len(lines):
            return Strip.blank(width, base)
        text = "".join(span.text for span in fit(lines[at], room, "left", "end")).rstrip()
        strip = Strip([Segment(" " * (2 + (room - width_of(text)) // 2) + text, self.style(message.style, ""))])
        return strip.adjust_cell_length(width, base)

    def style(self, name: str, look: str) -> Style:
        """The style of a cell named `name` in a row that looks like `look`."""
        style = self._palette.get((name, look))
        if style is None:
            style = self._component("")
            if name:
                style += self._component(name)
            if look:
                style += self._component(look)
            self._palette[(name, look)] = style
        return style


def _wrap(text: str, width: int) -> list[str]:
    """Break text at spaces into lines of at most `width` characters; a longer word stays whole, to be elided."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
