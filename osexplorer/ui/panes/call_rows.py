"""What stands behind the call log's list: which calls, in which order, and what each row shows.

The log may grow by thousands a second: in the order in which they were made, new calls are only added at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from osexplorer.model.calls import Call
from osexplorer.model.units import latency_text
from osexplorer.services.calls import KEEP, KEEP_READS, CallLog
from osexplorer.ui.rowlist import Cell, Column, Span

COLUMNS = [
    Column("time", "Time", 8, priority=2),
    Column("outcome", "Outcome", 9, elide="end"),
    Column("took", "Took", 6, priority=1, align="right", descending=True),
    Column("call", "Call", 16, flex=1, scrolls=True, elide="end"),
    Column("note", "Note", 20, priority=3, scrolls=True, elide="end"),
]
_MOST = KEEP + KEEP_READS
_SLACK = 1000
"""Calls that may be shown beyond those that the log keeps, so that not every new one makes all rows anew."""

_SORT_KEYS: dict[str, Callable[[Call], Any]] = {
    "outcome": lambda call: (-call.errno, call.outcome),
    "took": lambda call: call.duration,
    "call": lambda call: call.python(),
    "note": lambda call: call.note,
}


def clock_text(nanoseconds: int) -> str:
    """The local time of day of a moment in nanoseconds since the epoch: ``09:15:02``."""
    return time.strftime("%H:%M:%S", time.localtime(nanoseconds // 1_000_000_000))


def outcome_cell(call: Call) -> Span:
    """``ok``, ``= result`` or the errno's name, which tells a failure without its colour."""
    if call.errno:
        return Span(call.outcome, "bad")
    return Span("ok", "good") if call.result is None else Span(f"= {call.outcome}", "good")


def cell(call: Call, column: str) -> Cell:
    """What a call shows in a column."""
    match column:
        case "time":
            return Span(clock_text(call.started), "dim")
        case "outcome":
            return outcome_cell(call)
        case "took":
            return Span(latency_text(call.duration) if call.duration else "–", "dim")
        case "call":
            return Span(call.python(), "" if call.change or call.errno else "dim")
        case _:
            return Span(call.note, "dim")


class CallRows:
    """A source of the list.

    Args:
        log: the calls.
        reads: whether the successful reads are shown.
    """

    def __init__(self, log: CallLog, reads: bool) -> None:
        self.reads = reads
        self.filter = ""
        self.sort_column = "time"
        self.reverse = False
        self.failed = 0
        """Failed calls among all, shown or not."""
        self._log = log
        self._all: list[Call] = []
        self._rows: list[Call] = []
        self._where: dict[object, int] = {}

    @property
    def total(self) -> int:
        """Calls held, shown or not."""
        return len(self._all)

    @property
    def as_made(self) -> bool:
        """Whether the newest call is the last row."""
        return self.sort_column == "time" and not self.reverse

    def update(self) -> bool:
        """Take up what the log has got since; whether it got anything."""
        new = self._log.since(self._all[-1].serial if self._all else 0, self.reads)
        if not new:
            return False
        self._all += new
        self.failed += sum(call.errno != 0 for call in new)
        if len(self._all) > _MOST + _SLACK:
            self.reload()
        elif self.as_made:
            self._append(filter(self._matches(), new))
        else:
            self.arrange()
        return True

    def reload(self) -> None:
        """Take all calls from the log anew."""
        self._all = self._log.calls(self.reads)
        self.failed = sum(call.errno != 0 for call in self._all)
        self.arrange()

    def arrange(self) -> None:
        """Filter and sort anew."""
        rows = list(filter(self._matches(), self._all))
        if key := _SORT_KEYS.get(self.sort_column):
            rows.sort(key=key, reverse=self.reverse)
        elif self.reverse:
            rows.reverse()
        self._rows = []
        self._where = {}
        self._append(rows)

    def _append(self, calls: Iterable[Call]) -> None:
        for call in calls:
            self._where[call.serial] = len(self._rows)
            self._rows.append(call)

    def _matches(self) -> Callable[[Call], bool] | None:
        """Whether a call has the filter's text in it; case counts only when that has a capital letter."""
        wanted = self.filter
        if not wanted:
            return None
        if wanted == wanted.lower():
            return lambda call: wanted in _text(call).lower()
        return lambda call: wanted in _text(call)

    def row(self, key: object) -> Call | None:
        """The call with that serial, where it is shown."""
        at = self._where.get(key)
        return self._rows[at] if at is not None else None

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, index: int) -> int:
        return self._rows[index].serial

    def index(self, key: object) -> int | None:
        return self._where.get(key)

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        call = self._rows[index]
        return [cell(call, column) for column in columns]


def _text(call: Call) -> str:
    return f"{call.python()} {call.outcome} {call.note}"
