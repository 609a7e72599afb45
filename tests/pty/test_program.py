"""The program itself in a real pseudo-terminal: the main job, and every way to end."""

from __future__ import annotations

import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.pty.terminal import Terminal

Start = Callable[..., Terminal]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory to browse, with a few files in it."""
    place = tmp_path / "place"
    (place / "folder").mkdir(parents=True)
    for name in ("apple", "banana", "cherry"):
        (place / name).write_text(name)
        (place / name).chmod(0o644)
    return place


@pytest.fixture
def explorer(program: Start, directory: Path) -> Terminal:
    """The program with that directory on its screen."""
    terminal = program(str(directory))
    terminal.wait_for("cherry")
    return terminal


def filter_by(terminal: Terminal, text: str) -> None:
    """Filter the list that has the keyboard."""
    terminal.type("/")
    terminal.wait_for("filter")
    terminal.type(text, "<enter>")


def launch(terminal: Terminal, line: str) -> None:
    """Launch a child by its command line."""
    terminal.type("!")
    terminal.wait_for("Enter launch")
    terminal.type(line)
    terminal.wait_for(lambda text: line[-20:] in text)
    terminal.type("<enter>")
    terminal.wait_for(lambda text: "Enter launch" not in text, why="the end of the dialog")


# -- the main job


def test_start_and_list(explorer: Terminal, directory: Path) -> None:
    text = explorer.wait_for(lambda text: "folder/" in text and str(directory) in text.split("\n")[0])
    assert all(name in text for name in ("apple", "banana", "cherry"))
    explorer.type("q")
    assert explorer.exit_status() == 0
    assert explorer.unrestored() == []


def test_ctrl_l_draws_over_what_others_wrote(explorer: Terminal) -> None:
    explorer.emulator.feed(b"\x1b[5;5HWRITTEN BY ANOTHER")
    explorer.wait_for("WRITTEN BY ANOTHER")
    explorer.type("\x0c")
    explorer.wait_for(lambda text: "WRITTEN" not in text and "cherry" in text)


def test_what_others_do_shows_by_itself(explorer: Terminal, directory: Path) -> None:
    (directory / "date").touch()
    explorer.wait_for("date")
    (directory / "banana").unlink()
    explorer.wait_for(lambda text: "banana" not in text)


def test_toggle_the_execute_bit_and_undo(explorer: Terminal, directory: Path) -> None:
    explorer.type("<down>", "*")
    explorer.wait_until(lambda: stat.S_IMODE((directory / "apple").stat().st_mode) == 0o744, "the bit")
    explorer.type("u")
    explorer.wait_until(lambda: stat.S_IMODE((directory / "apple").stat().st_mode) == 0o644, "the bit taken back")


def test_change_the_mode_in_the_grid(explorer: Terminal, directory: Path) -> None:
    explorer.type("<down>", "m")
    explorer.wait_for("0644 rw-r--r--")
    explorer.type("<down>", "w")
    explorer.wait_for("0664")
    assert stat.S_IMODE((directory / "apple").stat().st_mode) == 0o644
    explorer.type("<enter>")
    explorer.wait_until(lambda: stat.S_IMODE((directory / "apple").stat().st_mode) == 0o664, "the bit")


def test_enter_a_directory_and_come_back(explorer: Terminal, directory: Path) -> None:
    (directory / "folder" / "inside").touch()
    explorer.type("<enter>")
    explorer.wait_for("inside")
    explorer.type("<left>")
    explorer.wait_for("cherry")


def test_edit_a_variable_and_see_it_in_a_child(program: Start, directory: Path) -> None:
    terminal = program(str(directory), env={"FRUIT": "plum"})
    terminal.wait_for("cherry")
    terminal.type("4")
    terminal.wait_for("FRUIT")
    filter_by(terminal, "FRUIT")
    terminal.wait_for(lambda text: "plum" in text and "truecolor" not in text)
    terminal.type("<enter>")
    terminal.wait_for("Enter accept")
    terminal.type("<ctrl+u>", "quince")
    terminal.wait_for("quince")
    terminal.type("<enter>")
    terminal.wait_for(lambda text: "Enter accept" not in text and "quince" in text)
    result = directory / "result"
    launch(terminal, f"printenv FRUIT >{result}")
    terminal.wait_until(lambda: result.exists() and result.read_text() == "quince\n", "the child's variable")


def test_launch_and_see_how_it_ended(explorer: Terminal) -> None:
    launch(explorer, "echo from the child; exit $((1+2))")
    explorer.wait_for("exit 3")
    explorer.type("<enter>")
    explorer.wait_for("from the child")


def test_signal_a_child(explorer: Terminal) -> None:
    launch(explorer, "sleep 1000")
    explorer.wait_for("running")
    explorer.type("K")
    explorer.wait_for("Enter send")
    explorer.type("TERM")
    explorer.wait_for(lambda text: "15 TERM" in text and "19 STOP" not in text)
    explorer.type("<enter>")
    explorer.wait_for("SIGTERM ")
    assert not psutil.Process(explorer.process.pid).children()


def test_a_child_shows_among_the_processes(explorer: Terminal) -> None:
    launch(explorer, "sleep 1234.5")
    explorer.wait_for("running")
    explorer.type("5")
    explorer.wait_for("5 Processes")
    filter_by(explorer, "1234.5")
    explorer.wait_for(lambda text: "sleep 1234.5" in text)


def test_every_change_is_in_the_call_log(explorer: Terminal, directory: Path) -> None:
    explorer.type("<down>", "*")
    explorer.wait_until(lambda: stat.S_IMODE((directory / "apple").stat().st_mode) == 0o744, "the bit")
    explorer.type("8")
    explorer.wait_for(lambda text: "os.chmod(" in text and "ok" in text)
    explorer.type("<enter>")
    explorer.wait_for("0o744")


# -- every way to end


def test_quit_asks_while_a_child_runs(explorer: Terminal) -> None:
    launch(explorer, "sleep 1000")
    explorer.wait_for("running")
    (child,) = psutil.Process(explorer.process.pid).children()
    explorer.type("q")
    explorer.wait_for("Quit?")
    explorer.type("<escape>")
    explorer.wait_for(lambda text: "Quit?" not in text)
    assert explorer.alive()
    explorer.type("q")
    explorer.wait_for("Quit?")
    explorer.type("t")
    assert explorer.exit_status() == 0
    assert explorer.unrestored() == []
    assert not child.is_running()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signal_ends_it_with_the_terminal_restored(explorer: Terminal, number: signal.Signals) -> None:
    explorer.signal(number)
    assert explorer.exit_status() == 128 + number
    assert explorer.unrestored() == []


def test_signal_while_a_dialog_is_open(explorer: Terminal) -> None:
    explorer.type("!")
    explorer.wait_for("Enter launch")
    explorer.signal(signal.SIGTERM)
    assert explorer.exit_status() == 128 + signal.SIGTERM
    assert explorer.unrestored() == []


def test_the_window_is_closed(explorer: Terminal) -> None:
    launch(explorer, "sleep 1000")
    explorer.wait_for("running")
    explorer.hang_up()
    assert explorer.process.wait(20) == 128 + signal.SIGHUP


def test_stop_and_go_on(open_terminal: Start, directory: Path) -> None:
    env = {"PYTHONPATH": str(Path(__file__).parents[2]), "PS1": "PROMPT> "}
    shell = open_terminal(["bash", "--norc", "--noprofile", "--noediting", "-i"], 120, 40, env, directory)
    shell.wait_for("PROMPT>")
    shell.type(f"{sys.executable} -m osexplorer", "<enter>")
    shell.wait_for(lambda text: "cherry" in text and "umask" in text)
    shell.type("<ctrl+z>")
    shell.wait_for(lambda text: "Stopped" in text and text.rstrip().endswith("PROMPT>"))
    assert shell.unrestored() == []
    shell.resize(100, 30)
    shell.type(" fg", "<enter>")
    shell.wait_for(lambda text: "cherry" in text and "umask" in text and "Stopped" not in text)
    shell.type("q")
    shell.wait_for(lambda text: text.rstrip().endswith("PROMPT>"))
    assert shell.unrestored() == []


def test_a_crash_restores_the_terminal_and_leaves_a_report(program: Start, directory: Path, tmp_path: Path) -> None:
    """The program is made to fail by a module that raises where the app lists its actions' carriers."""
    (tmp_path / "sitecustomize.py").write_text(
        "import threading, sys\n"
        "def fail(self):\n"
        "    secret = 'SECRETVALUE'\n"
        "    raise RuntimeError('made to fail')\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'osexplorer.ui.dialogs.help':\n"
        "            sys.meta_path.remove(self)\n"
        "            from osexplorer.ui.main_screen import MainScreen\n"
        "            fail(None)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    root = str(Path(__file__).parents[2])
    terminal = program(str(directory), env={"PYTHONPATH": f"{tmp_path}:{root}"}, columns=200)
    terminal.wait_for("cherry")
    terminal.type("?")
    assert terminal.exit_status() == 70
    assert terminal.unrestored() == []
    lines = terminal.screen_text().strip().split("\n")
    assert lines[0] == "osexplorer ended by an error of its own: RuntimeError: made to fail"
    report = Path(lines[1].removeprefix("A report without your data is in "))
    assert "made to fail" in report.read_text()
    assert "SECRETVALUE'" not in terminal.raw.decode()


def test_ctrl_c_says_how_to_quit(explorer: Terminal) -> None:
    explorer.type("<ctrl+c>")
    explorer.wait_for("press q")
    assert explorer.alive()


def test_bytes_that_are_not_utf8_are_survived(explorer: Terminal) -> None:
    explorer.type(b"\xff\xfe\x80")
    explorer.type("2", "<down>")
    explorer.wait_for("cherry")
    assert explorer.alive()


def test_a_storm_of_sizes(explorer: Terminal) -> None:
    for step in range(30):
        explorer.resize(20 + step * 5, 4 + step)
        explorer.pump(0)
    explorer.resize(120, 40)
    explorer.wait_for("cherry")
    explorer.type("q")
    assert explorer.exit_status() == 0


def test_no_process_and_no_descriptor_is_left_by_children(explorer: Terminal) -> None:
    me = psutil.Process(explorer.process.pid)
    launch(explorer, "exit $((1+4))")
    explorer.wait_for("exit 5")
    before = me.num_fds()
    for code in (6, 7, 8):
        launch(explorer, f"exit $(({code}+0))")
        explorer.wait_for(f"exit {code}")
    assert me.children() == []
    assert me.num_fds() <= before + 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_during_a_copy(
    program: Start, tmp_path: Path, isolated_environment: Path, number: signal.Signals
) -> None:
    place = tmp_path / "place"
    (place / "from").mkdir(parents=True)
    (place / "to").mkdir()
    content = b"x" * 50_000
    for name in range(1500):
        (place / "from" / str(name)).write_bytes(content)
    terminal = program(str(place))
    terminal.wait_for("to/")
    terminal.type("y", "j", "<enter>")
    terminal.wait_for("The directory is empty")
    terminal.type("p")
    copied = place / "to" / "from"
    terminal.wait_until(lambda: copied.is_dir() and any(copied.iterdir()), "the first files")
    terminal.signal(number)
    assert terminal.exit_status() == 128 + number
    assert terminal.unrestored() == []
    assert not [*isolated_environment.glob("**/crash-*")], "being given up is no error of the program"
    assert all((copied / str(name)).read_bytes() == content for name in range(1500) if (copied / str(name)).exists())
