"""What one child wrote, live, under what it is and what it used."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.children import Child
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.units import duration_text, size_text, time_text
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.output_lines import OutputLines
from osexplorer.ui.field import Field
from osexplorer.ui.panes.children import clock_text, memory_text


class SearchLine(Field):
    """The line in which a search is typed."""

    DEFAULT_CSS = "SearchLine { dock: bottom; display: none; }"


class OutputDialog(Dialog[None]):
    """Reads the output of the child with this id until it is closed."""

    WIDE = True
    HINTS: ClassVar[str] = "f follow · / search, n N · < > sideways · y copy · Esc close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", show=False),
        Binding("slash", "search", show=False),
        Binding("n", "next(False)", show=False),
        Binding("N", "next(True)", show=False),
        Binding("y", "copy", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = """
    OutputDialog #about { color: $muted; margin-bottom: 1; }
    """

    def __init__(self, session: Session, id: int) -> None:
        super().__init__("Output")
        self.session = session
        self.child_id = id
        self.sought = ""

    def body(self) -> ComposeResult:
        yield Text("", id="about")
        yield OutputLines()
        yield SearchLine(placeholder="search")

    @property
    def lines(self) -> OutputLines:
        """The widget with the lines."""
        return self.query_one(OutputLines)

    def on_mount(self) -> None:
        self.lines.focus()
        self.begin(self._follow_child())
        self.begin(self._follow_output())

    async def _follow_child(self) -> None:
        async for _ in self.session.children.feed.watch():
            child = self.session.children.get(self.child_id)
            if child is None:
                return
            self._show_child(child)

    async def _follow_output(self) -> None:
        async for _ in self.session.children.output_feed(self.child_id).watch():
            self.lines.show(self.session.children.output(self.child_id))

    def _show_child(self, child: Child) -> None:
        self.retitle(f"{display(child.command.line)} · {child.exit_text}")
        self.query_one("#about", Text).show("\n".join(about(child, self.lines.following)))
        self.lines.set_empty("No output yet" if child.output_open else "No output")

    # -- keys

    def action_follow(self) -> None:
        self.lines.set_following(not self.lines.following)

    @on(OutputLines.FollowChanged)
    def _follow_changed(self, event: OutputLines.FollowChanged) -> None:
        event.stop()
        child = self.session.children.get(self.child_id)
        if child is not None:
            self._show_child(child)

    def action_search(self) -> None:
        line = self.query_one(SearchLine)
        line.display = True
        line.value = self.sought
        line.focus()

    @on(Input.Submitted, "SearchLine")
    def _search(self, event: Input.Submitted) -> None:
        event.stop()
        self.sought = event.value
        self.lines.found = None
        self._leave_search()
        if self.sought:
            self.action_next(False)

    def _leave_search(self) -> None:
        self.query_one(SearchLine).display = False
        self.lines.focus()

    def action_next(self, backwards: bool) -> None:
        if not self.sought:
            self.action_search()
        elif not self.lines.find(self.sought, backwards):
            where = "before" if backwards else "after"
            self.notify(f"Nothing {where} this holds {self.sought!r}", markup=False)

    def action_copy(self) -> None:
        """Copy all that is kept, as text."""
        data = self.session.children.output(self.child_id).bytes()
        self.app.copy_to_clipboard(data.decode("utf-8", "replace"))
        self.notify(f"Copied {size_text(len(data))} to the clipboard", markup=False)

    def action_close(self) -> None:
        if self.query_one(SearchLine).has_focus:
            self._leave_search()
        else:
            self.dismiss(None)


def about(child: Child, following: bool) -> list[str]:
    """What a child is, how it ended and what it used, in lines; foreign text has passed ``display()``."""
    shell = f" (by the shell: {child.command.reason})" if child.command.reason else ""
    lines = [f"{child.command.preview}{shell}", f"in {display(child.cwd)}, {_when(child)}"]
    if isinstance(child.error, OSExplorerError):
        lines.append(str(child.error))
    usage = child.rusage
    if usage is not None:
        lines.append(
            f"user {usage.user:.3f}s, system {usage.system:.3f}s, peak memory {memory_text(child)}, "
            f"wait status 0x{child.status or 0:04x}"
        )
        lines.append(
            f"faults {usage.minor_faults} minor {usage.major_faults} major, "
            f"switches {usage.voluntary_switches}+{usage.involuntary_switches}, "
            f"blocks {usage.blocks_in} in {usage.blocks_out} out"
        )
    elif child.cpu is not None:
        used = duration_text(child.cpu_time or 0.0)
        lines.append(f"CPU {child.cpu * 100:.0f} % of a core, {used} so far, memory {memory_text(child)}")
    lines.append(_output(child, following))
    return lines


def _when(child: Child) -> str:
    clock = clock_text(child, time.monotonic_ns())
    if child.error is not None:
        return f"tried at {time_text(child.started)}"
    verb = "for" if child.alive else "ran for"
    return f"pid {child.pid}, started {time_text(child.started)}, {verb} {clock}"


def _output(child: Child, following: bool) -> str:
    text = f"{child.output_bytes:,} bytes written"
    if child.dropped_bytes:
        text += f", the oldest {size_text(child.dropped_bytes)} not kept"
    if child.output_open and not child.alive:
        text += "; a descendant still has the output open"
    return f"{text}; {'following' if following else 'not following'}"
