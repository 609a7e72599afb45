"""What is said of a mode beside the grid."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from osexplorer.model.identity import Identity
from osexplorer.model.mode_edit import ModeEdit
from osexplorer.system.status import status
from osexplorer.ui.mode_notes import targets_of, view_of


def notes(paths: list[Path], euid: int) -> str:
    targets = targets_of([status(str(path)) for path in paths])
    edit = ModeEdit.of(tuple(one.status.mode for one in targets), (False,) * len(targets))
    identity = Identity("host", euid, euid, 0, 0, (), "me", "me", "me", "me", 0o22)
    return "\n".join(str(note.text) for note in view_of(edit, targets, identity).notes)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a file away")
def test_of_several_it_is_said_how_many_are_not_ours(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "two", "three")]
    for path in paths:
        path.touch()
    assert "Only root may change this mode" in notes(paths, 7)
    os.chown(paths[0], 7, -1)
    assert "2 of 3: only root may change the mode" in notes(paths, 7)
    assert "Only" not in notes(paths[:1], 7)
    os.chown(paths[1], 8, -1)
    assert "2 of 3: only their owners or root may change the mode" in notes(paths, 7)
    assert "only" not in notes(paths, 0)
