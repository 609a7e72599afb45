"""Ask what shall become of a tree: one rule for files, one for directories, and an owner."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.display import undisplay
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.mode_change import ModeChange, parse_mode
from osexplorer.model.owner import Owner, parse_owner
from osexplorer.model.permissions import bits_text, octal_text
from osexplorer.model.recursive import Rules
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.field import Field

_EXAMPLES = {"files": (0o644, 0o755), "directories": (0o755, 0o2700)}
_FIELDS = ("files", "directories", "owner")


class RecursiveDialog(Dialog[Rules]):
    """Dismisses with the rules; nothing is changed by them before they were looked at.

    Args:
        names: what the tree is called; foreign text in it has passed ``display()``.
        umask: counts where an expression names no class.
    """

    HINTS: ClassVar[str] = "Enter look what changes · ↑ ↓ field · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "move(1)", show=False, priority=True),
        Binding("up,shift+tab", "move(-1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    RecursiveDialog .meaning { color: $muted; margin-bottom: 1; }
    """

    def __init__(self, session: Session, names: str, umask: int) -> None:
        super().__init__(f"Change {names} and everything below")
        self.session, self.umask = session, umask
        self._accepting: asyncio.Task[None] | None = None

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

    def action_move(self, by: int) -> None:
        at = next((at for at, name in enumerate(_FIELDS) if self.query_one(f"#{name}").has_focus), 0)
        self.query_one(f"#{_FIELDS[(at + by) % len(_FIELDS)]}", Field).focus()

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
        if owner := self._text("owner"):
            try:
                parse_owner(owner)
            except Refused as error:
                problem = str(error)
        self._tell(problem)

    def _tell(self, problem: str) -> None:
        text = self.query_one("#problem", Text)
        text.show(problem)
        text.display = bool(problem)

    def _text(self, name: str) -> str:
        return undisplay(self.query_one(f"#{name}", Field).value.strip())

    def _change(self, name: str) -> ModeChange | None:
        text = self._text(name)
        return parse_mode(text) if text else None

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._accepting is not None:
            self._accepting.cancel()
        self._accepting = self.begin(self._accept())

    async def _accept(self) -> None:
        owner = Owner()
        try:
            files, directories = self._change("files"), self._change("directories")
            if text := self._text("owner"):
                owner = await self.session.permissions.owner_of(text)
        except OSExplorerError as error:
            self._tell(str(error))
            return
        if files is None and directories is None and owner == Owner():
            self._tell("Say what shall change")
            return
        self.dismiss(Rules(files, directories, owner, self.umask))


def _example(change: ModeChange, mode: int, directory: bool, umask: int) -> str:
    new = change.apply(mode, directory=directory, umask=umask)
    return f"{octal_text(mode)} becomes {octal_text(new)} {bits_text(new)}"
