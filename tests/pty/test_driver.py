"""What `osexplorer.ui.driver` works around, each in a real pseudo-terminal, on the small app of `sample.py`."""

from __future__ import annotations

import signal
import stat
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil
import pytest

from tests.pty import sample as sample_module
from tests.pty.terminal import Terminal

Start = Callable[..., Terminal]


def is_stopped(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


def wait_for_prompt(terminal: Terminal) -> None:
    """The shell reads on. It may still lose the first character typed, so the tests type a space before ``fg``."""
    terminal.wait_for(lambda text: text.rstrip().endswith("PROMPT>"), why="the prompt")


def shell(open_terminal: Start, command: str, **kwargs: object) -> Terminal:
    """An interactive shell that was told to run `command`."""
    env = {"PYTHONPATH": str(Path(__file__).parents[2]), "PS1": "PROMPT> ", "HISTFILE": None}
    terminal = open_terminal(["bash", "--norc", "--noprofile", "--noediting", "-i"], 60, 10, env, **kwargs)
    terminal.wait_for("PROMPT>")
    terminal.type(command, "<enter>")
    return terminal


SAMPLE = f"{sys.executable} -m tests.pty.sample"


# -- leaving


def test_quit_restores(sample: Start) -> None:
    terminal = sample()
    assert "the alternate screen left on" in terminal.unrestored()  # so the test below means something
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert terminal.unrestored() == []


def test_mouse_reports_in_pixels_are_switched_off(sample: Start) -> None:
    terminal = sample()
    terminal.type("\x1b[?2048;2$y", "a")  # a terminal that reports its size in band, and so the mouse in pixels
    terminal.wait_for("key a")
    assert b"\x1b[?1016h" in terminal.raw
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert terminal.unrestored() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1])
def test_signal_restores_and_tells_its_number(sample: Start, number: signal.Signals) -> None:
    terminal = sample()
    terminal.signal(number)
    assert terminal.exit_status() == 128 + number
    assert terminal.unrestored() == []


def test_signal_while_the_loop_is_stuck(sample: Start) -> None:
    terminal = sample()
    terminal.type("b")
    terminal.wait_for_bytes(b"BUSY")
    terminal.signal(signal.SIGTERM)
    assert terminal.exit_status() == 128 + signal.SIGTERM
    assert terminal.unrestored() == []


def test_signal_while_the_terminal_reads_nothing(sample: Start) -> None:
    """Its buffer is full and stays so; the frames pile up behind it."""
    terminal = sample()
    terminal.type("f")
    terminal.wait_for_bytes(b"FLOOD")
    terminal.signal(signal.SIGTERM)  # from here on nothing is read
    assert terminal.process.wait(20) == 128 + signal.SIGTERM


def test_signal_that_was_ignored_at_the_start_stays_ignored(sample: Start) -> None:
    terminal = sample(preexec=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    terminal.signal(signal.SIGINT)
    terminal.type("a")
    terminal.wait_for("key a")


def test_hanging_at_exit_is_cut_short(sample: Start) -> None:
    terminal = sample()
    terminal.type("h")
    assert terminal.exit_status() == 5
    assert terminal.unrestored() == []


def test_the_terminal_goes_away(sample: Start) -> None:
    terminal = sample(preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))  # even without the signal
    terminal.hang_up()
    assert terminal.process.wait(20) == 128 + signal.SIGHUP


# -- crashing


@pytest.fixture
def state(isolated_environment: Path) -> Path:
    return isolated_environment / ".local" / "state" / "osexplorer"


def test_crash_leaves_a_report_and_two_lines(sample: Start, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = sample(columns=200)
    terminal.type("x")
    assert terminal.exit_status() == 70
    assert terminal.unrestored() == []
    lines = terminal.screen_text().strip().split("\n")
    report = next(state.iterdir()) if sys.platform == "linux" else Path(lines[1].rpartition(" ")[2])
    assert lines == [
        r"osexplorer ended by an error of its own: ValueError: unexpected\x1b]0;title\x07",
        f"A report without your data is in {report}",
    ]
    assert b"\x1b]0;title" not in terminal.raw
    text = report.read_text()
    assert "action_crash" in text
    assert r"ValueError: unexpected\x1b]0;title\x07" in text
    assert sample_module.SECRET not in text
    assert sample_module.SECRET.encode() not in terminal.raw
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_crash_where_no_report_can_be_written(sample: Start) -> None:
    terminal = sample(columns=200, env={"HOME": "/dev/null", "TMPDIR": "/nonexistent"}, cwd="/proc")
    terminal.type("x")
    assert terminal.exit_status() == 70
    lines = terminal.screen_text().strip().split("\n")
    assert len(lines) == 2
    assert lines[1].startswith(("No report could be written: ", "A report without your data is in /tmp/"))
    if lines[1].startswith("A report"):  # root may write where no temporary file belongs
        Path(lines[1].rpartition(" ")[2]).unlink()


def test_error_in_a_lost_task_is_recorded_and_the_app_goes_on(sample: Start, state: Path) -> None:
    terminal = sample(columns=120)
    terminal.type("t")
    terminal.wait_for("An error was recorded in")
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert "KeyError: 'task'" in next(state.iterdir()).read_text()
    assert b"Traceback" not in terminal.raw


# -- typing


def test_a_byte_that_is_not_utf8(sample: Start) -> None:
    terminal = sample()
    terminal.type(b"\xff\xc3", "a")
    terminal.wait_for("key a")


def test_a_character_cut_in_two(sample: Start) -> None:
    terminal = sample()
    terminal.type(b"\xc3")
    terminal.type(b"\xa9")
    terminal.wait_for("key é")


@pytest.mark.parametrize("sequence", ["\x1b[99999999999u", "\x1b[97;1;99999999u", "\x1b[;;;u", "\x1b[<0;0;0M"])
def test_a_key_code_out_of_range(sample: Start, sequence: str) -> None:
    terminal = sample()
    terminal.type(sequence, "a")
    terminal.wait_for("key a")


@pytest.mark.parametrize("pieces", [(b"\x1b2",), (b"\x1b", b"2"), (b"zy\x1b2",)])
def test_a_key_soon_after_esc(sample: Start, pieces: tuple[bytes, ...]) -> None:
    terminal = sample()
    for piece in pieces:
        terminal.type(piece)
    terminal.wait_for("key 2")
    terminal.type(b"\x1b[A\x1bOA\x1b[1;3D")
    terminal.wait_for("key alt+left")
    terminal.type(b"\x1b")
    terminal.wait_for("key escape")
    terminal.type(b"\x1b[200~\x1b2\x1b[201~", "z")
    terminal.wait_for("key z")


@pytest.mark.parametrize("key", ["k", "w", "O", "[", "?", "A"])
@pytest.mark.parametrize("apart", [False, True])
def test_any_key_soon_after_esc(sample: Start, key: str, apart: bool) -> None:
    """Not Alt and that key, which nothing is bound to, nor that key alone."""
    names = {"[": "left_square_bracket", "?": "question_mark"}
    terminal = sample()
    for piece in ("\x1b", key) if apart else (f"\x1b{key}",):
        terminal.type(piece)
    terminal.wait_for(f"key {names.get(key, key)} after escape")


@pytest.mark.parametrize(
    "pieces", [("\x1b[200~a\x1bk\x1b[201~z",), ("\x1b[20", "0~\x1bk", "\x1b[20", "1~z"), "\x1b[200~\x1b\x1bk\x1b[201~z"]
)
def test_a_paste_is_no_keys(sample: Start, pieces: Iterable[str]) -> None:
    """What follows an Esc in it neither: a text could delete files."""
    terminal = sample()
    for piece in pieces:
        terminal.type(piece)
    terminal.wait_for("key z after none")


# -- the size


def test_size_is_that_of_the_terminal(sample: Start) -> None:
    terminal = sample(env={"COLUMNS": "20", "LINES": "5"})
    terminal.wait_for("READY 60x10")
    terminal.resize(70, 12)
    terminal.wait_for("READY 70x12")


def test_size_that_comes_back(sample: Start) -> None:
    terminal = sample()
    terminal.type("n")
    terminal.wait_for("key n")
    terminal.wait_for_bytes(b"BUSY")
    terminal.resize(10, 1)
    terminal.resize(60, 10)
    assert "key n" not in terminal.screen_text()
    terminal.wait_for("key n")


def test_sizes_in_a_storm(sample: Start) -> None:
    terminal = sample()
    terminal.wait_for("READY 60x10")
    for _ in range(20):
        for step in range(30):
            terminal.resize(20 + step, 4 + step)
        terminal.resize(60, 10)
        terminal.wait_for("READY 60x10")


def test_size_while_stdout_is_a_pipe(open_terminal: Start) -> None:
    terminal = shell(open_terminal, f"{SAMPLE} | cat")
    terminal.wait_for("READY 60x10")


# -- Ctrl+Z


def test_stop_and_go_on(open_terminal: Start) -> None:
    terminal = shell(open_terminal, SAMPLE)
    terminal.wait_for("READY 60x10")
    terminal.type("<ctrl+z>")
    terminal.wait_for("Stopped")
    wait_for_prompt(terminal)
    assert terminal.unrestored() == []
    terminal.type("echo $((41+1))", "<enter>")
    terminal.wait_for("\n42\n")
    terminal.resize(70, 12)
    terminal.type(" fg", "<enter>")
    terminal.wait_for(lambda text: text.startswith("READY 70x12"))
    terminal.type("a")
    terminal.wait_for("key a")
    terminal.type("q")
    wait_for_prompt(terminal)
    assert terminal.unrestored() == []


def test_stop_under_a_dialog_repaints_both(open_terminal: Start) -> None:
    terminal = shell(open_terminal, SAMPLE)
    terminal.wait_for("READY")
    terminal.type("d")
    terminal.wait_for("DIALOG")
    terminal.type("<ctrl+z>")
    terminal.wait_for("Stopped")
    wait_for_prompt(terminal)
    terminal.type(" fg", "<enter>")
    terminal.wait_for(lambda text: text.startswith("READY") and "DIALOG" in text)


def test_stop_of_a_whole_job(open_terminal: Start) -> None:
    """The shell waits for a wrapper, which has to stop as well."""
    terminal = shell(open_terminal, f"sh -c '{SAMPLE}; echo LATER'")
    terminal.wait_for("READY")
    terminal.type("<ctrl+z>")
    terminal.wait_for("Stopped")
    wait_for_prompt(terminal)
    terminal.type(" fg", "<enter>")
    terminal.wait_for(lambda text: text.startswith("READY"))
    terminal.type("q")
    terminal.wait_for("LATER")


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_stop_from_outside(open_terminal: Start, number: signal.Signals) -> None:
    terminal = shell(open_terminal, SAMPLE)
    terminal.wait_for("READY")
    (process,) = psutil.Process(terminal.process.pid).children()
    process.send_signal(number)
    terminal.wait_for_bytes(b"Stopped")
    wait_for_prompt(terminal)
    since = len(terminal.raw)
    terminal.type(" fg", "<enter>")
    terminal.wait_for_bytes(b"\x1b[?1049h", since)  # what is typed before is dropped with the terminal's state
    terminal.wait_for_bytes(b"READY", since)
    terminal.type("a")
    terminal.wait_for(lambda text: text.startswith("READY") and "key a" in text)
    terminal.type("q")
    terminal.wait_until(lambda: not process.is_running(), "the end")
    terminal.type("echo DO''NE", "<enter>")
    terminal.wait_for("DONE")
    assert terminal.unrestored() == []


def test_stop_then_bg_waits_for_fg(open_terminal: Start) -> None:
    terminal = shell(open_terminal, SAMPLE)
    terminal.wait_for("READY")
    (process,) = psutil.Process(terminal.process.pid).children()
    terminal.type("<ctrl+z>")
    terminal.wait_for("Stopped")
    wait_for_prompt(terminal)
    before = len(terminal.raw)
    terminal.type("bg", "<enter>")
    terminal.wait_until(lambda: terminal.raw.count(b"PROMPT>", before) > 0, "the prompt")
    terminal.wait_until(lambda: is_stopped(process.pid), "the stop for want of the terminal")
    assert terminal.unrestored() == []
    terminal.type(" fg", "<enter>")
    terminal.wait_for(lambda text: text.startswith("READY"))


def test_stop_then_terminate(open_terminal: Start) -> None:
    """Told to end while stopped, in the background: it must end without taking the terminal again."""
    terminal = shell(open_terminal, SAMPLE)
    terminal.wait_for("READY")
    (process,) = psutil.Process(terminal.process.pid).children()
    terminal.type("<ctrl+z>")
    terminal.wait_for("Stopped")
    wait_for_prompt(terminal)
    since = len(terminal.raw)
    terminal.type("kill %1", "<enter>")
    terminal.wait_until(lambda: not process.is_running() or process.status() == "zombie", "the end")
    terminal.type("<enter>")
    terminal.wait_for("143")
    assert b"\x1b[?1049h" not in terminal.raw[since:]


def test_stop_without_a_shell_is_refused(sample: Start) -> None:
    terminal = sample()  # the leader of its session: nobody could continue it
    terminal.type("<ctrl+z>")
    terminal.wait_for("No shell")


# -- lending


def test_lending_to_a_child(sample: Start) -> None:
    terminal = sample()
    terminal.type("l")
    terminal.wait_for("BORROWED")
    assert terminal.unrestored() == []
    terminal.type("<enter>")
    terminal.wait_for("got 3")
    terminal.wait_for("READY")


def test_lending_to_what_fails(sample: Start) -> None:
    terminal = sample()
    terminal.type("e")
    terminal.wait_for("got FileNotFoundError")
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert terminal.unrestored() == []


def test_lending_to_a_child_that_wrecks_the_terminal(sample: Start) -> None:
    terminal = sample()
    terminal.type("r")
    terminal.wait_for(f"got {-signal.SIGKILL}")
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert terminal.unrestored() == []


def test_lending_leaves_ctrl_c_to_the_child(sample: Start) -> None:
    terminal = sample()
    terminal.type("s")
    terminal.wait_for("BORROWED")
    terminal.type("<ctrl+c>")
    terminal.wait_for(f"got {-signal.SIGINT}")
    terminal.type("q")
    assert terminal.exit_status() == 0


def test_lending_ends_with_us(sample: Start) -> None:
    terminal = sample()
    terminal.type("s")
    terminal.wait_for("BORROWED")
    children = psutil.Process(terminal.process.pid).children()
    terminal.signal(signal.SIGTERM)
    assert terminal.exit_status() == 128 + signal.SIGTERM
    assert terminal.unrestored() == []
    terminal.wait_until(lambda: not any(child.is_running() for child in children), "the end of the child")


def test_lending_while_stopped_and_continued(open_terminal: Start) -> None:
    """Ctrl+Z in a borrowed terminal stops both; fg continues both."""
    terminal = shell(open_terminal, SAMPLE)
    terminal.wait_for("READY")
    terminal.type("l")
    terminal.wait_for("BORROWED")
    terminal.type("<ctrl+z>")
    terminal.wait_for("Stopped")
    wait_for_prompt(terminal)
    terminal.type(" fg", "<enter>")
    terminal.wait_for_bytes(b"fg")
    terminal.type("<enter>")
    terminal.wait_for("got 3")
