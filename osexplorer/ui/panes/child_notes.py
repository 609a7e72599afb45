"""What stands before the command in a child's row: where it comes from, and what its rules do."""

from __future__ import annotations

from osexplorer.model.children import Child
from osexplorer.ui.rowlist import Span


def note_text(child: Child) -> str:
    """What there is to say of a child besides how it stands; ``""`` for nothing."""
    if child.earlier:
        left = "left running by an earlier run" if child.alive else "of an earlier run"
        return f"{left}, {child.note}" if child.note else left
    return child.note


def command_cell(child: Child) -> list[Span]:
    """The command, after what there is to say of the child."""
    command = Span(child.command.line)
    note = note_text(child)
    return [Span(f"{note}: ", "warn"), command] if note else [command]
