"""What a change of modes, or of owner and group, of a whole tree would do: each entry that changes, and the sum."""

from __future__ import annotations

import stat
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.permissions import CLASSES, SETGID, SETUID, STICKY, bit, octal_text
from osexplorer.model.units import count_text, plural

_CLASS_NAMES = {"user": "owners", "group": "groups", "other": "others"}
_VERBS = {"r": "read", "w": "write", "x": "execute or enter"}

CAPABLE, LINKED, KEPT = 1, 2, 4
"""Marks of an entry whose owner or group changes: it has file capabilities; it has further names (hard links); it stays
setuid or setgid, and so acts as its new owner or group."""


class Change(NamedTuple):
    """What becomes of an entry."""

    mode: int
    """Its `st_mode` before."""
    new: int
    """The twelve bits after."""
    owner: tuple[int, int] = (-1, -1)
    """Owner and group before; -1 where only modes change."""
    new_owner: tuple[int, int] = (-1, -1)
    marks: int = 0
    """`CAPABLE`, `LINKED` and `KEPT`."""


class Found(NamedTuple):
    """An entry that changes."""

    path: str
    """Raw."""
    change: Change


class Plan:
    """What a change would do: kept in columns, for a tree may have millions of entries; each change alike only once.

    Attributes:
        entries: how many were looked at.
        keep: whether capabilities are put back where a change of owner takes them.
        kinds: those of `KINDS` and `OWNER_KINDS` that :meth:`where` knows.
    """

    def __init__(self, owners: bool = False, keep: bool = False) -> None:
        self.entries = 0
        self.keep = keep
        self.kinds = (*KINDS, *OWNER_KINDS) if owners else KINDS
        self._directories: list[str] = []
        self._at = array("I")
        self._names: list[str] = []
        self._changes: list[Change] = []
        self._numbers: dict[Change, int] = {}
        self._which = array("I")

    def __len__(self) -> int:
        """Entries that change."""
        return len(self._names)

    def __getitem__(self, index: int) -> Found:
        directory, name = self._directories[self._at[index]], self._names[index]
        path = name if not directory else f"{directory.rstrip('/')}/{name}"
        return Found(path, self._changes[self._which[index]])

    def __iter__(self) -> Iterator[Found]:
        return map(self.__getitem__, range(len(self)))

    def lines(self) -> Iterator[str]:
        """Each entry that changes as a line, ``0644 → 0755  path``, fit for a screen; quicker than one at a time."""
        places = [f"{display(path).rstrip('/')}/" if path else "" for path in self._directories]
        texts = [f"{change_text(change, self.keep)}  " for change in self._changes]
        for at, name, which in zip(self._at, self._names, self._which, strict=True):
            yield texts[which] + places[at] + display(name)

    def directory(self, path: str) -> None:
        """What is added next is in this directory."""
        self._directories.append(path)

    def number(self, change: Change) -> int:
        """What :meth:`add` calls this change."""
        if change not in self._numbers:
            self._numbers[change] = len(self._changes)
            self._changes.append(change)
        return self._numbers[change]

    def add(self, name: str, number: int) -> None:
        """An entry that changes, of the directory named last, and which change it is."""
        self._at.append(len(self._directories) - 1)
        self._names.append(name)
        self._which.append(number)

    def summary(self) -> list[str]:
        """What changes, in lines: how many, who gains and who loses, and what is risky."""
        return summary(self._counts(), self.entries, self.keep)

    def _counts(self) -> dict[Change, int]:
        """How many entries change alike."""
        counts = Counter(self._which)
        return {change: counts[number] for change, number in self._numbers.items()}

    def how_many(self, mark: int) -> int:
        """How many entries bear a mark."""
        return _marked(self._counts(), mark)

    def where(self, wanted: str) -> array[int]:
        """The indexes of the entries of one of `kinds`."""
        numbers = {number for change, number in self._numbers.items() if wanted in kinds_of(change)}
        return array("I", (at for at, which in enumerate(self._which) if which in numbers))


KINDS = ("gain", "lose", "set-ID", "world-writable")
"""Kinds of changes that can be looked at alone."""

OWNER_KINDS = ("capabilities", "hard links")
"""The same where the owner changes."""


def kinds_of(change: Change) -> tuple[str, ...]:
    """Which of `KINDS` and `OWNER_KINDS` a change is."""
    mode, new, marks = change.mode, change.new, change.marks
    old = stat.S_IMODE(mode)
    found = []
    if new & ~old & 0o777:
        found.append("gain")
    if old & ~new & 0o777:
        found.append("lose")
    if marks & KEPT or (new & ~old & (SETUID | SETGID) and not stat.S_ISDIR(mode)):
        found.append("set-ID")
    if new & stat.S_IWOTH and not stat.S_ISLNK(mode) and _exposes(mode, old, new):
        found.append("world-writable")
    found += [kind for kind, mark in zip(OWNER_KINDS, (CAPABLE, LINKED), strict=True) if marks & mark]
    return tuple(found)


def _exposes(mode: int, old: int, new: int) -> bool:
    if not stat.S_ISDIR(mode):
        return not old & stat.S_IWOTH
    return not new & STICKY and not (old & stat.S_IWOTH and not old & STICKY)


def how_many_change(changed: int, entries: int) -> str:
    """``1 of 40 entries changes``."""
    count = f"{changed:,}" if changed else "None"
    verb = plural(max(changed, 1), "changes", "change")
    return f"{count} of {count_text(entries, 'entry', 'entries')} {verb}"


def summary(counts: Mapping[Change, int], entries: int, keep: bool = False) -> list[str]:
    """What changes, in lines.

    Args:
        counts: how many entries change alike.
        entries: how many were looked at.
        keep: whether capabilities are put back.
    """
    changed = sum(counts.values())
    directories = sum(count for change, count in counts.items() if stat.S_ISDIR(change.mode))
    if not changed:
        return [how_many_change(0, entries)]
    kinds = count_text(directories, "directory", "directories")
    others = changed - directories
    kinds += f", {count_text(others, 'other')}"
    lines = [f"{how_many_change(changed, entries)}: {kinds}"]
    for verb, lost in (("gain", False), ("lose", True)):
        parts = []
        for who in CLASSES:
            for letter, word in _VERBS.items():
                mask = bit(who, letter)
                count = sum(
                    n for one, n in counts.items() if mask & (one.mode & ~one.new if lost else one.new & ~one.mode)
                )
                if count:
                    parts.append(f"{_CLASS_NAMES[who]} {verb} {word} on {count:,}")
        if parts:
            lines.append("; ".join(parts))
    risks = {
        "set-ID": ("becomes a setuid or setgid program", "become setuid or setgid programs"),
        "world-writable": (
            "becomes writable by anybody (a directory: without the sticky bit)",
            "become writable by anybody (directories: without the sticky bit)",
        ),
    }
    for kind, words in risks.items():
        count = sum(
            n for one, n in counts.items() if kind in kinds_of(one) and not (kind == "set-ID" and one.marks & KEPT)
        )
        if count:
            lines.append(f"! {count_text(count, *words)}")
    fall = sum(n for one, n in counts.items() if one.mode & ~one.new & (SETUID | SETGID) and not stat.S_ISDIR(one.mode))
    if fall:
        lines.append(f"! {count_text(fall, 'is', 'are')} setuid or setgid no more")
    return [*lines, *_marked_lines(counts, keep)]


def _marked_lines(counts: Mapping[Change, int], keep: bool) -> Iterator[str]:
    if count := _marked(counts, CAPABLE):
        verbs = ("keeps its", "keep their") if keep else ("loses its", "lose their")
        yield f"! {count_text(count, 'file')} {plural(count, *verbs)} capabilities"
    if count := _marked(counts, KEPT):
        what = count_text(count, "setuid or setgid program acts as its", "setuid or setgid programs act as their")
        yield f"! {what} new owner or group"
    if count := _marked(counts, LINKED):
        which = count_text(count, "file has", "files have")
        yield f"! {which} further names (hard links), which change too"


def _marked(counts: Mapping[Change, int], mark: int) -> int:
    return sum(count for change, count in counts.items() if change.marks & mark)


def marks_text(marks: int, keep: bool = False) -> str:
    """``capabilities fall, hard links``; ``""`` without marks.

    Args:
        keep: whether capabilities are put back.
    """
    capabilities = "capabilities stay" if keep else "capabilities fall"
    words = {CAPABLE: capabilities, KEPT: "set-ID stays", LINKED: "hard links"}
    return ", ".join(text for mark, text in words.items() if marks & mark)


def change_text(found: Change, keep: bool = False) -> str:
    """``0644 → 0755``; with owners ``0:0 → 1000:1000`` before it, and what else there is to know after it.

    Args:
        keep: whether capabilities are put back.
    """
    modes = octal_text(found.mode)
    if stat.S_IMODE(found.mode) != found.new:
        modes = f"{modes} → {octal_text(found.new)}"
    if found.owner == found.new_owner:
        return modes
    also = f", {marks_text(found.marks, keep)}" if found.marks else ""
    return f"{found.owner[0]}:{found.owner[1]} → {found.new_owner[0]}:{found.new_owner[1]} {modes}{also}"
