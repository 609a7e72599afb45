"""Odd places to start in: paths that are missing, terminals too small, users unknown to the system."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from osexplorer.cli import LEAST_DESCRIPTORS
from tests.pty.terminal import Terminal

Start = Callable[..., Terminal]
ROOT = str(Path(__file__).parents[2])
AS_ROOT = os.geteuid() == 0


def quit_quietly(terminal: Terminal) -> None:
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert terminal.unrestored() == []
    assert b"Traceback" not in terminal.raw


def test_a_path_that_is_missing(program: Start, tmp_path: Path) -> None:
    terminal = program(str(tmp_path / "missing"))
    terminal.wait_for("ENOENT")
    quit_quietly(terminal)


def test_a_path_that_is_a_file_has_the_cursor(program: Start, tmp_path: Path) -> None:
    for name in ("alpha", "beta", "gamma"):
        (tmp_path / name).write_text(name)
        (tmp_path / name).chmod(0o600)
    terminal = program(str(tmp_path / "beta"))
    terminal.wait_for("gamma")
    terminal.type("*")
    terminal.wait_until(lambda: (tmp_path / "beta").stat().st_mode & 0o100, "the bit of the file under the cursor")
    quit_quietly(terminal)


def test_a_path_that_may_not_be_read(open_terminal: Start, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    argv = [sys.executable, "-m", "osexplorer", str(closed)]
    if AS_ROOT:
        if not shutil.which("setpriv"):
            pytest.skip("needs setpriv, to take root's right to read everything away")
        argv = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all", *argv]
    terminal = open_terminal(argv, 120, 40, {"PYTHONPATH": ROOT})
    terminal.wait_for("EACCES")
    quit_quietly(terminal)
    closed.chmod(0o700)


def test_a_path_that_vanishes(program: Start, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "apple").touch()
    terminal = program(str(place))
    terminal.wait_for("apple")
    shutil.rmtree(place)
    terminal.wait_for("ENOENT")
    terminal.type("<left>")
    quit_quietly(terminal)


def test_a_path_whose_bytes_are_not_utf8(program: Start, tmp_path: Path) -> None:
    place = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(place)
    Path(os.fsdecode(place), "apple").touch()
    terminal = program(place)
    terminal.wait_for(lambda text: "apple" in text and r"caf\xe9" in text.split("\n")[0])
    quit_quietly(terminal)


def test_a_working_directory_that_is_gone(open_terminal: Start, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    argv = ["sh", "-c", f"rmdir {gone}; exec {sys.executable} -m osexplorer"]
    terminal = open_terminal(argv, 120, 40, {"PYTHONPATH": ROOT}, gone)
    terminal.wait_for("ENOENT")
    quit_quietly(terminal)


def test_no_home(program: Start, tmp_path: Path) -> None:
    (tmp_path / "apple").touch()
    terminal = program(str(tmp_path), env={"HOME": None})
    terminal.wait_for("apple")
    quit_quietly(terminal)


@pytest.mark.skipif(not AS_ROOT or not shutil.which("setpriv"), reason="needs root and setpriv")
def test_a_user_without_a_name_or_a_home(open_terminal: Start, tmp_path: Path) -> None:
    (tmp_path / "apple").touch()
    becoming = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"]
    reading = [
        "--inh-caps",
        "+dac_read_search",
        "--ambient-caps",
        "+dac_read_search",
    ]
    argv = [*becoming, *reading, sys.executable, "-m", "osexplorer", str(tmp_path)]
    terminal = open_terminal(argv, 120, 40, {"PYTHONPATH": ROOT, "HOME": None})
    terminal.wait_for(lambda text: "apple" in text and "54321" in text.split("\n")[0])
    for key in "12345678":
        terminal.type(key)
        terminal.wait_for(lambda text, key=key: f" {key} " in text)
    quit_quietly(terminal)


@pytest.mark.skipif(not AS_ROOT or not shutil.which("unshare"), reason="needs root and unshare, to unmount /proc")
def test_no_proc(open_terminal: Start, tmp_path: Path) -> None:
    """Every pane opens, the processes say what is missing; a mode can be changed and a child launched all the same."""
    (tmp_path / "apple").touch(0o644)
    script = 'mount -t tmpfs none /proc && exec "$@"'
    if (tried := subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", "true"], capture_output=True)).returncode:
        pytest.skip(f"cannot mount here: {tried.stderr.decode()}")
    argv = ["unshare", "-m", "sh", "-c", script, "sh", sys.executable, "-m", "osexplorer", str(tmp_path)]
    terminal = open_terminal(argv, 120, 40, {"PYTHONPATH": ROOT})
    terminal.wait_for("apple")
    terminal.type("*")
    terminal.wait_until(lambda: (tmp_path / "apple").stat().st_mode & 0o100, "the bit")
    for key in "12345678":
        terminal.type(key)
        terminal.wait_for(lambda text, key=key: f" {key} " in text)
    terminal.type("5")
    terminal.wait_for("/proc is not mounted")
    terminal.type("6", "!")
    terminal.wait_for("Launch")
    terminal.type("exit 3\r")
    terminal.wait_for(lambda text: "exit 3 " in text and "exit 3\n" not in text.split("Launch")[0][:80])
    terminal.wait_for("1 ended")
    quit_quietly(terminal)


def test_a_terminal_that_is_too_small(program: Start, tmp_path: Path) -> None:
    (tmp_path / "apple").touch()
    terminal = program(str(tmp_path), columns=20, rows=5)
    terminal.wait_for(lambda text: "Too small" in text and "now 20x5" in text and "need 40x10" in text)
    terminal.resize(80, 24)
    terminal.wait_for("apple")
    terminal.resize(20, 5)
    terminal.wait_for("Too small")
    quit_quietly(terminal)


def test_a_terminal_of_no_size(program: Start, tmp_path: Path) -> None:
    """As some serial lines and containers report: 80x24 is taken."""
    (tmp_path / "apple").touch()
    terminal = program(str(tmp_path), columns=0, rows=0)
    terminal.wait_for_bytes(b"apple")
    quit_quietly(terminal)


def test_a_dumb_terminal_is_refused(program: Start) -> None:
    terminal = program(env={"TERM": "dumb"})
    assert terminal.exit_status() == 2
    assert "cannot move its cursor" in terminal.screen_text()


def test_too_few_descriptors_are_refused_with_what_to_do(open_terminal: Start) -> None:
    limited = f'ulimit -n {LEAST_DESCRIPTORS - 1}; exec "$0" -m osexplorer'
    terminal = open_terminal(["sh", "-c", limited, sys.executable], 120, 40, {"PYTHONPATH": ROOT})
    assert terminal.exit_status() == 2
    assert f"ulimit -n {LEAST_DESCRIPTORS} in the shell" in " ".join(terminal.screen_text().split())
    assert "report" not in terminal.screen_text()


def test_the_least_descriptors_are_enough(open_terminal: Start, tmp_path: Path) -> None:
    (tmp_path / "apple").touch()
    limited = f'ulimit -n {LEAST_DESCRIPTORS}; exec "$0" -m osexplorer "$1"'
    terminal = open_terminal(["sh", "-c", limited, sys.executable, str(tmp_path)], 160, 50, {"PYTHONPATH": ROOT})
    terminal.wait_for("apple")
    for pane, text in (("4", "PATH"), ("5", "sleeping"), ("8", "no call failed"), ("2", "apple")):
        terminal.type(pane)
        terminal.wait_for(text)
    assert "EMFILE" not in terminal.screen_text()
    quit_quietly(terminal)


def test_a_bad_settings_file_is_refused_with_its_line(program: Start, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("\ntheme = 3\n")
    terminal = program("--config", str(tmp_path / "config.toml"), columns=200)
    assert terminal.exit_status() == 2
    assert f"{tmp_path}/config.toml:2: theme" in terminal.screen_text()
    assert b"\x1b[?1049h" not in terminal.raw


def test_no_mouse(program: Start, tmp_path: Path) -> None:
    (tmp_path / "apple").touch()
    terminal = program("--no-mouse", str(tmp_path))
    terminal.wait_for("apple")
    assert b"\x1b[?1003h" not in terminal.raw
    quit_quietly(terminal)


def test_standard_output_may_be_a_pipe(open_terminal: Start, tmp_path: Path) -> None:
    (tmp_path / "apple").touch()
    terminal = open_terminal(
        ["sh", "-c", f"{sys.executable} -m osexplorer {tmp_path} | cat"], 120, 40, {"PYTHONPATH": ROOT}
    )
    terminal.wait_for("apple")
    terminal.type("q")
    assert terminal.exit_status() == 0


def test_standard_error_may_not(open_terminal: Start, tmp_path: Path) -> None:
    argv = ["sh", "-c", f"{sys.executable} -m osexplorer 2>{tmp_path}/said; cat {tmp_path}/said"]
    terminal = open_terminal(argv, 120, 40, {"PYTHONPATH": ROOT})
    terminal.exit_status()
    assert "standard error, on which the screen is drawn, is not a terminal" in terminal.screen_text()
