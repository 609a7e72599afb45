"""A change of modes, or of owner and group, of a whole tree: the rules, what they would do, and what was done."""

from __future__ import annotations

import stat
from array import array
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.mode_change import ModeChange
from osexplorer.model.owner import Owner, mode_after_chown
from osexplorer.model.permissions import CLASSES, SETGID, SETUID, STICKY, bit, octal_text

_CLASS_NAMES = {"user": "owners", "group": "groups", "other": "others"}
_VERBS = {"r": "read", "w": "write", "x": "execute or enter"}


class Rules(NamedTuple):
    """What becomes of each entry. Symbolic links have no mode; their owner is their own."""

    files: ModeChange | None = None
    """For everything that is neither directory nor link; None leaves the mode."""
    directories: ModeChange | None = None
    owner: Owner = Owner()
    umask: int = 0
    """Counts where an expression names no class, as in ``+w``."""
    keep: bool = False
    """Whether setuid, setgid and capabilities are put back where a change of owner takes them."""
    below: bool = True
    """Whether everything below is changed too."""
    follow: bool = True
    """Whether a symbolic link that was named itself is followed. Links below never are."""

    @property
    def owners(self) -> bool:
        """Whether owner or group change."""
        return self.owner != Owner()

    def mode_after(self, mode: int) -> int:
        """The twelve bits that the `st_mode` of an entry becomes by the expressions alone."""
        if stat.S_ISLNK(mode):
            return stat.S_IMODE(mode)
        directory = stat.S_ISDIR(mode)
        change = self.directories if directory else self.files
        if change is None:
            return stat.S_IMODE(mode)
        return change.apply(mode, directory=directory, umask=self.umask)

    def after(self, mode: int, uid: int, gid: int) -> tuple[int, int, int]:
        """Mode (twelve bits), owner and group that an entry gets."""
        new_uid, new_gid = self.owner.after(uid, gid)
        if (new_uid, new_gid) != (uid, gid) and not self.keep and not stat.S_ISLNK(mode):
            mode = mode_after_chown(mode)
        return self.mode_after(mode), new_uid, new_gid


class Found(NamedTuple):
    """An entry that changes."""

    path: str
    """Raw."""
    mode: int
    """Its `st_mode` before."""
    new: int
    """The twelve bits after."""
    owner: tuple[int, int] = (-1, -1)
    """Owner and group before; -1 where only modes change."""
    new_owner: tuple[int, int] = (-1, -1)


class Plan:
    """What a change would do: kept in columns, for a tree may have millions of entries.

    Attributes:
        entries: how many were looked at.
        counts: how many entries that change, by `st_mode` before and twelve bits after.
        kinds: those of `KINDS` that :meth:`where` knows.
    """

    def __init__(self, owners: bool = False) -> None:
        self.entries = 0
        self.kinds = KINDS
        self.counts: dict[tuple[int, int], int] = {}
        self._directories: list[str] = []
        self._at = array("I")
        self._names: list[str] = []
        self._modes = array("I")
        self._new = array("H")
        self._owners = [array("I") for _ in range(4)] if owners else []

    def __len__(self) -> int:
        """Entries that change."""
        return len(self._names)

    def __getitem__(self, index: int) -> Found:
        directory, name = self._directories[self._at[index]], self._names[index]
        path = name if not directory else f"{directory.rstrip('/')}/{name}"
        if not self._owners:
            return Found(path, self._modes[index], self._new[index])
        uid, gid, new_uid, new_gid = (column[index] for column in self._owners)
        return Found(path, self._modes[index], self._new[index], (uid, gid), (new_uid, new_gid))

    def __iter__(self) -> Iterator[Found]:
        return map(self.__getitem__, range(len(self)))

    def lines(self) -> Iterator[str]:
        """Each entry that changes as a line, ``0644 → 0755  path``, fit for a screen; quicker than one at a time."""
        if self._owners:
            yield from (f"{change_text(found)}  {display(found.path)}" for found in self)
            return
        places = [f"{display(path).rstrip('/')}/" if path else "" for path in self._directories]
        changes = {pair: f"{change_text(Found('', *pair))}  " for pair in self.counts}
        for at, name, mode, new in zip(self._at, self._names, self._modes, self._new, strict=True):
            yield changes[mode, new] + places[at] + display(name)

    def directory(self, path: str) -> None:
        """What is added next is in this directory."""
        self._directories.append(path)

    def add(self, name: str, mode: int, new: int, owners: tuple[int, int, int, int] | None = None) -> None:
        """An entry that changes, of the directory named last."""
        self._at.append(len(self._directories) - 1)
        self._names.append(name)
        self._modes.append(mode)
        self._new.append(new)
        if owners is not None:
            for column, value in zip(self._owners, owners, strict=True):
                column.append(value)
        pair = (mode, new)
        self.counts[pair] = self.counts.get(pair, 0) + 1

    def summary(self) -> list[str]:
        """What changes, in lines."""
        return summary(self.counts, self.entries)

    def where(self, wanted: str) -> array[int]:
        """The indexes of the entries of one of `KINDS`."""
        pairs = {pair for pair in self.counts if wanted in kinds_of(*pair)}
        together = zip(self._modes, self._new, strict=True)
        return array("I", (at for at, pair in enumerate(together) if pair in pairs))


KINDS = ("gain", "lose", "set-ID", "world-writable")
"""Kinds of changes that can be looked at alone."""


def kinds_of(mode: int, new: int) -> tuple[str, ...]:
    """Which of `KINDS` a change is."""
    old = stat.S_IMODE(mode)
    found = []
    if new & ~old & 0o777:
        found.append("gain")
    if old & ~new & 0o777:
        found.append("lose")
    if new & ~old & (SETUID | SETGID) and not stat.S_ISDIR(mode):
        found.append("set-ID")
    if new & stat.S_IWOTH and not stat.S_ISLNK(mode) and _exposes(mode, old, new):
        found.append("world-writable")
    return tuple(found)


def _exposes(mode: int, old: int, new: int) -> bool:
    if not stat.S_ISDIR(mode):
        return not old & stat.S_IWOTH
    return not new & STICKY and not (old & stat.S_IWOTH and not old & STICKY)


def summary(counts: Mapping[tuple[int, int], int], entries: int) -> list[str]:
    """What changes, in lines: how many, who gains and who loses, and what is risky."""
    changed = sum(counts.values())
    directories = sum(count for (mode, _), count in counts.items() if stat.S_ISDIR(mode))
    if not changed:
        return [f"None of {entries:,} entries changes"]
    lines = [
        f"{changed:,} of {entries:,} entries change: {directories:,} directories, {changed - directories:,} others"
    ]
    for verb, lost in (("gain", False), ("lose", True)):
        parts = []
        for who in CLASSES:
            for letter, word in _VERBS.items():
                mask = bit(who, letter)
                count = sum(n for (mode, new), n in counts.items() if ((mode & ~new) if lost else (new & ~mode)) & mask)
                if count:
                    parts.append(f"{_CLASS_NAMES[who]} {verb} {word} on {count:,}")
        if parts:
            lines.append("; ".join(parts))
    risks = {
        "set-ID": "become setuid or setgid programs",
        "world-writable": "become writable by anybody, directories without the sticky bit",
    }
    for kind, words in risks.items():
        count = sum(n for pair, n in counts.items() if kind in kinds_of(*pair))
        if count:
            lines.append(f"! {count:,} {words}")
    fall = sum(n for (mode, new), n in counts.items() if mode & ~new & (SETUID | SETGID) and not stat.S_ISDIR(mode))
    if fall:
        lines.append(f"! {fall:,} are setuid or setgid no more")
    return lines


class Changed(NamedTuple):
    """What became of a change."""

    entries: int
    """How many were looked at."""
    changed: int
    failed: int
    journal: str | None = None
    """The path of the journal by which it can be undone; None where there is nothing to undo."""

    @property
    def text(self) -> str:
        """``12 of 40 entries changed, 1 failed``."""
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.changed:,} of {self.entries:,} entries changed{failed}"


class PutBack(NamedTuple):
    """What became of an undo."""

    done: int
    already: int
    """Entries that were as before already."""
    refused: int
    """Entries left alone, for they were changed, replaced or removed since."""
    failed: int

    @property
    def text(self) -> str:
        """``12 entries put back, 1 changed since and left alone``."""
        parts = [f"{self.done:,} {'entry' if self.done == 1 else 'entries'} put back"]
        if self.already:
            parts.append(f"{self.already:,} {'was' if self.already == 1 else 'were'} as before already")
        if self.refused:
            parts.append(f"{self.refused:,} changed since and left alone")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        return ", ".join(parts)


class Journal(NamedTuple):
    """A change on disk that can be undone."""

    path: str
    title: str
    """What was done; foreign text in it has passed ``display()``."""
    began: int
    """Nanoseconds since the epoch."""


def change_text(found: Found) -> str:
    """``0644 → 0755``; with owners ``0:0 → 1000:1000`` before it."""
    modes = octal_text(found.mode)
    if stat.S_IMODE(found.mode) != found.new:
        modes = f"{modes} → {octal_text(found.new)}"
    if found.owner == found.new_owner:
        return modes
    return f"{found.owner[0]}:{found.owner[1]} → {found.new_owner[0]}:{found.new_owner[1]} {modes}"
