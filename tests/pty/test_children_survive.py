"""Children and the end of the program, in a real terminal: none is lost, however it ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.pty.terminal import Terminal
from tests.pty.test_program import launch

Start = Callable[..., Terminal]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs pidfds and /proc")


@pytest.fixture
def start(program: Start, tmp_path: Path) -> Callable[..., Terminal]:
    """Starts the program on an empty directory, always with the same state."""
    place = tmp_path / "place"
    place.mkdir()

    def begin(config: Path | None = None) -> Terminal:
        env = {"XDG_STATE_HOME": str(tmp_path / "state"), "OSEXPLORER_CONFIG": str(config) if config else None}
        terminal = program(str(place), env=env)
        terminal.wait_for("The directory is empty")
        return terminal

    return begin


def pid_of(terminal: Terminal, line: str) -> int:
    """The pid of the child with that command line, which the program has started."""

    def find() -> int:
        found = [
            child.pid for child in psutil.Process(terminal.process.pid).children() if child.cmdline() == line.split()
        ]
        return found[0] if found else 0

    terminal.wait_until(find, f"{line} to run")
    return find()


def test_two_that_outlive_a_kill_are_found_by_the_next_start(start: Start, tmp_path: Path) -> None:
    first = start()
    for line in ("sleep 1001", "sleep 1002", "sleep 1003"):
        launch(first, line)
        first.wait_for(lambda text, line=line: "running" in text and line in text)
    pids = [pid_of(first, line) for line in ("sleep 1001", "sleep 1002", "sleep 1003")]
    running = tmp_path / "state" / "osexplorer" / "children" / "running"
    first.wait_until(
        lambda: sum(path.read_text().count('"child"') for path in running.iterdir()) == 3, "all three to be noted"
    )
    first.signal(signal.SIGKILL)
    first.exit_status()
    os.kill(pids[2], signal.SIGKILL)
    assert [psutil.pid_exists(pid) for pid in pids[:2]] == [True, True]

    second = start()
    text = second.wait_for("2 children of an earlier run still run")
    assert "1 ended while osexplorer did not run" in text.replace("\n", " ")
    second.type("6")
    second.wait_for(lambda text: text.count("left by an earlier run") == 2)
    second.type("K")
    second.wait_for("Signal to")
    second.type("<enter>")
    second.wait_for(lambda text: "SIGTERM" in text or "status unknown" in text, why="its end")
    second.wait_for("1 running")
    second.type("q")  # those of an earlier run are left as they are, unasked
    assert second.exit_status() == 0
    left = [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]
    assert len(left) == 1

    third = start()
    third.wait_for("1 child of an earlier run still runs")


@pytest.mark.parametrize("end", ["SIGTERM", "SIGHUP", "SIGUSR1"])
def test_a_child_that_writes_survives_an_end_without_a_question(start: Start, tmp_path: Path, end: str) -> None:
    first = start()
    go, out = tmp_path / "go", tmp_path / "out"
    os.mkfifo(go)
    script = f"echo before; read x < {go}; echo after && echo written > {out}"
    launch(first, script)
    first.wait_for("running")
    first.signal(getattr(signal, end))
    first.exit_status()
    assert first.unrestored() == []
    go.write_text("x\n")
    first.wait_until(out.exists, "the child to write without harm")
    (log,) = (tmp_path / "state" / "osexplorer" / "output").iterdir()
    first.wait_until(lambda: log.read_text() == "before\nafter\n", "what it wrote, before and after")


def test_left_running_on_purpose(start: Start, tmp_path: Path) -> None:
    first = start()
    launch(first, "sleep 1004")
    first.wait_for("running")
    first.type("q")
    first.wait_for("leave the children running")
    first.type("l")
    assert first.exit_status() == 0
    second = start()
    second.wait_for("1 child of an earlier run still runs")
    second.type("6")
    second.wait_for("left by an earlier run")
    second.type("<enter>")
    second.wait_for("what it writes goes to", why="where its output is")


@pytest.mark.parametrize(("setting", "lives"), [("end", False), ("leave", True)])
def test_quitting_can_be_decided_beforehand(start: Start, tmp_path: Path, setting: str, lives: bool) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[children]\non_quit = "{setting}"\n')
    first = start(config)
    launch(first, "sleep 1005")
    first.wait_for("running")
    pid = pid_of(first, "sleep 1005")
    first.type("q")
    assert first.exit_status() == 0
    assert (psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie") is lives
