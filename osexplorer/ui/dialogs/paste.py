"""Names are taken where something is to be pasted: what to do with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.display import display
from osexplorer.model.operations import Clash, Clipboard
from osexplorer.ui.dialogs.base import Dialog, Text

_MOST = 8


class PasteDialog(Dialog[Clash]):
    """Dismisses with what to do; nothing is overwritten without an answer.

    Args:
        names: those that are taken, raw.
        to: the directory.
    """

    HINTS: ClassVar[str] = "k keep both · r replace · s skip · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "answer('KEEP_BOTH')", show=False),
        Binding("r", "answer('REPLACE')", show=False),
        Binding("s", "answer('SKIP')", show=False),
    ]

    def __init__(self, board: Clipboard, names: Sequence[str], to: str) -> None:
        super().__init__("Names are taken")
        self.board, self.names, self.to = board, names, to

    def body(self) -> ComposeResult:
        verb = "move" if self.board.cut else "copy"
        lines = [f"{len(self.names):,} of {len(self.board.targets):,} to {verb} to {display(self.to)}:"]
        lines += [f"  {display(name)}" for name in self.names[:_MOST]]
        if len(self.names) > _MOST:
            lines.append(f"  and {len(self.names) - _MOST:,} more")
        lines += [
            "",
            "k  keep both: what comes gets another name, as notes (2).txt",
            "r  replace: what is there goes to the trash; directories are merged",
            f"s  skip: do not {verb} these",
        ]
        yield Text("\n".join(lines))

    def action_answer(self, name: str) -> None:
        self.dismiss(Clash[name])
