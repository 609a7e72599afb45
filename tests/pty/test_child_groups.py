"""Several children in a real terminal: waited for, run over files, restarted, run again, remembered."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal
from tests.pty.test_program import launch

Start = Callable[..., Terminal]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs pidfds and /proc")


@pytest.fixture
def start(program: Start, tmp_path: Path) -> Callable[..., Terminal]:
    """Starts the program on a directory, always with the same state."""
    place = tmp_path / "place"
    place.mkdir()

    def begin(shows: str = "The directory is empty") -> Terminal:
        terminal = program(str(place), env={"XDG_STATE_HOME": str(tmp_path / "state")})
        terminal.wait_for(shows)
        return terminal

    return begin


def count(path: Path) -> int:
    return path.read_text().count("\n") if path.exists() else 0


def give_rules(terminal: Terminal, **fields: str) -> None:
    """Fill in the dialog of rules for the child under the cursor."""
    terminal.type("r")
    terminal.wait_for("Rules for")
    for name in ("timeout", "grace", "restarts", "backoff", "watched", "debounce"):
        if name in fields:
            terminal.type("<end>", "<ctrl+u>", fields[name])
        terminal.type("<down>")
    if "watched" in fields:
        terminal.wait_for("run again when")
    else:
        terminal.wait_for(lambda text: all(value in text for value in fields.values()))
    terminal.type("<enter>")
    terminal.wait_for(lambda text: "Rules for" not in text, why="the end of the dialog")


def test_several_workers_and_a_wait_for_any_for_one_and_for_all(start: Start, tmp_path: Path) -> None:
    terminal = start()
    gates = [tmp_path / f"gate{at}" for at in range(3)]
    for gate in gates:
        os.mkfifo(gate)
    terminal.type("6")
    terminal.wait_for("Nothing was launched yet")
    terminal.type("n")
    terminal.wait_for("Start several")
    terminal.type("\r".join(f"read x < {gate}; exit {at}" for at, gate in enumerate(gates)))
    terminal.wait_for(lambda text: text.count("os.execvp") == 3)
    terminal.type("\x13")  # Ctrl+S
    terminal.wait_for("3 started and marked")
    terminal.type("A")
    terminal.wait_for("Waiting for any of 3 children")
    terminal.type("W")
    terminal.wait_for("Waiting for all of 3 children")
    before = terminal.raw.count(b"\x07")
    gates[1].write_text("x\n")
    terminal.wait_for("The first of 3")
    terminal.wait_until(lambda: terminal.raw.count(b"\x07") == before + 1, "the bell")
    assert "All 3" not in terminal.screen_text()
    terminal.type("<escape>", "g", "w")  # the newest, alone
    terminal.wait_for(lambda text: re.search(r"Waiting for \d+ read", text))
    gates[2].write_text("x\n")
    terminal.wait_until(lambda: terminal.raw.count(b"\x07") == before + 2, "the bell")
    gates[0].write_text("x\n")
    terminal.wait_for("All 3 have ended")
    terminal.wait_until(lambda: terminal.raw.count(b"\x07") == before + 3, "the bell")


def test_twenty_files_three_at_once_with_a_table_of_results(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for at in range(20):
        (tmp_path / "place" / f"file{at:02}").write_text(str(at))
    terminal = start("file19")
    terminal.type("a")
    terminal.wait_for("20 marked")
    terminal.type("X")
    terminal.wait_for("Run over 20 files")
    worker = tmp_path / "worker"
    worker.write_text(f"#!/bin/sh\necho + >> {log}; sleep 0.05; echo - >> {log}; case $1 in *7) exit 5; esac\n")
    worker.chmod(0o755)
    terminal.type(f"{worker} {{}}")
    terminal.wait_for("and 17 more")
    terminal.type("<down>", "<end>", "<ctrl+u>", "3", "<enter>")
    terminal.wait_for("18 well  2 failed")
    text = terminal.wait_for(lambda text: "100%" in text and "done" in text)
    assert text.count("exit 5") == 2
    running = most = 0
    for sign in log.read_text().split():
        running += 1 if sign == "+" else -1
        most = max(most, running)
    assert (most, log.read_text().count("+")) == (3, 20)
    terminal.type("<escape>", "7")
    terminal.wait_for("18 ended well, 2 not")


def test_history_is_there_after_a_restart(start: Start) -> None:
    first = start()
    launch(first, "echo remember me")
    first.wait_for("exit 0")
    first.type("q")
    assert first.exit_status() == 0
    second = start()
    second.type("6")
    second.wait_for("Nothing was launched yet")
    second.type("H")
    second.wait_for(lambda text: "Children that have ended: 1" in text and "echo remember me" in text)
    second.type("<enter>")
    second.wait_for(lambda text: "wait status 0x0000" in text and text.count("remember me") == 2)
    second.type("<escape>")
    second.wait_for("Enter look")
    second.type("\x12")  # Ctrl+R
    second.wait_for(lambda text: "exit 0" in text and "Enter look" not in text)
    second.type("!")
    second.wait_for("Enter launch")
    second.type("\x1b[A")
    second.wait_for("os.execvp('echo', ['echo', 'remember', 'me'])")


def test_a_failure_is_restarted_so_often_as_was_said(start: Start, tmp_path: Path) -> None:
    log, gate = tmp_path / "log", tmp_path / "gate"
    os.mkfifo(gate)
    terminal = start()
    launch(terminal, f"test -s {log} || read x < {gate}; echo x >> {log}; exit 3")
    terminal.wait_for("running")
    give_rules(terminal, restarts="3", backoff="0.1")
    gate.write_text("x\n")
    terminal.wait_for("given up after 3 restarts")
    assert count(log) == 4


def test_it_runs_again_when_a_file_changes(start: Start, tmp_path: Path) -> None:
    log, source = tmp_path / "log", tmp_path / "source"
    source.mkdir()
    terminal = start()
    launch(terminal, f"echo x >> {log}; cat")
    terminal.wait_for("exit 0")
    give_rules(terminal, watched=str(source))
    terminal.wait_for("runs again on change")
    (source / "new").write_text("x")
    terminal.wait_until(lambda: count(log) == 2, "the second run")
    (source / "new").write_text("xx")
    terminal.wait_until(lambda: count(log) == 3, "the third run")


def test_a_time_limit_is_told_in_the_row(start: Start) -> None:
    terminal = start()
    launch(terminal, "sleep 1006")
    terminal.wait_for("running")
    give_rules(terminal, timeout="0.2")
    terminal.wait_for("timed out, SIGTERM")
    terminal.wait_for("time limit 0.2 s")
