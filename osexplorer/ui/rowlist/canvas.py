"""The geometry of a list: a header line and rows that scroll under it."""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.widget import Widget

from osexplorer.ui.rowlist.scrollbar import RowScrollBar


class Canvas(ScrollView, inherit_bindings=False):
    """A scroll view whose first line stays, and whose height can change often at little cost."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = RowScrollBar()
            self._vertical_scrollbar.display = False
            self.app._start_widget(self, self._vertical_scrollbar)
        return self._vertical_scrollbar

    @property
    def top(self) -> int:
        """Index of the first row in sight."""
        return self.scroll_offset.y

    @property
    def width(self) -> int:
        """Cells beside the scrollbar, where there is one; `size` includes it."""
        return self.scrollable_content_region.width

    @property
    def page(self) -> int:
        """Rows that fit below the header."""
        return max(self.size.height - 1, 1)

    def resize_canvas(self, rows: int) -> None:
        """There are `rows` rows now. The screen is laid out anew only when a scrollbar comes or goes by it."""
        size, height = Size(self.size.width, rows + 1), self.size.height
        if not height or (size.height > height) != (self.virtual_size.height > height):
            self.virtual_size = size
        elif size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def scroll_into_view(self, row: int) -> None:
        """Scroll as little as needed to have `row` in sight; to the middle where it is more than a page away."""
        if not self.size.height:
            return  # the first layout calls again: a page is not known before
        if row < self.top - self.page or row >= self.top + 2 * self.page:
            self.scroll_to(y=row - self.page // 2, animate=False, force=True)
        elif row < self.top:
            self.scroll_to(y=row, animate=False, force=True)
        elif row >= self.top + self.page:
            self.scroll_to(y=row - self.page + 1, animate=False, force=True)
