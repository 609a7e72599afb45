"""Children that have ended, of earlier runs too: searched, looked at, launched again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.child_history import Past, line_of
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.output import view_of
from osexplorer.model.units import duration_text, exact_time_text, size_text, time_text
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.output_lines import OutputLines
from osexplorer.ui.dialogs.past_list import PastList
from osexplorer.ui.dialogs.templates import ask_to_save
from osexplorer.ui.rowlist import Cell, Column, Span

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_COLUMNS = [
    Column("when", "Ended", 16, priority=2),
    Column("end", "How", 22, elide="end"),
    Column("time", "Time", 7, priority=1, align="right"),
    Column("use", "CPU time", 8, priority=4, align="right"),
    Column("output", "Output", 6, priority=5, align="right"),
    Column("command", "Command", 14, flex=2, elide="end"),
    Column("cwd", "Directory", 12, flex=1, priority=3, elide="middle"),
]


class HistoryDialog(PastList):
    """Those that have ended, the newest on top."""

    HINTS: ClassVar[str] = "Enter look · Ctrl+R again · Ctrl+E edit · Ctrl+T name · Ctrl+D forget"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "again", show=False, priority=True),
        Binding("ctrl+t", "save", show=False, priority=True),
    ]
    DEFAULT_CSS = "HistoryDialog > #frame { height: 90%; max-height: 90%; }"

    def __init__(self, session: Session) -> None:
        super().__init__(
            "Children that have ended",
            _COLUMNS,
            lambda choice, column: _cell(choice[0], column),
            lambda choice: _text(choice[0]),
            lambda choice: choice[0].key,
            "No child has ended yet",
        )
        self.session = session

    def on_mount(self) -> None:
        super().on_mount()
        history = self.session.child_history
        self.keep_up(history.read, history.feed, lambda pasts: [(past, False) for past in reversed(pasts)])

    def choose(self, choice: tuple[Past, bool]) -> None:
        self.app.push_screen(PastDialog(self.session, choice[0]))

    def action_again(self) -> None:
        """Launch it again, with the variables of pane 4."""
        if (past := self.past) is not None:
            self.dismiss((past, False))

    def action_save(self) -> None:
        """Give its launch a name."""
        if (past := self.past) is not None:
            try:
                ask_to_save(cast("Host", self.app), past.launch(None))
            except Refused as refusal:
                self.notify(str(refusal), severity="error", markup=False)

    async def forget(self, one: tuple[Past, bool]) -> None:
        """Remove it, with the output that is kept of it."""
        await self.session.child_history.forget(frozenset((one[0].key,)))


class PastDialog(Dialog[None]):
    """What one was, how it ended, what it used, and the end of what it wrote."""

    WIDE = True
    HINTS: ClassVar[str] = "↑ ↓ scroll · < > sideways · Esc close"
    DEFAULT_CSS = "PastDialog #about { color: $muted; margin-bottom: 1; }"

    def __init__(self, session: Session, past: Past) -> None:
        super().__init__(f"{display(line_of(past.command))} · {past.end}")
        self.session, self.past = session, past

    def body(self) -> ComposeResult:
        yield Text("\n".join(about(self.past)), id="about")
        yield OutputLines()

    def on_mount(self) -> None:
        lines = self.query_one(OutputLines)
        lines.set_empty("Nothing of its output was kept" if not self.past.output else "Reading")
        lines.focus()
        if self.past.output:
            self.begin(self._read(lines))

    async def _read(self, lines: OutputLines) -> None:
        try:
            data, size = await self.session.child_history.output(self.past)
        except OSExplorerError as error:
            lines.set_empty(str(error))
            return
        lines.set_empty("No output")
        lines.show(view_of(data))
        written = f"{self.past.output_bytes:,} bytes written, " if self.past.output_bytes else ""
        kept = f"{written}the last {len(data):,} shown, of {display(self.past.output)}"
        if len(data) < size or self.past.output_bytes > len(data):
            self.query_one("#about", Text).show("\n".join([*about(self.past), kept]))


def about(past: Past) -> list[str]:
    """What is remembered of one, in lines; foreign text in it has passed ``display()``."""
    command = past.command
    umask = f", umask {past.umask:03o}" if past.umask is not None else ""
    lines = [
        command.preview if past.whole else f"{display(command.line)}… (too long to be kept whole)",
        f"in {display(past.cwd)}{umask}, pid {past.pid}, started {exact_time_text(past.started)[:19]}",
    ]
    if past.options:
        lines.append(", ".join(f"{name} {display(str(value))}" for name, value in past.options.items()))
    if past.duration is not None:
        status = f", wait status 0x{past.status:04x}" if past.status is not None else ""
        lines.append(f"{past.end} after {duration_text(past.duration / 1e9)}{status}")
    elif past.end:
        lines.append(past.end)
    usage = past.rusage
    if usage is not None:
        memory = usage.max_rss if usage.max_rss is not None else usage.max_rss_limit
        bound = "at most " if usage.max_rss is None else "at least " if usage.max_rss_sampled else ""
        lines.append(
            f"user {usage.user:.3f}s, system {usage.system:.3f}s, peak memory "
            f"{bound}{size_text(memory)}, "
            f"faults {usage.minor_faults} minor {usage.major_faults} major"
        )
    return lines


def _text(past: Past) -> str:
    return f"{line_of(past.command)} {past.end} {past.cwd} {time_text(past.started)}"


def _cell(past: Past, column: str) -> Cell:
    match column:
        case "when":
            return Span(time_text(past.started + past.duration) if past.duration is not None else "not seen", "dim")
        case "end":
            return Span(past.short_end, "good" if past.good else "warn" if "unknown" in past.end else "bad")
        case "time":
            return duration_text(past.duration / 1e9) if past.duration is not None else ""
        case "use":
            return duration_text(past.rusage.user + past.rusage.system) if past.rusage is not None else ""
        case "output":
            return Span(size_text(past.output_bytes), "" if past.output else "dim") if past.output_bytes else ""
        case "cwd":
            return Span(past.cwd, "dim")
        case _:
            return line_of(past.command)
