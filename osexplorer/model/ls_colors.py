"""``LS_COLORS``: which name looks how, as dircolors(5) describes it and GNU ls does it.

    *.tar=01;31:di=01;34:ln=target

Looks are codes of SGR, the terminal's "select graphic rendition" (ECMA-48, 8.3.117), held apart as what they mean, so
that no code of the variable ever reaches a terminal as it stands.
"""

from __future__ import annotations

import re
import stat as _stat
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from osexplorer.model.entry import EntryStat, Kind

Colour: TypeAlias = int | tuple[int, int, int] | None
"""One of the terminal's 256, or red, green, blue; None for its own."""

_CODES = re.compile(r"[0-9]*(?:;[0-9]*)*")
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_ATTRIBUTES = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}
_KINDS = {
    Kind.DIRECTORY: "di",
    Kind.FILE: "fi",
    Kind.SYMLINK: "ln",
    Kind.FIFO: "pi",
    Kind.SOCKET: "so",
    Kind.CHARACTER_DEVICE: "cd",
    Kind.BLOCK_DEVICE: "bd",
}
_LARGEST = 65536


class Look(NamedTuple):
    """How text looks."""

    foreground: Colour = None
    background: Colour = None
    attributes: frozenset[str] = frozenset()
    """Of ``bold``, ``dim``, ``italic``, ``underline``, ``reverse``, ``strike``."""


def look_of(codes: str) -> Look | None:
    """What a list of SGR codes means; None where it is none, or means nothing."""
    if not codes or not _CODES.fullmatch(codes):
        return None
    foreground: Colour = None
    background: Colour = None
    attributes: set[str] = set()
    numbers = iter([int(code or 0) % 1000 for code in codes.split(";")])
    for code in numbers:
        if code == 0:
            foreground, background = None, None
            attributes.clear()
        elif code in _ATTRIBUTES:
            attributes.add(_ATTRIBUTES[code])
        elif code in _OFF:
            attributes.difference_update(_OFF[code])
        elif 30 <= code <= 37 or 90 <= code <= 97:
            foreground = code - 30 if code < 90 else code - 82
        elif 40 <= code <= 47 or 100 <= code <= 107:
            background = code - 40 if code < 100 else code - 92
        elif code == 38:
            foreground = _extended(numbers)
        elif code == 48:
            background = _extended(numbers)
        elif code == 39:
            foreground = None
        elif code == 49:
            background = None
    look = Look(foreground, background, frozenset(attributes))
    return look if look != Look() else None


def _extended(numbers: Iterator[int]) -> Colour:
    """What follows 38 or 48: ``5;N`` one of 256 colours, ``2;R;G;B`` a mixed one."""
    form = next(numbers, 0)
    if form == 5:
        return next(numbers, 0) & 255
    if form == 2:
        return next(numbers, 0) & 255, next(numbers, 0) & 255, next(numbers, 0) & 255
    return None


class LsColors(NamedTuple):
    """What the variable says."""

    kinds: dict[str, str]
    """By the two letters of dircolors(5), the codes."""
    suffixes: dict[str, str]
    """By the end of a name, the codes; of two that fit, the one that stands last counts."""

    def codes(self, name: str, kind: Kind, stat: EntryStat | None) -> str:
        """The SGR codes for an entry; ``""`` where none are said.

        Args:
            stat: what is known of it; None while it was not looked at.
        """
        if kind is Kind.SYMLINK:
            return self._link(name, stat)
        return self._entry(name, kind, stat.mode if stat is not None else 0, stat.links if stat is not None else 1)

    def _link(self, name: str, stat: EntryStat | None) -> str:
        target = stat.target if stat is not None else None
        if target is not None and target.broken and "or" in self.kinds:
            return self.kinds["or"]
        codes = self.kinds.get("ln", "")
        if codes != "target":
            return codes
        if target is None or target.kind is None:
            return ""
        return self._entry(name, target.kind, target.mode, 1)

    def _entry(self, name: str, kind: Kind, mode: int, links: int) -> str:
        for letters in _special(kind, mode, links):
            if codes := self._kind(letters):
                return codes
        if kind is Kind.FILE and (codes := self._suffix(name)):
            return codes
        return self._kind(_KINDS.get(kind, "no"))

    def _kind(self, letters: str) -> str:
        codes = self.kinds.get(letters, "")
        return codes if look_of(codes) is not None else ""

    def _suffix(self, name: str) -> str:
        found, last = "", -1
        for place, (suffix, codes) in enumerate(self.suffixes.items()):
            if name.endswith(suffix):
                found, last = codes, place
        if last < 0:
            lower = name.lower()
            for suffix, codes in self.suffixes.items():
                if lower.endswith(suffix.lower()):
                    found = codes
        return found


def _special(kind: Kind, mode: int, links: int) -> Iterator[str]:
    """What an entry is besides its kind, in the order in which ls asks."""
    if kind is Kind.FILE:
        if mode & _stat.S_ISUID:
            yield "su"
        if mode & _stat.S_ISGID:
            yield "sg"
        if mode & 0o111:
            yield "ex"
        if links > 1:
            yield "mh"
    elif kind is Kind.DIRECTORY:
        sticky, writable = mode & _stat.S_ISVTX, mode & _stat.S_IWOTH
        if sticky and writable:
            yield "tw"
        if writable:
            yield "ow"
        if sticky:
            yield "st"


def parse_ls_colors(text: str) -> LsColors | None:
    """What the variable says; None when it says nothing. What is not understood is left out, as ls does."""
    kinds: dict[str, str] = {}
    suffixes: dict[str, str] = {}
    for part in text[:_LARGEST].split(":"):
        name, equals, codes = part.partition("=")
        if not equals:
            continue
        if name.startswith("*") and len(name) > 1:
            suffix = _ESCAPE.sub(_unescaped, name[1:])
            suffixes.pop(suffix, None)  # one that is said again stands where it is said last
            suffixes[suffix] = codes
        elif len(name) == 2:
            kinds[name] = codes
    return LsColors(kinds, suffixes) if kinds or suffixes else None


def _unescaped(match: re.Match[str]) -> str:
    octal, hexadecimal, character = match.groups()
    if octal:
        return chr(int(octal, 8) & 255)
    return chr(int(hexadecimal, 16)) if hexadecimal else character
