"""Lines of output with escape codes: what shows, and that nothing that acts on a terminal is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.escapes import Styled, codes_after, rendered


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", [("plain", "")]),
        ("\x1b[31mred\x1b[0m rest", [("red", "31"), (" rest", "")]),
        ("\x1b[1;31mA\x1b[39mB\x1b[22mC", [("A", "1;31"), ("B", "1"), ("C", "")]),
        ("\x1b[38;5;200mx\x1b[48:2:1:2:3my", [("x", "38;5;200"), ("y", "38;5;200;48;2;1;2;3")]),
        ("\x1b[31m\x1b[32m\x1b[33mx", [("x", "33")]),
        ("\x1b]0;title\x07x\x1b]52;c;aGk=\x1b\\y", [("x", ""), ("y", "")]),
        ("\x1bPq#0\x1b\\x\x1b[6n\x1b[2J\x1b[Hy", [("x", ""), ("y", "")]),
        ("10%\r20%\r100%", [("100%", "")]),
        ("long text\rnew", [("newg text", "")]),
        ("long text\rnew\x1b[K", [("new", "")]),
        ("ab\b\bX", [("Xb", "")]),
        ("\x1b[31mA\rB", [("B", "31")]),
        ("end\r", [("end", "")]),
        ("bell\x07 \x1b(Bx", [("bell", ""), (" ", ""), ("x", "")]),
    ],
)
def test_a_line_is_what_a_terminal_shows(text: str, parts: list[tuple[str, str]]) -> None:
    assert rendered(text) == [Styled(*part) for part in parts]


def test_colours_go_on_in_the_next_line() -> None:
    assert codes_after("\x1b[1mone\n\x1b[31mtwo\n") == "1;31"
    assert codes_after("\x1b[1mone\x1b[0m\n", "31") == ""
    assert rendered("x", "1;31") == [Styled("x", "1;31")]


@given(st.text(alphabet="ab\x1b[]m;0123K\r\b\x07\\P?", max_size=60))
def test_no_escape_is_left(text: str) -> None:
    assert not any(character in "\x1b\r\b" for part in rendered(text) for character in part.text)


@given(st.lists(st.sampled_from(["1", "31", "38;5;7", "48;2;9;9;9", "4", "22", "49", "97", "38"]), max_size=200))
def test_codes_do_not_grow(words: list[str]) -> None:
    assert len(codes_after("".join(f"\x1b[{word}m" for word in words))) < 60
