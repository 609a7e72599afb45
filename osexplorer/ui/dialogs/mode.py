"""Ask for a mode as an expression, in octal or as letters, each following the others, and show what it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from osexplorer.model.display import display, undisplay
from osexplorer.model.errors import Refused
from osexplorer.model.identity import Identity
from osexplorer.model.mode_change import ModeChange, parse_mode
from osexplorer.model.mode_edit import ModeEdit
from osexplorer.model.mode_text import bits_of, expression_of, octal_of, parse_bits, parse_octal, umask_text
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.fields import FieldsDialog
from osexplorer.ui.field import Field
from osexplorer.ui.mode_notes import Target, view_of

_PARSERS: dict[str, Callable[[str], ModeChange]] = {
    "expression": parse_mode,
    "octal": parse_octal,
    "letters": parse_bits,
}


class ModeDialog(FieldsDialog[ModeChange]):
    """Dismisses with the change that was typed.

    Args:
        names: what is to be changed; foreign text in it has passed ``display()``.
        edit: what the change is applied to.
    """

    DEFAULT_CSS = """
    ModeDialog #expression, ModeDialog #letters { margin-bottom: 1; }
    """
    HINTS: ClassVar[str] = "Enter apply · ↑ ↓ field · Esc cancel"

    def __init__(self, names: str, edit: ModeEdit, targets: tuple[Target, ...], identity: Identity) -> None:
        super().__init__(f"Change the mode of {names}")
        self.edit, self.targets, self.identity = edit, targets, identity
        self._typed_in = "expression"
        """The field that counts: the one that was typed in last."""

    def body(self) -> ComposeResult:
        yield Field("", id="expression", placeholder="as chmod takes it: 644, u+x, go-w, a+rX, g=u")
        yield Text("Octal, and as letters; ? leaves what stands there", classes="hint")
        yield Field(octal_of(self.edit.new), id="octal")
        yield Field(bits_of(self.edit.new), id="letters")
        yield Text("", id="preview")
        yield Text("", id="problem", classes="problem")
        yield Text(f"umask {umask_text(self.identity.umask)}", classes="hint")

    def on_mount(self) -> None:
        self.query_one("#expression", Field).focus()
        self._judge()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.has_focus:
            self._typed_in = event.input.id or ""
            self._judge()

    def _change(self) -> ModeChange:
        """What was typed. Raises ``Refused`` where that is no mode."""
        text = undisplay(self.query_one(f"#{self._typed_in}", Field).value)
        if not text:
            raise Refused("Type a mode: octal as 644, symbolic as u+x, go-w, a+rX, or letters as rw-r-----")
        return _PARSERS[self._typed_in](text)

    def _judge(self) -> None:
        preview = self.query_one("#preview", Text)
        try:
            edit = self.edit.after(self._change(), self.identity.umask)
        except Refused as error:
            preview.show("")
            self.tell(str(error))
            return
        self.tell("")
        view = view_of(edit, self.targets, self.identity)
        same = [] if edit.changed else ["Nothing changes"]
        preview.show("\n".join([view.text, *same, *(display(note.text) for note in view.notes)]))
        self._follow(edit)

    def _follow(self, edit: ModeEdit) -> None:
        """Let the other fields say the same."""
        said = {"octal": octal_of(edit.new), "letters": bits_of(edit.new)}
        if len(set(edit.new)) == 1:
            said["expression"] = expression_of(edit.new[0], directory=any(edit.directories))
        with self.prevent(Input.Changed):
            for name, text in said.items():
                if name != self._typed_in:
                    self.query_one(f"#{name}", Field).value = text

    async def accept(self) -> None:
        try:
            self.dismiss(self._change())
        except Refused as error:
            self.tell(str(error))
