"""Type a command line and launch it as a child."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.command_line import MODES, Mode, parse_command
from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.field import Field

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_MODE_TEXTS: dict[Mode, str] = {
    "auto": "the shell only where the line needs one",
    "argv": "an argument list, no shell",
    "shell": "the shell reads the line",
}


class Prompted(NamedTuple):
    """What was typed, and how to take it."""

    line: str
    mode: Mode
    terminal: bool
    """Whether it gets a terminal of its own."""
    then: Literal["launch", "all options", "templates"]
    """What is to become of it: it is launched, there is more to say, or a template is wanted in its place."""


class LaunchDialog(Dialog[Prompted]):
    """Dismisses with the line. Shows while it is typed exactly what will be executed, or why nothing can be.

    Args:
        line: what the field begins with, raw.
        cwd: the directory that the child starts in.
    """

    HINTS: ClassVar[str] = "Enter launch · ↑ ↓ history · Ctrl+R templates · Ctrl+O all options"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "earlier(-1)", show=False, priority=True),
        Binding("down", "earlier(1)", show=False, priority=True),
        Binding("ctrl+t", "mode", show=False, priority=True),
        Binding("ctrl+y", "terminal", show=False, priority=True),
        Binding("ctrl+o", "all_options", show=False, priority=True),
        Binding("ctrl+r", "templates", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    LaunchDialog #preview { margin-top: 1; max-height: 10; }
    LaunchDialog #where { margin-top: 1; }
    """

    def __init__(self, session: Session, line: str = "", *, cwd: str = "") -> None:
        super().__init__("Launch")
        self.session = session
        self.start_line = line
        self.cwd = cwd
        self.mode: Mode = "auto"
        self.terminal = False
        self._history = [*session.children.history, line]
        self._at = len(self._history) - 1

    @property
    def shell(self) -> str:
        """The shell, as the settings say."""
        return cast("Host", self.app).settings.shell

    def body(self) -> ComposeResult:
        yield Field(display(self.start_line), placeholder="a command, as for a shell")
        yield Text("", id="preview")
        yield Text("", id="problem", classes="problem")
        yield Text("", id="where", classes="hint")

    def on_mount(self) -> None:
        field = self.query_one(Field)
        field.cursor_position = len(field.value)
        field.focus()
        self._judge()

    @property
    def line(self) -> str:
        """What is typed, raw. Only control characters of a line from the history are held escaped in the field, so the
        backslashes that were typed stay as they are."""
        value = self.query_one(Field).value
        recalled = self._history[self._at]
        return recalled if value == _shown(recalled) else value

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge()

    def _judge(self) -> None:
        preview, problem = "", ""
        try:
            command = parse_command(self.line, self.mode, self.shell)
        except Refused as refusal:
            problem = str(refusal) if self.line.strip() else ""
        else:
            preview = command.preview + (f"\nThe shell reads it: {command.reason}" if command.reason else "")
        self.query_one("#preview", Text).show(preview)
        self.query_one("#preview").display = bool(preview)
        self.query_one("#problem", Text).show(problem)
        self.query_one("#problem").display = bool(problem)
        variables = len(self.session.environment.variables.now)
        streams = "a terminal of its own" if self.terminal else "pipes; its output goes to pane 6"
        self.query_one("#where", Text).show(
            f"Ctrl+T  {self.mode}: {_MODE_TEXTS[self.mode]}\n"
            f"Ctrl+Y  on {streams}\n"
            f"in {display(self.cwd) if self.cwd else 'the working directory'}, "
            f"with the {variables} variables of pane 4"
        )

    def action_mode(self) -> None:
        """The next way to take the line."""
        self.mode = MODES[(MODES.index(self.mode) + 1) % len(MODES)]
        self._judge()

    def action_terminal(self) -> None:
        """Pipes, or a terminal of its own."""
        self.terminal = not self.terminal
        self._judge()

    def action_all_options(self) -> None:
        """The form with all that can be said about a launch, begun with what was typed."""
        self.dismiss(Prompted(self.line, self.mode, self.terminal, "all options"))

    def action_templates(self) -> None:
        """Launch something that was given a name instead."""
        self.dismiss(Prompted(self.line, self.mode, self.terminal, "templates"))

    def action_earlier(self, by: int) -> None:
        """Another line of the history."""
        field = self.query_one(Field)
        if self._at == len(self._history) - 1:
            self._history[-1] = self.line
        self._at = max(0, min(self._at + by, len(self._history) - 1))
        field.value = _shown(self._history[self._at])
        field.cursor_position = len(field.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        line = self.line
        try:
            parse_command(line, self.mode, self.shell)
        except Refused as refusal:
            self.query_one("#problem", Text).show(str(refusal))
            self.query_one("#problem").display = True
            return
        self.dismiss(Prompted(line, self.mode, self.terminal, "launch"))


def _shown(line: str) -> str:
    """How the field shows a raw line."""
    return line if line.isprintable() else display(line)
