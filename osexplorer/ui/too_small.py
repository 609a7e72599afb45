"""What a terminal that is too small shows instead of panes."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from osexplorer.ui.arrangement import MINIMUM


class TooSmall(Widget):
    """Says how large the terminal has to be; shown by the main screen's class ``-too-small``."""

    DEFAULT_CSS = "TooSmall { display: none; width: 1fr; height: 1fr; color: $warning; }"

    def render_line(self, y: int) -> Strip:
        width, height = self.app.size
        lines = (
            "Too small",
            f"now {width}x{height}",
            f"need {MINIMUM[0]}x{MINIMUM[1]}",
            "q quits",
        )
        text = lines[y] if y < len(lines) else ""
        return Strip([Segment(text[: self.size.width], self.rich_style)]).adjust_cell_length(
            self.size.width, self.rich_style
        )
