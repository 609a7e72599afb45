"""Names that would like to talk to the terminal, in every pane, dialog, title and notification.

What is proven is the bytes that reach a real pseudo-terminal: escape sequences only of the few kinds that drawing
needs, no control character, nothing that turns the direction of text, and every row as wide as the screen.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.pty.terminal import Terminal

Start = Callable[..., Terminal]

TITLE = "\x1b]0;PWNED\x07"
CLEAR = "\x1b[2J\x1b[3J"
COLOUR = "\x1b[31;45;5m"
NAMES = [
    f"01{TITLE}title",
    f"02{CLEAR}clear",
    f"03{COLOUR}colour",
    "04\x9b2J\x9d0;PWNED\x9cc1",
    "05[",
    "06[bold red]tag",
    "07[@click=app.quit]link",
    "08[link=javascript:1]z[",
    "09new\nline",
    "10\ttab\rreturn\bback",
    "11\u202etxt.exe\u2066\u200b\ufeff",
    "12\udcff\udcfe\udce9 not utf-8",
    "13" + "long" * 63 + "x",
    "14漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
    "15👩\u200d👩\u200d👧 e\u0301\u0301 ไทย",
    "16 ends in spaces   ",
    "17\x7fdelete\x00".replace("\x00", ""),
    "18\u2028separator\u0085next",
]
SEQUENCES = re.compile(
    r"\x1b\[[0-9;]*[mH]"  # style, position
    r"|\x1b\[\?[0-9;]+[hl]"  # modes
    r"|\x1b\[\?[0-9]+\$p"  # questions about modes
    r"|\x1b\[(?:>[0-9]+|<)u"  # kitty's keyboard
    r"|\x1b\]22;[a-z-]+\x07"  # the shape of the mouse's pointer
)

BEGUN = re.compile(
    rb"(?:\x1b(?:\[[<=>?]?[0-9;]*\$?|\][^\x07]*)?"  # an escape sequence
    rb"|[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"  # a character
)
"""What has arrived so far of something that the program is still writing."""


def is_whole(terminal: Terminal) -> bool:
    """Whether nothing is just being written."""
    return not terminal.emulator.in_update and not BEGUN.search(terminal.raw)


def assert_clean(terminal: Terminal) -> None:
    """Nothing has reached the terminal that was not drawing."""
    terminal.wait_until(lambda: not terminal.alive() or is_whole(terminal), "the rest of what is being written")
    text = terminal.raw.decode("utf-8")  # strictly: a byte that is not UTF-8 has no business there
    assert COLOUR not in text
    assert "new\r\nline" not in text
    rest = SEQUENCES.sub("", text).replace("\r\n", "")  # Textual ends rows so; the terminal's driver adds the \r
    for at, character in enumerate(rest):
        bad = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        assert not bad or character == "\u200d", f"U+{ord(character):04X} in {rest[max(0, at - 30) : at + 30]!r}"


def assert_aligned(terminal: Terminal) -> None:
    """Every row ends where the screen ends: each frame's right side stands in the last column."""
    screen = terminal.emulator.screen
    for y in range(screen.lines):
        row = screen.display[y]
        if row.startswith(("│", "╭", "╰")):
            assert screen.buffer[y][screen.columns - 1].data in "│╮╯▕▐▆▄▂█▇▅▃▁▊", f"row {y}:\n{row}"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A directory of hostile names, itself so named, one of them of each kind."""
    place = tmp_path / f"dir{TITLE}[" / "]\udcff"  # which makes [/] of its path
    place.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        path = place / name
        if number % 4 == 0:
            path.mkdir()
            (path / f"below{COLOUR}").touch()
        elif number % 4 == 1:
            path.symlink_to(f"nowhere{CLEAR}")
        else:
            path.write_bytes(os.fsencode(name))
    return place


@pytest.fixture
def hostile_process() -> Iterator[psutil.Process]:
    """A process whose command line and environment are hostile."""
    argv = ["sh", "-c", f": 'PWNEDPROC{TITLE}{CLEAR}{COLOUR}\x9b[/]\n'; sleep 600 & wait"]
    process = subprocess.Popen(argv, env={**os.environ, "HOSTILE": f"{TITLE}[/]"}, start_new_session=True)
    yield psutil.Process(process.pid)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_in_every_pane(program: Start, hostile: Path, hostile_process: psutil.Process, size: tuple[int, int]) -> None:
    environment = {"HOSTILE": f"value{TITLE}{COLOUR}[/]\n\udcff", f"NAME{COLOUR}[b]": "x"}
    terminal = program(os.fsencode(hostile), env=environment, columns=size[0], rows=size[1])
    terminal.wait_for("18")
    for number in range(len(NAMES)):  # the inspector, the tree and the title follow
        terminal.type("<down>")
        terminal.wait_for(lambda text: "╭" in text)
        if number % 6 == 0:
            assert_aligned(terminal)
    terminal.type("*")  # the call log, perhaps a notification
    for key in "12345678":
        terminal.type(key)
        terminal.wait_for(lambda text, key=key: f" {key} " in text)
        terminal.type("<down>", "<down>", "<down>", "<end>", "<home>")
        terminal.wait_for(lambda text: "╭" in text)
    terminal.type("5")
    filter_by(terminal, "PWNEDPROC")
    terminal.wait_for(lambda text: "PWNEDPROC" in text)
    terminal.type("<enter>")  # its details, environment included
    terminal.wait_for(lambda text: "processor time" in text)
    close_dialog(terminal, "processor time")
    terminal.type("2", "<home>")
    terminal.wait_for("18")
    assert_aligned(terminal)
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert_clean(terminal)


def test_in_dialogs_and_notifications(program: Start, hostile: Path) -> None:
    terminal = program(os.fsencode(hostile), env={"HOSTILE": f"value{TITLE}{COLOUR}[/]"})
    terminal.wait_for("18")
    terminal.type("4")
    terminal.wait_for("HOSTILE")
    filter_by(terminal, "HOSTILE")
    terminal.type("<enter>")
    terminal.wait_for("Enter accept")
    terminal.wait_for(r"value\x1b]0;PWNED")
    close_dialog(terminal, "Enter accept")
    terminal.type("d", "u", "2", "<home>")
    for keys, shown in (("?", "Keys: "), (":", "type to filter"), ("!", "Enter launch"), ("s", "Sort by")):
        terminal.type(keys)
        terminal.wait_for(shown)
        close_dialog(terminal, shown)
    terminal.type("m", "=", "7777", "<enter>", "<enter>")
    terminal.type("u")
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert_clean(terminal)


def test_in_children_and_their_output(program: Start, tmp_path: Path) -> None:
    terminal = program(str(tmp_path))
    terminal.wait_for("live")
    line = r"printf 'out\033]0;PWNED\007\033[2J\033[31;45;5m\2332J\377[/]\r\b\n'; : '[/]" + "\u202e'"
    terminal.type("!")
    terminal.wait_for("Enter launch")
    terminal.type(line, "<enter>")
    terminal.wait_for("exit 0")
    terminal.type("<enter>")
    terminal.wait_for(lambda text: "bytes written" in text and r"out\x9b2J\xff[/]" in text)  # as a terminal shows it
    terminal.type("r")
    terminal.wait_for(lambda text: "bytes written" in text and r"out\x1b]0" in text)
    close_dialog(terminal, "bytes written")
    terminal.type("q")
    assert terminal.exit_status() == 0
    assert_clean(terminal)


def test_what_hostile_names_are_shown_as(program: Start, hostile: Path) -> None:
    terminal = program(os.fsencode(hostile), columns=200, rows=60)
    for shown in (
        r"01\x1b]0;PWNED\x07title",
        "06[bold red]tag",
        "[/]",
        r"09new\nline",
        r"12\xff\xfe\xe9 not utf-8",
        r"11\u202etxt.exe",
    ):
        terminal.wait_for(shown)


def filter_by(terminal: Terminal, text: str) -> None:
    """Filter the list that has the keyboard."""
    terminal.type("/")
    terminal.wait_for("filter")
    terminal.type(text, "<enter>")


def close_dialog(terminal: Terminal, shown: str) -> None:
    """Esc, and wait until what the dialog showed is gone: with a key at its heels it would be Alt and that key."""
    terminal.type("<escape>")
    terminal.wait_for(lambda text: shown not in text, why=f"the end of {shown!r}")
