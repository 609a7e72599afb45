"""All that is known of one child, live: what it is, how it ended, what it used, and its tree."""

from __future__ import annotations

import time
from typing import ClassVar, NamedTuple, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.child_status import decoded, end_text
from osexplorer.model.children import Child, Rusage
from osexplorer.model.display import display
from osexplorer.model.units import duration_text, exact_time_text, size_text
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog
from osexplorer.ui.host import Host
from osexplorer.ui.panes.child_tree import sparkline, state_text
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

_COLUMNS = [
    Column("part", "Part", 8, priority=1, sortable=False),
    Column("name", "Name", 20, elide="end", sortable=False),
    Column("value", "Value", 20, flex=1, elide="end", scrolls=True, sortable=False),
]
_SPARKS = 30


class Fact(NamedTuple):
    """One line."""

    part: str
    name: str
    value: str
    """Raw."""


class ChildDetails(Dialog[None]):
    """Follows the child with this id until it is closed; ``Enter`` copies a value."""

    WIDE = True
    HINTS: ClassVar[str] = "Enter copy · < > sideways · Esc close"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "close", show=False)]
    DEFAULT_CSS = "ChildDetails.-wide > #frame { height: 90%; max-height: 90%; }"

    def __init__(self, session: Session, id: int) -> None:
        super().__init__("Child")
        self.session, self.child_id = session, id

    def body(self) -> ComposeResult:
        self._source: TableSource[tuple[int, Fact]] = TableSource(lambda row: row[0], _cell)
        yield RowList(_COLUMNS, self._source, marks=False)

    def on_mount(self) -> None:
        self.query_one(RowList).focus()
        self.begin(self._follow())

    async def _follow(self) -> None:
        async for _ in self.session.children.feed.watch():
            child = self.session.children.get(self.child_id)
            if child is None:
                return
            self.retitle(f"{display(child.command.line)} · {child.exit_text}")
            self._source.set_rows(enumerate(facts(child, time.monotonic_ns())))
            self.query_one(RowList).rows_changed()

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        row = self._source.row(event.key)
        if row is not None:
            cast(Host, self.app).copy(row[1].value)


def _cell(row: tuple[int, Fact], column: str) -> Cell:
    fact = row[1]
    match column:
        case "part":
            return Span(fact.part, "dim")
        case "name":
            return Span(fact.name, "strong")
        case _:
            return fact.value


def facts(child: Child, now: int) -> list[Fact]:
    """All that is known of a child, raw."""
    return [
        *(Fact("command", *fact) for fact in _command(child)),
        *(Fact("life", *fact) for fact in _life(child, now)),
        *(Fact("status", *fact) for fact in (decoded(child.status) if child.status is not None else [])),
        *(Fact("use", *fact) for fact in _use(child)),
        *(Fact("output", *fact) for fact in _output(child)),
        *(Fact("tree", *fact) for fact in _tree(child)),
    ]


def _command(child: Child) -> list[tuple[str, str]]:
    command = child.command
    lines = [("line", command.line), ("program", command.program)]
    lines += [(f"argument {at}", word) for at, word in enumerate(command.argv)]
    if command.reason:
        lines.append(("by the shell", command.reason))
    lines.append(("directory", child.cwd))
    lines.append(("umask", f"0o{child.umask:03o}" if child.umask is not None else "as of this program"))
    return lines


def _life(child: Child, now: int) -> list[tuple[str, str]]:
    lines = [("state", child.exit_text)]
    if child.error is not None:
        lines += [("call", child.error.call), ("errno", f"{child.error.errno}, {child.error.code}")]
        lines += [("means", child.error.strerror or "")] + ([("hint", child.error.hint)] if child.error.hint else [])
    if child.pid:
        lines.append(("pid", str(child.pid)))
    lines.append(("started", exact_time_text(child.started)))
    seconds = child.elapsed(now) / 1e9
    lines.append(("real time", f"{seconds:.3f} s" if not child.alive else duration_text(seconds)))
    if child.stopping is not None:
        lines.append(("being ended", child.stopping.text(now)))
    return lines


def _use(child: Child) -> list[tuple[str, str]]:
    lines = []
    if child.cpu_history:
        lines.append(("CPU so far", f"{sparkline(child.cpu_history, _SPARKS)} of a core, one bar a second"))
    if child.alive:
        if child.tree_cpu is not None:
            lines.append(("CPU now", f"{child.tree_cpu * 100:.0f} % of a core, all {child.tree_size} processes"))
        if child.cpu_time is not None:
            lines.append(("processor time", f"{child.cpu_time:.2f} s so far, the child alone"))
        if child.tree_rss is not None:
            lines.append(("memory now", f"{_bytes(child.tree_rss)}, all {child.tree_size} processes"))
        if child.peak_rss is not None:
            lines.append(("peak memory", f"{_bytes(child.peak_rss)} so far, the child alone"))
    usage = child.rusage
    if usage is not None:
        real = (child.duration or 0) / 1e9
        share = f", {(usage.user + usage.system) / real * 100:.0f} % of a core" if real > 0 else ""
        lines += [
            ("user time", f"{usage.user:.3f} s"),
            ("system time", f"{usage.system:.3f} s{share}"),
            *_peak(usage),
            ("minor faults", f"{usage.minor_faults:,}, without a read from disk"),
            ("major faults", f"{usage.major_faults:,}, each with a read from disk"),
            ("switches, own", f"{usage.voluntary_switches:,}, it waited for something"),
            ("switches, forced", f"{usage.involuntary_switches:,}, its time was up"),
            ("blocks read", f"{usage.blocks_in:,} of 512 bytes from a device"),
            ("blocks written", f"{usage.blocks_out:,} of 512 bytes to a device"),
            ("counted", "by wait4: it and the descendants that it has waited for, no others"),
        ]
    return lines


def _peak(usage: Rusage) -> list[tuple[str, str]]:
    if usage.max_rss is None:
        why = "wait4's figure begins at this program's own peak"
        return [("peak memory", f"at most {_bytes(usage.max_rss_limit)}"), ("why at most", why)]
    if usage.max_rss_sampled:
        why = "looked at while it ran: wait4's figure begins at our own peak"
        return [("peak memory", f"at least {_bytes(usage.max_rss)}"), ("why at least", why)]
    return [("peak memory", f"{_bytes(usage.max_rss)}, of the largest process")]


def _bytes(size: int) -> str:
    return f"{size_text(size)} ({size:,} bytes)"


def _output(child: Child) -> list[tuple[str, str]]:
    if child.earlier:
        return [("written", f"to {display(child.output_file)}" if child.output_file else "not known: not kept here")]
    lines = [("written", f"{child.output_bytes:,} bytes")]
    if child.dropped_bytes:
        lines.append(("not kept", f"{child.dropped_bytes:,} bytes, the oldest"))
    if child.output_open:
        lines.append(("open", "it can still write" if child.alive else "held by a descendant"))
    lines += [("held by", f"{pid} {name}") for pid, name in child.holders]
    return lines


def _tree(child: Child) -> list[tuple[str, str]]:
    running = [
        (
            f"{'  ' * (one.depth - 1)}{one.pid}",
            f"{state_text(one)}, {duration_text(one.seconds)} CPU, {size_text(one.stat.rss)}: {one.command}",
        )
        for one in child.descendants
    ]
    ended = [
        (f"{end.stat.pid}, adopted", f"{end_text(end.status)}, 0x{end.status:04x}: {end.command}")
        for end in child.adopted_ends
    ]
    if more := child.adopted_ended - len(ended):
        ended.insert(0, ("before", f"{more:,} more adopted ones have ended; their statuses are in the call log"))
    return running + ended
