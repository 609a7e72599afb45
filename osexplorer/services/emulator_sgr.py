"""Colours and weights of a terminal's text: Select Graphic Rendition, ECMA-48 8.3.117 and xterm's ctlseqs."""

from __future__ import annotations

import re
from functools import lru_cache

from pyte.screens import Char

_PLAIN = Char(" ")
_ON = {
    1: {"bold": True},
    3: {"italics": True},
    4: {"underscore": True},
    5: {"blink": True},
    7: {"reverse": True},
    9: {"strikethrough": True},
    21: {"underscore": True},
    22: {"bold": False},
    23: {"italics": False},
    24: {"underscore": False},
    25: {"blink": False},
    27: {"reverse": False},
    29: {"strikethrough": False},
    39: {"fg": "default"},
    49: {"bg": "default"},
}
_COLOURS = {38: "fg", 48: "bg", 58: ""}
_MOST = 64
"""Parameters of one sequence; more are left out."""


@lru_cache(maxsize=1024)
def apply_sgr(look: Char, parameters: str) -> Char:
    """The look of text after ``CSI parameters m``.

    A colour is ``"default"``, a number of the palette, or ``#rrggbb``.
    """
    words = parameters.split(";")[:_MOST]
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if ":" in word:
            look = _with_parts(look, word)
            continue
        number = int(word or 0)
        if number == 0:
            look = _PLAIN
        elif number in _COLOURS:
            colour, at = _colour(words, at)
            if colour and _COLOURS[number]:
                look = look._replace(**{_COLOURS[number]: colour})  # type: ignore[arg-type]
        elif number in _ON:
            look = look._replace(**_ON[number])  # type: ignore[arg-type]
        elif (palette := _basic(number)) is not None:
            look = look._replace(**palette)  # type: ignore[arg-type]
    return look


def _basic(number: int) -> dict[str, str] | None:
    """The sixteen colours."""
    for first, name, base in ((30, "fg", 0), (40, "bg", 0), (90, "fg", 8), (100, "bg", 8)):
        if first <= number < first + 8:
            return {name: str(number - first + base)}
    return None


def _colour(words: list[str], at: int) -> tuple[str, int]:
    """The colour that begins at word `at`, ``""`` for none, and the place after it."""
    kind = words[at] if at < len(words) else ""
    if kind == "5":
        return _palette(words[at + 1 : at + 2]), at + 2
    if kind == "2":
        return _direct(words[at + 1 : at + 4]), at + 4
    return "", len(words)


def _palette(words: list[str]) -> str:
    return words[0] if words and words[0].isdecimal() and int(words[0]) < 256 else ""


def _direct(words: list[str]) -> str:
    if len(words) < 3 or not all(re.fullmatch(r"\d{0,3}", word) for word in words):
        return ""
    return "#" + "".join(f"{min(int(word or 0), 255):02x}" for word in words)


def _with_parts(look: Char, word: str) -> Char:
    """One parameter with parts: ``4:3`` (a curly underline), ``38:2::r:g:b``, ``38:5:n``."""
    parts = word.split(":")
    if parts[0] == "4":
        return look._replace(underscore=parts[1] != "0")
    if parts[0] in ("38", "48") and len(parts) > 2:
        colour = _palette(parts[2:3]) if parts[1] == "5" else _direct(parts[-3:]) if parts[1] == "2" else ""
        if colour:
            return look._replace(**{_COLOURS[int(parts[0])]: colour})  # type: ignore[arg-type]
    return look
