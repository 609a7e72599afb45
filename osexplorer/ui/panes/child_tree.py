"""The rows of the children pane: the children, and below each, where that is asked for, the processes of its tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from osexplorer.model.child_status import end_text
from osexplorer.model.children import Child
from osexplorer.model.descendants import AdoptedEnd, Descendant
from osexplorer.model.units import duration_text, size_text
from osexplorer.ui.rowlist import Cell, Span, TableSource
from osexplorer.ui.rowlist.source import Key

ENDS_SHOWN = 5
"""Adopted processes that have ended, of each child; all that are kept stand in its details."""
BARS = "▁▂▃▄▅▆▇█"
_STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "waits for a device",
    "T": "stopped",
    "t": "traced",
    "I": "idle",
}


class ProcessKey(NamedTuple):
    """What a row of a descendant is known by."""

    pid: int
    born: int


Line: TypeAlias = tuple[Child | None, Descendant | AdoptedEnd | None]


def sparkline(values: Sequence[float], width: int) -> str:
    """The last values as bars, full at one whole core or at the largest of them, whichever is more."""
    shown = values[-width:]
    top = max(1.0, *shown) if shown else 1.0
    return "".join(BARS[min(int(value / top * (len(BARS) - 1) + 0.5), len(BARS) - 1)] for value in shown)


class ChildRows(TableSource[Child]):
    """Filter and order apply to the children; each keeps its tree below it.

    Args:
        cell: what a child shows in a column.
    """

    def __init__(
        self,
        cell: Callable[[Child, str], Cell],
        *,
        sort_keys: Mapping[str, Callable[[Child], Any]],
        text: Callable[[Child], str],
    ) -> None:
        super().__init__(lambda child: child.id, cell, sort_keys=sort_keys, text=text)
        self.unfolded = False
        """Whether the trees are shown."""
        self.strays: tuple[Descendant, ...] = ()
        """Adopted processes of which nothing tells whose they are."""
        self._lines: list[Line] = []
        self._at: dict[Key, int] = {}

    def unfold(self, unfolded: bool) -> None:
        """Show the trees, or no longer."""
        self.unfolded = unfolded
        self._arrange()

    def descendant(self, key: Key) -> tuple[Child | None, Descendant] | None:
        """The process of that identity, with the child whose tree it is in."""
        at = self._at.get(key)
        if at is None:
            return None
        child, process = self._lines[at]
        return (child, process) if isinstance(process, Descendant) else None

    def row(self, key: Key) -> Child | None:
        return None if isinstance(key, ProcessKey) else super().row(key)

    def _arrange(self) -> None:
        super()._arrange()
        lines: list[Line] = []
        for child in self._rows:
            lines.append((child, None))
            if self.unfolded:
                lines += [(child, process) for process in child.descendants]
                lines += [(child, end) for end in child.adopted_ends[-ENDS_SHOWN:]]
        if self.unfolded and not self.filter:
            lines += [(None, process) for process in self.strays]
        self._lines = lines
        self._at = {_key(line): at for at, line in enumerate(lines)}

    def __len__(self) -> int:
        return len(self._lines)

    def key(self, index: int) -> Key:
        return _key(self._lines[index])

    def index(self, key: Key) -> int | None:
        return self._at.get(key)

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        child, process = self._lines[index]
        if process is None:
            assert child is not None
            return [self._cell(child, column) for column in columns]
        if isinstance(process, AdoptedEnd):
            return [end_cell(process, column) for column in columns]
        return [process_cell(child, process, column) for column in columns]


def _key(line: Line) -> Key:
    child, process = line
    if process is not None:
        return ProcessKey(process.stat.pid, process.stat.born)
    assert child is not None
    return child.id


def state_text(process: Descendant) -> str:
    """``sleeping``, and where it stands out: ``adopted`` (its parent has ended), ``escaped`` (a session of its own)."""
    marks = [*(["adopted"] if process.adopted else []), *(["escaped"] if process.escaped else [])]
    state = _STATES.get(process.stat.state, process.stat.state)
    return ", ".join(marks if len(marks) == 2 else [state, *marks])


def end_cell(end: AdoptedEnd, column: str) -> Cell:
    """What an adopted process that has ended shows in a column."""
    match column:
        case "state":
            good = end.status == 0
            return Span(f"  {end_text(end.status)}, adopted", "good" if good else "bad")
        case "pid":
            return Span(str(end.stat.pid), "dim")
        case "use":
            return Span(duration_text(end.seconds), "dim")
        case "command":
            return [Span("└ ", "dim"), Span(end.command)]
        case _:
            return ""


def process_cell(child: Child | None, process: Descendant, column: str) -> Cell:
    """What a descendant shows in a column."""
    match column:
        case "state":
            marked = process.adopted or process.escaped
            return Span(f"  {state_text(process)}", "warn" if marked else "dim")
        case "pid":
            return Span(str(process.pid), "dim")
        case "cpu":
            return Span(f"{process.cpu * 100:.0f}" if process.cpu is not None else "", "dim")
        case "memory":
            return Span(size_text(process.stat.rss), "dim")
        case "use":
            return Span(duration_text(process.seconds), "dim")
        case "command":
            lead = "  " * (process.depth - 1) + "└ "
            whose = "" if child is not None else "adopted, of an unknown child: "
            return [Span(lead, "dim"), *([Span(whose, "warn")] if whose else []), Span(process.command)]
        case _:
            return ""
