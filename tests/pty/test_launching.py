"""Every way to start a process, in a real terminal: in the background, waiting, detached, in our place, on its own."""

from __future__ import annotations

import os
import re
import resource
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from osexplorer.model.launch import Place
from osexplorer.model.launch_form import Draft
from tests.pty.terminal import Terminal

Start = Callable[..., Terminal]

WORDS = {Place.FOREGROUND: "in the foreground", Place.DETACHED: "detached", Place.REPLACE: "in our place"}
"""How the form says where a program runs."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    directory = tmp_path / "place"
    directory.mkdir()
    return directory


@pytest.fixture
def desk(program: Start, tmp_path: Path, place: Path) -> Terminal:
    """The program in a directory with nothing in it, with a home of its own."""
    (tmp_path / "home").mkdir()
    terminal = program(str(place), env={"HOME": str(tmp_path / "home")}, columns=110, rows=34)
    terminal.wait_for("The directory is empty")
    return terminal


def launch(terminal: Terminal, line: str, *keys: str) -> None:
    terminal.type("!")
    terminal.wait_for("a command, as for a shell")
    terminal.type(line)
    terminal.wait_for("os.execvp(")
    terminal.type(*keys or ("<enter>",))


def in_the_form(terminal: Terminal, line: str, place: Place) -> None:
    """Fill in the form as far as where the program runs."""
    launch(terminal, line, "\x0f")
    terminal.wait_for("all that can be said")
    terminal.type(*["<down>"] * Draft(line).shown().index("place"), *["<right>"] * list(Place).index(place))
    terminal.wait_for(lambda text: re.search(rf"Runs +‹ {re.escape(WORDS[place])}", text), why=WORDS[place])


def row_that(state: str) -> Callable[[str], object]:
    """A row of the list of children begins with this state."""
    return lambda text: re.search(rf"^[│ ] *{re.escape(state)}", text, re.MULTILINE)


def quit_program(terminal: Terminal) -> None:
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert terminal.unrestored() == []


def test_in_the_background_with_shell_expansion(desk: Terminal, place: Path) -> None:
    (place / "one.txt").touch()
    (place / "two.txt").touch()
    launch(desk, "echo $((6 * 7)) *.txt; echo wrong >&2")
    desk.wait_for(row_that("exit 0"))
    desk.type("<enter>")
    desk.wait_for("42 one.txt two.txt")
    desk.wait_for("! wrong")
    desk.type("<escape>")
    desk.wait_for(lambda text: "bytes written" not in text, why="the dialog to go")
    quit_program(desk)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sh -c 'exit 0'", "exit 0"),
        ("sh -c 'exit 1'", "exit 1"),
        ("sh -c 'exit 126'", "exit 126"),
        ("sh -c 'exit 127'", "exit 127"),
        ("sh -c 'kill -9 $$'", "SIGKILL"),
        ("sh -c 'kill -15 $$'", "SIGTERM"),
        ("/etc/passwd", "not executable, EAC"),
        ("no-such-program", "not found, ENOENT"),
    ],
)
def test_each_end_is_told(desk: Terminal, line: str, told: str) -> None:
    launch(desk, line)
    desk.wait_for(row_that(told), why=told)
    quit_program(desk)


def test_a_core_dump_is_told(desk: Terminal) -> None:
    pattern = Path("/proc/sys/kernel/core_pattern")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("the hard limit of core files is 0")
    if not pattern.exists() or pattern.read_text().startswith("|"):
        pytest.skip("core files do not go to the directory here")
    launch(desk, "ulimit -c unlimited; kill -SEGV $$")
    desk.wait_for("SIGSEGV, core dumped")
    quit_program(desk)


def test_in_the_foreground_it_has_the_terminal_and_is_waited_for(desk: Terminal) -> None:
    in_the_form(desk, "test -t 0 && test -t 1 && echo HA''S IT; read line; exit ${#line}", Place.FOREGROUND)
    desk.type("<enter>")
    desk.wait_for("HAS IT")
    desk.type("12345", "<enter>")
    desk.wait_for(row_that("exit 5"))
    quit_program(desk)


def test_a_foreground_program_that_a_signal_ends(desk: Terminal) -> None:
    in_the_form(desk, "echo WAIT''ING; exec sleep 1000", Place.FOREGROUND)
    desk.type("<enter>")
    desk.wait_for("WAITING")
    desk.type("<ctrl+c>")
    desk.wait_for(row_that("SIGINT"))
    quit_program(desk)


def test_a_foreground_program_that_is_stopped_gives_the_terminal_back_and_goes_on(desk: Terminal) -> None:
    in_the_form(desk, "echo WAIT''ING; read line; exit ${#line}", Place.FOREGROUND)
    desk.type("<enter>")
    desk.wait_for("WAITING")
    desk.type("<ctrl+z>")
    desk.wait_for(row_that("stopped, SIGTSTP"), why="the row of what is stopped")
    desk.type("q")
    desk.wait_for("1 child runs")
    desk.type("<escape>")
    desk.wait_for(lambda text: "Quit?" not in text, why="the dialog to go")
    desk.type("<enter>")
    desk.wait_for("WAITING")
    desk.type("1234567", "<enter>")
    desk.wait_for(row_that("exit 7"))
    quit_program(desk)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_somebody_else_in_the_foreground_hears_the_keyboard_too(program: Start, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    terminal = program("/", env={"HOME": str(tmp_path / "home")}, columns=110, rows=34)
    terminal.wait_for("etc")
    line = "trap 'echo GOT IT' INT; trap 'echo AG\"\"AIN' CONT; id -u; until read line; do :; done; exit ${#line}"
    launch(terminal, line, "\x0f")
    terminal.wait_for("all that can be said")
    fields = Draft(line).shown()
    terminal.type(
        *["<down>"] * fields.index("user"), "65534", *["<down>"] * (fields.index("place") - fields.index("user"))
    )
    terminal.type("<right>")
    terminal.wait_for("‹ in the foreground ›")
    terminal.type("<enter>")
    terminal.wait_for(lambda text: text.strip() == "65534", why="the program, as that user")
    terminal.type("<ctrl+c>")
    terminal.wait_for("GOT IT")
    terminal.type("<ctrl+z>")
    terminal.wait_for(row_that("stopped, SIGSTOP"), why="the row of what is stopped")
    terminal.type("<enter>")
    terminal.wait_for("AGAIN")
    terminal.type("1234567", "<enter>")
    terminal.wait_for(row_that("exit 7"))
    quit_program(terminal)


def test_a_stopped_foreground_program_can_be_killed(desk: Terminal) -> None:
    in_the_form(desk, "kill -STOP $$; sleep 1000", Place.FOREGROUND)
    desk.type("<enter>")
    desk.wait_for(row_that("stopped, SIGSTOP"), why="the row of what is stopped")
    desk.type("x")
    desk.wait_for("End ")
    desk.type("<enter>")
    desk.wait_for(row_that("SIGTERM"), why="its end")
    quit_program(desk)


def test_in_our_place(desk: Terminal) -> None:
    ours = desk.process.pid
    in_the_form(desk, "echo pid $$ fds $(ls /proc/$$/fd | wc -w); exit 5", Place.REPLACE)
    desk.type("<enter>")
    desk.wait_for(f"pid {ours} ")
    assert desk.exit_status() == 5
    assert desk.unrestored() == []
    assert int(re.search(r"fds (\d+)", desk.screen_text())[1]) <= 4  # type: ignore[index] # and the one that ls opens


def test_in_our_place_asks_while_children_run(desk: Terminal) -> None:
    launch(desk, "sleep 1000")
    desk.wait_for("running")
    in_the_form(desk, "echo REPLACED", Place.REPLACE)
    desk.type("<enter>")
    desk.wait_for("1 child runs")
    desk.type("<escape>")
    desk.wait_for(lambda text: "Quit?" not in text, why="the dialog to go")
    assert desk.alive()
    desk.type("q")
    desk.wait_for("1 child runs")
    desk.type("t")
    assert desk.exit_status() == 0
    assert "REPLACED" not in desk.screen_text()


def test_detached_outlives_us_without_being_asked_for(desk: Terminal, place: Path) -> None:
    in_the_form(desk, "trap 'echo got USR1; exit' USR1; echo $$; while :; do sleep 0.1; done", Place.DETACHED)
    desk.type("<down>", "<down>", "<down>")
    desk.wait_until(lambda: "Output file" in desk.screen_text(), "the file's field")
    desk.type(str(place / "log"))
    desk.wait_for(lambda text: "place/log" in text)
    desk.type("<enter>")
    desk.wait_for("running, detached")
    desk.wait_until(lambda: (place / "log").exists() and (place / "log").read_text(), "its output")
    pid = int((place / "log").read_text())
    quit_program(desk)
    left = psutil.Process(pid)
    assert left.is_running() and os.getsid(pid) == pid
    left.send_signal(signal.SIGUSR1)
    left.wait(20)
    assert (place / "log").read_text().endswith("got USR1\n")


def test_a_shell_on_a_terminal_of_its_own(desk: Terminal) -> None:
    launch(desk, "sh -i", "\x19", "<enter>")
    desk.wait_for("all keys go to the program")
    desk.type("stty size; tty; echo $((40+2))", "<enter>")
    desk.wait_for("32 108")
    desk.wait_for("42")
    assert "/dev/pts/" in desk.screen_text()
    desk.type("sh -c 'echo RUN''NING; exec sleep 1000'", "<enter>")
    desk.wait_for("RUNNING")
    desk.type("<ctrl+z>")
    desk.wait_for("Stopped")  # by its own shell: job control works, and we go on
    desk.type("fg", "<enter>")
    desk.wait_for(lambda text: text.count("exec sleep 1000") == 3, why="the shell to tell what it continues")
    desk.type("<ctrl+c>")
    desk.resize(90, 30)
    desk.wait_for("all keys go to the program")
    desk.type("until stty size | grep 28.88; do sleep 0.1; done", "<enter>")
    desk.wait_for("28 88")
    desk.type("exit 3", "<enter>")
    desk.wait_for("exit 3")
    desk.type("<escape>")
    desk.wait_for("6 Children")
    quit_program(desk)


HOSTILE = r"""
import fcntl, os, sys, termios
out = sys.stdout.buffer
out.write(b"\x1b]0;EVIL TITLE\x07\x1b]52;c;RVZJTA==\x07\x1b]2;EVIL\x1b\\\x1bP+q544e\x1b\\")
out.write(b"\x1b[?1003h\x1b[?1049h\x1b[?2004h")
out.write(b"\x1b[c\x1b[6n\x1b[21t\x1b]10;?\x07\x9b31m\x1b[999999999999b")
out.flush()
for number, path in ((0, None), (-1, "/dev/tty")):
    fd = number if path is None else os.open(path, os.O_RDWR)
    for character in b"echo TYPED\n":
        try:
            fcntl.ioctl(fd, termios.TIOCSTI, bytes([character]))
        except OSError:
            pass
found = []
for name in sorted(os.listdir("/dev/pts")):
    if name.isdigit() and f"/dev/pts/{name}" != os.ttyname(0):
        try:
            fd = os.open(f"/dev/pts/{name}", os.O_RDWR | os.O_NOCTTY)
            fcntl.ioctl(fd, termios.TIOCSTI, b"q")
            found.append(name)
        except OSError:
            pass
print("\x1b[2J\x1b[HSURVIVED", "others:", found)
"""


def test_a_hostile_child_on_its_terminal(desk: Terminal) -> None:
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "hostile.py")
        script.write_text(HOSTILE)
        os.chmod(directory, 0o755)
        user = "setpriv --reuid=65534 --regid=65534 --clear-groups " if os.geteuid() == 0 else ""
        since = len(desk.raw)
        launch(desk, f"{user}/usr/bin/env python3 {script}", "\x19", "<enter>")
        desk.wait_for("SURVIVED others: []")
        desk.type("<escape>")
        desk.wait_for("6 Children")
    assert desk.alive()
    written = desk.raw[since:]
    assert b"EVIL" not in written
    assert b"RVZJTA" not in written
    assert b"\x9b31m" not in written
    quit_program(desk)
