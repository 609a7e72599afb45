"""The tab bar: which panes there are, on a screen that shows one at a time."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from osexplorer.ui.actions import SCOPES
from osexplorer.ui.arrangement import PANES

_SHORT = {"inspector": "Inspect", "environment": "Env", "processes": "Procs", "children": "Children"}


class TabBar(Widget):
    """One line: the number and the name of every pane, the focused one marked."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tab-bar--current"}
    DEFAULT_CSS = """
    TabBar { height: 1; width: 1fr; background: $surface; color: $muted; }
    TabBar > .tab-bar--current { color: $primary; text-style: bold reverse; }
    """

    class Chosen(Message):
        """A click on a tab."""

        def __init__(self, scope: str) -> None:
            super().__init__()
            self.scope = scope

    def __init__(self) -> None:
        super().__init__()
        self._current = ""

    def show(self, scope: str) -> None:
        """Mark a pane as the focused one."""
        if scope != self._current:
            self._current = scope
            self.refresh()

    def _tabs(self) -> list[tuple[str, str]]:
        """Scope and label of each tab, shortened until they fit."""
        width = self.size.width
        for names in (SCOPES, {**SCOPES, **_SHORT}, {scope: SCOPES[scope][:3] for scope in PANES}):
            tabs = [(scope, f" {at} {names[scope]} ") for at, scope in enumerate(PANES, 1)]
            if sum(len(label) for _, label in tabs) <= width:
                return tabs
        return [(scope, f" {at} ") for at, scope in enumerate(PANES, 1)]

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        current = base + self.get_component_rich_style("tab-bar--current", partial=True)
        segments = [Segment(label, current if scope == self._current else base) for scope, label in self._tabs()]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        x = event.x
        for scope, label in self._tabs():
            if x < len(label):
                self.post_message(self.Chosen(scope))
                return
            x -= len(label)
