"""One task: what came of it, and what could not be done."""

from __future__ import annotations

import time
from typing import ClassVar

from textual.app import ComposeResult

from osexplorer.model.display import display
from osexplorer.model.tasks import Failure, Task
from osexplorer.model.units import duration_text
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

_COLUMNS = [
    Column("path", "Could not be done", 20, flex=1, scrolls=True, sortable=False),
    Column("reason", "Because", 20, flex=2, scrolls=True, sortable=False, elide="end"),
]


class TaskDialog(Dialog[None]):
    """Follows the task with this id until it is closed."""

    WIDE = True
    HINTS: ClassVar[str] = "↑ ↓ move · < > sideways · Esc close"
    DEFAULT_CSS = """
    TaskDialog #about { margin-bottom: 1; }
    """

    def __init__(self, session: Session, id: int) -> None:
        super().__init__("Task")
        self.session = session
        self.task_id = id

    def body(self) -> ComposeResult:
        self.source: TableSource[tuple[int, Failure]] = TableSource(lambda row: row[0], _cell)
        yield Text("", id="about")
        yield RowList(_COLUMNS, self.source, marks=False)

    def on_mount(self) -> None:
        self.query_one(RowList).focus()
        self.begin(self._follow())

    async def _follow(self) -> None:
        async for _ in self.session.tasks.feed.watch():
            task = self.session.tasks.get(self.task_id)
            if task is None:
                return
            self._show(task)

    def _show(self, task: Task) -> None:
        self.retitle(f"{task.title} · {task.state.value}")
        self.query_one("#about", Text).show("\n".join(about(task)))
        rows = self.query_one(RowList)
        if len(self.source) != len(task.failures):
            self.source.set_rows(enumerate(task.failures))
            rows.rows_changed()
        rows.set_empty("Nothing failed so far" if task.unfinished else "Nothing failed")


def _cell(row: tuple[int, Failure], column: str) -> Cell:
    failure = row[1]
    return failure.path if column == "path" else Span(failure.reason, "bad")


def about(task: Task) -> list[str]:
    """How a task stands, in lines; foreign text has passed ``display()``."""
    total = f" of {task.total:,}" if task.total is not None else ""
    lines = [
        f"{task.done:,}{total} {task.unit} done, {task.skipped:,} skipped, {task.failed:,} failed, "
        f"{duration_text(task.elapsed(time.monotonic_ns()) / 1e9)}"
    ]
    if task.result:
        lines.append(task.result)
    if task.current:
        lines.append(f"now at {display(task.current)}")
    if task.failed > len(task.failures):
        lines.append(f"the first {len(task.failures):,} failures are listed")
    return lines
