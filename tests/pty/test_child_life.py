"""Children in the whole program, on a real terminal: how they end, signals they take, trees, and hostile ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="trees are told by /proc")


@pytest.fixture
def children(program: Callable[..., Terminal], tmp_path: Path) -> Terminal:
    """The program with its children on the whole screen."""
    terminal = program(os.fspath(tmp_path))
    terminal.wait_for("Files")
    terminal.type("6", "z")
    terminal.wait_for("Nothing was launched yet")
    return terminal


def row(screen: str, command: str) -> str:
    return next((line for line in screen.splitlines() if command in line), "")


def launch(terminal: Terminal, command: str, shows: str) -> str:
    """Type a command; its row once that tells `shows`."""
    terminal.type("!")
    terminal.wait_for("Enter launch")
    terminal.type(command, "<enter>")
    screen = terminal.wait_for(lambda text: "Enter launch" not in text and shows in row(text, command[:8]), why=shows)
    return row(screen, command[:8])


def back(terminal: Terminal) -> None:
    """Leave a dialog: an escape and a key in one piece would be one key."""
    terminal.type("<escape>")
    terminal.wait_for("q Quit")


def test_every_end_is_told(children: Terminal) -> None:
    for command, shows in [
        ("true", "exit 0"),
        ("false", "exit 1"),
        ("sh -c 'exit 126'", "exit 126"),
        ("sh -c 'exit 127'", "exit 127"),
        ("kill -9 $$", "SIGKILL"),
        ("kill -15 $$", "SIGTERM"),
        ("kill -11 $$", "SIGSEGV"),
        ("no-such-program", "not found, ENOENT"),
        ("/etc/passwd", "not executable, EACCES"),
    ]:
        launch(children, command, shows)


def test_usr1_is_sent_and_the_child_is_seen_to_take_it(children: Terminal) -> None:
    launch(children, "trap 'echo took USR1' USR1; echo set; while :; do sleep 0.05; done", "running")
    children.type("<enter>")
    children.wait_for("  set")
    back(children)
    children.type("K")
    children.wait_for("to the child alone")
    children.type("usr1", "<enter>")
    children.wait_for("SIGUSR1 sent to")
    children.type("<enter>")
    children.wait_for("  took USR1")


def test_what_wait4_says_is_told_with_the_status_taken_apart(children: Terminal) -> None:
    launch(children, "sh -c 'x=0; while [ $x -lt 20000 ]; do x=$((x+1)); done; exit 3'", "exit 3")
    children.type("i")
    screen = children.wait_for(lambda text: "0x0300, 768 of 16 bits" in text and "user time" in text)
    assert "WEXITSTATUS 3" in screen
    assert "minor faults" in screen
    back(children)
    children.type("q")
    assert children.exit_status() == 0


HOSTILE = (
    "trap '' TERM INT; exec >&- 2>&-; "
    "(setsid sh -c 'trap \"\" TERM; (setsid sleep 7001 &); sleep 7002' &); "
    "kill -STOP $$; sleep 7003"
)


def test_one_that_closes_its_output_forks_twice_ignores_signals_and_stops_itself_is_ended(children: Terminal) -> None:
    launch(children, HOSTILE, "stopped, SIGSTOP")
    children.type("t")
    screen = children.wait_for(lambda text: "sleep 7001" in text and "sleep 7002" in text, why="its tree")
    assert "escaped" in row(screen, "└ sleep 7001")
    assert "adopted" in row(screen, "└ sleep 7001")
    children.type("g", "x")
    children.wait_for("TERM, 5 s later KILL")
    children.type("<enter>")
    children.wait_for(lambda text: "TERM, " in row(text, "trap") and " left" in row(text, "trap"), why="progress")
    children.type("x")
    children.wait_for("ended by SIGTERM, SIGKILL")
    left = [line for line in _command_lines() if line.split() in (["sleep", "7001"], ["sleep", "7002"])]
    assert left == []


def _command_lines() -> list[str]:
    lines = []
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                lines.append(Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
            except OSError:
                continue
    return lines


def test_queries_and_titles_in_its_output_reach_no_terminal(children: Terminal) -> None:
    raw = len(children.raw)
    launch(children, r"printf '\033]0;evil\007\033[6n\033[c\033]52;c;eA==\007\033[?1049l shown\n'; exit 4", "exit 4")
    children.type("<enter>")
    children.wait_for("   shown")
    assert b"\x1b]0;evil" not in children.raw[raw:]
    assert b"\x1b]52;c;eA" not in children.raw[raw:]
    assert b"\x1b[6n" not in children.raw[raw:]
    children.type("r")
    children.wait_for("\\x1b]0;evil\\x07")
