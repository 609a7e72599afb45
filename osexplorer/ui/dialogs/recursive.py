"""Ask what shall become of a tree: one rule for files, one for directories, and an owner."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.mode_change import ModeChange, parse_mode
from osexplorer.model.mode_text import bits_left, looks_like_bits, parse_bits
from osexplorer.model.owner import Owner, parse_owner
from osexplorer.model.permissions import octal_text
from osexplorer.model.recursive import Rules
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.accounts import OwnerNames
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

    HINTS: ClassVar[str] = "Enter preview changes · ↑ ↓ field · F2 keep set-ID · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "keep", "Keep", show=False, priority=True)]

    def __init__(self, session: Session, names: str, umask: int) -> None:
        super().__init__(f"Change {names} and everything below")
        self.session, self.umask = session, umask
        self.keep = False
        self._names = OwnerNames()

    def body(self) -> ComposeResult:
        yield Text("Files")
        yield Field("", id="files", placeholder="as chmod takes it, go-w, u=rwX; or rw-r--?--; empty leaves it")
        yield Text("", id="files-meaning", classes="meaning")
        yield Text("Directories")
        yield Field("", id="directories", placeholder="the same for directories; empty leaves it")
        yield Text("", id="directories-meaning", classes="meaning")
        yield Text("Owner and group")
        yield Field("", id="owner", placeholder="user:group as chown takes it; empty leaves it", suggester=self._names)
        yield Text("", id="owner-meaning", classes="meaning")
        yield Text("", id="problem", classes="problem")
        yield Text("Links are not followed and other file systems are left out. First you see what would change.")

    def on_mount(self) -> None:
        self.query_one("#files", Field).focus()
        self.begin(self._names.learn(self.session))
        self._judge()

    def action_keep(self) -> None:
        """Put setuid, setgid and capabilities back, or not."""
        self.keep = not self.keep
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
                    each = bits_left(change, directory=directory, umask=self.umask)
                    shown = ", ".join(_example(change, mode, directory, self.umask) for mode in examples)
                    meaning = f"{each}: {shown}"
            self.query_one(f"#{name}-meaning", Text).show(meaning)
        owner = self.typed("owner")
        if owner:
            try:
                parse_owner(owner)
            except Refused as error:
                problem = str(error)
        what = "set-ID bits and capabilities, which the kernel takes away then"
        kept = f"[{'x' if self.keep else ' '}] F2: put back {what}" if owner else ""
        self.query_one("#owner-meaning", Text).show(kept)
        self.tell(problem)

    def _change(self, name: str) -> ModeChange | None:
        text = self.typed(name)
        if not text:
            return None
        return parse_bits(text) if looks_like_bits(text) else parse_mode(text)

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
            self.tell("Say what to change")
            return
        self.dismiss(Rules(files, directories, owner, self.umask, self.keep, follow=False))


def _example(change: ModeChange, mode: int, directory: bool, umask: int) -> str:
    new = change.apply(mode, directory=directory, umask=umask)
    return f"{octal_text(mode)} becomes {octal_text(new)}"
