"""Launches that have a name: chosen, launched, given."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from osexplorer.model.child_history import Past, line_of
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.launch import Launch
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_COLUMNS = [
    Column("name", "Name", 12, flex=1, elide="end"),
    Column("command", "Command", 14, flex=3, elide="end"),
    Column("cwd", "Directory", 12, flex=1, priority=1, elide="middle"),
]


class TemplatesDialog(Picker[tuple[Past, bool]]):
    """Dismisses with the template chosen, and whether it shall be changed before it is launched."""

    WIDE = True
    HINTS: ClassVar[str] = "type to filter · Enter launch · Ctrl+E changed · Ctrl+D forget · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+e", "change", show=False, priority=True),
        Binding("ctrl+d", "forget", show=False, priority=True),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__("Templates", (), _COLUMNS, _cell, lambda choice: f"{choice[0].key} {choice[0].command.line}")
        self.session = session

    def on_mount(self) -> None:
        super().on_mount()
        self.begin(self._follow())

    async def _follow(self) -> None:
        try:
            await self.session.templates.read()
        except OSExplorerError as error:
            self.notify(str(error), severity="error", markup=False)
        async for templates in self.session.templates.feed.watch():
            self.choices = tuple((past, False) for _, past in templates)
            rows = self.query_one(RowList)
            none = "No templates yet: S in pane 6 gives the launch of a child a name"
            rows.set_empty("Nothing has all of these words" if self.choices else none)
            if isinstance(rows.source, TableSource):
                rows.source.set_rows(self.matches(self.query_one(Field).value.lower().split()))
            rows.rows_changed()

    def _under(self) -> Past | None:
        key = self.query_one(RowList).cursor_key
        return self.choices[key][0] if isinstance(key, int) and key < len(self.choices) else None

    def action_change(self) -> None:
        """Launch it with changes."""
        if (past := self._under()) is not None:
            self.dismiss((past, True))

    def action_forget(self) -> None:
        """Forget the template under the cursor."""
        if (past := self._under()) is not None:
            self.begin(self._forget(past.key))

    async def _forget(self, name: str) -> None:
        try:
            await self.session.templates.remove(name)
        except OSExplorerError as error:
            self.notify(str(error), severity="error", markup=False)


def ask_for_template(app: Host) -> None:
    """Ask which template, and launch it with the variables of pane 4."""

    def chosen(answer: tuple[Past, bool] | None) -> None:
        from osexplorer.model.launch_form import draft_of
        from osexplorer.ui.launching import ask_for_all, carry_out

        if answer is None:
            return
        past, change = answer
        environment = app.session.environment.for_child()
        try:
            launch = past.launch(environment)
        except Refused as refusal:
            app.say(str(refusal), problem=True)
            return
        if change:
            ask_for_all(app, draft_of(launch, environment))
        else:
            carry_out(app, launch)

    app.push_screen(TemplatesDialog(app.session), chosen)


def ask_to_save(app: Host, launch: Launch) -> None:
    """Ask for a name, and keep the launch under it."""

    async def save(name: str) -> None:
        await app.session.templates.save(name, launch)
        app.say(f"Kept as {display(name.strip())}: T in pane 6 launches it, with the variables of pane 4 then")

    def answered(name: str | None) -> None:
        if name is not None:
            app.work(save(name))

    def check(name: str) -> str:
        return "" if name.strip() else "Type a name"

    known = [name for name, _ in app.session.templates.feed.value]

    def preview(name: str) -> str:
        return "takes the place of the template of that name" if name.strip() in known else ""

    suggestion = display(launch.command.argv[0].rpartition("/")[2] if not launch.command.shell else "")
    detail = display(line_of(launch.command))
    app.push_screen(Prompt("Name of the template", suggestion, detail=detail, check=check, preview=preview), answered)


def _cell(choice: tuple[Past, bool], column: str) -> Cell:
    past = choice[0]
    match column:
        case "name":
            return Span(past.key, "strong")
        case "cwd":
            return Span(past.cwd, "dim")
        case _:
            return line_of(past.command)
