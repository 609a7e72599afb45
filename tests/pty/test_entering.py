"""Keys typed right behind those that enter a directory act in that directory, or nowhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuse_server import serving
from tests.pty.terminal import Terminal

Start = Callable[..., Terminal]
WAITING = "so far; Esc gives up"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "into").mkdir(parents=True)
    (place / "source").write_text("text")
    return place


def with_source_copied(program: Start, place: Path) -> Terminal:
    """The program, with a file to be pasted and the cursor on the directory."""
    terminal = program(str(place))
    terminal.wait_for(lambda text: "into/" in text and "3 Inspector · into" in text)
    terminal.type("j")
    terminal.wait_for("3 Inspector · source")
    terminal.type("y")
    terminal.wait_for("1 to copy")
    terminal.type("k")
    terminal.wait_for("3 Inspector · into")
    return terminal


def test_what_is_typed_in_one_burst_with_enter_is_done_in_the_directory_entered(program: Start, place: Path) -> None:
    terminal = with_source_copied(program, place)
    terminal.type(b"\rp")
    terminal.wait_until((place / "into" / "source").exists, "the copy")
    terminal.wait_for("1 entry")
    terminal.type(b"hn")
    terminal.wait_for("New in ")
    terminal.type("beside", "<enter>")
    terminal.wait_until((place / "beside").exists, "the new file")
    terminal.wait_for("3 Inspector · beside")
    terminal.type("g")
    terminal.wait_for("3 Inspector · into")
    terminal.type(b"\r!touch launched\r")
    terminal.wait_for("exit 0")
    assert sorted(os.listdir(place / "into")) == ["launched", "source"]
    assert sorted(os.listdir(place)) == ["beside", "into", "source"]
    terminal.type("q")
    assert terminal.exit_status() == 0


@pytest.mark.parametrize("way_out", ["<escape>", "h"])
def test_a_directory_that_does_not_answer_is_left_at_once_though_a_key_waits_for_it(
    program: Start, place: Path, way_out: str
) -> None:
    with serving(place / "into", "one", "two") as mounted:
        terminal = with_source_copied(program, place)
        mounted.stop()
        terminal.type(b"\rp")
        terminal.wait_for(WAITING)
        terminal.type(way_out)
        terminal.wait_for(lambda text: WAITING not in text and "not carried out" in text)
        if way_out == "h":
            terminal.wait_for("3 Inspector · place")
        terminal.type("q")
        assert terminal.exit_status() == 0
        assert sorted(os.listdir(place)) == ["into", "source"]
