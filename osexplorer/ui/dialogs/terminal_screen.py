"""The screen of a child's terminal, drawn line by line, and the keys typed into it."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from osexplorer.model.display import printable
from osexplorer.model.terminal import Style, TerminalView, key_bytes, paste_bytes

LEAVE = "ctrl+right_square_bracket"
"""The one key that the program on the terminal does not get: Ctrl+], as of telnet(1)."""


class TerminalScreen(Widget, can_focus=True):
    """Shows views of a terminal. While it is :attr:`typing` and has the keyboard, the program gets all keys but one."""

    DEFAULT_CSS = """
    TerminalScreen { width: 1fr; height: 1fr; background: $surface; color: $foreground; }
    """

    class Typed(Message):
        """Keys were typed, or text pasted."""

        def __init__(self, data: bytes) -> None:
            super().__init__()
            self.data = data

    class Left(Message):
        """The key to leave was typed."""

    class Resized(Message):
        """It has another size."""

        def __init__(self, size: Size) -> None:
            super().__init__()
            self.size = size

    def __init__(self) -> None:
        super().__init__()
        self.view: TerminalView | None = None
        self.typing = False

    @property
    def takes_every_key(self) -> bool:
        """Whether not even bindings with priority get a key."""
        return self.typing

    def set_typing(self, typing: bool) -> None:
        """Give keys to the program, or no longer."""
        self.typing = typing
        self._refresh_cursor(self.view)

    def show(self, view: TerminalView) -> None:
        """Show another view; only lines that differ are drawn."""
        before, self.view = self.view, view
        if before is None or (before.columns, before.rows) != (view.columns, view.rows):
            self.refresh()
            return
        width = self.size.width
        changed = [
            Region(0, y, width, 1)
            for y, (old, new) in enumerate(zip(before.lines, view.lines, strict=True))
            if old is not new
        ]
        if changed:
            self.refresh(*changed)
        if before.cursor != view.cursor:
            self._refresh_cursor(before)
            self._refresh_cursor(view)

    def _refresh_cursor(self, view: TerminalView | None) -> None:
        if view is not None and view.cursor is not None:
            self.refresh(Region(0, view.cursor[1], self.size.width, 1))

    # -- keys

    def on_key(self, event: events.Key) -> None:
        if not self.typing:
            return
        event.stop()
        event.prevent_default()
        if event.key == LEAVE:
            self.post_message(self.Left())
        elif self.view is not None and (data := key_bytes(event.key, event.character, self.view.modes)):
            self.post_message(self.Typed(data))

    def on_paste(self, event: events.Paste) -> None:
        if self.typing and self.view is not None:
            event.stop()
            self.post_message(self.Typed(paste_bytes(event.text, self.view.modes)))

    def on_resize(self, event: events.Resize) -> None:
        self.post_message(self.Resized(event.size))

    # -- drawing

    def render_line(self, y: int) -> Strip:
        width, base, view = self.size.width, self.rich_style, self.view
        if view is None or y >= len(view.lines):
            return Strip.blank(width, base)
        segments = [Segment(printable(run.text), base + rich_style(run.style)) for run in view.lines[y].runs]
        strip = Strip(segments).adjust_cell_length(width, base)
        if self.typing and view.cursor is not None and view.cursor[1] == y:
            x = view.cursor[0]
            before, at, after = strip.divide([x, x + 1, width]) if x else (Strip.blank(0), *strip.divide([1, width]))
            strip = Strip.join([before, at.apply_style(RichStyle(reverse=True)), after])
        return strip


@lru_cache(maxsize=2048)
def rich_style(style: Style) -> RichStyle:
    """A terminal's style as Rich draws it."""
    return RichStyle(
        color=_color(style.foreground),
        bgcolor=_color(style.background),
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=style.underline or None,
        strike=style.strike or None,
        reverse=style.reverse or None,
        blink=style.blink or None,
    )


def _color(text: str) -> Color | None:
    if not text:
        return None
    return Color.parse(text) if text.startswith("#") else Color.from_ansi(int(text))
