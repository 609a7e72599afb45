"""What the keys that move the cursor of a list do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osexplorer.ui.rowlist.source import RowSource


class MovingKeys:
    """Mix it into the list."""

    if TYPE_CHECKING:
        source: RowSource
        _cursor: int

        @property
        def page(self) -> int:
            """Rows that are in sight."""

        def move_to(self, index: int) -> None:
            """Put the cursor on a row."""

    def action_down(self) -> None:
        self.move_to(self._cursor + 1)

    def action_up(self) -> None:
        self.move_to(self._cursor - 1)

    def action_page_down(self) -> None:
        self.move_to(self._cursor + max(self.page - 1, 1))

    def action_page_up(self) -> None:
        self.move_to(self._cursor - max(self.page - 1, 1))

    def action_half_page_down(self) -> None:
        self.move_to(self._cursor + max(self.page // 2, 1))

    def action_half_page_up(self) -> None:
        self.move_to(self._cursor - max(self.page // 2, 1))

    def action_first(self) -> None:
        self.move_to(0)

    def action_last(self) -> None:
        self.move_to(len(self.source) - 1)
