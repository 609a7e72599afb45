"""The inode flags of one file or several: which are set, what they do, and which shall be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.inode_flags import INODE_FLAGS, MEANINGS, SETTABLE
from osexplorer.model.mode_edit import ModeEdit
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.plain_list import PlainList
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

_ALONE = "set by the file system alone"
_COLUMNS = [
    Column("box", "", 4, sortable=False),
    Column("letter", "", 1, sortable=False),
    Column("name", "Flag", 21, sortable=False),
    Column("meaning", "", 20, flex=1, elide="end", sortable=False, priority=1),
]


class FlagsDialog(Dialog[ModeEdit]):
    """Dismisses with the flags that each file had and shall have.

    Args:
        names: which files; foreign text in it has passed ``display()``.
        flags: of each file.
        detail: what else is to be said.
    """

    WIDE = True
    HINTS: ClassVar[str] = "Space toggle · Enter apply · Esc leave it"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "tick", show=False, priority=True)]
    DEFAULT_CSS = """
    FlagsDialog #about { margin-bottom: 1; }
    """

    def __init__(self, names: str, flags: Sequence[int], detail: str = "") -> None:
        super().__init__(f"Inode flags of {names}")
        self.edit = ModeEdit.of(tuple(flags), (False,) * len(flags))
        self.detail = detail

    def body(self) -> ComposeResult:
        self._source: TableSource[int] = TableSource(lambda bit: bit, self._cell)
        shown = [bit for bit in INODE_FLAGS if bit & SETTABLE or self.edit.has(bit) is not False]
        usual = {"i": -3, "a": -2, "d": -1}
        shown.sort(key=lambda bit: (not bit & SETTABLE, usual.get(INODE_FLAGS[bit][0], 0)))
        self._source.set_rows(shown)
        yield Text("", id="about")
        yield PlainList(_COLUMNS, self._source, marks=False)

    def on_mount(self) -> None:
        self.query_one(RowList).focus()
        self._show()

    def _show(self, problem: str = "") -> None:
        bit = self._under_cursor()
        letter, name = INODE_FLAGS[bit]
        lines = [self.detail, f"{name}: {MEANINGS.get(letter, _ALONE)}", problem or self._state()]
        self.query_one("#about", Text).show("\n".join(filter(None, lines)))
        self.query_one(RowList).redraw()

    def _state(self) -> str:
        altered = [INODE_FLAGS[bit][0] for bit in INODE_FLAGS if self.edit.alters(bit)]
        if altered:
            return f"* {''.join(altered)} will change; Enter applies"
        return "Which of them can be set is the file system's affair"

    def _under_cursor(self) -> int:
        return self._source.rows[max(self.query_one(RowList).cursor, 0)]

    @on(RowList.CursorMoved)
    def _moved(self, event: RowList.CursorMoved) -> None:
        event.stop()
        self._show()

    def _cell(self, bit: int, column: str) -> Cell:
        letter, name = INODE_FLAGS[bit]
        has, altered = self.edit.has(bit), self.edit.alters(bit)
        style = "accent" if altered else "" if bit & SETTABLE else "dim"
        if column == "box":
            mark = "~" if has is None else "x" if has else " "
            return Span(f"[{mark}]{'*' if altered else ' '}" if bit & SETTABLE else f" {mark} ", style)
        if column == "letter":
            return Span(letter, "dim")
        if column == "name":
            return Span(name, style)
        return Span(MEANINGS.get(letter, _ALONE), "dim")

    def action_tick(self) -> None:
        bit = self._under_cursor()
        if not bit & SETTABLE:
            self._show(f"Not by hand: {_ALONE}")
            return
        self.edit = self.edit.toggled(bit)
        self._show()

    @on(RowList.Opened)
    def _apply(self, event: RowList.Opened) -> None:
        event.stop()
        if self.edit.changed:
            self.dismiss(self.edit)
        else:
            self._show("Nothing is changed: Space toggles")
