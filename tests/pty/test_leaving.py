"""What the program leaves to the shell that started it: chosen paths, and the directory to go to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from osexplorer.cli import main
from tests.pty.conftest import ROOT
from tests.pty.terminal import Terminal

Open = Callable[..., Terminal]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "dir" / "inner").mkdir(parents=True)
    for name in ("one", "two\nlines"):
        (place / name).touch()
    return place


@pytest.fixture
def piped(open_terminal: Open, tmp_path: Path) -> Callable[..., Terminal]:
    """The program with its standard output in the file ``out``, and its status in ``status``."""

    def start(*args: str) -> Terminal:
        script = f'"$@" > {tmp_path}/out; echo $? > {tmp_path}/status'
        argv = ["sh", "-c", script, "sh", sys.executable, "-m", "osexplorer", *args]
        return open_terminal(argv, env={"PYTHONPATH": str(ROOT)}, columns=100, rows=30)

    return start


def result(tmp_path: Path) -> tuple[bytes, str]:
    return (tmp_path / "out").read_bytes(), (tmp_path / "status").read_text().strip()


def test_enter_chooses_a_file(piped: Open, place: Path, tmp_path: Path) -> None:
    terminal = piped("--pick", str(place))
    terminal.wait_for("one")
    terminal.type("j", "<enter>")
    terminal.exit_status()
    assert result(tmp_path) == (f"{place}/one\n".encode(), "0")
    assert terminal.unrestored() == []


def test_marked_paths_end_in_nul(piped: Open, place: Path, tmp_path: Path) -> None:
    terminal = piped("--pick", "--print0", str(place))
    terminal.wait_for("one")
    terminal.type("a")
    terminal.wait_for("3 marked")
    terminal.type("P")
    terminal.exit_status()
    assert result(tmp_path) == (f"{place}/dir\0{place}/one\0{place}/two\nlines\0".encode(), "0")


def test_a_newline_is_not_taken_for_an_end(piped: Open, place: Path, tmp_path: Path) -> None:
    terminal = piped("--pick", str(place))
    terminal.wait_for("one")
    terminal.type("G", "<enter>")
    terminal.wait_for("--print0")
    terminal.type("q")
    terminal.exit_status()
    assert result(tmp_path) == (b"", "1")


def test_the_directory_is_left_to_the_shell(piped: Open, place: Path, tmp_path: Path) -> None:
    terminal = piped("--cwd-file", str(tmp_path / "cwd"), str(place))
    terminal.wait_for("one")
    terminal.type("<enter>")
    terminal.wait_for("inner")
    terminal.type("q")
    terminal.exit_status()
    assert (tmp_path / "cwd").read_bytes() == f"{place}/dir".encode()
    assert result(tmp_path) == (b"", "0")


def test_a_directory_that_cannot_be_written_is_told(program: Open, place: Path) -> None:
    terminal = program("--cwd-file", str(place / "none" / "x"), str(place))
    terminal.wait_for("one")
    terminal.type("q")
    assert terminal.exit_status() == 74
    assert "ENOENT" in terminal.screen_text()


def test_print0_needs_pick(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--print0"]) == 2
    assert "--pick" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_snippet_of_the_readme(open_terminal: Open, place: Path, shell: str, tmp_path: Path) -> None:
    if not any((Path(directory) / shell).exists() for directory in ("/bin", "/usr/bin")):
        pytest.skip(f"{shell} is not installed")
    readme = (ROOT / "README.md").read_text()
    snippet = readme[readme.index("    ox() {") : readme.index("and for fish")]
    assert subprocess.run([shell, "-n", "-c", snippet]).returncode == 0
    program = tmp_path / "osexplorer"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m osexplorer "$@"\n')
    program.chmod(0o755)
    script = f'PATH={tmp_path}:$PATH\n{snippet}\nox "{place}"\npwd > "{tmp_path}/pwd"'
    terminal = open_terminal([shell, "-c", script], env={"PYTHONPATH": str(ROOT)}, columns=100, rows=30)
    terminal.wait_for("one")
    terminal.type("<enter>")
    terminal.wait_for("inner")
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert (tmp_path / "pwd").read_text() == f"{place}/dir\n"
