"""Every errno of this system: its name and number, the system's text, what a person can do about it. See errno(3)."""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

from osexplorer.model.errors import errno_class, errno_hint


class Errno(NamedTuple):
    """One error number."""

    number: int
    name: str
    also: tuple[str, ...]
    """Other names of the same number, as ``EWOULDBLOCK`` for ``EAGAIN``."""
    text: str
    """What strerror(3) says."""
    hint: str
    """What a person can do, in plain words; ``""`` where nothing general can be said."""
    kind: str
    """The class of this program's errors that has it, as ``"Denied"``; ``"CallError"`` where no narrower one fits."""
    exception: str
    """The exception that Python's os module raises for it, as ``"PermissionError"``; ``"OSError"`` mostly."""


def all_errnos() -> list[Errno]:
    """Every errno that this system names, by number."""
    names: dict[int, list[str]] = {}
    for name, number in vars(errno).items():
        if isinstance(number, int):
            names.setdefault(number, []).append(name)
    return [_errno(number, names[number]) for number in sorted(names)]


def _errno(number: int, names: list[str]) -> Errno:
    name = errno.errorcode[number]
    also = tuple(sorted(other for other in names if other != name))
    text, exception = os.strerror(number), type(OSError(number, "")).__name__
    return Errno(number, name, also, text, errno_hint(number), errno_class(number).__name__, exception)


def find_errnos(wanted: str) -> list[Errno]:
    """Those of that number or that name; else those whose name, text or hint contains it. Case does not count."""
    known = all_errnos()
    if wanted.isdecimal():
        return [each for each in known if each.number == int(wanted)]
    name = wanted.upper()
    exact = [each for each in known if name == each.name or name in each.also]
    if exact:
        return exact
    text = wanted.lower()
    return [each for each in known if text in "\n".join((each.name, *each.also, each.text, each.hint)).lower()]
