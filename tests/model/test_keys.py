"""Keys as people write them, and as Textual names them."""

from __future__ import annotations

import string

import pytest
from textual.keys import _character_to_key

from osexplorer.model.keys import key_name
from osexplorer.ui.actions import ACTIONS, UNBOUND


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("?", "question_mark"),
        ("question_mark", "question_mark"),
        ("+", "plus"),
        (",", "comma"),
        (" ", "space"),
        ("G", "G"),
        ("g", "g"),
        ("é", "é"),
        ("↑", "up"),
        ("Esc", "escape"),
        ("PgDn", "pagedown"),
        ("F12", "f12"),
        ("Ctrl+P", "ctrl+p"),
        ("ctrl++", "ctrl+plus"),
        ("Shift+Ctrl+Left", "ctrl+shift+left"),
        ("alt+K", "alt+K"),
        ("", None),
        ("xx", None),
        ("f25", None),
        ("Ctrl+", None),
        ("Ctrl+Ctrl+a", None),
        ("Strg+a", None),
        ("a,b", None),
        ("\x1b", None),
    ],
)
def test_names(text: str, name: str | None) -> None:
    assert key_name(text) == name


@pytest.mark.parametrize("character", string.punctuation + string.ascii_letters + string.digits + " é漢")
def test_a_character_has_the_name_that_textual_gives_it(character: str) -> None:
    assert key_name(character) == _character_to_key(character)


def test_every_default_key_has_its_own_name() -> None:
    for action in ACTIONS:
        for key in action.keys:
            assert key.startswith(UNBOUND) or key_name(key) == key, action.id
