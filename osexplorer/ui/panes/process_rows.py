"""What stands behind the process list: order, filter, tree, and what each row shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from osexplorer.model.process_tree import Branch, tree
from osexplorer.model.processes import (
    LARGEST_FIRST,
    Process,
    ProcessId,
    ProcessTable,
    brief_command,
    machine_share,
    matcher,
)
from osexplorer.model.processes import SORT_KEYS as KEYS
from osexplorer.model.units import duration_text, size_text
from osexplorer.ui.rowlist import Cell, Column, Span
from osexplorer.ui.rowlist.cells import elide

_COMMAND = 20
"""Cells that a command line has at least."""

COLUMNS = [
    Column("pid", "PID", 7, align="right"),
    Column("user", "User", 9, priority=5, elide="end"),
    Column("cpu", "CPU%", 6, align="right"),
    Column("mem", "Mem", 5, priority=1, align="right"),
    Column("state", "State", 8, priority=2),
    Column("start", "Start", 5, priority=6, align="right"),
    Column("threads", "Thr", 4, priority=7, align="right"),
    Column("nice", "Nice", 4, priority=9, align="right"),
    Column("time", "Time", 7, priority=8, align="right"),
    Column("tty", "Terminal", 8, priority=10),
    Column("command", "Command", _COMMAND, flex=1, scrolls=True, elide="end"),
]
COLUMNS = [column._replace(descending=column.id in LARGEST_FIRST, sortable=column.id in KEYS) for column in COLUMNS]

_STATES = {"R": "running", "S": "sleeping", "D": "waiting", "Z": "zombie", "T": "stopped", "t": "traced", "I": "idle"}
_STATE_STYLES = {"R": "good", "D": "warn", "Z": "bad", "T": "warn", "t": "warn", "I": "dim", "S": "dim"}
_BUSY = 0.5  # of a core


def start_text(start: int, now: int) -> str:
    """When it started, in five cells: the time of a start today, else the day, else the year."""
    began, today = time.localtime(start // 1_000_000_000), time.localtime(now // 1_000_000_000)
    if began[:3] == today[:3]:
        return time.strftime("%H:%M", began)
    return time.strftime("%m-%d" if began.tm_year == today.tm_year else " %Y", began)


class ProcessRows:
    """The rows of a :class:`ProcessTable` as the person wants them; a source of the list."""

    def __init__(self) -> None:
        self.sort_column = "cpu"
        self.reverse = True
        self.filter = ""
        self.as_tree = False
        self.of_machine = False
        """Show CPU as a share of the whole machine instead of one core."""
        self.new: frozenset[ProcessId] = frozenset()
        """Processes that the table before did not have."""
        self.guides = 40
        """Cells for the lines of the tree; of a branch that is deeper its end is shown."""
        self.brief = False
        """Show of a program's path its name only: there is little room."""
        self._table: ProcessTable | None = None
        self._rows: Sequence[Process] = ()
        self._branches: list[Branch] | None = None
        self._keys: list[ProcessId] = []
        self._where: dict[object, int] = {}

    @property
    def table(self) -> ProcessTable | None:
        """What is shown; None before the first."""
        return self._table

    def show(self, table: ProcessTable) -> None:
        """Replace the rows; order and filter stay."""
        known = {row[:2] for row in self._table.rows} if self._table is not None and self._table.taken else None
        self._table = table
        if known is not None:
            self.new = frozenset(row.id for row in table.rows if row[:2] not in known)
        self.arrange()

    def arrange(self) -> None:
        """Filter and sort anew."""
        if self._table is None:
            return
        rows = sorted(self._table.rows, key=KEYS[self.sort_column], reverse=self.reverse)
        matches: Callable[[Process], bool] | None = matcher(self.filter) if self.filter else None
        if self.as_tree:
            self._branches = tree(rows, matches)
            self._rows = [branch.process for branch in self._branches]
        else:
            self._branches = None
            self._rows = [row for row in rows if matches(row)] if matches else rows
        self._keys = [row.id for row in self._rows]
        self._where = {key: at for at, key in enumerate(self._keys)}

    def row(self, key: object) -> Process | None:
        """The process of that identity, where it is shown."""
        at = self._where.get(key)
        return None if at is None else self._rows[at]

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, index: int) -> ProcessId:
        return self._keys[index]

    def index(self, key: object) -> int | None:
        return self._where.get(key)

    def names(self, index: int) -> tuple[str, str]:
        """What a pattern is held against: the kernel's name, and the command line."""
        row = self._rows[index]
        return row.name, row.command

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        row = self._rows[index]
        return [self._cell(row, index, column) for column in columns]

    def _cell(self, row: Process, index: int, column: str) -> Cell:
        match column:
            case "pid":
                return str(row.pid)
            case "user":
                return row.user
            case "cpu":
                return self._cpu(row)
            case "mem":
                return size_text(row.rss) if row.rss else Span("–", "dim")
            case "state":
                return Span(_STATES.get(row.state, row.state_word), _STATE_STYLES.get(row.state, ""))
            case "start":
                return start_text(row.start, self._table.taken if self._table else row.start)
            case "threads":
                return str(row.threads) if row.threads > 1 else Span("1", "dim")
            case "nice":
                return str(row.nice) if row.nice else Span("0", "dim")
            case "time":
                return duration_text(row.time)
            case "tty":
                return row.tty
            case _:
                return self._command(row, index)

    def _cpu(self, row: Process) -> Cell:
        if row.cpu is None:
            return Span("–", "dim")
        cores = self._table.totals.cores if self._table else 1
        share = machine_share(row.cpu, cores) if self.of_machine else row.cpu
        text = f"{share * 100:.1f}"
        if row.cpu < 0.0005:
            return Span(text, "dim")
        return Span(text, "warn") if row.cpu >= _BUSY else text

    def _command(self, row: Process, index: int) -> Cell:
        """Signs before the command say what colour alone must not: ``+`` for one that is new, ``<defunct>``."""
        branch = self._branches[index] if self._branches is not None else None
        dim = row.kernel or row.zombie or (branch is not None and branch.context)
        guides = elide(branch.prefix, self.guides, "start") if branch is not None else ""
        parts = [Span(guides, "dim")] if guides else []
        if row.id in self.new:
            parts.append(Span("+ ", "good"))
        if row.zombie:
            parts.append(Span("<defunct> ", "bad"))
        brief = self.brief and len(row.command) > _COMMAND
        command = Span(brief_command(row.command) if brief else row.command, "dim" if dim else "")
        return [*parts, command] if parts else command
