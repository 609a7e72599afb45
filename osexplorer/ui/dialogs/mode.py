"""Ask for a mode as chmod takes it, and show what it would make of the files while it is typed."""

from __future__ import annotations

from osexplorer.model.display import display
from osexplorer.model.identity import Identity
from osexplorer.model.mode_change import BadMode, parse_mode
from osexplorer.model.mode_edit import ModeEdit
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.mode_notes import Target, view_of


def mode_prompt(names: str, edit: ModeEdit, targets: tuple[Target, ...], identity: Identity) -> Prompt:
    """The question; it is answered with an expression that :func:`parse_mode` takes.

    Args:
        names: what is to be changed; foreign text in it has passed ``display()``.
        edit: what the expression is applied to.
    """

    def check(text: str) -> str:
        if not text:
            return "Type a mode: octal as 644, or symbolic as u+x, go-w, a+rX"
        try:
            parse_mode(text)
        except BadMode as error:
            return str(error)
        return ""

    def preview(text: str) -> str:
        view = view_of(edit.after(parse_mode(text), identity.umask), targets, identity)
        return "\n".join([view.text, *(display(note.text) for note in view.notes)])

    return Prompt(
        f"Change the mode of {names}", detail="As chmod takes it; Enter applies", check=check, preview=preview
    )
