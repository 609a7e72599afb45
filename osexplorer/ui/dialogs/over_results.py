"""How a run over files goes: how far it is, and a table with a row for each file."""

from __future__ import annotations

import os.path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.display import display
from osexplorer.model.run_over import OneResult, OverState
from osexplorer.model.tasks import TaskState
from osexplorer.model.units import duration_text, size_text
from osexplorer.services.run_over import RunOver
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource
from osexplorer.ui.rowlist.sorting import next_sort
from osexplorer.ui.task_bar import bar_text

_COLUMNS = [
    Column("result", "Result", 18, elide="end"),
    Column("time", "Time", 7, priority=1, align="right", descending=True),
    Column("cpu", "CPU time", 8, priority=2, align="right", descending=True),
    Column("output", "Output", 6, priority=3, align="right", descending=True),
    Column("path", "File", 20, flex=1, scrolls=True, elide="middle"),
]


class OverResults(Dialog[None]):
    """Follows a run until it is closed; the run goes on without it, and its task in pane 7 leads back here."""

    WIDE = True
    HINTS: ClassVar[str] = "Enter output · p pause, go on · c cancel · s sort · Esc close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pause", show=False),
        Binding("c", "cancel", show=False),
    ]
    DEFAULT_CSS = "OverResults #about { margin-bottom: 1; }"

    def __init__(self, session: Session, run: RunOver) -> None:
        super().__init__(f"Run {display(run.feed.value.line)} over files")
        self.session, self.over = session, run
        self._base = _common([result.path for result in run.feed.value.results])

    def body(self) -> ComposeResult:
        self.source: TableSource[OneResult] = TableSource(
            lambda result: result.at,
            self._cell,
            sort_keys={
                "result": lambda result: (result.good, result.text),
                "time": lambda result: result.duration or 0,
                "cpu": lambda result: result.cpu or 0.0,
                "output": lambda result: result.output_bytes,
                "path": lambda result: result.path,
            },
            text=lambda result: f"{result.path} {result.text}",
        )
        yield Text("", id="about")
        yield RowList(_COLUMNS, self.source, marks=False)

    def on_mount(self) -> None:
        self.query_one(RowList).focus()
        self.begin(self._follow())
        self.begin(self._follow_task())

    async def _follow(self) -> None:
        async for state in self.over.feed.watch():
            self.source.set_rows(state.results)
            self.query_one(RowList).rows_changed()
            self._tell(state)

    async def _follow_task(self) -> None:
        async for _ in self.session.tasks.feed.watch():
            self._tell(self.over.feed.value)

    def _tell(self, state: OverState) -> None:
        waiting, running, good, bad = state.counts
        task = self.session.tasks.get(self.over.task_id)
        parts = [bar_text(task), task.state.value] if task is not None else []
        parts += [f"{good:,} well", f"{bad:,} failed", f"{running:,} of {state.most} running", f"{waiting:,} waiting"]
        self.query_one("#about", Text).show("  ".join(parts))

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        from osexplorer.ui.dialogs.output import OutputDialog

        if not isinstance(event.key, int):
            return
        id = self.over.feed.value.results[event.key].id
        if self.session.children.get(id) is not None:
            self.app.push_screen(OutputDialog(self.session, id))
        elif id:
            self.notify("Its row has gone: H in pane 6 has what it wrote", markup=False)

    @on(RowList.SortRequested)
    def _sort(self, event: RowList.SortRequested) -> None:
        event.stop()
        rows = self.query_one(RowList)
        if event.column is not None:
            name, reverse = next_sort(rows, event.column)
            self.source.set_sort(name, reverse)
            rows.set_sort(name, reverse)
            rows.rows_changed()
        else:
            self._next_sort(rows)

    def _next_sort(self, rows: RowList) -> None:
        """``s``: the next column in turn."""
        names = [column.id for column in _COLUMNS]
        at = names.index(rows.sort_column) + 1 if rows.sort_column in names else 0
        name = names[at % len(names)]
        self.source.set_sort(name)
        rows.set_sort(name, False)
        rows.rows_changed()

    def action_pause(self) -> None:
        """Start no further child, or go on."""
        task = self.session.tasks.get(self.over.task_id)
        if task is not None and task.state is TaskState.PAUSED:
            self.session.tasks.resume(task.id)
        else:
            self.session.tasks.pause(self.over.task_id)

    def action_cancel(self) -> None:
        """End those that run, and start no more."""
        self.session.tasks.cancel(self.over.task_id)

    def _cell(self, result: OneResult, column: str) -> Cell:
        match column:
            case "result":
                style = "good" if result.good else "bad" if result.done and result.text != "not run" else "dim"
                return Span(result.text, "accent" if result.id and not result.done else style)
            case "time":
                return duration_text(result.duration / 1e9) if result.duration is not None else ""
            case "cpu":
                return duration_text(result.cpu) if result.cpu is not None else ""
            case "output":
                return size_text(result.output_bytes) if result.output_bytes else ""
            case _:
                return result.path[len(self._base) :]


def _common(paths: list[str]) -> str:
    """The directory that all paths are below, with a slash at its end; ``""`` where there is none to leave out."""
    try:
        base = os.path.commonpath([os.path.dirname(path) for path in paths])
    except ValueError:
        return ""
    return base.rstrip("/") + "/" if base else ""
