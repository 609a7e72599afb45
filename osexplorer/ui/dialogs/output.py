"""What one child wrote, live, under what it is and what it used."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.children import Child
from osexplorer.model.command_line import Command
from osexplorer.model.display import display, undisplay
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.programs import Ended
from osexplorer.model.units import size_text
from osexplorer.services.child_input import ChildInput
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.output_about import about, elsewhere, input_text
from osexplorer.ui.dialogs.output_lines import OutputLines
from osexplorer.ui.field import Field

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_COPY_MOST = 1024 * 1024
"""Bytes that are put on the clipboard, the newest: more, and terminals drop all of it."""


class SearchLine(Field):
    """The line in which a search is typed."""

    DEFAULT_CSS = "SearchLine { dock: bottom; display: none; }"


class InputLine(Field):
    """The line in which something is typed for the child to read."""

    DEFAULT_CSS = "InputLine { dock: bottom; display: none; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+d", "screen.end_input", show=False, priority=True)]


class OutputDialog(Dialog[None]):
    """Reads the output of the child with this id until it is closed."""

    WIDE = True
    HINTS: ClassVar[str] = "f follow · / find · w wrap · t time · r raw · y copy · s save · v page"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", show=False),
        Binding("slash", "search", show=False),
        Binding("n", "next(False)", show=False),
        Binding("N", "next(True)", show=False),
        Binding("w", "wrap", show=False),
        Binding("t", "times", show=False),
        Binding("r", "raw", show=False),
        Binding("y", "copy", show=False),
        Binding("s", "save", show=False),
        Binding("v", "page", show=False),
        Binding("i", "input", show=False),
        Binding("I", "send_file", show=False),
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
        yield InputLine(placeholder="a line for its input · Enter send · Ctrl+D end of input · Esc back")

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
        into = self.session.children.input(self.child_id)
        self.query_one("#about", Text).show("\n".join(about(child, self.lines, input_text(into))))
        nothing = "Nothing of it comes here" if elsewhere(child) else "No output"
        self.lines.set_empty("No output yet" if child.output_open else nothing)

    def _look_changed(self) -> None:
        child = self.session.children.get(self.child_id)
        if child is not None:
            self._show_child(child)

    @on(OutputLines.Wanted)
    def _wanted(self, event: OutputLines.Wanted) -> None:
        event.stop()
        self.begin(self._load(event.start, event.end))

    async def _load(self, start: int, stop: int) -> None:
        await self.session.children.outputs.load(self.child_id, start, stop)
        self.lines.loaded()

    # -- keys

    def action_follow(self) -> None:
        self.lines.set_following(not self.lines.following)

    @on(OutputLines.FollowChanged)
    def _follow_changed(self, event: OutputLines.FollowChanged) -> None:
        event.stop()
        self._look_changed()

    def action_wrap(self) -> None:
        """Break long lines, or cut them."""
        self.lines.set_look(wrapping=not self.lines.wrapping)
        self._look_changed()

    def action_times(self) -> None:
        """Say of each line when it came."""
        self.lines.set_look(timed=not self.lines.timed)
        self._look_changed()

    def action_raw(self) -> None:
        """Show escape codes, or what they mean."""
        self.lines.set_look(raw=not self.lines.raw)
        self._look_changed()

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
            return
        self.begin(self._find(self.sought, self.lines.search_start(backwards), backwards))

    async def _find(self, text: str, start: int, backwards: bool) -> None:
        found = await self.session.children.outputs.find(self.child_id, text, start, backwards)
        if found is not None:
            self.lines.show_found(found)
            return
        where = "before" if backwards else "after"
        self.notify(f"Nothing {where} this holds {text!r}", markup=False)

    # -- its standard input

    def _open_input(self) -> ChildInput | None:
        into = self.session.children.input(self.child_id)
        if into is not None and into.open:
            return into
        child = self.session.children.get(self.child_id)
        over = "It has ended" if child is None or not child.alive else input_text(into)
        self.notify(over or "It was launched without an input to type: all options, Ctrl+O", markup=False)
        return None

    def action_input(self) -> None:
        """Type a line for the child to read."""
        if self._open_input() is not None:
            line = self.query_one(InputLine)
            line.display = True
            line.focus()

    @on(Input.Submitted, "InputLine")
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        into = self._open_input()
        if into is not None:
            self._write(into, b"\n")
        self._look_changed()

    def _write(self, into: ChildInput, end: bytes = b"") -> bool:
        """Hand on what is typed; tells when that cannot be."""
        line = self.query_one(InputLine)
        try:
            into.write(undisplay(line.value).encode("utf-8", "surrogateescape") + end)
        except Refused as refusal:
            self.notify(str(refusal), severity="error", markup=False)
            return False
        line.value = ""
        return True

    def action_end_input(self) -> None:
        """Close the child's input once all that waits is written, a line begun too: it reads the end of the file."""
        if (into := self._open_input()) is not None and self._write(into):
            into.end()
        self._leave_input()
        self._look_changed()

    def _leave_input(self) -> None:
        self.query_one(InputLine).display = False
        self.lines.focus()

    def action_send_file(self) -> None:
        """Send a file for the child to read."""
        from osexplorer.ui.dialogs.prompt import Prompt

        host = cast("Host", self.app)
        into = self._open_input()

        def answered(path: str | None) -> None:
            if path and into is not None:
                job = into.send_file(self.session.door, host.absolute(path))  # goes on when this is closed
                host.work(job, lambda size: host.say(f"{size_text(size)} sent to it"))

        if into is not None:
            where = f"in {display(host.header.path)}"
            self.app.push_screen(Prompt("Send a file to its standard input", detail=where), answered)

    # -- keeping it

    def action_copy(self) -> None:
        """Copy what is kept, as text; of much only the end."""
        self.begin(self._copy())

    async def _copy(self) -> None:
        try:
            data, whole = await self.session.children.outputs.newest(self.child_id, _COPY_MOST)
        except OSExplorerError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.app.copy_to_clipboard(data.decode("utf-8", "replace"))
        of = "" if whole else "the newest "
        self.notify(f"Copied {of}{size_text(len(data))} to the clipboard", markup=False)

    def action_save(self) -> None:
        """Write what is kept to a file."""
        from osexplorer.ui.dialogs.prompt import Prompt

        host = cast("Host", self.app)
        child = self.session.children.get(self.child_id)
        name = os.path.basename(child.command.program) if child is not None else ""
        where = f"in {display(host.header.path)}"

        def answered(path: str | None) -> None:
            if path:
                self.begin(self._save(host.absolute(path)))

        prompt = Prompt("Save the output to a new file", f"{name or 'output'}.log", detail=where)
        self.app.push_screen(prompt, answered)

    async def _save(self, path: str) -> None:
        try:
            size = await self.session.children.outputs.save(self.child_id, path)
        except OSExplorerError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"{size_text(size)} saved to {display(path)}", markup=False)

    def action_page(self) -> None:
        """Read what is kept in ``$PAGER``."""
        self.begin(self._page())

    async def _page(self) -> None:
        outputs = self.session.children.outputs
        try:
            path = await outputs.to_read(self.child_id)
            try:
                command = await self.session.programs.command("pager", [path])
                done = await self._lent(command)
            finally:
                await outputs.read(path)
        except OSExplorerError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if not isinstance(done, Ended):
            self.notify(str(done), severity="error", markup=False)
        elif done.failed:
            self.notify(display(done.text), severity="error", markup=False)

    async def _lent(self, command: Command) -> Ended | Exception:
        """Give the terminal to the program until it ends."""
        from osexplorer.ui.driver import suspended

        return suspended(self.app, lambda: self.session.programs.run_here(command, os.path.sep))

    def action_close(self) -> None:
        if self.query_one(SearchLine).has_focus:
            self._leave_search()
        elif self.query_one(InputLine).has_focus:
            self._leave_input()
        else:
            self.dismiss(None)
