"""Run a command over files, a child each: asks which command, and how many at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.child_rules import Rules, parse_optional_seconds
from osexplorer.model.command_line import MODES, Command, Mode
from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch
from osexplorer.model.run_over import MOST_AT_ONCE, PLACES_TEXT, command_over
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.fields import FieldsDialog
from osexplorer.ui.field import Field

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_SHOWN = 3


class Over(NamedTuple):
    """What was asked for."""

    line: str
    commands: tuple[tuple[str, Command], ...]
    """The files, and what is executed for each."""
    most: int
    timeout: float | None


class OverFilesDialog(FieldsDialog[Over]):
    """Dismisses with the commands. Shows while they are typed exactly what will be executed for the first files.

    Args:
        paths: the files.
        cwd: the directory that the children start in.
    """

    HINTS: ClassVar[str] = "Enter start · ↑ ↓ field · Ctrl+T shell or not · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+t", "mode", show=False, priority=True)]
    DEFAULT_CSS = """
    OverFilesDialog > #frame { width: 100; }
    OverFilesDialog .row { height: 1; }
    OverFilesDialog .row > .label { width: 15; }
    OverFilesDialog #preview { margin-top: 1; }
    """

    def __init__(self, session: Session, paths: Sequence[str], cwd: str) -> None:
        count = f"{len(paths):,} files" if len(paths) > 1 else display(os.path.basename(paths[0]))
        super().__init__(f"Run over {count}, a child each")
        self.session, self.paths, self.cwd = session, tuple(paths), cwd
        self.mode: Mode = "auto"

    def body(self) -> ComposeResult:
        from textual.containers import Horizontal

        fields = {
            "line": ("Command", "", "gzip -t {}"),
            "most": ("At once", str(os.cpu_count() or 1), ""),
            "timeout": ("Time limit", "", "30, 1.5m, 2h for each; empty for none"),
        }
        for name, (title, value, hint) in fields.items():
            with Horizontal(classes="row"):
                yield Text(title, classes="label")
                yield Field(value, id=name, placeholder=hint)
        yield Text(PLACES_TEXT + "; without any, the path is added at the end", classes="hint")
        yield Text("", id="preview")
        yield Text("", id="problem", classes="problem")

    def on_mount(self) -> None:
        self.query_one("#line", Field).focus()
        self._judge()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge()

    def _commands(self, paths: Sequence[str]) -> tuple[tuple[str, Command], ...]:
        line, shell = self.query_one("#line", Field).value, cast("Host", self.app).settings.shell
        return tuple((path, command_over(line, path, self.mode, shell)) for path in paths)

    def _most(self) -> int:
        text = self.typed("most")
        if not text.isdecimal() or not 1 <= int(text) <= MOST_AT_ONCE:
            raise Refused(f"At once: a number from 1 to {MOST_AT_ONCE}")
        return int(text)

    def _judge(self) -> None:
        lines, problem = [], ""
        try:
            lines = [command.preview for _, command in self._commands(self.paths[:_SHOWN])]
            self._most()
            parse_optional_seconds(self.typed("timeout"))
        except Refused as refusal:
            problem = str(refusal) if self.typed("line") else ""
        if len(self.paths) > _SHOWN and lines:
            lines.append(f"and {len(self.paths) - _SHOWN:,} more")
        lines.append(f"{self.mode}, in {display(self.cwd)}, with the variables of pane 4")
        self.tell(problem)
        self.query_one("#preview", Text).show("\n".join(lines))

    def action_mode(self) -> None:
        """The next way to take the line."""
        self.mode = MODES[(MODES.index(self.mode) + 1) % len(MODES)]
        self._judge()

    async def accept(self) -> None:
        try:
            over = Over(
                self.query_one("#line", Field).value,
                self._commands(self.paths),
                self._most(),
                parse_optional_seconds(self.typed("timeout")),
            )
        except Refused as refusal:
            self.tell(str(refusal))
            return
        self.dismiss(over)


def ask_to_run_over(app: Host, paths: Sequence[str], cwd: str) -> None:
    """Ask which command, start it, and show its results as they come."""
    from osexplorer.ui.dialogs.over_results import OverResults

    session = app.session

    def answered(over: Over | None) -> None:
        if over is None:
            return
        environment = session.environment.for_child()
        launches = [
            (path, Launch(command, cwd=cwd, environment=environment, timeout=over.timeout))
            for path, command in over.commands
        ]
        run = session.runs_over.start(over.line, launches, over.most, Rules(timeout=over.timeout))
        app.push_screen(OverResults(session, run))

    app.push_screen(OverFilesDialog(session, paths, cwd), answered)
