"""The files that a process has open."""

from __future__ import annotations

from typing import ClassVar

from osexplorer.model.errors import OSExplorerError
from osexplorer.model.process_details import OpenFile
from osexplorer.model.processes import Process
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

_COLUMNS = [
    Column("fd", "FD", 5, align="right"),
    Column("access", "For", 4, priority=1),
    Column("position", "At byte", 12, priority=2, align="right"),
    Column("target", "Open", 20, flex=1, elide="middle"),
]


class OpenFilesDialog(Picker[OpenFile]):
    """Lists descriptors; dismisses with the one chosen, for a jump to its file."""

    WIDE = True
    HINTS: ClassVar[str] = "type to filter · Enter go to the file · Esc close"
    DEFAULT_CSS = "OpenFilesDialog.-wide > #frame { height: 90%; max-height: 90%; }"

    def __init__(self, session: Session, process: Process) -> None:
        super().__init__(f"Files open in process {process.pid}, {process.name}", (), _COLUMNS, _cell, _text)
        self.session, self.process = session, process

    def on_mount(self) -> None:
        self.query_one(RowList).set_empty("Reading…")
        self.begin(self._read())

    async def _read(self) -> None:
        rows = self.query_one(RowList)
        try:
            self.choices = await self.session.processes.open_files(self.process.id)
        except OSExplorerError as error:
            rows.set_empty(str(error), "bad")
            return
        rows.set_empty("Nothing is open" if not self.choices else "Nothing has all of these words")
        if isinstance(rows.source, TableSource):
            rows.source.set_rows(self.matches(self.query_one(Field).value.lower().split()))
        rows.rows_changed()

    def choose(self, choice: OpenFile) -> None:
        if choice.target.startswith("/"):
            self.dismiss(choice)


def _cell(file: OpenFile, column: str) -> Cell:
    match column:
        case "fd":
            return str(file.fd)
        case "access":
            return file.access
        case "position":
            return Span("" if file.position is None else str(file.position), "dim")
        case _:
            return file.target if file.target.startswith("/") else Span(file.target, "dim")


def _text(file: OpenFile) -> str:
    return f"{file.target} {file.fd}"
