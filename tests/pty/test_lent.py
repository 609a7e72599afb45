"""Programs that get the terminal for a while: what they see, and that ours is back afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal

Start = Callable[..., Terminal]


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    """An editor that shows its arguments, reads a line, writes it to the file and ends with status 3."""
    path = tmp_path / "editor"
    path.write_text(
        '#!/bin/sh\necho "EDITING $*"; test -t 1 && echo ON A TERMINAL\nread -r line\necho "$line" > "$2"\nexit 3\n'
    )
    path.chmod(0o755)
    return path


def test_the_editor_has_the_terminal_and_its_status_is_told(program: Start, editor: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "notes").write_text("old\n")
    terminal = program(str(place), env={"VISUAL": f"{editor} -x"})
    terminal.wait_for("notes")
    terminal.type("e")
    terminal.wait_for(f"EDITING -x {place}/notes")
    terminal.wait_for("ON A TERMINAL")
    terminal.type("new", "<enter>")
    terminal.wait_for("editor: exit 3")
    assert (place / "notes").read_text() == "new\n"
    terminal.wait_for("4B")
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert terminal.unrestored() == []


def test_a_shell_here(program: Start, tmp_path: Path) -> None:
    place = tmp_path / "some place"
    place.mkdir()
    terminal = program(str(place), env={"SHELL": "/bin/sh", "PS1": "PROMPT: "})
    terminal.wait_for("The directory is empty")
    terminal.type("S")
    terminal.wait_for(
        lambda text: text.strip() == "PROMPT:", why="the shell"
    )  # what is typed before it is thrown away, with answers of the terminal among it
    terminal.type("echo in:$PWD:; touch made", "<enter>")
    terminal.wait_for(f"in:{place}:")
    terminal.type("exit", "<enter>")
    terminal.wait_for("sh: exit 0")
    terminal.wait_for("made")
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert terminal.unrestored() == []


def test_a_missing_editor_is_told(program: Start, tmp_path: Path) -> None:
    (tmp_path / "notes").touch()
    terminal = program(str(tmp_path), env={"VISUAL": "no-such-editor"})
    terminal.wait_for("notes")
    terminal.type("e")
    terminal.wait_for("$VISUAL names no-such-editor")
    terminal.type("q")
    assert terminal.exit_status() == 0
