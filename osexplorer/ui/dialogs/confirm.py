"""Ask before something that cannot be taken back."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.ui.dialogs.base import Dialog, Text


class Confirm(Dialog[bool]):
    """Dismisses with True for ``y``, None for ``n`` and ``Esc``. ``Enter`` alone does nothing.

    Args:
        title: the question.
        detail: what exactly will happen, to what.
    """

    HINTS: ClassVar[str] = "y yes · n no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", show=False),
        Binding("n", "close", "No", show=False),
    ]

    def __init__(self, title: str, detail: str = "") -> None:
        super().__init__(title)
        self.detail = detail

    def body(self) -> ComposeResult:
        yield Text(self.detail)

    def action_yes(self) -> None:
        self.dismiss(True)
