"""The line in which the filter of a pane is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Input

from osexplorer.ui.field import Field


class FilterLine(Field):
    """One line at the bottom of a pane. ``Enter`` keeps the filter, ``Esc`` clears it.

    Args:
        changed: called with the text whenever it has changed.
        closed: called when the line is to be left.
        hint: stands in the empty line.
    """

    KEYS = (("Enter", "Keep the filter"), ("Esc", "Clear it"))
    """For the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "drop", "Clear", show=False),
        Binding("down", "keep", "Keep", show=False),
    ]
    DEFAULT_CSS = "FilterLine { dock: bottom; padding: 0 0 0 2 !important; }"

    def __init__(self, changed: Callable[[str], None], closed: Callable[[], None], hint: str) -> None:
        super().__init__(placeholder=hint)
        self._tell_changed, self._tell_closed = changed, closed

    def render_lines(self, crop: Region) -> list[Strip]:
        """With a sign in front, for a line that stays in sight while it filters."""
        lines = super().render_lines(crop)
        if lines and crop.x == 0:
            lines[0] = Strip.join((Strip([Segment("/ ", self.rich_style)]), lines[0].crop(2)))
        return lines

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell_changed(event.value)

    def action_drop(self) -> None:
        self.value = ""
        self.action_keep()

    async def action_submit(self) -> None:
        self.action_keep()

    def action_keep(self) -> None:
        self._tell_closed()
