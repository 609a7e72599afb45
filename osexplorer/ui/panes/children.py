"""The children pane: what was launched here, how it goes, how it ended and what it used."""

from __future__ import annotations

import time
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult

from osexplorer.model.children import Child, ChildState, SignalOutcome
from osexplorer.model.descendants import Descendant
from osexplorer.model.errors import Refused
from osexplorer.model.signals import signal_name
from osexplorer.model.units import duration_text, size_text
from osexplorer.ui.messages import FooterChanged, GoTo
from osexplorer.ui.panes.child_groups import ChildGroups
from osexplorer.ui.panes.child_notes import note_text, with_notes
from osexplorer.ui.panes.child_tree import ChildRows, ProcessKey, sparkline
from osexplorer.ui.panes.child_tree_actions import ChildTreeActions
from osexplorer.ui.rowlist import Cell, Column, RowList, Span

_SPARKS = 30
"""Samples of the past that a row shows, one a second."""

COLUMNS = [
    Column("state", "State", 22, elide="end"),
    Column("pid", "PID", 7, priority=3, align="right"),
    Column("clock", "Time", 7, priority=1, align="right", descending=True),
    Column("cpu", "CPU%", 5, priority=2, align="right", descending=True),
    Column("memory", "Memory", 6, priority=4, align="right", descending=True),
    Column("use", "CPU time", 8, priority=5, align="right", descending=True),
    Column("output", "Output", 6, priority=6, align="right", descending=True),
    Column("history", "CPU past", _SPARKS, priority=7, align="right", sortable=False),
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


def _used(child: Child) -> float | None:
    """Seconds of processor time."""
    return child.rusage.user + child.rusage.system if child.rusage is not None else child.cpu_time


def _memory(child: Child) -> int:
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
            used = _used(child)
            return duration_text(used) if used is not None else ""
        case "note":
            return Span(note_text(child), "warn")
        case "output":
            return size_text(child.output_bytes) if child.output_bytes else ""
        case "history":
            return Span(sparkline(child.cpu_history, _SPARKS), "accent" if child.alive else "dim")
        case _:
            return child.command.line


class _Remains(NamedTuple):
    """What removing came to."""

    removed: int
    running: int


class ChildrenPane(ChildTreeActions, ChildGroups):
    """A row for each child, the newest on top. Its clock goes on because running children are sampled every second."""

    SCOPE = "children"

    def content(self) -> ComposeResult:
        self.source = ChildRows(
            cell,
            sort_keys={
                "state": lambda child: child.exit_text,
                "pid": lambda child: child.pid,
                "clock": lambda child: child.elapsed(time.monotonic_ns()),
                "cpu": lambda child: child.tree_cpu or 0.0,
                "memory": _memory,
                "use": lambda child: _used(child) or 0.0,
                "output": lambda child: child.output_bytes,
                "note": note_text,
                "command": lambda child: child.command.line,
            },
            text=lambda child: f"{child.command.line} {child.exit_text} {child.pid} {note_text(child)}",
        )
        yield RowList(COLUMNS, self.source)

    def on_mount(self) -> None:
        self.rows.set_empty("Nothing was launched yet: press ! and type a command")
        self.follow(self.session.children.feed, self._show)
        self.follow(self.session.children.strays, self._show_strays)

    def _show(self, children: tuple[Child, ...]) -> None:
        self.source.set_rows(reversed(children))
        columns = with_notes(COLUMNS, children)
        if len(columns) != len(self.rows.columns):
            self.rows.set_columns(columns)
        self.rows.rows_changed()
        running = sum(child.alive for child in children)
        ended = len(children) - running
        self.retitle(f"{running} running" if running else "", f"{ended} ended" if ended else "")

    def _show_strays(self, strays: tuple[Descendant, ...]) -> None:
        self.source.strays = strays
        self.source.unfold(self.source.unfolded)
        self.rows.rows_changed()

    def show_key(self, key: object) -> None:
        self._show(self.session.children.feed.value)
        super().show_key(key)

    # -- which apply

    def has_child(self) -> bool:
        return bool(self._chosen())

    def has_running(self) -> bool:
        return self.has_tree() or bool(self.chosen_processes())

    def has_finished(self) -> bool:
        return any(not child.alive for child in self._chosen())

    def has_any_finished(self) -> bool:
        return any(not child.alive for child in self.session.children.feed.value)

    # -- actions

    @on(RowList.CursorMoved)
    @on(RowList.MarksChanged)
    def _choice_changed(self, event: RowList.CursorMoved | RowList.MarksChanged) -> None:
        event.stop()
        self.post_message(FooterChanged())

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        if isinstance(event.key, ProcessKey):
            self.show_process(event.key)
        if not isinstance(event.key, int):
            return
        if self.session.children.terminal(event.key) is not None:
            from osexplorer.ui.dialogs.terminal import TerminalDialog

            self.app.push_screen(TerminalDialog(self.session, event.key))
            return
        from osexplorer.ui.dialogs.output import OutputDialog

        self.app.push_screen(OutputDialog(self.session, event.key))

    def action_signal(self) -> None:
        from osexplorer.ui.dialogs.child_signal import ask_for_signal

        children = [child for child in self._chosen() if child.alive or child.descendants or child.output_open]
        processes = self.chosen_processes()
        if children or processes:
            ask_for_signal(self, children, processes)

    def action_again(self) -> None:
        for child in self._chosen():
            self.work(self.session.children.run_again(child.id), self.launched)

    def action_change(self) -> None:
        """Launch what is under the cursor again, with changes."""
        from osexplorer.ui.launching import ask_to_change

        child = self.session.children.get(key) if isinstance(key := self.rows.cursor_key, int) else None
        if child is not None:
            ask_to_change(self.explorer, child)

    def launched(self, child: Child) -> None:
        """A child was launched: tell what went wrong, and stand on its row."""
        if child.error is not None:
            self.say(str(child.error), problem=True)
        self.post_message(GoTo("children", key=child.id))

    def action_remove(self) -> None:
        self.work(self._remove([child.id for child in self._chosen()]), self._removed)

    def action_remove_all(self) -> None:
        children = self.session.children.feed.value
        self.work(self._remove([child.id for child in children if not child.alive]), self._removed)

    async def _remove(self, ids: list[int]) -> _Remains:
        running = 0
        for id in ids:
            if (child := self.session.children.get(id)) is not None and not child.alive:
                self.session.child_rules.stop(id)
            try:
                await self.session.children.remove(id)
            except Refused:
                running += 1
        return _Remains(len(ids) - running, running)

    def _removed(self, remains: _Remains) -> None:
        if remains.running:
            self.say(f"{remains.running} not removed: still running; K ends them", problem=True)


def outcome_text(name: str, number: int, outcome: SignalOutcome) -> str:
    """What became of a signal, in words: ``SIGTERM sent to 1234 (sleep 60)``."""
    match outcome:
        case SignalOutcome.SENT:
            return f"{signal_name(number)} sent to {name}"
        case SignalOutcome.DENIED:
            return f"{signal_name(number)} not permitted to {name}"
        case SignalOutcome.GONE:
            return f"{name} is already gone"
