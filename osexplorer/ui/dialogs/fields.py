"""A dialog of several lines to fill in, one below the other."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.display import undisplay
from osexplorer.ui.dialogs.base import Answer, Dialog
from osexplorer.ui.field import Field


class FieldsDialog(Dialog[Answer]):
    """Moves between its fields, and accepts on ``Enter``. A subclass yields the fields and a `Text` ``#problem``, and
    overrides :meth:`accept`, which dismisses or tells what is wrong."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "move(1)", show=False, priority=True),
        Binding("up,shift+tab", "move(-1)", show=False, priority=True),
    ]
    DEFAULT_CSS = "FieldsDialog .meaning { color: $muted; margin-bottom: 1; }"

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._accepting: asyncio.Task[None] | None = None

    def typed(self, name: str) -> str:
        """What stands in the field `name`, raw."""
        return undisplay(self.query_one(f"#{name}", Field).value.strip())

    def action_move(self, by: int) -> None:
        fields = [field for field in self.query(Field) if field.display]
        at = next((at for at, field in enumerate(fields) if field.has_focus), 0)
        fields[(at + by) % len(fields)].focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._accepting is not None:
            self._accepting.cancel()
        self._accepting = self.begin(self.accept())

    async def accept(self) -> None:
        """Check what was typed; dismiss with it, or tell what is wrong."""
        raise NotImplementedError
