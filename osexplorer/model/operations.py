"""Making, renaming, copying, moving and removing entries: what is asked, what became of it, which names can be."""

from __future__ import annotations

import enum
import os.path
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from osexplorer.model.display import display, undisplay
from osexplorer.model.status import FileId
from osexplorer.model.units import count_text

MOST_NAME = 255
"""Bytes of one name on nearly every file system, see pathname(7)."""

MOST_PATH = 4095
"""Bytes of a path, without the NUL that ends it."""

_NUMBERED = re.compile(r" \((\d+)\)$")


class Target(NamedTuple):
    """An entry as it was shown."""

    path: str
    """Absolute, raw."""
    id: FileId

    @property
    def name(self) -> str:
        """Its name, raw."""
        return os.path.basename(self.path)


class Clash(enum.Enum):
    """What to do with an entry whose name is taken where it goes."""

    SKIP = "skip"
    """Leave it where it is."""
    KEEP_BOTH = "keep both"
    """Give it another name: ``notes (2).txt``."""
    REPLACE = "replace"
    """What has the name goes to the trash; directories are merged."""


class LinkKind(enum.Enum):
    """What kind of link is made."""

    RELATIVE = "symbolic, relative"
    ABSOLUTE = "symbolic, absolute"
    HARD = "hard"


class Clipboard(NamedTuple):
    """What was copied or cut in the listing, to be pasted elsewhere."""

    targets: tuple[Target, ...] = ()
    cut: bool = False

    @property
    def text(self) -> str:
        """``3 to copy``; ``""`` when there is nothing."""
        return f"{len(self.targets):,} to {'move' if self.cut else 'copy'}" if self.targets else ""


class Arrived(NamedTuple):
    """An entry that was put somewhere."""

    source: str
    """Where it came from."""
    path: str
    """Where it is now."""
    id: FileId
    moved: bool
    """Whether it is the entry itself; else it is a copy, the source as it was or gone."""
    merged: bool = False
    """Whether it is a directory that was there before, and has more in it now."""


class Outcome(NamedTuple):
    """What became of a copy, a move or a removal of several entries."""

    done: int = 0
    """Entries that were asked for and are done, whole trees counted as one."""
    skipped: int = 0
    failed: int = 0
    """Single things that could not be done, in trees too."""
    arrived: tuple[Arrived, ...] = ()
    first: str = ""
    """The first failure, in words."""
    lost: tuple[tuple[str, int], ...] = ()
    """What could not be kept, in words, and of how many copies, those in trees too."""
    torn: tuple[str, ...] = ()
    """The paths of files that were written to while they were copied."""

    def text(self, verb: str) -> str:
        """``3 copied, 1 skipped, 2 failures: …``."""
        parts = [f"{self.done:,} {verb}"]
        if self.skipped:
            parts.append(f"{self.skipped:,} skipped")
        if self.lost:
            parts.append("without " + ", ".join(f"the {what} of {count:,}" for what, count in self.lost))
        if self.torn:
            others = f" and {count_text(len(self.torn) - 1, 'other')}" if len(self.torn) > 1 else ""
            parts.append(f"{display(self.torn[0])}{others} written to meanwhile: copy again")
        if self.failed:
            parts.append(f"{count_text(self.failed, 'failure')}: {self.first}")
        return ", ".join(parts)


def name_problem(name: str) -> str:
    """What is wrong with a name for an entry of a directory; ``""`` for nothing."""
    if not name:
        return "A name is needed"
    if name in (".", ".."):
        return f"{name} is a directory already: this one, or the one above"
    if "/" in name:
        return "A name holds no slash"
    if "\0" in name:
        return "A name holds no NUL"
    try:
        size = len(os.fsencode(name))
    except UnicodeEncodeError:
        return "It holds a character that no file name can have"
    return f"A name has at most {MOST_NAME} bytes; this has {size}" if size > MOST_NAME else ""


def path_problem(text: str) -> str:
    """What is wrong with a typed path for something new; ``""`` for nothing. A slash at its end means a directory."""
    parts = [part for part in text.rstrip("/").split("/") if part not in ("", ".")]
    if not parts:
        return "A name is needed"
    for part in parts:
        if part != ".." and (problem := name_problem(part)):
            return problem
    if parts[-1] == "..":
        return "It ends with .., which is there already"
    if len(os.fsencode(text)) > MOST_PATH:
        return f"A path has at most {MOST_PATH} bytes"
    return ""


def other_names(name: str) -> Iterator[str]:
    """Names near `name`, one after the other: ``a (2).tar.gz``, ``a (3).tar.gz``, none longer than a name may be."""
    stem, ending = _split(name)
    found = _NUMBERED.search(stem)
    if found:
        stem = stem[: found.start()]
    number = int(found[1]) if found else 1
    while True:
        number += 1
        tail = f" ({number}){ending}"
        yield _cut(stem, MOST_NAME - len(os.fsencode(tail))) + tail


def _split(name: str) -> tuple[str, str]:
    """Stem and ending: ``.tar.gz`` is one ending; a dot at the beginning begins none."""
    stem, ending = os.path.splitext(name)
    if stem.endswith(".tar") and ending:
        stem, ending = stem[:-4], f".tar{ending}"
    return (stem, ending) if len(os.fsencode(ending)) <= 32 else (name, "")


def _cut(text: str, most: int) -> str:
    """The beginning of `text` that has at most `most` bytes, no character cut in two."""
    while len(os.fsencode(text)) > most:
        text = text[:-1]
    return text


class Renaming(NamedTuple):
    """One step of a change of several names in one directory; names raw."""

    old: str
    new: str


def names_text(names: Sequence[str]) -> str:
    """Names as lines of a text to be edited: unprintable characters as their escapes."""
    return "".join(f"{display(name)}\n" for name in names)


def names_of(text: str, count: int) -> tuple[str, ...]:
    """The names in an edited text.

    Raises:
        ValueError: there are not `count` lines, so that it is not known which name belongs to which entry; in words.
    """
    lines = text.removesuffix("\n").split("\n")
    if len(lines) != count:
        found, wanted = count_text(len(lines), "line"), count_text(count, "entry", "entries")
        raise ValueError(f"The text has {found} for {wanted}: a line must stay for each")
    return tuple(undisplay(line) for line in lines)


def plan_renames(renames: Mapping[str, str], taken: Sequence[str] = ()) -> tuple[Renaming, ...]:
    """The steps that give each old name its new one, none of which overwrites anything.

    A chain is done from its end; a circle, as a swap is one, begins with a step to a free name.

    Args:
        renames: old names and new ones; those that are the same are left out.
        taken: the names there are in the directory.

    Raises:
        ValueError: a new name cannot be, is wanted twice, or belongs to an entry that keeps its name; in words.
    """
    todo = {old: new for old, new in renames.items() if old != new}
    wanted: dict[str, str] = {}
    staying = set(taken) - set(todo)
    for old, new in todo.items():
        if problem := name_problem(new):
            raise ValueError(f"{display(old)}: {problem}")
        if new in wanted:
            raise ValueError(f"{display(wanted[new])} and {display(old)} would both be called {display(new)}")
        if new in staying:
            raise ValueError(f"{display(old)}: there is a {display(new)} already")
        wanted[new] = old
    steps: list[Renaming] = []
    spare = (f".osexplorer-{number}.tmp" for number in range(1, 1_000_000))
    used = {*taken, *todo, *wanted}
    while todo:
        free = [old for old, new in todo.items() if new not in todo]
        if free:
            steps.extend(Renaming(old, todo.pop(old)) for old in free)
            continue
        old = next(iter(todo))
        between = next(name for name in spare if name not in used)
        steps.append(Renaming(old, between))
        todo[between] = todo.pop(old)
    return tuple(steps)
