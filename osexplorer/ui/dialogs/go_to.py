"""Type a path to go to, with completion."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.display import display, undisplay
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.typed_path import Candidate, Completion
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

_COLUMNS = [Column("name", "Completions", 12, flex=1, sortable=False)]


class GoToDialog(Dialog[str]):
    """Dismisses with the absolute path that was meant.

    Args:
        start: what the field begins with, raw.
        here: the directory that a relative path begins at.
    """

    HINTS: ClassVar[str] = "Tab complete · ↑ ↓ choose · Enter go · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False, priority=True),
        Binding("down", "choose(1)", show=False, priority=True),
        Binding("up,shift+tab", "choose(-1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    GoToDialog > #frame { height: 60%; max-height: 24; }
    GoToDialog RowList { height: 1fr; margin-top: 1; }
    """

    def __init__(self, session: Session, start: str, here: str) -> None:
        super().__init__("Go to")
        self.session, self.start, self.here = session, start, here
        self.completion = Completion("", "", ())
        self._chosen = -1
        self._written = ""
        """What was put into the field by a choice, not typed."""
        self._offered = display(start)
        """What stood in the field at first; ``""`` once something was chosen, which may follow it."""
        self._asking: asyncio.Task[None] | None = None

    def body(self) -> ComposeResult:
        yield Field(display(self.start))
        yield Text("A directory or file; or begin anew with / ~ (home) $NAME", classes="hint")
        self._source: TableSource[tuple[int, Candidate]] = TableSource(lambda row: row[0], _cell)
        rows = RowList(_COLUMNS, self._source, marks=False)
        rows.can_focus = False
        yield rows

    @property
    def typed(self) -> str:
        """What stands in the field, raw; without the path that was offered where another one was begun behind it.

        A name here that begins as paths do is typed behind ``./``.
        """
        value, offered = self.query_one(Field).value, self._offered
        behind = value.removeprefix(offered) if offered.endswith("/") else value
        return undisplay(behind if behind != value and behind.startswith(("/", "~", "$")) else value)

    def on_mount(self) -> None:
        field = self.query_one(Field)
        field.focus()
        field.cursor_position = len(field.value)
        self._ask()

    # -- what could follow

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        field = self.query_one(Field)
        if field.value != self._written:
            if self.typed != undisplay(field.value):
                self._write(self.typed)
            self._ask()

    def _ask(self) -> None:
        self._written = ""
        if self._asking is not None:
            self._asking.cancel()
        self._asking = self.begin(self._complete(self.typed))

    async def _complete(self, text: str) -> None:
        try:
            found = await self.session.typed_paths.complete(text, self.here)
        except OSExplorerError as error:
            found = Completion(text, text, (), str(error))
        if text == self.typed:
            self._show(found)

    def _show(self, found: Completion) -> None:
        self.completion, self._chosen = found, -1
        rows = self.query_one(RowList)
        rows.set_empty(found.problem or "Nothing begins with this", "bad" if found.problem else "dim")
        self._source.set_rows(enumerate(found.candidates))
        rows.lit = False
        rows.rows_changed()
        rows.move_to(0)

    # -- keys

    async def action_complete(self) -> None:
        """As far as there is no choice; then through the choices."""
        if self._asking is not None:
            await asyncio.wait({self._asking})
        if self._chosen < 0 and (common := self.completion.common) != self.completion.text:
            self._offered = ""
            self._write(common)
            self._ask()
        else:
            self.action_choose(1)

    def action_choose(self, by: int) -> None:
        """Put the next completion into the field."""
        count = len(self.completion.candidates)
        if not count:
            return
        self._chosen = (self._chosen + by) % count if self._chosen >= 0 or by > 0 else count - 1
        rows = self.query_one(RowList)
        rows.lit = True
        rows.move_to(self._chosen)
        rows.redraw()
        self._offered = ""
        self._write(self.completion.whole(self.completion.candidates[self._chosen]))

    def _write(self, raw: str) -> None:
        field = self.query_one(Field)
        self._written = display(raw)
        field.value = self._written
        field.cursor_position = len(field.value)

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        self._go(self.completion.whole(self.completion.candidates[event.index]))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._go(self.typed)

    def _go(self, text: str) -> None:
        if text:
            self._asking = self.begin(self._resolve(text))

    async def _resolve(self, text: str) -> None:
        self.dismiss(await self.session.typed_paths.resolve(text, self.here))


def _cell(row: tuple[int, Candidate], column: str) -> Cell:
    name, directory = row[1]
    return [Span(name, "directory"), Span("/", "dim")] if directory else Span(name)
