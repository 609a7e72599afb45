"""The processes pane: every process of the machine, live."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from osexplorer.model.display import display
from osexplorer.model.process_details import OpenFile
from osexplorer.model.processes import Process, ProcessId, ProcessTable
from osexplorer.model.units import count_text, size_text
from osexplorer.ui.messages import GoTo
from osexplorer.ui.pane import Pane
from osexplorer.ui.panes.process_rows import COLUMNS, ProcessRows
from osexplorer.ui.rowlist import Column, RowList
from osexplorer.ui.rowlist.marks import KeyMarks
from osexplorer.ui.rowlist.sorting import next_sort

_WIDE = 110
"""Cells from which there is room for whole paths in command lines."""


class ProcessesPane(Pane):
    """A row for each process, by identity. The cursor stays on its process when the list moves; on the first row, and
    when it follows none, it stays on the first row, so that the busiest are in sight. A dialog pauses the list."""

    SCOPE = "processes"

    def content(self) -> ComposeResult:
        self.source = ProcessRows()
        self.followed: Process | None = None
        yield RowList(COLUMNS, self.source, marking=KeyMarks(self.source, self.source.names))

    def on_mount(self) -> None:
        self.source.of_machine = self.explorer.settings.cpu_unit == "machine"
        self.rows.set_empty("Reading the process table…")
        self.rows.set_sort(self.source.sort_column, self.source.reverse)
        self.follow(self.session.processes.feed, self._show)

    # -- showing

    def _show(self, table: ProcessTable) -> None:
        if not table.taken and table.error is None:
            return
        if self.app.screen is not self.screen and self.source.table is not None:
            self._retitle(paused=True)
            return
        rows = self.rows
        resting = rows.cursor == 0 and rows.scroll_offset.y == 0 and self.followed is None
        self.source.show(table)
        rows.set_stale(table.error is not None)
        self._changed(keep=not resting)
        self._check_followed(table)
        self._retitle()

    def _changed(self, keep: bool = True) -> None:
        rows, source = self.rows, self.source
        table = source.table
        if table is not None and table.error is not None and not table.rows:
            rows.set_empty(str(table.error), "bad")
        else:
            rows.set_empty("No process matches the filter" if source.filter else "There are no processes to see")
        first = source.key(0) if len(source) and not keep else None
        rows.rows_changed(self.followed.id if self.followed is not None else first)

    def _check_followed(self, table: ProcessTable) -> None:
        followed = self.followed
        if followed is None or table.error is not None:
            return
        now = next((row for row in table.rows if row[:2] == followed[:2]), None)
        if now is None:
            self.followed = None
            self.say(f"Process {followed.pid} ({display(followed.command)}) has exited")
        else:
            self.followed = now

    def _retitle(self, paused: bool = False) -> None:
        table = self.source.table
        if table is None:
            return
        totals = table.totals
        shown, count = len(self.source), totals.processes
        title = [f"{shown} of {count}" if self.source.filter and not self.source.as_tree else str(count)]
        title += [count_text(totals.zombies, "zombie")] if totals.zombies else []
        title += [f"{totals.hidden} hidden from us"] if totals.hidden else []
        title += [f"following {self.followed.pid}"] if self.followed is not None else []
        title += ["paused"] if paused else []
        if table.error is not None:
            title.append(f"stale: {table.error.strerror}")
        unit = f"CPU% of all {totals.cores} cores" if self.source.of_machine else "CPU% of one core"
        status = [unit]
        if totals.load is not None:
            status.append("load " + " ".join(f"{value:.2f}" for value in totals.load))
        if totals.memory_total is not None and totals.memory_available is not None:
            status.append(f"{size_text(totals.memory_available)} of {size_text(totals.memory_total)} free")
        while len(status) > 1 and len(" · ".join(status)) > self.status_room:
            status.pop()
        self.retitle(" · ".join(title), " · ".join(status))

    def on_resize(self) -> None:
        super().on_resize()
        self.source.guides = max(self.size.width // 8, 6)
        self.source.brief = self.size.width < _WIDE
        self._retitle()

    def resume(self) -> None:
        """A dialog was closed: show what has happened meanwhile."""
        if self.is_mounted:
            self._show(self.session.processes.feed.value)

    # -- filter and sort

    def apply_filter(self, text: str) -> None:
        self.source.filter = text
        self.source.arrange()
        self._changed()
        self._retitle()

    def apply_sort(self, column: Column) -> None:
        self.source.sort_column, self.source.reverse = next_sort(self.rows, column)
        self.rows.set_sort(self.source.sort_column, self.source.reverse)
        self.source.arrange()
        self._changed()

    # -- which apply

    def has_process(self) -> bool:
        return self.rows.cursor_key is not None

    def _under_cursor(self) -> Process | None:
        return self.source.row(self.rows.cursor_key)

    # -- actions

    def show_key(self, key: object) -> None:
        """A jump from another pane leads here with a number or a :class:`ProcessId`."""
        if not isinstance(key, ProcessId):
            key = next((row.id for row in self.session.processes.feed.value.rows if row.pid == key), None)
        if key is None or not self.rows.move_to_key(key):
            self.say("That process is not in the list", problem=True)

    def action_refresh(self) -> None:
        self.work(self.session.processes.refresh())

    def action_tree(self) -> None:
        self.source.as_tree = not self.source.as_tree
        self.source.arrange()
        self._changed()
        self._retitle()

    def action_share(self) -> None:
        self.source.of_machine = not self.source.of_machine
        self.rows.redraw()
        self._retitle()

    def action_follow(self) -> None:
        row = self._under_cursor()
        following = self.followed is not None and row is not None and row[:2] == self.followed[:2]
        self.followed = None if following else row
        self._retitle()

    def action_signal(self) -> None:
        from osexplorer.ui.dialogs.signal import signal_processes

        chosen = [row for key in self.rows.chosen if (row := self.source.row(key)) is not None]
        if chosen:
            self.work(signal_processes(self, chosen), lambda _: self.resume())

    def action_open_files(self) -> None:
        from osexplorer.ui.dialogs.open_files import OpenFilesDialog

        if (row := self._under_cursor()) is not None:
            self.app.push_screen(OpenFilesDialog(self.session, row), self._go_to_file)

    def _go_to_file(self, file: OpenFile | None) -> None:
        self.resume()
        if file is not None:
            self.post_message(GoTo("files", path=file.target))

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        from osexplorer.ui.dialogs.process_details import ProcessDetailsDialog

        if (row := self.source.row(event.key)) is not None:
            self.app.push_screen(ProcessDetailsDialog(self.session, row), lambda _: self.resume())

    @on(RowList.CursorMoved)
    def _moved(self, event: RowList.CursorMoved) -> None:
        """The person moved on: following ends."""
        if self.followed is not None and event.key != self.followed.id and self.source.row(self.followed.id):
            self.followed = None
            self._retitle()
