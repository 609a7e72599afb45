"""What a child shows in each column of the children pane."""

from __future__ import annotations

import time

from osexplorer.model.children import Child, ChildState
from osexplorer.model.units import duration_text, size_text
from osexplorer.ui.panes.child_notes import note_text
from osexplorer.ui.panes.child_tree import sparkline
from osexplorer.ui.rowlist import Cell, Column, Span

_SPARKS = 30
"""Samples of the past that a row shows, one a second."""

COLUMNS = [
    Column("state", "State", 22, elide="end"),
    Column("pid", "PID", 7, priority=4, align="right"),
    Column("clock", "Time", 7, priority=1, align="right", descending=True),
    Column("cpu", "CPU%", 5, priority=3, align="right", descending=True),
    Column("memory", "Memory", 6, priority=5, align="right", descending=True),
    Column("use", "CPU time", 8, priority=6, align="right", descending=True),
    Column("output", "Output", 6, priority=7, align="right", descending=True),
    Column("history", "CPU past", _SPARKS, priority=8, align="right", sortable=False),
    Column("command", "Command", 18, flex=1, scrolls=True, elide="end"),
]

_STATE_STYLES = {
    ChildState.STARTING: "dim",
    ChildState.RUNNING: "accent",
    ChildState.STOPPED: "warn",
    ChildState.LOST: "warn",
}


def state_style(child: Child) -> str:
    """The list style for how a child stands."""
    return "good" if child.ended_well else _STATE_STYLES.get(child.state, "bad")


def state_cell(child: Child) -> Cell:
    """How a child stands, how far the ending of its tree is, what it has left behind, who of that holds its output."""
    if child.stopping is not None:
        return Span(child.stopping.text(time.monotonic_ns()), "warn")
    state = Span(child.exit_text, state_style(child))
    if child.alive:
        return [state, Span(", detached", "dim")] if child.outlives else state
    if child.output_open:
        return [state, Span(f", held by {child.holders[0][0]}" if child.holders else ", held", "warn")]
    return [state, Span(f", {len(child.descendants)} left", "warn")] if child.descendants else state


def clock_text(child: Child, now: int) -> str:
    """How long it runs, or ran; whole seconds while it runs."""
    seconds = child.elapsed(now) / 1e9
    if child.alive and seconds < 60:
        return f"{int(seconds)}s"
    return duration_text(seconds)


def memory_text(child: Child) -> str:
    """Resident memory while it runs, then its peak: ``≥`` where it was sampled, ``≤`` where only a limit is known."""
    if child.alive:
        return size_text(child.tree_rss) if child.tree_rss is not None else ""
    usage = child.rusage
    if usage is None:
        return ""
    if usage.max_rss is None:
        return f"≤{size_text(usage.max_rss_limit)}"
    return f"{'≥' if usage.max_rss_sampled else ''}{size_text(usage.max_rss)}"


def used_by(child: Child) -> float | None:
    """Seconds of processor time."""
    return child.rusage.user + child.rusage.system if child.rusage is not None else child.cpu_time


def memory_of(child: Child) -> int:
    """Bytes to sort by: what its tree has now, or the peak it had."""
    peak = child.rusage.max_rss if child.rusage is not None else None
    return child.tree_rss or peak or 0


def cell(child: Child, column: str) -> Cell:
    """What a child shows in a column."""
    match column:
        case "state":
            return state_cell(child)
        case "pid":
            return Span(str(child.pid) if child.pid else "", "dim")
        case "clock":
            return clock_text(child, time.monotonic_ns())
        case "cpu":
            return f"{child.tree_cpu * 100:.0f}" if child.tree_cpu is not None else ""
        case "memory":
            return memory_text(child)
        case "use":
            used = used_by(child)
            return duration_text(used) if used is not None else ""
        case "note":
            return Span(note_text(child), "warn")
        case "output":
            return size_text(child.output_bytes) if child.output_bytes else ""
        case "history":
            return Span(sparkline(child.cpu_history, _SPARKS), "accent" if child.alive else "dim")
        case _:
            return child.command.line
