"""One line that says what children inherit beside the variables: working directory, umask, user."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from osexplorer.model.display import display
from osexplorer.model.identity import Identity
from osexplorer.ui.header import Header, who_text
from osexplorer.ui.rowlist.cells import elide, width_of


class InheritLine(Widget):
    """Shows what the header knows, in the words of a launch: ``in /src  umask 022  as ann``."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"inherit--label"}
    DEFAULT_CSS = """
    InheritLine { height: 1; width: 1fr; padding: 0 2; color: $foreground; background: $surface; }
    InheritLine > .inherit--label { color: $muted; }
    """

    def __init__(self, header: Header) -> None:
        super().__init__()
        self.header = header

    def on_mount(self) -> None:
        self.watch(self.header, "path", self._changed)
        self.watch(self.header, "identity", self._changed)

    def _changed(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        label = base + self.get_component_rich_style("inherit--label", partial=True)
        segments: list[Segment] = []
        for name, value in inherited(self.header.path, self.header.identity, width):
            segments += [Segment(f"{name} ", label), Segment(f"{value}  ", base)]
        return Strip(segments).adjust_cell_length(width, base)


def inherited(path: str, identity: Identity | None, width: int) -> list[tuple[str, str]]:
    """Labels and values in at most `width` cells; the directory gives way first."""
    rest = []
    if identity is not None:
        rest = [("umask", f"{identity.umask:03o}"), ("as", who_text(identity))]
    taken = sum(len(label) + width_of(value) + 3 for label, value in rest)
    return [("in", elide(display(path), max(width - taken - 3, 8), "start")), *rest]
