"""The names of keys: what a person writes in the settings, as the terminal library calls it."""

from __future__ import annotations

import unicodedata

_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")
_NAMED = {
    *("enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"),
    *("left", "right", "up", "down"),
    *(f"f{number}" for number in range(1, 25)),
}
_ALSO = {"esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown"}
_ARROWS = {"←": "left", "→": "right", "↑": "up", "↓": "down"}
_SHORTER = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_CHARACTERS = {
    _SHORTER.get(name := unicodedata.name(character).lower().replace("-", "_").replace(" ", "_"), name): character
    for character in map(chr, range(0x21, 0x7F))
    if not character.isalnum()
}


def key_name(text: str) -> str | None:
    """The name of a key as Textual has it, or None where `text` names no key.

    ``?`` is ``question_mark``, ``Ctrl+P`` is ``ctrl+p``, ``PgUp`` is ``pageup``; a letter keeps its case, for ``G``
    and ``g`` are two keys. Names as Textual has them stay as they are.
    """
    if len(text) == 1:
        return _character(text)
    if text.endswith("++"):
        *modifiers, key = *text[:-2].split("+"), "+"
    else:
        *modifiers, key = text.split("+")
    held = {modifier.lower() for modifier in modifiers}
    if len(held) != len(modifiers) or not held.issubset(_MODIFIERS):
        return None
    name = _character(key) if len(key) == 1 else _named(key.lower())
    if name is None:
        return None
    if "ctrl" in held and len(name) == 1:
        name = name.lower()
    return "+".join([*sorted(held), name])


def _character(character: str) -> str | None:
    if character == " ":
        return "space"
    if character in _ARROWS:
        return _ARROWS[character]
    if character.isalnum():
        return character
    return next((name for name, shown in _CHARACTERS.items() if shown == character), None)


def _named(name: str) -> str | None:
    name = _ALSO.get(name, name)
    return name if name in _NAMED or name in _CHARACTERS else None
