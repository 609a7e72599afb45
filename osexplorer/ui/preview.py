"""The preview of a file: what is in it, as far as it is in sight. Nothing that a file holds reaches the terminal as it
is: every line is made of printable text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from osexplorer.model.preview import NoContent, PictureContent, Preview
from osexplorer.ui.preview_lines import Fixed, Lines, cells_of, head_of, lines_of
from osexplorer.ui.rowlist import Span
from osexplorer.ui.rowlist.cells import MARK
from osexplorer.ui.rowlist.look import STYLES

_SHIFT = 8
_UPPER_HALF = "▀"


class PreviewView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows what is in one file. Its keys are actions of the pane that it is in.

    Args:
        look: looks into a path; the second argument says whether a person asked for it.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"preview--{name}" for name in STYLES}
    DEFAULT_CSS = """
    PreviewView {
        height: 1fr; width: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        background: $surface; color: $foreground;
        & > .preview--dim { color: $muted; }
        & > .preview--strong { text-style: bold; }
        & > .preview--accent { color: $accent; }
        & > .preview--good { color: $success; }
        & > .preview--bad { color: $error; }
        & > .preview--warn { color: $warning; }
        & > .preview--directory { color: $primary; text-style: bold; }
        & > .preview--link { color: $accent; }
        & > .preview--broken { color: $error; text-style: underline; }
        & > .preview--executable { color: $success; text-style: bold; }
        & > .preview--special { color: $warning; text-style: underline; }
    }
    PreviewView.-below { border-top: solid $frame; }
    PreviewView.-below:focus { border-top: solid $primary; }
    PreviewView.-below:nocolor:focus { border-top: heavy $foreground; }
    """

    def __init__(self, look: Callable[[str, bool], Awaitable[Preview]]) -> None:
        super().__init__()
        self._look = look
        self._looking: asyncio.Task[None] | None = None
        self._wanted: tuple[str, Hashable] | None = None
        self._head: list[list[Span]] = []
        self._lines: Lines = Fixed(())
        self._offset = 0
        self._made_for = -1
        self.preview: Preview | None = None
        self.as_bytes = False
        self.stale = False

    # -- what the pane calls

    def want(self, path: str, stamp: Hashable, asked: bool = False) -> None:
        """Look into `path`, unless that was done for this `stamp`. What is looked into until now is given up.

        Args:
            stamp: is another one when the file has changed.
            asked: whether a person asked for it.
        """
        if (path, stamp) == self._wanted and not asked:
            return
        self._wanted = path, stamp
        self._give_up()
        self._looking = asyncio.create_task(self._look_into(path, asked))

    def forget(self) -> None:
        """Another file is selected: what is shown is out of date."""
        self._give_up()
        self._wanted = None
        if self.preview is not None and not self.stale:
            self.stale = True
            self.refresh()

    def show_message(self, text: str) -> None:
        """Show no file, and why."""
        self.forget()
        self._show(Preview("", (), NoContent(text)))

    @property
    def held_back(self) -> bool:
        """Whether what is shown would be read if a person asked for it."""
        content = self.preview.content if self.preview is not None else None
        return isinstance(content, NoContent) and content.held_back

    def move(self, by: int) -> None:
        """Scroll by lines."""
        self._go(self.scroll_offset.y + by)

    def page(self, by: int) -> None:
        """Scroll by pages."""
        self._go(self.scroll_offset.y + by * max(self.lines_in_sight - 1, 1))

    def go_first(self) -> None:
        """To the beginning."""
        self._go(0)

    def go_last(self) -> None:
        """To the end."""
        self._go(self.virtual_size.height)

    def sideways(self, by: int) -> None:
        """Scroll long lines."""
        self._offset = max(self._offset + by * _SHIFT, 0)
        self.refresh()

    def show_as_bytes(self, as_bytes: bool) -> None:
        """Show text as bytes, or as text again."""
        self.as_bytes = as_bytes
        self._make()
        self.go_first()

    @property
    def lines_in_sight(self) -> int:
        """How many lines there is room for."""
        return self.scrollable_content_region.height

    # -- looking

    async def _look_into(self, path: str, asked: bool) -> None:
        preview = await self._look(path, asked)
        self.stale = False
        if preview != self.preview:
            same = self.preview is not None and preview.path == self.preview.path
            self._show(preview)
            if not same:
                self._offset = 0
                self.as_bytes = False
                self._make()
                self._go(0)
        self.refresh()

    def _give_up(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _show(self, preview: Preview) -> None:
        self.preview, self.stale = preview, False
        self._make()

    def _make(self) -> None:
        """Make the lines anew: there is another file, or another width."""
        width = self.scrollable_content_region.width
        self._made_for = width
        if self.preview is None or not width:
            return
        self._head = head_of(self.preview, width)
        self._lines = lines_of(self.preview, width, self.as_bytes)
        self.virtual_size = Size(width, len(self._head) + len(self._lines))
        self.refresh()

    def _go(self, y: int) -> None:
        last = max(self.virtual_size.height - self.lines_in_sight, 0)
        self.scroll_to(y=max(min(y, last), 0), animate=False, force=True)

    def on_resize(self) -> None:
        if self.scrollable_content_region.width != self._made_for:
            self._make()

    def on_unmount(self) -> None:
        self._give_up()

    # -- drawing

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self.rich_style
        at = self.scroll_offset.y + y - len(self._head)
        if at >= len(self._lines):
            return Strip.blank(width, base)
        if at < 0:
            return self._strip(self._head[at], 0, width, base)
        content = self.preview.content if self.preview is not None else None
        if isinstance(content, PictureContent) and content.pixels:
            return self._picture_line(content, at, width, base)
        if self._lines.advance(at):
            self.call_later(self._advance, at)
        return self._strip(self._lines.line(at, self._offset + width), self._offset, width, base)

    def _advance(self, at: int) -> None:
        """Colours of a line far below are found in small steps, so that keys come in between."""
        if at < len(self._lines) and self._lines.advance(at):
            self.call_later(self._advance, at)
        else:
            self.refresh()

    def _strip(self, spans: list[Span], offset: int, width: int, base: Style) -> Strip:
        dim = self.get_component_rich_style("preview--dim", partial=True)
        segments = [Segment(text, self._style(name, base, dim)) for text, name in spans if text]
        strip = Strip(segments)
        if strip.cell_length - offset > width:
            strip = Strip([*strip.crop(offset, offset + width - 1), Segment(MARK, base + dim)])
        elif offset:
            strip = strip.crop(min(offset, strip.cell_length), strip.cell_length)
        return strip.adjust_cell_length(width, base)

    def _style(self, name: str, base: Style, dim: Style) -> Style:
        if self.stale:
            return base + dim
        return base + self.get_component_rich_style(f"preview--{name}", partial=True) if name else base

    def _picture_line(self, content: PictureContent, at: int, width: int, base: Style) -> Strip:
        segments: list[Segment] = []
        for upper, lower in cells_of(content, width)(at):
            style = Style(color=_colour(upper), bgcolor=_colour(lower)) if lower else Style(color=_colour(upper))
            segments.append(Segment(_UPPER_HALF, base + style))
        return Strip(Segment.simplify(segments)).adjust_cell_length(width, base)


def _colour(pixel: bytes) -> Color:
    return Color.from_rgb(*pixel)
