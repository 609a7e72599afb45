"""Type several command lines, and start them in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from osexplorer.model.children import Child
from osexplorer.model.command_line import parse_command
from osexplorer.model.display import display, printable
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

MOST = 200
_SHOWN = 6


class LinesArea(TextArea):
    """Lines of text, of which every character can be seen: what is pasted is escaped."""

    DEFAULT_CSS = """
    LinesArea { height: 8; border: none; padding: 0; background: $panel; }
    LinesArea:focus { border: none; }
    """

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = "\n".join(printable(line.expandtabs(4)) for line in event.text.splitlines())
        await super()._on_paste(event)


class SeveralDialog(Dialog[tuple[str, ...]]):
    """Dismisses with the lines, raw.

    Args:
        cwd: the directory that the children start in.
    """

    HINTS: ClassVar[str] = "a command a line · Ctrl+S start all · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "start", show=False, priority=True)]
    DEFAULT_CSS = "SeveralDialog #preview { margin-top: 1; }"

    def __init__(self, session: Session, cwd: str) -> None:
        super().__init__("Start several")
        self.session, self.cwd = session, cwd

    def body(self) -> ComposeResult:
        yield LinesArea(compact=True, soft_wrap=False)
        yield Text("", id="preview")
        yield Text("", id="problem", classes="problem")

    def on_mount(self) -> None:
        self.query_one(LinesArea).focus()
        self._judge()

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._judge()

    @property
    def lines(self) -> list[str]:
        """The lines that are not empty."""
        return [line.strip() for line in self.query_one(LinesArea).text.split("\n") if line.strip()]

    def _problem(self) -> str:
        for number, line in enumerate(self.lines, 1):
            try:
                parse_command(line, "auto", cast("Host", self.app).settings.shell)
            except Refused as refusal:
                return f"Command {number}: {refusal}"
        return f"At most {MOST} at once" if len(self.lines) > MOST else ""

    def _judge(self) -> None:
        problem = self._problem()
        self.query_one("#problem", Text).show(problem)
        self.query_one("#problem").display = bool(problem)
        shell, lines = cast("Host", self.app).settings.shell, self.lines
        shown = [] if problem else [parse_command(line, "auto", shell).preview for line in lines[:_SHOWN]]
        if len(lines) > _SHOWN and not problem:
            shown.append(f"and {len(lines) - _SHOWN} more")
        where = f"in {display(self.cwd) or 'the working directory'}, with the variables of pane 4, all at the same time"
        self.query_one("#preview", Text).show("\n".join([*shown, where]))

    def action_start(self) -> None:
        """Start them all."""
        if self.lines and not self._problem():
            self.dismiss(tuple(self.lines))


async def start_several(app: Host, lines: Sequence[str]) -> list[Child]:
    """Start these, without waiting for one before the next."""
    session, cwd = app.session, app.header.path or None
    environment = session.environment.for_child()
    children = []
    for line in lines:
        session.children.remember(line)
        command = parse_command(line, "auto", app.settings.shell)
        children.append(await session.children.begin(Launch(command, cwd=cwd, environment=environment)))
    return children
