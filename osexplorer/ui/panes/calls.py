"""The calls pane: every change and every failed call as the `os` call it was, ready to copy as Python."""

from __future__ import annotations

import time

from textual import on
from textual.app import ComposeResult

from osexplorer.model.calls import Call, python_lines
from osexplorer.ui.pane import Pane
from osexplorer.ui.panes.call_rows import COLUMNS, CallRows
from osexplorer.ui.rowlist import Column, RowList
from osexplorer.ui.rowlist.sorting import next_sort
from osexplorer.ui.timers import sure

_WIDE = 110
"""Columns from which the notes have room."""

REST_SECONDS = 0.05
"""How often at most the list takes up new calls."""


class CallsPane(Pane):
    """A row for each call, the newest at the end. On the last row the cursor follows the newest."""

    SCOPE = "calls"

    def content(self) -> ComposeResult:
        self.source = CallRows(self.session.door.log, self.explorer.settings.show_reads)
        self._shown = 0.0
        self._due = False
        yield RowList(lambda width: COLUMNS if width >= _WIDE else COLUMNS[:-1], self.source)

    def on_mount(self) -> None:
        self.rows.set_sort("time", False)
        self.session.door.log.tells_reads = self.source.reads
        self.source.update()
        self._changed(newest=True)
        self.follow(self.session.door.log.feed, self._show)

    # -- showing

    def _show(self, serial: int) -> None:
        """At once after a while of rest; else a little later, together with what comes until then."""
        if self._due:
            return
        wait = self._shown + REST_SECONDS - time.monotonic()
        if wait <= 0:
            self._take_up()
        else:
            self._due = True
            sure(self.set_timer(wait, self._take_up))

    def _take_up(self) -> None:
        self._due = False
        self._shown = time.monotonic()
        following = not self.is_behind()
        if self.source.update():
            self._changed(newest=following)
        else:
            self._retitle()

    def _changed(self, newest: bool = False) -> None:
        source, rows = self.source, self.rows
        if source.filter:
            rows.set_empty("No call matches the filter")
        else:
            rows.set_empty("No change was made yet, and no call failed: t shows successful reads too")
        rows.rows_changed(source.key(len(source) - 1) if newest and len(source) else None)
        self._retitle()

    def _retitle(self) -> None:
        source = self.source
        shown = len(source)
        title = [f"{shown:,} of {source.total:,}" if source.filter else f"{source.total:,}" if source.total else ""]
        title += [f"{source.failed:,} failed"] if source.failed else []
        title += ["reads too"] if source.reads else []
        behind = shown - 1 - self.rows.cursor
        status = f"{behind:,} newer below" if self.is_behind() else "follows the newest" if shown else ""
        self.retitle(" · ".join(filter(None, title)), status if source.as_made else "")

    def show_key(self, key: object) -> None:
        """A jump from another pane leads here with a call's serial."""
        self._take_up()
        super().show_key(key)

    # -- filter and sort

    def apply_filter(self, text: str) -> None:
        following = not self.is_behind()
        self.source.filter = text
        self.source.arrange()
        self._changed(newest=following)

    def apply_sort(self, column: Column) -> None:
        self.source.sort_column, self.source.reverse = next_sort(self.rows, column)
        self.rows.set_sort(self.source.sort_column, self.source.reverse)
        self.source.arrange()
        self._changed()

    # -- which apply

    def has_call(self) -> bool:
        return self.rows.cursor_key is not None

    def is_behind(self) -> bool:
        """Whether the cursor stands elsewhere than on the newest call, which it follows."""
        return not self.source.as_made or self.rows.cursor < len(self.source) - 1

    def _chosen(self) -> list[Call]:
        return [call for key in self.rows.chosen if (call := self.source.row(key)) is not None]

    # -- actions

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        from osexplorer.ui.dialogs.call import CallDialog

        if (call := self.source.row(event.key)) is not None:
            self.app.push_screen(CallDialog(call))

    @on(RowList.CursorMoved)
    def _moved(self) -> None:
        self._retitle()

    def action_copy(self) -> None:
        self.explorer.copy(python_lines(self._chosen()))

    def action_reads(self) -> None:
        following = not self.is_behind()
        self.source.reads = self.session.door.log.tells_reads = not self.source.reads
        self.source.reload()
        self._changed(newest=following)

    def action_follow(self) -> None:
        if not self.source.as_made:
            self.source.sort_column, self.source.reverse = "time", False
            self.rows.set_sort("time", False)
            self.source.arrange()
        self._changed(newest=True)
