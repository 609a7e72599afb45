"""Launches that have a name: chosen, given."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from osexplorer.model.child_history import Past, line_of
from osexplorer.model.display import display
from osexplorer.model.launch import Launch
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.naming import ask_for_name
from osexplorer.ui.dialogs.past_list import PastList
from osexplorer.ui.rowlist import Cell, Column, Span

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_COLUMNS = [
    Column("name", "Name", 12, flex=1, elide="end"),
    Column("command", "Command", 14, flex=3, elide="end"),
    Column("cwd", "Directory", 12, flex=1, priority=1, elide="middle"),
]


class TemplatesDialog(PastList):
    """The templates, by name."""

    HINTS: ClassVar[str] = "Enter launch · Ctrl+E edit · Ctrl+D forget · Esc cancel"

    def __init__(self, session: Session) -> None:
        super().__init__(
            "Templates",
            _COLUMNS,
            _cell,
            lambda choice: f"{choice[0].key} {choice[0].command.line}",
            lambda choice: choice[0].key,
            "No templates yet: S in pane 6 gives the launch of a child a name",
        )
        self.session = session

    def on_mount(self) -> None:
        super().on_mount()
        templates = self.session.templates
        self.keep_up(templates.read, templates.feed, lambda kept: [(past, False) for _, past in kept])

    async def forget(self, one: tuple[Past, bool]) -> None:
        await self.session.templates.remove(one[0].key)


def ask_to_save(app: Host, launch: Launch) -> None:
    """Ask for a name, and keep the launch under it."""

    async def save(name: str) -> None:
        await app.session.templates.save(name, launch)
        app.say(f"Kept as {display(name.strip())}: T in pane 6 launches it, with the variables of pane 4 then")

    known = {name for name, _ in app.session.templates.feed.value}
    suggestion = launch.command.argv[0].rpartition("/")[2] if not launch.command.shell else ""
    ask_for_name(app, "template", suggestion, display(line_of(launch.command)), known, save)


def _cell(choice: tuple[Past, bool], column: str) -> Cell:
    past = choice[0]
    match column:
        case "name":
            return Span(past.key, "strong")
        case "cwd":
            return Span(past.cwd, "dim")
        case _:
            return line_of(past.command)
