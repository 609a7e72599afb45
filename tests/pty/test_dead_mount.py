"""A file system that does not answer holds up nothing but itself: the program on mounts that are really stopped."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fuse_server import Mounted, serving
from tests.pty.terminal import Terminal

Start = Callable[..., Terminal]
ROOT = str(Path(__file__).parents[2])
WAITING = "so far; Esc gives up"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "alive").mkdir(parents=True)
    (place / "alive" / "inside").touch()
    (place / "dead").mkdir()
    (place / "file").write_text("x" * 1234)
    return place


@pytest.fixture
def dead(place: Path) -> Iterator[Mounted]:
    """A mount at ``dead`` that answers until it is stopped."""
    with serving(place / "dead", "one", "two") as mounted:
        yield mounted


def under_cursor(name: str) -> Callable[[str], bool]:
    return lambda text: f"3 Inspector · {name}" in text


def enters_other_panes_and_quits(terminal: Terminal) -> None:
    """All but the dead place works: panes, another directory, a child; and the end comes at once."""
    terminal.type("4")
    terminal.wait_for("as root #")
    terminal.type("5")
    terminal.wait_for("CPU%")
    terminal.type("!", "echo it-lives", "<enter>")
    terminal.wait_for("exit 0")
    terminal.type("2")
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert terminal.unrestored() == []


def test_a_mount_that_stops_while_it_is_looked_at(program: Start, place: Path, dead: Mounted) -> None:
    terminal = program(str(place))
    terminal.wait_for(lambda text: "dead/" in text and "1.2K" in text)
    terminal.type("j")
    terminal.wait_for(under_cursor("dead"))
    terminal.type("<enter>")
    terminal.wait_for(lambda text: under_cursor("one")(text) and "polling" in text)
    terminal.type("<left>")
    terminal.wait_for(under_cursor("dead"))
    dead.stop()
    terminal.type("<enter>")
    terminal.wait_for(lambda text: "Reading" in text and WAITING in text)
    (place / "new").touch()
    terminal.wait_for("new", why="the listing that is still shown to stay live")
    terminal.type("<escape>")
    terminal.wait_for(lambda text: WAITING not in text, why="the wait to be given up")
    terminal.type("k")
    terminal.wait_for(under_cursor("alive"))
    terminal.type("<enter>")
    terminal.wait_for("inside")
    enters_other_panes_and_quits(terminal)


def test_a_listing_with_a_dead_mount_in_it(program: Start, place: Path, dead: Mounted) -> None:
    dead.stop()
    terminal = program(str(place))
    terminal.wait_for("1.2K", why="what is beside the dead mount")
    terminal.wait_for("ETIMEDOUT", why="its row to say that it does not answer")
    terminal.type("j")
    terminal.wait_for(lambda text: under_cursor("dead")(text) and "No answer about" in text and "no answer yet" in text)
    terminal.type("k")
    terminal.wait_for(lambda text: under_cursor("alive")(text) and "No answer about" not in text)
    terminal.type("1", "z")
    terminal.wait_for(lambda text: "Expand" in text and "2 Files ·" not in text)
    terminal.type("l")
    terminal.wait_for("dead mounted", why="the tree to show what is in the directory")
    terminal.type("jj", "l")
    terminal.wait_for(lambda text: "; Esc gives up" in text and "…" in text, why="the tree to say that it waits")
    terminal.type("<escape>")
    terminal.wait_for(lambda text: "; Esc gives up" not in text)
    terminal.type("z", "2")
    terminal.type("s", "<down>", "<enter>")
    terminal.wait_for("Size▼", why="an order that looks at every entry")
    terminal.wait_for(lambda text: text.index("alive/") < text.index("file") < text.index(" 3 entries"))
    terminal.type("U")
    terminal.wait_for("counted", why="the rest to be counted")
    terminal.type("<escape>")
    terminal.wait_for(lambda text: "Disk use of" not in text)
    terminal.type("F")
    terminal.wait_for("what to find")
    terminal.type("*", "<enter>")
    terminal.wait_for(lambda text: "complete" in text and "1 mounted file system" in text)
    terminal.type("<escape>")
    terminal.wait_for(lambda text: "Find below" not in text)
    dead.go_on()
    terminal.wait_for(lambda text: "ETIMEDOUT" not in text, why="the row to show what is there again")
    terminal.type("q")
    assert terminal.exit_status() == 0


def test_a_start_in_a_dead_mount(program: Start, place: Path, dead: Mounted) -> None:
    dead.stop()
    terminal = program(str(place / "dead"))
    terminal.wait_for(lambda text: "Reading" in text and WAITING in text)
    terminal.type("<escape>")
    terminal.wait_for(lambda text: WAITING not in text and "given up before it has" in text)
    enters_other_panes_and_quits(terminal)


def test_a_directory_whose_reading_takes_half_a_minute(open_terminal: Start, place: Path) -> None:
    """As above where nothing can be mounted: strace(1) holds getdents64(2) up, and the end of the program too, so only
    the terminal tells of it."""
    if not shutil.which("strace"):
        pytest.skip("needs strace, to hold a system call up")
    inject = ["-P", str(place / "dead"), "-e", "trace=getdents64", "-e", "inject=getdents64:delay_enter=30s"]
    argv = ["strace", "-f", "-qq", "-o", os.devnull, *inject, sys.executable, "-m", "osexplorer", str(place)]
    terminal = open_terminal(argv, 120, 40, {"PYTHONPATH": ROOT})
    try:
        terminal.wait_for("1.2K")
    except AssertionError:
        if "ptrace" in terminal.screen_text():
            pytest.skip("needs the right to trace")
        raise
    terminal.type("j")
    terminal.wait_for(under_cursor("dead"))
    terminal.type("<enter>")
    terminal.wait_for(lambda text: "Reading" in text and WAITING in text)
    terminal.type("<escape>")
    terminal.wait_for(lambda text: WAITING not in text)
    terminal.type("k", "<enter>")
    terminal.wait_for("inside")
    terminal.type("q")
    terminal.wait_until(terminal.restored, "the terminal to be given back")
