"""What keys send to a program on a terminal, as xterm's do."""

from __future__ import annotations

import pytest

from osexplorer.model.terminal import Modes, key_bytes, paste_bytes

PLAIN, APPLICATION = Modes(), Modes(application_cursor=True)


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("a", "a", b"a"),
        ("A", "A", b"A"),
        ("ä", "ä", "ä".encode()),
        ("enter", "\r", b"\r"),
        ("tab", "\t", b"\t"),
        ("shift+tab", None, b"\x1b[Z"),
        ("escape", "\x1b", b"\x1b"),
        ("backspace", "\x7f", b"\x7f"),
        ("space", " ", b" "),
        ("ctrl+c", "\x03", b"\x03"),
        ("ctrl+z", "\x1a", b"\x1a"),
        ("ctrl+at", "\x00", b"\x00"),
        ("ctrl+backslash", "\x1c", b"\x1c"),
        ("ctrl+underscore", "\x1f", b"\x1f"),
        ("alt+x", "x", b"\x1bx"),
        ("alt+ctrl+a", None, b"\x1b\x01"),
        ("up", None, b"\x1b[A"),
        ("home", None, b"\x1b[H"),
        ("ctrl+right", None, b"\x1b[1;5C"),
        ("shift+up", None, b"\x1b[1;2A"),
        ("delete", None, b"\x1b[3~"),
        ("ctrl+pagedown", None, b"\x1b[6;5~"),
        ("f1", None, b"\x1bOP"),
        ("f4", None, b"\x1bOS"),
        ("f5", None, b"\x1b[15~"),
        ("f12", None, b"\x1b[24~"),
        ("shift+f5", None, b"\x1b[15;2~"),
        ("plus", "+", b"+"),
        ("question_mark", "?", b"?"),
        ("f24", None, b""),
        ("ctrl+enter", None, b""),
    ],
)
def test_what_a_key_sends(key: str, character: str | None, sent: bytes) -> None:
    assert key_bytes(key, character, PLAIN) == sent


def test_cursor_keys_as_the_program_asked_for_them() -> None:
    assert key_bytes("up", None, APPLICATION) == b"\x1bOA"
    assert key_bytes("end", None, APPLICATION) == b"\x1bOF"
    assert key_bytes("ctrl+up", None, APPLICATION) == b"\x1b[1;5A"


def test_a_paste_cannot_end_itself() -> None:
    assert paste_bytes("a\nb\r\nc", PLAIN) == b"a\rb\rc"
    bracketed = Modes(bracketed_paste=True)
    assert paste_bytes("a\nb", bracketed) == b"\x1b[200~a\rb\x1b[201~"
    for evil in ("x\x1b[201~rm -rf ~\r", "\x1b[20\x1b[201~1~evil"):
        sent = paste_bytes(evil, bracketed)
        assert sent.count(b"\x1b[201~") == 1
        assert sent.endswith(b"\x1b[201~")
