"""The lines that a child wrote, drawn as they are needed."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from osexplorer.model.output import OutputLine, OutputStream, OutputView
from osexplorer.ui.field import printable
from osexplorer.ui.rowlist.cells import elide, shift, width_of

_GUTTER = {OutputStream.OUT: "  ", OutputStream.ERR: "! "}
_SHIFT = 8
_TAB = 8


class OutputLines(ScrollView, can_focus=True, inherit_bindings=False):
    """Scrolls through a view of some output. Lines of standard error begin with ``!``.

    While it follows, it shows the end; otherwise the line on top stays, whatever is added or dropped.
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
        background: $surface; color: $foreground;
        & > .output--error { color: $error; }
        & > .output--found { background: $primary; color: $background; }
        & > .output--dim { color: $muted; }
        &:nocolor > .output--found, &:ansi > .output--found { text-style: reverse; }
    }
    """

    class FollowChanged(Message):
        """It began or ended to follow."""

    def __init__(self) -> None:
        super().__init__()
        self.view = OutputView()
        self.following = True
        self.found: int | None = None
        """The number of the line that a search found, counted from the first that was ever written."""
        self.empty_text = ""
        self._offset = 0

    def show(self, view: OutputView) -> None:
        """Show another view of the same output."""
        gone = view.dropped_lines - self.view.dropped_lines
        top = self.scroll_offset.y
        self.view = view
        self.virtual_size = Size(self.size.width, len(view))
        if self.following:
            self.scroll_end(animate=False, force=True, immediate=True)
        elif gone:
            self.scroll_to(y=max(top - gone, 0), animate=False, force=True)
        self.refresh()

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
            self.scroll_end(animate=False, force=True)
        self.post_message(self.FollowChanged())

    def find(self, text: str, backwards: bool = False) -> bool:
        """Go to the next line that holds `text`, from the one found before or from the top; whether there is one."""
        base = self.view.dropped_lines
        if self.found is None or self.found < base:
            start = self.scroll_offset.y + (self.size.height - 1 if backwards else 0)
        else:
            start = self.found - base + (-1 if backwards else 1)
        at = self.view.find(text, start, backwards)
        if at is None:
            return False
        self.found = at + base
        self.set_following(False)
        self.scroll_to(y=max(at - self.size.height // 2, 0), animate=False, force=True)
        self.refresh()
        return True

    # -- keys

    def _go(self, y: int) -> None:
        last = max(len(self.view) - self.size.height, 0)
        self.set_following(y >= last and y > self.scroll_offset.y)
        self.scroll_to(y=max(min(y, last), 0), animate=False, force=True)

    def action_move(self, by: int) -> None:
        self._go(self.scroll_offset.y + by)

    def action_page(self, by: int) -> None:
        self._go(self.scroll_offset.y + by * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        self.set_following(False)
        self.scroll_to(y=0, animate=False, force=True)

    def action_last(self) -> None:
        self.set_following(True)

    def action_sideways(self, by: int) -> None:
        self._offset = max(self._offset + by * _SHIFT, 0)
        self.refresh()

    def on_mouse_scroll_up(self) -> None:
        self.set_following(False)

    def on_resize(self) -> None:
        self.show(self.view)

    # -- drawing

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        at = self.scroll_offset.y + y
        if at >= len(self.view):
            if y or len(self.view):
                return Strip.blank(width, base)
            dim = self.get_component_rich_style("output--dim")
            return Strip([Segment(elide(self.empty_text, width, "end"), dim)]).adjust_cell_length(width, base)
        line = self.view[at]
        style = base
        if at + self.view.dropped_lines == self.found:
            style = self.get_component_rich_style("output--found")
        elif line.stream is OutputStream.ERR:
            style = self.get_component_rich_style("output--error")
        text = _GUTTER[line.stream] + self._text(line, width - 2)
        return Strip([Segment(text, style)], width_of(text)).adjust_cell_length(width, base)

    def _text(self, line: OutputLine, width: int) -> str:
        """What is in sight of a line: no more of it is made printable, for it may have 64 KiB."""
        text = line.text.removesuffix("\r").expandtabs(_TAB)
        text = text[: self._offset + width + 1]
        return elide(shift(printable(text), self._offset), width, "end")
