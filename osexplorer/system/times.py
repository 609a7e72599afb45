"""Setting access and modification time of exactly the file that was shown, to the nanosecond; see utimensat(2)."""

from __future__ import annotations

import os
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.status import FileId
from osexplorer.model.times import NewTimes, Times
from osexplorer.system import calls
from osexplorer.system.held import Held, held_at


class TimesSet(NamedTuple):
    """A change of times that was made."""

    id: FileId
    before: Times
    asked: Times
    after: Times
    """What they are now: a file system may keep less than nanoseconds, or not count that far."""


def times_of(path: str) -> Times:
    """The times of what `path` leads to, links followed.

    Raises:
        CallError: it cannot be looked at.
    """
    found = calls.read(os.stat, path)
    return Times(found.st_atime_ns, found.st_mtime_ns)


def set_times(path: str, identity: FileId, wanted: NewTimes) -> TimesSet:
    """Set the times of the file `identity`, which is at `path`; of a symbolic link its own.

    A time that is left is set to what it is: an access between our look and our call is forgotten.

    Raises:
        Refused: another file is at `path` now. Nothing is changed.
        CallError: it cannot be reached, or the system does not let us.
    """
    with held_at(path, identity) as held:
        before = _times(held)
        asked = wanted.after(before)
        if wanted.current:
            held.change(os.utime)
            asked = _times(held)
        elif asked != before:
            held.change(os.utime, ns=tuple(asked))
        return TimesSet(held.id, before, asked, _times(held))


def put_times_back(path: str, done: TimesSet) -> None:
    """Undo :func:`set_times`.

    Raises:
        Refused: another file is at `path` now, or it was written since. Nothing is changed.
        CallError: it cannot be reached, or the system does not let us.
    """
    with held_at(path, done.id) as held:
        if held.now().st_mtime_ns != done.after.mtime:
            raise Refused(f"{display(path)} was modified meanwhile: its times are left as they are")
        held.change(os.utime, ns=tuple(done.before))


def _times(held: Held) -> Times:
    found = held.now()
    return Times(found.st_atime_ns, found.st_mtime_ns)
