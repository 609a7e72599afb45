"""A mode in three ways that say the same: ``0750``, ``rwxr-x---``, ``u=rwx,g=rx,o=``; and modes of common use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.mode_change import ALL, ModeChange, bits_change, exact_mode, parse_mode
from osexplorer.model.permissions import CLASSES, PERMISSION, SPECIAL, SPECIAL_NAME, bit, bits_text, octal_text

LEAVE = "?"
"""In octal and rwx text: these bits stay as they are, or differ among the files."""

_LETTERS = {"user": "s", "group": "s", "other": "t"}


def merged(texts: Iterable[str]) -> str:
    """Texts of one length as one, ``?`` where they differ."""
    return "".join(letters[0] if len(set(letters)) == 1 else LEAVE for letters in zip(*texts, strict=True))


def octal_of(modes: Iterable[int]) -> str:
    """The modes in octal, ``06?4`` where they differ."""
    return merged(map(octal_text, modes))


def bits_of(modes: Iterable[int]) -> str:
    """The modes as ``rwxr-x---``, ``?`` where they differ."""
    return merged(map(bits_text, modes))


def expression_of(mode: int, *, directory: bool) -> str:
    """The expression that makes this mode of any other: ``u=rwx,g=rx,o=``."""
    parts = []
    for who in CLASSES:
        letters = "".join(letter for letter in PERMISSION if mode & bit(who, letter))
        special = _LETTERS[who] if mode & SPECIAL[who] else ""
        parts.append(f"{who[0]}={letters}{special}")
        if directory and not special and who != "other":
            parts.append(f"{who[0]}-s")  # chmod keeps them on directories unless they are named
    return ",".join(parts)


def parse_octal(text: str) -> ModeChange:
    """The change that octal `text` stands for, as chmod takes it; a ``?`` leaves its three bits.

    Raises:
        Refused: it is none.
    """
    if LEAVE not in text:
        if not text or text[0] not in "01234567":
            raise Refused("Type three or four octal digits, as 644 or 2775; ? leaves three bits as they are")
        return parse_mode(text)
    if len(text) not in (3, 4) or any(digit not in "01234567?" for digit in text):
        raise Refused("With ?, type three or four octal digits, as 6?4")
    on = off = 0
    for at, digit in enumerate(reversed(text)):
        if digit != LEAVE:
            on |= int(digit) << 3 * at
            off |= (~int(digit) & 7) << 3 * at
    return bits_change(on, off)


def parse_bits(text: str) -> ModeChange:
    """The change that ``rwxr-x---`` stands for, all twelve bits of it; a ``?`` leaves what stands in its place.

    Raises:
        Refused: it is none; says which letter is wrong.
    """
    if len(text) == 10:
        text = text[1:]  # as ls -l prints it, the kind first
    if len(text) != 9:
        raise Refused(f"Type nine letters, as rw-r-----; these are {len(text)}")
    on = off = 0
    for at, letter in enumerate(text):
        who, permission = CLASSES[at // 3], "rwx"[at % 3]
        plain, special = bit(who, permission), SPECIAL[who] if permission == "x" else 0
        marks = {permission: plain, "-": 0, LEAVE: 0}
        if special:
            marks |= {_LETTERS[who]: plain | special, _LETTERS[who].upper(): special}
        if letter not in marks:
            raise Refused(f"Letter {at + 1}: {display(letter)} is not one of {' '.join(marks)}")
        if letter != LEAVE:
            on |= marks[letter]
            off |= (plain | special) & ~marks[letter]
    return bits_change(on, off)


def looks_like_bits(text: str) -> bool:
    """Whether `text` is meant as letters for all bits, not as an expression."""
    return len(text) in (9, 10) and not set(text[-9:]) - set("rwxsStT-?") and text[-9:].count(LEAVE) < 9


def bits_left(change: ModeChange, *, directory: bool, umask: int) -> str:
    """What a change makes of each bit whatever it was, as letters; ``?`` for what stays or depends on the mode.

    setuid, setgid and sticky are named where they are set: ``rwxrwxr-x, setgid``.
    """
    ends = [change.apply(mode, directory=directory, umask=umask) for mode in (0, ALL, 0o111, ALL & ~0o111)]
    special = [SPECIAL_NAME[who] for who in CLASSES if all(mode & SPECIAL[who] for mode in ends)]
    return ", ".join([bits_of(mode & 0o777 for mode in ends), *special])


class Preset(NamedTuple):
    """A mode that can be chosen."""

    text: str
    """Octal, or an expression."""
    about: str = "from your settings"

    @property
    def change(self) -> ModeChange:
        """What it does: a number gives exactly these twelve bits, to directories too."""
        return exact_mode(int(self.text, 8)) if self.text.isdigit() else parse_mode(self.text)


PRESETS = (
    Preset("644", "owner writes, others read: documents"),
    Preset("755", "and all execute or enter: programs"),
    Preset("600", "owner alone: keys, passwords"),
    Preset("700", "owner alone: programs, directories"),
    Preset("2775", "a group's: new entries are its too"),
    Preset("1777", "everybody's, as /tmp: own to remove"),
)


def presets_of(text: str) -> tuple[Preset, ...]:
    """The presets that the setting `text` names, between spaces.

    Raises:
        BadMode: one of them is no mode.
    """
    found = tuple(Preset(part) for part in text.split())
    for preset in found:
        parse_mode(preset.text)
    return found


def umask_text(umask: int, *, default_acl: bool = False) -> str:
    """What a umask gives: ``022: a new file gets 0644, a new directory 0755``."""
    given = f"a new file gets {octal_text(0o666 & ~umask)}, a new directory {octal_text(0o777 & ~umask)}"
    beside = "; here the default ACL decides in its place" if default_acl else ""
    return f"{umask & ALL:03o}: {given}{beside}"
