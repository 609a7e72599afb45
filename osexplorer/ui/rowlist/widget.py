"""The list widget: shows the visible rows of a source, and moves a cursor over them.

The header is line 0 of the widget; rows follow, drawn by the painter. The cursor and the marks are held by key, so
that they stay on their things when the list moves.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.strip import Strip

from osexplorer.ui.actions import ActionHost, bindings
from osexplorer.ui.rowlist import messages
from osexplorer.ui.rowlist.cells import Span
from osexplorer.ui.rowlist.columns import Columns, place
from osexplorer.ui.rowlist.look import CSS, LOOKS, STYLES
from osexplorer.ui.rowlist.marks import KeyMarks, Marks
from osexplorer.ui.rowlist.moving_keys import MovingKeys
from osexplorer.ui.rowlist.painter import GUTTER, Painter
from osexplorer.ui.rowlist.quick import QuickCanvas
from osexplorer.ui.rowlist.scrollbar import filtered
from osexplorer.ui.rowlist.sgr import SGR, sgr_style
from osexplorer.ui.rowlist.source import Key, RowSource

_SHIFT = 8


class RowList(ActionHost, MovingKeys, QuickCanvas, can_focus=True, inherit_bindings=False):
    """A list of rows with columns, a cursor and marks.

    Args:
        columns: all columns, in their order; those that fit are shown. Where they depend on the width, it is asked for
            them before anything is drawn at another one.
        source: the rows.
        marks: whether rows can be marked.
        marking: holds the marks; by key, where None.
        tells_viewport: whether :class:`ViewportChanged` is posted, for who has to find out about the rows in sight.
    """

    SCOPE = "list"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rowlist--{name}" for name in (*LOOKS, *STYLES)}
    DEFAULT_CSS = CSS

    CursorMoved: TypeAlias = messages.CursorMoved
    Opened: TypeAlias = messages.Opened
    SortRequested: TypeAlias = messages.SortRequested
    FilterRequested: TypeAlias = messages.FilterRequested
    MarkRequested: TypeAlias = messages.MarkRequested
    MarksChanged: TypeAlias = messages.MarksChanged
    ViewportChanged: TypeAlias = messages.ViewportChanged

    def __init__(
        self,
        columns: Columns,
        source: RowSource,
        *,
        marks: bool = True,
        marking: Marks | None = None,
        tells_viewport: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self.columns = columns(0) if callable(columns) else columns
        self.source = source
        self.can_mark = marks
        self._tells_viewport = tells_viewport
        self.marks: Marks = KeyMarks(source) if marking is None else marking
        self.sort_column = ""
        self.sort_reverse = False
        self.stale = False
        self.lit = False
        """Draw the cursor as if the list had the keyboard: a field beside it has, and moves it."""
        self.empty_text: Span = Span("")
        self._cursor = 0
        self._cursor_key: Key | None = None
        self._painter = Painter(self._component_style)
        self._viewport = (-1, -1)
        self._drawn = (-1, -1, False)
        self._placed_width = -1
        self._shown: list[str] = []

    # -- what panes call

    @property
    def cursor(self) -> int:
        """Index of the row under the cursor; meaningless while the list is empty."""
        return self._cursor

    @property
    def cursor_key(self) -> Key | None:
        """Identity of the row under the cursor; None while the list is empty."""
        return self._cursor_key if len(self.source) else None

    @property
    def chosen(self) -> list[Key]:
        """The marked rows in their order, or else the one under the cursor."""
        if self.marks:
            return list(self.marks)
        return [] if self.cursor_key is None else [self.cursor_key]

    def set_columns(self, columns: Columns) -> None:
        """Replace the columns."""
        self._columns = columns
        self._place()

    def set_empty(self, text: str, style: str = "dim") -> None:
        """What an empty list says: that it is loading, that there is nothing, or what went wrong."""
        if self.empty_text != Span(text, style):
            self.empty_text = Span(text, style)
            if not len(self.source):
                self.refresh()

    def set_stale(self, stale: bool) -> None:
        """Draw the rows dimmed: they are what was, and may be no more."""
        if stale != self.stale:
            self.stale = stale
            self.redraw()

    def set_sort(self, column: str, reverse: bool) -> None:
        """Show in the header what the rows are sorted by."""
        if (column, reverse) != (self.sort_column, self.sort_reverse):
            self.sort_column, self.sort_reverse = column, reverse
            self.refresh()

    def rows_changed(self, cursor: Key | None = None) -> None:
        """The source has other rows, or another order. The cursor stays on its thing, at its height on the screen.

        At the very top of the list it goes down instead, as far as there is room: what comes first is seen to come.

        Args:
            cursor: put it on this row instead, if it is there.
        """
        count = len(self.source)
        height = self._cursor - self.top
        in_sight = 0 <= height < self.page
        wanted = self._cursor_key if cursor is None else cursor
        found = None if wanted is None else self.source.index(wanted)
        self.marks.rows_changed()
        before = self._cursor_key
        new = found if found is not None else min(self._cursor, max(count - 1, 0))
        old, moved = self._cursor, new != self._cursor
        self._cursor = new
        self._cursor_key = self.source.key(new) if count else None
        self.resize_canvas(len(self.source))
        if moved and in_sight and cursor is None and self.size.height and (self.top or new >= self.page):
            self.scroll_to(y=max(new - height, 0), animate=False, force=True)
        if in_sight or cursor is not None:  # who has scrolled away from the cursor, to read, is left there
            self._reveal()
        self._redraw_changed(old)
        if self._cursor_key != before or moved:
            self._hear(self._cursor_news)

    def redraw(self) -> None:
        """Draw every row anew: what rows show has changed, but not which rows there are."""
        self._painter.forget()
        self.refresh()
        self._tell_viewport(force=True)

    def cells_changed(self) -> None:
        """Some rows may show something else now; they are the same rows."""
        self._refresh_rows(*self._forget_changed())

    def _redraw_changed(self, old_cursor: int) -> None:
        """Draw anew those rows in sight that show something else now: most of a live list stays as it is."""
        top, source = self.top, self.source
        drawn, self._drawn = self._drawn, (top, min(len(source), top + self.page), bool(self.marks))
        if drawn != self._drawn or self.marks or not len(source):
            self.redraw()
            return
        self._refresh_rows(*self._forget_changed(), old_cursor, self._cursor)
        self._tell_viewport(force=True)

    def _forget_changed(self) -> list[int]:
        """The rows in sight that show something else than what was drawn."""
        last = min(self.top + self.page, len(self.source))
        rows = {at: self.source.cells(at, self._shown) for at in range(self.top, last)}
        return self._painter.forget_changed(rows)

    def move_to(self, index: int) -> None:
        """Put the cursor on a row, scrolling as little as needed."""
        count = len(self.source)
        if not count:
            return
        index = max(0, min(index, count - 1))
        key = self.source.key(index)
        if index == self._cursor and key == self._cursor_key:
            self._reveal()
            return
        old, self._cursor, self._cursor_key = self._cursor, index, key
        self._reveal()
        self._refresh_rows(old, index)
        self._hear(self._cursor_news)

    def move_to_key(self, key: Key) -> bool:
        """Put the cursor on the row of that identity; whether it is there."""
        index = self.source.index(key)
        if index is None:
            return False
        self.move_to(index)
        return True

    def clear_marks(self) -> None:
        """Take all marks away."""
        if self.marks:
            self.marks.clear()
            self.redraw()
            self.post_message(self.MarksChanged(self))

    # -- actions

    def action_open(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Opened(self, self.cursor_key, self._cursor))

    def action_mark(self) -> None:
        if (key := self.cursor_key) is None:
            return
        self.marks.toggle(key)
        self._refresh_rows(self._cursor)
        self.post_message(self.MarksChanged(self))
        self.move_to(self._cursor + 1)

    def action_mark_all(self) -> None:
        self.marks.mark_all()
        self.redraw()
        self.post_message(self.MarksChanged(self))

    def action_mark_others(self) -> None:
        self.marks.invert()
        self.redraw()
        self.post_message(self.MarksChanged(self))

    def action_mark_pattern(self) -> None:
        self.post_message(self.MarkRequested(self, mark=True))

    def action_unmark_pattern(self) -> None:
        self.post_message(self.MarkRequested(self, mark=False))

    def action_sort(self) -> None:
        self.post_message(self.SortRequested(self, None))

    def action_filter(self) -> None:
        self.post_message(self.FilterRequested(self))

    def action_values_right(self) -> None:
        self._painter.offset += _SHIFT
        self.redraw()

    def action_values_left(self) -> None:
        self._painter.offset = max(self._painter.offset - _SHIFT, 0)
        self.redraw()

    def can_mark_rows(self) -> bool:
        return self.can_mark and len(self.source) > 0

    def has_marks(self) -> bool:
        return bool(self.marks)

    def has_rows(self) -> bool:
        return len(self.source) > 0

    def can_sort(self) -> bool:
        return len(self.source) > 0 and any(column.sortable for column in self.columns)

    def can_scroll_values(self) -> bool:
        return any(placed.column.scrolls for placed in self._painter.placed)

    # -- drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines in `crop`, straight from the painter, which keeps them: Textual's cache would go by a scroll."""
        if self.width != self._placed_width:  # a scrollbar came or went: Textual sends no resize for it
            self._place()
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.right > self._placed_width:  # the scrollbar is shown, and gets its place with the next layout
            style = self.rich_style
            strips = [strip.extend_cell_length(crop.right, style) for strip in strips]
        if crop.column_span != (0, self._placed_width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return filtered(self, strips)

    def render_line(self, y: int) -> Strip:
        width = self._placed_width
        if y == 0:
            return self._painter.header(width, self.sort_column, self.sort_reverse)
        index, source = self.top + y - 1, self.source
        if index >= len(source):
            message = Span("") if len(source) else self.empty_text
            return self._painter.message(message, y - 1, width, self.size.height - 1)
        marked = bool(self.marks) and source.key(index) in self.marks
        if index == self._cursor:
            look = "cursor" if self.has_focus or self.lit else "cursor-blurred"
        else:
            look = "dim" if self.stale else "marked" if marked else ""
        return self._painter.row(index, look, marked, width, lambda: source.cells(index, self._shown))

    def _component_style(self, name: str) -> Style:
        if name.startswith(SGR):
            return sgr_style(name)
        return self.get_component_rich_style(f"rowlist--{name}", partial=True) if name else self.rich_style

    def notify_style_update(self) -> None:
        self._painter.forget_styles()
        super().notify_style_update()

    # -- geometry

    def _place(self) -> None:
        self._placed_width = self.width
        self.columns = self._columns(self.size.width) if callable(self._columns) else self._columns
        self._painter.placed = place(self.columns, max(self._placed_width - GUTTER, 1))
        self._shown = [placed.column.id for placed in self._painter.placed]
        self._painter.forget()
        self.refresh()

    def _reveal(self) -> None:
        self.scroll_into_view(self._cursor)

    def _refresh_rows(self, *indexes: int) -> None:
        """Paint these rows anew, those of them that are in sight."""
        top, height, width = self.top, self.size.height, self.width
        lines = {index - top + 1 for index in indexes}
        if regions := [Region(0, y, width, 1) for y in lines if 1 <= y < height]:
            self._repaint(*regions)

    def post_cursor(self) -> None:
        self.post_message(self.CursorMoved(self, self.cursor_key, self._cursor))

    def _tell_viewport(self, force: bool = False) -> None:
        if not self._tells_viewport:
            return
        viewport = self.top, min(self.top + self.page, len(self.source))
        if force or viewport != self._viewport:
            self._viewport = viewport
            self._hear(self._viewport_news)

    def post_viewport(self) -> None:
        self.post_message(self.ViewportChanged(self, *self._viewport))

    # -- events

    def on_mount(self) -> None:
        self.rows_changed()

    def on_resize(self) -> None:
        self._place()
        self.resize_canvas(len(self.source))
        self._reveal()
        self._tell_viewport()

    def on_focus(self) -> None:
        self.keys_changed()
        self._refresh_rows(self._cursor)

    def on_blur(self) -> None:
        self.tell()
        self._refresh_rows(self._cursor)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self._repaint(Region(0, 0, self.width, self.size.height))
            self._tell_viewport()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.y == 0:
            x = event.x - GUTTER
            for column, left, room in self._painter.placed:
                if left <= x <= left + room and column.sortable:
                    self.post_message(self.SortRequested(self, column))
            return
        index = self.top + event.y - 1
        if index >= len(self.source):
            return
        self.move_to(index)
        if event.ctrl and self.can_mark:
            self.action_mark()
            self.move_to(index)
        elif event.chain == 2:
            self.action_open()
