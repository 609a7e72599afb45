"""Choose one of the modes of common use, or of one's own."""

from __future__ import annotations

from collections.abc import Sequence

from osexplorer.model.mode_edit import ModeEdit
from osexplorer.model.mode_text import PRESETS, Preset, bits_of, octal_of, umask_text
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.rowlist import Cell, Column

_COLUMNS = [
    Column("text", "Mode", 8),
    Column("makes", "makes", 15),
    Column("about", "", 20, flex=1, elide="end"),
]


class PresetPicker(Picker[Preset]):
    """Dismisses with a preset.

    Args:
        names: what is to be changed; foreign text in it has passed ``display()``.
        edit: what it is applied to.
        own: presets from the settings.
        umask: counts where an expression names no class.
    """

    def __init__(self, names: str, edit: ModeEdit, own: Sequence[Preset], umask: int) -> None:
        def makes(preset: Preset) -> str:
            new = edit.after(preset.change, umask).new
            return f"{octal_of(new)} {bits_of(new)}"

        def cell(preset: Preset, column: str) -> Cell:
            if column == "makes":
                return makes(preset)
            return preset.text if column == "text" else preset.about

        super().__init__(
            f"Mode of {names}",
            (*PRESETS, *own),
            _COLUMNS,
            cell,
            lambda preset: f"{preset.text} {makes(preset)} {preset.about}",
            detail=f"It is not applied before Enter in the grid. umask {umask_text(umask)}",
        )
