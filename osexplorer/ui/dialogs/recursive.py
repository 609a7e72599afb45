"""Ask what shall become of a tree: one rule for files, one for directories, and an owner."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.mode_change import ModeChange, parse_mode
from osexplorer.model.owner import Owner, parse_owner
from osexplorer.model.permissions import bits_text, octal_text
from osexplorer.model.recursive import Rules
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.fields import FieldsDialog
from osexplorer.ui.field import Field

_EXAMPLES = {"files": (0o644, 0o755), "directories": (0o755, 0o2700)}


class RecursiveDialog(FieldsDialog[Rules]):
    """Dismisses with the rules; nothing is changed by them before they were looked at.

    Args:
        names: what the tree is called; foreign text in it has passed ``display()``.
        umask: counts where an expression names no class.
    """

    HINTS: ClassVar[str] = "Enter look what changes · ↑ ↓ field · Esc cancel"
    DEFAULT_CSS = """
    RecursiveDialog .meaning { color: $muted; margin-bottom: 1; }
    """

    def __init__(self, session: Session, names: str, umask: int) -> None:
        super().__init__(f"Change {names} and everything below")
        self.session, self.umask = session, umask

    def body(self) -> ComposeResult:
        yield Text("Files")
        yield Field("", id="files", placeholder="a mode as chmod takes it, as u=rwX,go=rX; empty leaves it")
        yield Text("", id="files-meaning", classes="meaning")
        yield Text("Directories")
        yield Field("", id="directories", placeholder="the same for directories; empty leaves it")
        yield Text("", id="directories-meaning", classes="meaning")
        yield Text("Owner and group")
        yield Field("", id="owner", placeholder="user:group as chown takes it; empty leaves it")
        yield Text("", id="problem", classes="problem")
        yield Text("Links are not followed and other file systems are left out. First you see what would change.")

    def on_mount(self) -> None:
        self.query_one("#files", Field).focus()
        self._judge()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge()

    def _judge(self) -> None:
        """Say what the rules mean, or what is wrong with them."""
        problem = ""
        for name, examples in _EXAMPLES.items():
            meaning = "as it is"
            try:
                change = self._change(name)
            except Refused as error:
                problem, meaning = f"{name.capitalize()}: {error}", ""
            else:
                if change is not None:
                    directory = name == "directories"
                    meaning = ", ".join(_example(change, mode, directory, self.umask) for mode in examples)
            self.query_one(f"#{name}-meaning", Text).show(meaning)
        if owner := self.typed("owner"):
            try:
                parse_owner(owner)
            except Refused as error:
                problem = str(error)
        self.tell(problem)

    def _change(self, name: str) -> ModeChange | None:
        text = self.typed(name)
        return parse_mode(text) if text else None

    async def accept(self) -> None:
        owner = Owner()
        try:
            files, directories = self._change("files"), self._change("directories")
            if text := self.typed("owner"):
                owner = await self.session.permissions.owner_of(text)
        except OSExplorerError as error:
            self.tell(str(error))
            return
        if files is None and directories is None and owner == Owner():
            self.tell("Say what shall change")
            return
        self.dismiss(Rules(files, directories, owner, self.umask))


def _example(change: ModeChange, mode: int, directory: bool, umask: int) -> str:
    new = change.apply(mode, directory=directory, umask=umask)
    return f"{octal_text(mode)} becomes {octal_text(new)} {bits_text(new)}"
