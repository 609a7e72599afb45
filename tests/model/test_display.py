"""What `display` promises of every string: reversible, injective, and nothing unprintable ever leaves it."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from osexplorer.model.display import display, undisplay

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates included
HOSTILE = st.text(
    st.sampled_from("\x1b\x9b\x07\x7f\n\r\t\\xu0189af[]/\u202e\u200b\u2028\ufeff\udc80\udcff\ud800 é漢\U000e0041")
)
NAMES = st.binary().map(os.fsdecode)


@given(ANY_TEXT | HOSTILE | NAMES)
@example("\\x1b")
@example("\\\\n")
@example("\x80\udc80")
def test_undisplay_finds_the_original(text: str) -> None:
    assert undisplay(display(text)) == text


@given(ANY_TEXT | HOSTILE, ANY_TEXT | HOSTILE)
@example("\x1b", "\\x1b")
@example("\x80", "\udc80")
@example("\ue000", "\\ue000")
def test_two_strings_never_look_the_same(one: str, other: str) -> None:
    assert (display(one) == display(other)) == (one == other)


@given(ANY_TEXT | HOSTILE | NAMES)
def test_only_printable_characters_leave(text: str) -> None:
    shown = display(text)
    assert shown.isprintable()
    shown.encode("utf-8")  # no surrogate is left


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x61C, 0xDC80, 0xD800, 0xFFFF, 0x10FFFF])
def test_every_control_is_escaped(code: int) -> None:
    assert display(chr(code)).startswith("\\")


def test_format_characters_are_escaped_and_letters_are_not() -> None:
    """Bidirectional marks and zero-width characters (category Cf) reorder or hide text."""
    for code in range(0x110000):
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Cf", "Cc", "Cs", "Zl", "Zp"):
            assert display(character).startswith("\\"), hex(code)
        elif category in ("Lu", "Ll", "Lo", "Nd"):
            assert display(character) == character, hex(code)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.txt", "plain name.txt"),
        ("Füße 漢字", "Füße 漢字"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("back\\slash", "back\\\\slash"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\udcff", "\\xff"),
        ("\x9b", "\\u009b"),
        ("\u202egnp", "\\u202egnp"),
        ("\U000e0041", "\\U000e0041"),
        ("[/][bold]", "[/][bold]"),
        ("", ""),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert display(text) == shown


@pytest.mark.parametrize("text", ["\\", "C:\\dir", "\\q", "\\x4", "100\\%", "\\ud80"])
def test_text_that_was_typed_without_escapes_is_kept(text: str) -> None:
    assert undisplay(text) == text


@given(st.text("\\xuU0123456789abcdefnrt"))
def test_undisplay_never_fails(text: str) -> None:
    undisplay(text)
