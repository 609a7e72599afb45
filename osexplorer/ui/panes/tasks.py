"""The tasks pane: long work, how far it is, what it left out and what went wrong."""

from __future__ import annotations

import time

from textual import on
from textual.app import ComposeResult

from osexplorer.model.errors import Refused
from osexplorer.model.tasks import Task, TaskState
from osexplorer.model.units import count_text, duration_text, size_text
from osexplorer.ui.messages import FooterChanged
from osexplorer.ui.pane import Pane
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource
from osexplorer.ui.task_bar import bar_text

COLUMNS = [
    Column("state", "State", 10, elide="end"),
    Column("progress", "Progress", 12, priority=4, sortable=False),
    Column("done", "Done", 9, priority=3, align="right", descending=True),
    Column("rate", "Rate", 7, priority=6, align="right", descending=True),
    Column("left", "Left", 7, priority=5, align="right"),
    Column("time", "Time", 7, priority=7, align="right", descending=True),
    Column("failed", "Failed", 6, priority=2, align="right", descending=True),
    Column("task", "Task", 12, flex=1, scrolls=True),
    Column("result", "So far", 16, flex=2, priority=1, elide="end"),
]

_STYLES = {
    TaskState.RUNNING: "accent",
    TaskState.PAUSED: "warn",
    TaskState.CANCELLING: "warn",
    TaskState.CANCELLED: "dim",
    TaskState.DONE: "good",
    TaskState.FAILED: "bad",
}


def rate_text(task: Task) -> str:
    """Units a second: ``950/s``, ``31k/s``, ``12M/s``."""
    if task.rate < 1:
        return ""
    if task.unit == "bytes":
        return f"{size_text(int(task.rate))}/s"
    for size, letter in ((1e6, "M"), (1e4, "k")):
        if task.rate >= size:
            return f"{task.rate / (1e3 if letter == 'k' else 1e6):.0f}{letter}/s"
    return f"{task.rate:.0f}/s"


def cell(task: Task, column: str) -> Cell:
    """What a task shows in a column."""
    match column:
        case "state":
            return Span(task.state.value, _STYLES[task.state])
        case "progress":
            return bar_text(task)
        case "done":
            return size_text(task.done) if task.unit == "bytes" else f"{task.done:,}"
        case "rate":
            return rate_text(task)
        case "left":
            return duration_text(task.left) if task.left is not None else ""
        case "time":
            return duration_text(task.elapsed(time.monotonic_ns()) / 1e9)
        case "failed":
            return Span(f"{task.failed:,}", "bad") if task.failed else ""
        case "task":
            return Span(task.title)
        case _:
            return Span(task.result, "dim")


class TasksPane(Pane):
    """A row for each task, the newest on top."""

    SCOPE = "tasks"

    def content(self) -> ComposeResult:
        self.source: TableSource[Task] = TableSource(
            lambda task: task.id,
            cell,
            sort_keys={
                "state": lambda task: task.state.value,
                "done": lambda task: task.done,
                "rate": lambda task: task.rate,
                "left": lambda task: float("inf") if task.left is None else task.left,
                "time": lambda task: task.elapsed(time.monotonic_ns()),
                "failed": lambda task: task.failed,
                "task": lambda task: task.title,
                "result": lambda task: task.result,
            },
            text=lambda task: f"{task.title} {task.state.value}",
        )
        yield RowList(COLUMNS, self.source)

    def on_mount(self) -> None:
        self.rows.set_empty("No long work under way: c in Files counts what lies below a directory")
        self.follow(self.session.tasks.feed, self._show)

    def _show(self, tasks: tuple[Task, ...]) -> None:
        self.source.set_rows(reversed(tasks))
        self.rows.rows_changed()
        unfinished = sum(task.unfinished for task in tasks)
        failed = sum(task.failed for task in tasks)
        failures = count_text(failed, "failure") if failed else ""
        self.retitle(f"{unfinished} unfinished" if unfinished else "", failures)

    def show_key(self, key: object) -> None:
        self._show(self.session.tasks.feed.value)
        super().show_key(key)

    def _chosen(self) -> list[Task]:
        return [task for key in self.rows.chosen if (task := self.source.row(key)) is not None]

    def has_task(self) -> bool:
        return self.rows.cursor_key is not None

    def has_unfinished(self) -> bool:
        return any(task.state in (TaskState.RUNNING, TaskState.PAUSED) for task in self._chosen())

    def can_stop(self) -> bool:
        return any(task.unfinished for task in self._chosen())

    def has_finished(self) -> bool:
        return any(not task.unfinished for task in self._chosen())

    @on(RowList.CursorMoved)
    @on(RowList.MarksChanged)
    def _choice_changed(self, event: RowList.CursorMoved | RowList.MarksChanged) -> None:
        event.stop()
        self.post_message(FooterChanged())

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        from osexplorer.ui.dialogs.task import TaskDialog

        if not isinstance(event.key, int):
            return
        if (run := self.session.runs_over.get(event.key)) is not None:
            from osexplorer.ui.dialogs.over_results import OverResults

            self.app.push_screen(OverResults(self.session, run))
        else:
            self.app.push_screen(TaskDialog(self.session, event.key))

    def action_pause(self) -> None:
        """Pause what runs, or, when nothing of it does, let it go on."""
        tasks, service = self._chosen(), self.session.tasks
        running = [task for task in tasks if task.state is TaskState.RUNNING]
        for task in running or tasks:
            if running:
                service.pause(task.id)
            else:
                service.resume(task.id)

    def action_cancel(self) -> None:
        """Cancel; a second time gives up a call that does not come back."""
        for task in self._chosen():
            self.session.tasks.cancel(task.id)

    def action_remove(self) -> None:
        """Take finished ones off the list."""
        for task in self._chosen():
            try:
                self.session.tasks.remove(task.id)
            except Refused as refusal:
                self.say(str(refusal), problem=True)
