"""The order in which what was found is shown, made in a thread, no step of which takes long."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from osexplorer.model.find import Found
from osexplorer.model.fuzzy import Query
from osexplorer.model.names import END
from osexplorer.model.order import extension, name_keys, sorted_rows
from osexplorer.services.lanes import Cancel
from osexplorer.system.identity import group_name, user_name

FoundBy = Literal[
    "", "name", "size", "mode", "uid", "gid", "mtime", "ctime", "atime", "links", "kind", "extension", "about"
]
"""What is sorted by; ``""`` for the order in which it was found."""

_STEP = 2000


class Sieve(NamedTuple):
    """What is shown of what was found."""

    query: Query
    best_first: bool = True
    """Whether what fits best comes first, whatever the order."""

    def subject(self, path: str) -> str:
        """What must fit: the name, or the whole path where the query has a slash."""
        return path if "/" in self.query.text else os.path.basename(path)

    def fits(self, path: str) -> bool:
        """Whether a path is shown."""
        return self.query.rank(self.subject(path)) is not None

    def letters(self, path: str) -> list[int]:
        """Which letters of a path that fits were typed."""
        if not self.query:
            return []
        subject = self.subject(path)
        before = len(path) - len(subject)
        return [before + at for at in self.query.letters(subject)]


def arranged(
    found: Sequence[Found], count: int, sieve: Sieve, by: FoundBy, reverse: bool, cancel: Cancel
) -> tuple[array[int], dict[int, int]]:
    """The rows that are shown of the first `count`, in order, and where each stands."""
    rows = array("I", range(count))
    if by:
        ordered: array[int] = array("I")
        for bucket in sorted_rows(rows, _keys(found, by), reverse):
            ordered.extend(bucket)
            if cancel:
                break
        rows = ordered
    elif reverse:
        rows = rows[::-1]
    if sieve.query:
        rows = _fitting(found, rows, sieve, cancel)
    return rows, {key: place for place, key in enumerate(rows)}


def _fitting(found: Sequence[Found], rows: array[int], sieve: Sieve, cancel: Cancel) -> array[int]:
    """Those rows that fit, in their order or the best first."""
    ranked: dict[int, array[int]] = {}
    for first in range(0, len(rows), _STEP):
        if cancel:
            break
        part = rows[first : first + _STEP]
        subjects = [sieve.subject(found[row].path) for row in part]
        for at, rank in zip(*sieve.query.search(END.join(subjects) + END), strict=True):
            ranked.setdefault(rank if sieve.best_first else 0, array("I")).append(part[at])
    fitting = array("I")
    for rank in sorted(ranked):
        fitting.extend(ranked[rank])
    return fitting


def _keys(found: Sequence[Found], by: FoundBy) -> Callable[[Sequence[int]], Sequence[Any]]:
    match by:
        case "name":
            return lambda rows: name_keys([found[row].path.replace("/", "\x01") for row in rows])
        case "extension":
            return lambda rows: [extension(os.path.basename(found[row].path)) for row in rows]
        case "uid" | "gid":
            name = user_name if by == "uid" else group_name
            return lambda rows: [name(getattr(found[row], by)) for row in rows]
        case _:
            return lambda rows: [getattr(found[row], by) for row in rows]
