"""The scrollbar of a list: drawn in one piece, and of it only the cells that have changed."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.reactive import Reactive
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip
from textual.widget import Widget


class RowScrollBar(ScrollBar):
    """A vertical scrollbar, one cell wide. Textual's draws every cell anew for each row that a list is scrolled by."""

    position: Reactive[float] = Reactive(0.0, repaint=False)

    def __init__(self) -> None:
        super().__init__(vertical=True, name="vertical", thickness=1)
        self._shown: list[Segment] = []

    def watch_position(self, _before: float, _now: float) -> None:
        shown, cells = self._shown, self._cells()
        changed = [y for y, cell in enumerate(cells) if y >= len(shown) or cell != shown[y]]
        self._shown = cells
        if changed:
            self._set_dirty(*(Region(0, y, 1, 1) for y in changed))
            self._repaint_required = True
            self.check_idle()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._shown = self._cells()
        return filtered(self, [Strip([cell], 1) for cell in self._shown[crop.y : crop.bottom]])

    def _cells(self) -> list[Segment]:
        bar = self.render()
        if not isinstance(bar, ScrollBarRender) or not isinstance(bar.style, Style):
            raise TypeError(f"Textual draws its scrollbars otherwise now: {bar!r}")
        assert bar.style.bgcolor is not None and bar.style.color is not None
        cells = ScrollBarRender.render_bar(
            size=self.size.height,
            virtual_size=bar.virtual_size,
            window_size=bar.window_size,
            position=bar.position,
            back_color=bar.style.bgcolor,
            bar_color=bar.style.color,
        ).segments
        return list(Segment.apply_style(cells, self.rich_style))


def filtered(widget: Widget, strips: list[Strip]) -> list[Strip]:
    """`strips` as Textual would show them: without colours where none are wanted, or with those of the terminal."""
    background = widget.background_colors[1]
    for line_filter in widget.get_line_filters():
        strips = [strip.apply_filter(line_filter, background) for strip in strips]
    return strips
