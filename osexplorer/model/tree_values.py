"""A change of what a tree has besides modes and owners: ACLs, flags, an attribute, times; and what it would do.

Symbolic links below have none of these that count, and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from osexplorer.model.acl_change import Step
from osexplorer.model.attribute_value import check_name, parse_value
from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.inode_flags import INODE_FLAGS, SETTABLE
from osexplorer.model.plan import how_many_change
from osexplorer.model.times import NewTimes


class Attribute(NamedTuple):
    """An extended attribute that every entry gets, or none keeps."""

    name: str
    value: bytes | None
    """None removes it."""


class ValueRules(NamedTuple):
    """What becomes of each file and directory of a tree."""

    acl: tuple[Step, ...] = ()
    """Steps about the default ACL are for directories alone."""
    flags_on: int = 0
    flags_off: int = 0
    attribute: Attribute | None = None
    times: NewTimes = NewTimes()

    @property
    def words(self) -> str:
        """What is changed, as ``setfacl, chattr``."""
        parts = {
            "setfacl": bool(self.acl),
            "chattr": bool(self.flags_on | self.flags_off),
            "setfattr": self.attribute is not None,
            "touch": self.times != NewTimes(),
        }
        return ", ".join(word for word, wanted in parts.items() if wanted)


def parse_flags(text: str) -> tuple[int, int]:
    """The inode flags to set and those to clear of a text as chattr(1) takes it: ``+iA -d``.

    Raises:
        Refused: it is none; ``=`` too, for no two file systems know the same flags.
    """
    bits = {letter: bit for bit, (letter, _) in INODE_FLAGS.items() if bit & SETTABLE}
    chosen = {"+": 0, "-": 0}
    sign = ""
    for character in text.replace(",", " "):
        if character in chosen:
            sign = character
        elif character.isspace():
            continue
        elif not sign:
            raise Refused("Flags begin with + to set or - to clear them, as +i or -dA")
        elif character not in bits:
            raise Refused(f"{display(character)} is none of the flags that can be set: {''.join(sorted(bits))}")
        else:
            chosen[sign] |= bits[character]
    if not chosen["+"] | chosen["-"]:
        raise Refused("Name a flag after + or -")
    if both := chosen["+"] & chosen["-"]:
        letter = next(INODE_FLAGS[bit][0] for bit in INODE_FLAGS if bit & both)
        raise Refused(f"{letter} is both set and cleared")
    return chosen["+"], chosen["-"]


def parse_attribute(text: str) -> Attribute:
    """An attribute of a text: ``user.comment=text``, with the value as :func:`parse_value` takes it; ``-user.comment``.

    Raises:
        Refused: it is none, or no name that the kernel takes.
    """
    if text.startswith("-"):
        return Attribute(check_name(text[1:]), None)
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused("Type NAME=VALUE, or -NAME to remove it")
    return Attribute(check_name(name), parse_value(value))


class ValuePlan:
    """What a change would do, entry by entry.

    Attributes:
        entries: how many were looked at.
    """

    kinds: Sequence[str] = ()

    def __init__(self) -> None:
        self.entries = 0
        self._directories: list[str] = []
        self._found: list[tuple[int, str, str]] = []

    def __len__(self) -> int:
        """Entries that change."""
        return len(self._found)

    def directory(self, path: str) -> None:
        """What is added next is in this directory."""
        self._directories.append(path)

    def add(self, name: str, text: str) -> None:
        """An entry that changes, of the directory named last, and how, in words."""
        self._found.append((len(self._directories) - 1, name, text))

    def path(self, index: int) -> str:
        """Of an entry, raw."""
        at, name, _ = self._found[index]
        directory = self._directories[at]
        return directory if name == "." else f"{directory.rstrip('/')}/{name}"

    def text(self, index: int) -> str:
        """How an entry changes."""
        return self._found[index][2]

    def lines(self) -> Iterator[str]:
        """Each entry that changes as a line, fit for a screen."""
        return (f"{self.text(index)}  {display(self.path(index))}" for index in range(len(self)))

    def where(self, kind: str) -> Sequence[int]:
        """The indexes of the entries of a kind; there are no kinds here."""
        return range(len(self))

    def summary(self) -> list[str]:
        """What changes, in lines."""
        return [how_many_change(len(self), self.entries)]
