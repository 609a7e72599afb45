"""Something else in the place of a file of state: it is told or left out, and nothing waits for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from osexplorer.model.errors import CallError, Refused
from osexplorer.places import state_directory
from osexplorer.system.child_history import read_output
from osexplorer.system.journal import Reader, Writer, journals


def written(title: str) -> str:
    writer = Writer(title)
    writer.add(1, 2, "/place", ["m3 644 600 name"])
    path = writer.close()
    assert path is not None
    return path


def test_a_fifo_among_the_journals_is_left_out(isolated_environment: Path) -> None:
    written("a change")
    os.mkfifo(os.path.join(state_directory() or "", "undo", "9.journal"))
    assert [one.title for one in journals()] == ["a change"]


def test_a_damaged_record_of_a_journal_is_told(isolated_environment: Path) -> None:
    path = written("a change")
    with open(path, "ab") as file:
        file.write(b"d not a number /place\0m3 644 600 name\0")
    reader = Reader(path)
    with pytest.raises(Refused, match="damaged here: d not a number /place"):
        next(reader.sections())
    reader.close(undone=False, refused=False)
    assert os.path.exists(path)


@pytest.mark.parametrize(("make", "name"), [(os.mkdir, "EISDIR"), (os.mkfifo, "ESPIPE")])
def test_something_else_in_the_place_of_an_output_is_told(tmp_path: Path, make: object, name: str) -> None:
    path = str(tmp_path / "output")
    make(path)  # type: ignore[operator]
    with pytest.raises(CallError, match=name):
        read_output(path, 100)
