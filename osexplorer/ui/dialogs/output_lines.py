"""The lines that a child wrote, drawn as they are needed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from osexplorer.model.display import printable
from osexplorer.model.escapes import Styled, codes_after, rendered
from osexplorer.model.output import OutputLine, OutputStream, OutputView
from osexplorer.ui.rowlist.cells import MARK, elide
from osexplorer.ui.rowlist.sgr import SGR, sgr_style

_GUTTER = {OutputStream.OUT: "  ", OutputStream.ERR: "! "}
_SHIFT = 8
_TAB = 8
_AROUND = 200
"""Lines before and after those on the screen that are read into memory with them."""


class OutputLines(ScrollView, can_focus=True, inherit_bindings=False):
    """Scrolls through a view of some output. Lines of standard error begin with ``!``.

    While it follows, it shows the end; otherwise the line on top stays, whatever is added or dropped. Where long lines
    are broken, the scroll offset is the line on top, and `_skipped` the rows of it that are above.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home,g", "first", show=False),
        Binding("end,G", "last", show=False),
        Binding("left,less_than_sign", "sideways(-1)", show=False),
        Binding("right,greater_than_sign", "sideways(1)", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"output--error", "output--found", "output--dim"}
    DEFAULT_CSS = """
    OutputLines {
        height: 1fr; width: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        background: $surface; color: $foreground;
        & > .output--error { color: $error; }
        & > .output--found { background: $primary; color: $background; }
        & > .output--dim { color: $muted; }
        &:nocolor > .output--found, &:ansi > .output--found { text-style: reverse; }
    }
    """

    class FollowChanged(Message):
        """It began or ended to follow."""

    class Wanted(Message):
        """Lines on the screen are not in memory: somebody has to load them, and then to call `loaded`.

        Attributes:
            start: the first of them, and of some before.
            end: after the last of them, and of some behind.
        """

        def __init__(self, start: int, end: int) -> None:
            super().__init__()
            self.start, self.end = start, end

    def __init__(self) -> None:
        super().__init__()
        self.view = OutputView()
        self.following = True
        self.wrapping = False
        """Whether long lines are broken."""
        self.raw = False
        """Whether escape codes are shown as such, and not what they mean."""
        self.timed = False
        """Whether each line begins with the time at which it arrived."""
        self.found: int | None = None
        """The number of the line that a search found, counted from the first that was ever written."""
        self.empty_text = ""
        self._offset = 0
        self._skipped = 0
        self._asked: tuple[int, int] | None = None
        self._broken: list[Strip] | None = None

    @property
    def _columns(self) -> int:
        """The columns beside the scrollbar."""
        return self.scrollable_content_region.width

    def show(self, view: OutputView) -> None:
        """Show another view of the same output."""
        gone = view.dropped_lines - self.view.dropped_lines
        top = self.scroll_offset.y
        self.view = view
        self._resize()
        if self.following:
            self._to_end()
        elif gone:
            self.scroll_to(y=max(top - gone, 0), animate=False, force=True)
        self._changed()

    def loaded(self) -> None:
        """What was wanted has been read into memory, or cannot be."""
        self._asked = None
        self._changed()

    def _resize(self) -> None:
        # Broken lines take more rows than there are lines: the last line may stand on top.
        room = max(self.size.height - 1, 0) if self.wrapping else 0
        self.virtual_size = Size(self._columns, len(self.view) + room)

    def _changed(self) -> None:
        self._broken = None
        self.refresh()

    def _to_end(self) -> None:
        if not self.wrapping:
            self.scroll_end(animate=False, force=True, immediate=True)
            return
        line, rows = len(self.view), 0
        while line > 0 and rows < self.size.height:
            line -= 1
            rows += len(self._rows(line)) if self.view.ready(line) else 1
        self._stand(line, max(rows - self.size.height, 0))

    def _stand(self, line: int, skipped: int) -> None:
        self._skipped = skipped
        self.scroll_to(y=max(line, 0), animate=False, force=True, immediate=True)
        self._changed()

    def set_empty(self, text: str) -> None:
        """What it says when there is no output."""
        self.empty_text = text
        if not len(self.view):
            self.refresh()

    def set_following(self, following: bool) -> None:
        """Stay at the end, or no longer."""
        if following == self.following:
            return
        self.following = following
        if following:
            self._to_end()
        self.post_message(self.FollowChanged())

    def set_look(self, *, wrapping: bool | None = None, raw: bool | None = None, timed: bool | None = None) -> None:
        """How lines are shown; None for as before."""
        self.wrapping = self.wrapping if wrapping is None else wrapping
        self.raw = self.raw if raw is None else raw
        self.timed = self.timed if timed is None else timed
        self._skipped = self._offset = 0
        top = self.scroll_offset.y
        self._resize()
        if self.following:
            self._to_end()
        else:
            self.scroll_to(y=min(top, len(self.view) - 1), animate=False, force=True)
        self._changed()

    def search_start(self, backwards: bool) -> int:
        """Where a search goes on, counted from the first line ever written."""
        base = self.view.dropped_lines
        if self.found is not None and self.found >= base:
            return self.found + (-1 if backwards else 1)
        return base + self.scroll_offset.y + (self.size.height - 1 if backwards else 0)

    def show_found(self, number: int) -> None:
        """Go to what a search found, counted from the first line ever written."""
        self.found = number
        self.set_following(False)
        self._skipped = 0
        at = number - self.view.dropped_lines
        self.scroll_to(y=max(at - self.size.height // 2, 0), animate=False, force=True)
        self._changed()

    # -- keys

    def _go(self, y: int) -> None:
        last = max(len(self.view) - self.size.height, 0)
        self.set_following(y >= last and y > self.scroll_offset.y)
        self._skipped = 0
        self.scroll_to(y=max(min(y, last), 0), animate=False, force=True)
        self._changed()

    def _go_rows(self, by: int) -> None:
        """Where lines are broken: so many rows down, or up."""
        line, skipped = self.scroll_offset.y, self._skipped + by
        while skipped < 0 and line > 0:
            line -= 1
            skipped += len(self._rows(line))
        while line < len(self.view) - 1 and skipped >= (height := len(self._rows(line))):
            line, skipped = line + 1, skipped - height
        if by > 0 and len(list(self._below(line, max(skipped, 0)))) <= self.size.height:
            self.set_following(True)
            return
        self.set_following(False)
        self._stand(line, max(skipped, 0))

    def action_move(self, by: int) -> None:
        if self.wrapping:
            self._go_rows(by)
        else:
            self._go(self.scroll_offset.y + by)

    def action_page(self, by: int) -> None:
        self.action_move(by * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        self.set_following(False)
        self._stand(0, 0)

    def action_last(self) -> None:
        self.set_following(True)

    def action_sideways(self, by: int) -> None:
        self._offset = 0 if self.wrapping else max(self._offset + by * _SHIFT, 0)
        self._changed()

    def on_mouse_scroll_up(self) -> None:
        self.set_following(False)

    def watch_scroll_y(self, old: float, new: float) -> None:
        super().watch_scroll_y(old, new)
        self._broken = None

    def on_resize(self) -> None:
        self.show(self.view)

    # -- drawing

    def render_line(self, y: int) -> Strip:
        width, base = self._columns, self.rich_style
        if not len(self.view):
            if y:
                return Strip.blank(width, base)
            dim = self.get_component_rich_style("output--dim")
            return Strip([Segment(elide(self.empty_text, width, "end"), dim)]).adjust_cell_length(width, base)
        if not self.wrapping:
            at = self.scroll_offset.y + y
            strips = self._rows(at) if at < len(self.view) else []
            return strips[0] if strips else Strip.blank(width, base)
        if self._broken is None:
            self._broken = list(self._below(self.scroll_offset.y, self._skipped))
        return self._broken[y] if y < len(self._broken) else Strip.blank(width, base)

    def _below(self, line: int, skipped: int) -> Iterator[Strip]:
        """Rows from there on, enough to fill the screen and one more."""
        count = 0
        while line < len(self.view) and count <= self.size.height:
            for strip in self._rows(line)[skipped:]:
                count += 1
                yield strip
            line, skipped = line + 1, 0

    def _rows(self, at: int) -> list[Strip]:
        """A line as the rows that it takes on the screen."""
        width, base = self._columns, self.rich_style
        dim = self.get_component_rich_style("output--dim")
        if not self.view.ready(at):
            self._want(at)
            return [Strip([Segment("  " + MARK, dim)]).adjust_cell_length(width, base)]
        line = self.view[at]
        lead = [Segment(_clock(line.time), dim)] if self.timed else []
        style = base
        if at + self.view.dropped_lines == self.found:
            style = self.get_component_rich_style("output--found")
        elif line.stream is OutputStream.ERR:
            style = self.get_component_rich_style("output--error")
        lead.append(Segment(_GUTTER[line.stream], style))
        gutter = Strip(lead)
        room = max(width - gutter.cell_length, 1)
        text = self._text(line, at, style, room)
        if not self.wrapping:
            strips = [_window(text, self._offset, room, style)]
        else:
            strips = list(_broken(text, room))
        rest = Strip([Segment(" " * gutter.cell_length, style)])
        return [
            Strip.join([gutter if not row else rest, strip]).adjust_cell_length(width, style if style != base else base)
            for row, strip in enumerate(strips)
        ]

    def _text(self, line: OutputLine, at: int, style: Style, room: int) -> Strip:
        """The line, which may have 64 KiB; where it is cut, as much of it as can be in sight."""
        text = line.text.removesuffix("\r")
        if self.raw:
            parts = [Styled(text, "")]
        else:
            parts = rendered(text, _codes_before(self.view.before(at)))
        segments: list[Segment] = []
        needed = len(text) * _TAB if self.wrapping else self._offset + room
        column = 0
        for part in parts:
            piece = part.text[: needed + 1 - column]
            if not self.raw:
                piece = _expanded(piece, column)
            shown = printable(piece)
            codes = sgr_style(SGR + part.codes) if part.codes else None
            segments.append(Segment(shown, style + codes if codes is not None else style))
            column += len(shown)
            if column > needed:
                break
        return Strip(segments)

    def _want(self, at: int) -> None:
        if self._asked is None or not self._asked[0] <= at < self._asked[1]:
            self._asked = (max(at - _AROUND, 0), min(at + _AROUND, len(self.view)))
            self.post_message(self.Wanted(*self._asked))


def _window(text: Strip, offset: int, room: int, style: Style) -> Strip:
    """The part of a line that is in sight; a mark stands where something was left out."""
    shown = text.crop(offset, offset + room)
    if text.cell_length > offset + room:
        shown = Strip.join([shown.crop(0, room - 1).adjust_cell_length(room - 1), Strip([Segment(MARK, style)])])
    if offset and text.cell_length:
        shown = Strip.join([Strip([Segment(MARK, style)]), shown.crop(1)])
    return shown


def _broken(line: Strip, room: int) -> Iterator[Strip]:
    """The line in rows of so many columns, in a time that grows with its length: `Strip.divide` takes its square."""
    row: list[Segment] = []
    free = room
    for text, style, _ in line:
        start = 0
        if text.isascii():
            while len(text) - start > free:
                row.append(Segment(text[start : start + free], style))
                yield Strip(row)
                start, row, free = start + free, [], room
            free -= len(text) - start
        else:
            for at, character in enumerate(text):
                width = get_character_cell_size(character)
                if width > free:
                    row.append(Segment(text[start:at], style))
                    yield Strip(row)
                    start, row, free = at, [], room
                free -= width
        row.append(Segment(text[start:], style))
    yield Strip(row)


def _expanded(text: str, column: int) -> str:
    """Tabs as spaces, in a text that begins at that column."""
    return (" " * (column % _TAB) + text).expandtabs(_TAB)[column % _TAB :] if "\t" in text else text


@lru_cache(maxsize=256)
def _codes_before(data: bytes) -> str:
    return codes_after(data.decode("utf-8", "replace")) if b"\x1b" in data else ""


def _clock(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{time.strftime('%H:%M:%S', time.localtime(seconds))}.{rest // 10_000_000:02d} "
