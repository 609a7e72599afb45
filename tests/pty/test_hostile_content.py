"""What is in files cannot talk to the terminal, nor can names in the dialogs for finding, going and disk use."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal
from tests.pty.test_hostile import NAMES, assert_aligned, assert_clean

Start = Callable[..., Terminal]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    place.mkdir()
    lines = "\n".join(NAMES).encode("utf-8", "surrogateescape")
    (place / "a.txt").write_bytes(lines)
    (place / "b.py").write_bytes(b"'''" + lines + b"'''\n# " + lines.replace(b"\n", b" "))
    (place / "c.latin").write_bytes("\x9b2J gr\xfcn \x85 \x9d0;PWNED\x9c".encode("latin-1"))
    (place / "d.utf16").write_bytes("\x1b[2J \u202e \u2028".encode("utf-16"))
    with tarfile.open(place / "e.tar", "w") as archive:
        for name in NAMES:
            entry = tarfile.TarInfo(name)
            archive.addfile(entry, io.BytesIO())
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, NAMES[1]
        archive.addfile(link)
    (place / "f.link").symlink_to(NAMES[2])
    (place / "g").mkdir()
    for name in NAMES:
        (place / "g" / name).touch()
    return place


@pytest.mark.parametrize("theme", ["dark", "none"])
def test_no_content_reaches_the_terminal(program: Start, place: Path, theme: str) -> None:
    terminal = program(str(place), columns=120, rows=40, env={"NO_COLOR": "1" if theme == "none" else None})
    terminal.wait_for("a.txt")
    terminal.type("v")
    for seen in (
        f"{len(NAMES)} entries",
        "UTF-8",
        "UTF-8",
        "Latin-1",
        "UTF-16",
        "tar",
        "leads",
    ):
        terminal.wait_for(seen)
        assert_clean(terminal)
        assert_aligned(terminal)
        terminal.type("j")
    terminal.type("q")
    assert terminal.exit_status() == 0


def test_no_name_reaches_it_from_the_dialogs(program: Start, place: Path) -> None:
    terminal = program(str(place / "g"), columns=120, rows=40)
    terminal.wait_for("16 ends")
    for keys, seen in (
        (("F", "<enter>"), "complete"),
        (("U",), "counted"),
        (("\x07",), "Completions"),
    ):
        terminal.type(*keys)
        terminal.wait_for(seen)
        terminal.wait_for("16 ends")
        assert_clean(terminal)
        terminal.type("<escape>")
        terminal.wait_for(lambda text: "Enter Open" in text)
    inner = os.path.join(place, "g", NAMES[0] + " in")
    os.mkdir(inner)
    terminal.wait_for(" in/")
    terminal.type("\x07")
    terminal.wait_for("Completions")
    terminal.type("01", "\t", " in", "\t", "<enter>")
    terminal.wait_for("The directory is empty")
    terminal.type("B")
    terminal.wait_for("bookmarked")
    terminal.type("b")
    terminal.wait_for("bookmark ")
    assert_clean(terminal)
    terminal.type("<escape>")
    terminal.wait_for(lambda text: "Enter Open" in text or "Up " in text)
    terminal.type("S")
    terminal.wait_for(lambda text: "2 Files" not in text)
    terminal.type("exit", "<enter>")
    terminal.wait_for("exit 0")
    terminal.type("q")
    assert terminal.exit_status() == 0
