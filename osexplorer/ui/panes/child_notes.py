"""What there is to say of a child besides how it stands: where it comes from, and what its rules do."""

from __future__ import annotations

from collections.abc import Sequence

from osexplorer.model.children import Child
from osexplorer.ui.rowlist import Column

NOTE = Column("note", "Note", 26, flex=1, priority=2, elide="end")
"""Only shown while there is a note."""


def note_text(child: Child) -> str:
    """What there is to say; ``""`` for nothing."""
    parts = [
        "left by an earlier run" if child.earlier else "",
        f"file: {child.output_problem}" if child.output_problem else "",
        child.note,
    ]
    return ", ".join(filter(None, parts))


def with_notes(columns: Sequence[Column], children: Sequence[Child]) -> list[Column]:
    """The columns, with that of the notes before the last one if there are any."""
    *before, last = columns
    return [*before, NOTE, last] if any(map(note_text, children)) else [*before, last]
