"""The list inside a dialog that edits what is listed: its keys belong to the dialog, which is as high as it needs."""

from __future__ import annotations

from textual.widget import Widget

from osexplorer.ui.rowlist import RowList
from osexplorer.ui.rowlist.source import Key

_UNUSED = frozenset({"sort", "filter", "mark", "mark_all", "mark_others", "mark_pattern", "unmark_pattern"})
_LEAST = 4
"""Lines that there is room for at least, its header among them: for the rows that are added first."""
_SHORT = 1 / 3
"""The part of the screen that a short list may take: around it the frame is no higher than it needs."""


class PlainList(RowList):
    """A list that is neither sorted nor filtered nor marked."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return False if action in _UNUSED else super().check_action(action, parameters)

    def rows_changed(self, cursor: Key | None = None) -> None:
        super().rows_changed(cursor)
        self._fit()

    def on_resize(self) -> None:
        super().on_resize()
        self._fit()

    def _fit(self) -> None:
        """Let the frame be as high as its content while the list is short."""
        frame, lines = self.parent, max(len(self.source) + 1, _LEAST)
        short = lines <= self.app.size.height * _SHORT
        self.styles.height = lines if short else "1fr"
        if isinstance(frame, Widget):
            frame.set_class(short, "-short")
