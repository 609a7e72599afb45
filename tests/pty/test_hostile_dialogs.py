"""Hostile names in every dialog that shows what it is about: none of them reaches the terminal as anything but text."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.pty.terminal import Terminal
from tests.pty.test_hostile import CLEAR, COLOUR, TITLE, assert_aligned, assert_clean, close_dialog, filter_by

Start = Callable[..., Terminal]

NAME = f"a{TITLE}{COLOUR}\x9b[b]\n\u202e\udcff漢["
"""Where one stands below another, there is [/] in the path."""


class Visit(NamedTuple):
    """A dialog: the keys that open it, what is seen of it at once, what is seen later, and what is opened from it."""

    keys: str
    title: str
    later: str = ""
    then: Visit | None = None


ON_FILE = (
    Visit("w", "Why · ", "search /", Visit("a", "Who can · ", "root is its owner")),
    Visit("n", "New in "),
    Visit("r", "Rename a"),
    Visit("L", "Link to a"),
    Visit("D", " for good?"),
    Visit("A", "Audit of ", "world-writable"),
    Visit("F", "╭─ Find below "),
    Visit("U", "╭─ Disk use", "counted"),
    Visit("X", "Run over a", "auto, in"),
    Visit("b", "Bookmarks and visited"),
    Visit("\x07", "Go to", "Completions"),
    Visit("!", "Enter launch"),
    Visit("!\x0f", "Launch: all"),
    Visit("?", "Keys: "),
    Visit(":", "type to filter"),
    Visit("s", "╭─ Sort by"),
)
IN_INSPECTOR = (
    Visit("=", "Change the mode of a"),
    Visit("p", "Mode of a"),
    Visit("o", "Change owner and group of a"),
    Visit("A", "ACL of a"),
    Visit("X", "Extended attributes of a", "user.a"),
    Visit("c", "Capabilities of a"),
    Visit("f", "Inode flags of a"),
    Visit("t", "Set the times of a"),
    Visit("W", "Why · "),
)
ON_DIRECTORY = (
    Visit("R", "Enter preview changes"),
    Visit("T", "Enter preview changes"),
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory so named, with a file so named that all may write."""
    place = tmp_path / NAME / f"]{NAME}"
    place.mkdir(parents=True)
    (place / NAME).write_text("text")
    (place / NAME).chmod(0o666)
    with suppress(OSError):  # not every file system has them
        os.setxattr(place / NAME, os.fsencode(f"user.{NAME}"), os.fsencode(NAME))
    return place


@pytest.fixture
def own(tmp_path: Path) -> dict[str, str]:
    """A home of its own."""
    (tmp_path / "home").mkdir()
    return {"HOME": str(tmp_path / "home")}


def shows(terminal: Terminal, *texts: str) -> None:
    """Wait for all these to be seen, one after the other, and look at the screen then."""
    for text in texts:
        terminal.wait_for(text)
    assert_clean(terminal)
    assert_aligned(terminal)


def launch(terminal: Terminal, line: str) -> None:
    """Launch a command line as a child."""
    terminal.type("!")
    terminal.wait_for("Enter launch")
    terminal.type(line, "<enter>")


def see(terminal: Terminal, visit: Visit) -> None:
    """Open the dialog, look at it, and close it."""
    terminal.type(visit.keys)
    shows(terminal, visit.title, *([visit.later] if visit.later else []))
    if visit.then:
        see(terminal, visit.then)
    close_dialog(terminal, visit.title)


def leave(terminal: Terminal) -> None:
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert_clean(terminal)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_about_a_file(program: Start, place: Path, own: dict[str, str], size: tuple[int, int]) -> None:
    terminal = program(os.fsencode(place), env=own, columns=size[0], rows=size[1])
    terminal.wait_for(lambda text: r"a\x1b" in text and ("Fact Value" in text or size[0] == 80))
    for visit in ON_FILE:
        see(terminal, visit)
    terminal.type("3")
    terminal.wait_for("Space Toggle")
    for visit in IN_INSPECTOR:
        see(terminal, visit)
    leave(terminal)


def test_about_a_tree(program: Start, place: Path, own: dict[str, str]) -> None:
    """The questions, what would change, what is told when it has, and the question whether to take it back."""
    terminal = program(os.fsencode(place.parent), env=own)
    terminal.wait_for(r"]a\x1b")
    terminal.type("3")
    terminal.wait_for("Space Toggle")
    for visit in ON_DIRECTORY:
        see(terminal, visit)
    terminal.type("R")
    terminal.wait_for("Enter preview changes")
    terminal.type("640", "<enter>")
    shows(terminal, "What would change in", "-rw-rw-rw-")
    terminal.type("<enter>")
    terminal.wait_until(lambda: (place / NAME).stat().st_mode & 0o777 == 0o640, "the change")
    terminal.wait_for(lambda text: "What would change" not in text)
    terminal.type("U")
    shows(terminal, "Take back an earlier change")
    terminal.type("<enter>")
    shows(terminal, "Take this change back?")
    terminal.type("y")
    terminal.wait_until(lambda: (place / NAME).stat().st_mode & 0o777 == 0o666, "its being taken back")
    terminal.type("7")
    terminal.wait_for("7 Tasks")
    terminal.type("<enter>")
    shows(terminal, "Could not be done")
    close_dialog(terminal, "Could not be done")
    leave(terminal)


def test_pasting_where_the_name_is_taken(program: Start, place: Path, own: dict[str, str]) -> None:
    (place / "other").mkdir()
    (place / "other" / NAME).write_text("older")
    terminal = program(os.fsencode(place), env=own)
    terminal.wait_for("other")
    terminal.type("<end>", "y", "<home>", "<enter>")
    terminal.wait_for(lambda text: "2 Files · " in text and "5B" in text)
    terminal.type("p")
    shows(terminal, "Names are taken")
    close_dialog(terminal, "Names are taken")
    assert (place / "other" / NAME).read_text() == "older"
    terminal.type("d")
    terminal.wait_until(lambda: not (place / "other" / NAME).exists(), "its going to the trash")
    terminal.type("u")
    terminal.wait_until(lambda: (place / "other" / NAME).exists(), "its coming back")
    leave(terminal)


def test_profiles_of_the_environment(program: Start, tmp_path: Path, own: dict[str, str]) -> None:
    terminal = program(str(tmp_path), env={**own, "HOSTILE": NAME})
    terminal.wait_for("home")
    terminal.type("4")
    filter_by(terminal, "HOSTILE")
    terminal.wait_for(r"a\x1b]0;PWNED")
    see(terminal, Visit("r", "╭─ Rename"))
    terminal.type("d")
    terminal.wait_for("1 altered")
    terminal.type("S")
    terminal.wait_for("Name of the profile")
    terminal.type("[/]漢[b", "<enter>")
    terminal.wait_for("Kept as [/]漢[b")
    assert_clean(terminal)
    see(terminal, Visit("P", "Environments", "[/]漢[b"))
    leave(terminal)


def test_a_hostile_process(program: Start, place: Path, own: dict[str, str], tmp_path: Path, sleeper: int) -> None:
    """Its name, its command line, its directory and its open files."""
    terminal = program(str(tmp_path), env=own)
    terminal.wait_for("home")
    terminal.type("5")
    filter_by(terminal, "PWNEDPROC")
    terminal.wait_for(lambda text: f"{sleeper} " in text)
    terminal.type("<home>")
    for visit in (
        Visit("K", "Signal to "),
        Visit("o", f"Files open in process {sleeper}", r"\u202e\xff"),
        Visit("\r", "processor time", r"\x1b"),
    ):
        see(terminal, visit)
    terminal.type("K")
    terminal.wait_for("Signal to ")
    terminal.type("TERM", "<enter>")
    shows(terminal, "SIGTERM sent to ")
    leave(terminal)


@pytest.fixture
def sleeper(place: Path) -> Iterator[int]:
    """The pid of a process with a hostile name, command line, working directory and open file."""
    program = place / f"b{CLEAR}["
    shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
    with open(place / NAME) as file:
        argv = [f"PWNEDPROC{TITLE}[/]\n", "600"]
        process = subprocess.Popen(argv, executable=os.fsencode(program), cwd=place, stdin=file, start_new_session=True)
        yield process.pid
        process.kill()
        process.wait()


def test_children_and_their_history(program: Start, place: Path, own: dict[str, str]) -> None:
    line = ": '[/]\u202e\u2028漢[b'"
    terminal = program(os.fsencode(place), env=own, columns=160, rows=50)
    terminal.wait_for(r"a\x1b")
    launch(terminal, line)
    terminal.wait_for("exit 0")
    terminal.type("6")
    terminal.wait_for("R Run again")
    for visit in (
        Visit("i", "memory"),
        Visit("r", "Rules for "),
        Visit("E", "Launch: all"),
        Visit("n", "╭─ Start several"),
        Visit("H", "Children that have ended", "[/]", Visit("\r", "pid ")),
    ):
        see(terminal, visit)
    terminal.type("S")
    terminal.wait_for("Name of the template")
    terminal.type("<ctrl+u>", "[/]漢[b", "<enter>")
    terminal.wait_for("Kept as [/]漢[b")
    see(terminal, Visit("T", "╭─ Templates", "[/]漢[b"))
    launch(terminal, f"sleep 600; {line}")
    terminal.wait_for("1 running")
    terminal.type("6")
    see(terminal, Visit("q", "Quit?", "[/]"))
    see(terminal, Visit("K", "Signal to ", "[/]"))
    terminal.type("x")
    shows(terminal, "End ")
    terminal.type("<enter>")
    terminal.wait_for("SIGTERM")
    leave(terminal)


def test_questions_and_results_about_several(program: Start, place: Path, own: dict[str, str]) -> None:
    """What an ACL would become, what each child has printed, what the log has kept."""
    (place / f"b{NAME}").write_text("text")
    terminal = program(os.fsencode(place), env=own, columns=110, rows=40)
    terminal.wait_for(lambda text: r"ba\x1b" in text and "Fact Value" in text)
    terminal.type("<home>", "  ", "m")
    terminal.wait_for("Inspector · 2 files")
    assert_clean(terminal)
    terminal.type("A")
    terminal.wait_for("Change the ACLs of 2 files")
    terminal.type("u:nobody:rw", "<enter>")
    terminal.wait_for(lambda text: "Change the ACLs of 2 files?" in text or "ENOTSUP" in text)
    assert_clean(terminal)
    assert_aligned(terminal)
    terminal.type("<escape>", "<escape>")
    terminal.wait_for(lambda text: "Change the ACLs" not in text)
    terminal.type("2", "X")
    terminal.wait_for("Run over 2 files")
    terminal.type("echo {}", "<enter>")
    shows(terminal, "2 well")
    terminal.type("<enter>")
    terminal.wait_for("2 well")
    assert_clean(terminal)
    terminal.type("<escape>", "<escape>")
    terminal.wait_for(lambda text: "2 well" not in text)
    terminal.type("a", "*", "8")
    terminal.wait_for("Copy as Python")
    terminal.wait_for("os.chmod")
    terminal.type("<enter>")
    shows(terminal, "in this run's log")
    close_dialog(terminal, "in this run's log")
    leave(terminal)


def test_other_values_of_a_tree(program: Start, place: Path, own: dict[str, str]) -> None:
    """What would change, and the row of the task that has changed it."""
    terminal = program(os.fsencode(place.parent), env=own)
    terminal.wait_for(r"]a\x1b")
    terminal.type("3")
    terminal.wait_for("Space Toggle")
    terminal.type("T")
    terminal.wait_for("Enter preview changes")
    terminal.type("<down>", "<down>", "<down>", "@1700000000", "<enter>")
    shows(terminal, "What would change", "2023-11-14")
    terminal.type("<enter>")
    terminal.wait_until(lambda: (place / NAME).stat().st_mtime == 1_700_000_000, "the change")
    terminal.wait_for(lambda text: "What would change" not in text)
    terminal.type("7")
    shows(terminal, "7 Tasks")
    leave(terminal)


def test_entries_of_a_path_variable(program: Start, place: Path, own: dict[str, str]) -> None:
    value = f"/bin:{os.fsdecode(os.fsencode(place))}:/usr/bin"
    terminal = program(os.fsencode(place), env={**own, "HOSTILE_PATH": value})
    terminal.wait_for(r"a\x1b")
    terminal.type("4")
    filter_by(terminal, "HOSTILE_PATH")
    terminal.wait_for("/bin:")
    see(terminal, Visit("\r", "╭─ HOSTILE_PATH", "/usr/bin"))
    leave(terminal)


def test_a_copy_and_what_is_told_of_it(program: Start, place: Path, own: dict[str, str]) -> None:
    (place / "other").mkdir()
    terminal = program(os.fsencode(place), env=own)
    terminal.wait_for("other")
    terminal.type("<end>", "y", "<home>", "<enter>")
    terminal.wait_for("The directory is empty")
    terminal.type("p")
    terminal.wait_until(lambda: (place / "other" / NAME).exists(), "the copy")
    terminal.type("7")
    shows(terminal, "7 Tasks")
    leave(terminal)


def test_what_an_earlier_run_has_left(program: Start, tmp_path: Path, own: dict[str, str]) -> None:
    line = "sleep 600; : '[/]\u202e\u2028漢[b'"
    terminal = program(str(tmp_path), env=own, columns=110, rows=40)
    terminal.wait_for("home")
    launch(terminal, line)
    terminal.wait_for("1 running")
    (child,) = psutil.Process(terminal.process.pid).children()
    try:
        terminal.process.kill()
        terminal.process.wait()
        terminal = program(str(tmp_path), env=own, columns=110, rows=40)
        shows(terminal, "[/]")
        terminal.type("6")
        shows(terminal, "sleep 600")
    finally:
        child.kill()
    terminal.wait_for(lambda text: "SIGKILL" in text or "status unknown" in text)  # where nobody reaps orphans
    assert_clean(terminal)
    leave(terminal)
