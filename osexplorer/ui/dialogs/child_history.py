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
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_COLUMNS = [
    Column("when", "Ended", 16, priority=2),
    Column("end", "How", 18, elide="end"),
    Column("time", "Time", 7, priority=1, align="right"),
    Column("use", "CPU time", 8, priority=4, align="right"),
    Column("output", "Output", 6, priority=5, align="right"),
    Column("command", "Command", 14, flex=2, elide="end"),
    Column("cwd", "Directory", 12, flex=1, priority=3, elide="middle"),
]


class HistoryDialog(Picker[Past]):
    """Follows what is remembered until it is closed."""

    WIDE = True
    HINTS: ClassVar[str] = "Enter look · Ctrl+R again · Ctrl+E changed · Ctrl+T name · Ctrl+D forget"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "again", show=False, priority=True),
        Binding("ctrl+e", "change", show=False, priority=True),
        Binding("ctrl+t", "save", show=False, priority=True),
        Binding("ctrl+d", "forget", show=False, priority=True),
    ]
    DEFAULT_CSS = "HistoryDialog > #frame { height: 90%; max-height: 90%; }"

    def __init__(self, session: Session) -> None:
        super().__init__("Children that have ended", (), _COLUMNS, _cell, _text)
        self.session = session

    def on_mount(self) -> None:
        super().on_mount()
        self.begin(self._follow())

    async def _follow(self) -> None:
        try:
            await self.session.child_history.read()
        except OSExplorerError as error:
            self.notify(str(error), severity="error", markup=False)
        async for pasts in self.session.child_history.feed.watch():
            self._show(pasts)

    def _show(self, pasts: tuple[Past, ...]) -> None:
        under = self.under
        self.choices = tuple(reversed(pasts))
        rows = self.query_one(RowList)
        rows.set_empty("Nothing has all of these words" if pasts else "No child has ended yet")
        if isinstance(rows.source, TableSource):
            rows.source.set_rows(self.matches(self.query_one(Field).value.lower().split()))
        rows.rows_changed(next((at for at, past in enumerate(self.choices) if under and past.key == under.key), None))
        self.retitle(f"Children that have ended: {len(pasts):,}")

    @property
    def under(self) -> Past | None:
        """The one under the cursor."""
        key = self.query_one(RowList).cursor_key
        return self.choices[key] if isinstance(key, int) and key < len(self.choices) else None

    def choose(self, choice: Past) -> None:
        self.app.push_screen(PastDialog(self.session, choice))

    def action_again(self) -> None:
        """Launch it again, with the variables of pane 4."""
        self._launch(change=False)

    def action_change(self) -> None:
        """Launch it again, with changes."""
        self._launch(change=True)

    def _launch(self, change: bool) -> None:
        from osexplorer.model.launch_form import draft_of
        from osexplorer.ui.launching import ask_for_all, carry_out

        past, app = self.under, cast("Host", self.app)
        if past is None:
            return
        environment = self.session.environment.for_child()
        try:
            launch = past.launch(environment)
        except Refused as refusal:
            self.notify(str(refusal), severity="error", markup=False)
            return
        self.dismiss(None)
        if change:
            ask_for_all(app, draft_of(launch, environment))
        else:
            carry_out(app, launch)

    def action_save(self) -> None:
        """Give its launch a name."""
        from osexplorer.ui.dialogs.templates import ask_to_save

        past = self.under
        if past is not None:
            try:
                ask_to_save(cast("Host", self.app), past.launch(None))
            except Refused as refusal:
                self.notify(str(refusal), severity="error", markup=False)

    def action_forget(self) -> None:
        """Remove it, with the output that is kept of it."""
        past = self.under
        if past is not None:
            self.begin(self._forget(past))

    async def _forget(self, past: Past) -> None:
        try:
            await self.session.child_history.forget(frozenset((past.key,)))
        except OSExplorerError as error:
            self.notify(str(error), severity="error", markup=False)


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
    usage = past.rusage
    if usage is not None:
        memory = usage.max_rss if usage.max_rss is not None else usage.max_rss_limit
        lines.append(
            f"user {usage.user:.3f}s, system {usage.system:.3f}s, peak memory "
            f"{'at most ' if usage.max_rss is None else ''}{size_text(memory)}, "
            f"faults {usage.minor_faults} minor {usage.major_faults} major"
        )
    return lines


def _text(past: Past) -> str:
    return f"{line_of(past.command)} {past.end} {past.cwd} {time_text(past.started)}"


def _cell(past: Past, column: str) -> Cell:
    match column:
        case "when":
            return Span(time_text(past.started + (past.duration or 0)), "dim")
        case "end":
            return Span(past.end, "good" if past.good else "warn" if "unknown" in past.end else "bad")
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
