"""Operations on entries in a journal: which entry they left where, and taking that back in a later run.

An entry is moved, or removed, only when it is the one that the operation left there. Nothing is overwritten.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import NamedTuple

from osexplorer.model.errors import CallError, Refused
from osexplorer.model.operations import Target
from osexplorer.model.status import FileId
from osexplorer.system import creating, renaming, trash
from osexplorer.system.creating import Made
from osexplorer.system.trash import Trashed

KINDS = b"rtuc"
"""The letters of the records."""

FIELDS = {b"r": 1, b"t": 1, b"u": 3, b"c": 1}
"""By the letter of a record: the spaces before its name."""


class Moved(NamedTuple):
    """An entry that has another path now."""

    id: FileId
    origin: str
    """Where it was, absolute and raw."""


class Copied(NamedTuple):
    """An entry that was not there before; to take that back puts it into the trash."""

    id: FileId


class MadeAbove(NamedTuple):
    """A directory that was made for something in it; it stays as long as anything is in it."""

    id: FileId


Operation = Moved | Copied | MadeAbove | Made | Trashed


def record(done: Operation, name: str) -> str:
    """A record of what the entry `name` is now."""
    match done:
        case Moved():
            return f"r{done.id.inode} {name}{done.origin}"
        case Trashed():
            return f"t{done.origin.id.inode} {name}{done.origin.path}"
        case Copied():
            return f"c{done.id.inode} {name}"
        case MadeAbove():
            return f"u{done.id.inode} {stat.S_IFDIR} -1 {name}"
        case _:
            return f"u{done.entry.id.inode} {done.kind} {done.modified} {name}"


def split(name: bytes) -> tuple[bytes, str]:
    """The name at the end of a record, and the absolute path behind it, or ``""``."""
    name, slash, path = name.partition(b"/")
    return name, os.fsdecode(slash + path)


def take_back(kind: bytes, target: Target, fields: list[bytes], origin: str) -> bool:
    """Take back one operation; whether there was anything to do.

    Args:
        target: what the entry is now, and where; that it is there was seen.

    Raises:
        Refused: it is another entry by now, or was written to.
        CallError: Exists: the name that it had is taken; or it cannot be done.
    """
    match kind:
        case b"r":
            renaming.move(target, origin)
        case b"t":
            files, name = os.path.split(target.path)
            info = os.path.join(os.path.dirname(files), "info") if sys.platform != "darwin" else ""
            trash.restore(Trashed(target._replace(path=origin), files, info, name))
        case b"c":
            trash.put(target)
        case _:
            above = fields[2] == b"-1"
            try:
                creating.unmake(Made(target, int(fields[1]), int(fields[2])))
            except CallError as error:
                if above and error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    return False  # others use it by now
                if error.errno == errno.ENOTEMPTY:
                    raise Refused(f"Left alone: something is in it by now ({error.path})") from error
                raise
    return True


def put_back(path: str, done: Moved | Copied | Trashed) -> None:
    """Take back one operation of this run; nothing where that was done by somebody else already.

    Args:
        path: where the entry is now.

    Raises:
        Refused: it is another entry by now.
        CallError: NotFound: it is gone; Exists: the name that it had is taken; or it cannot be done.
    """
    match done:
        case Moved(id, origin):
            if not is_at(origin, id.device, id.inode) or is_at(path, id.device, id.inode):
                renaming.move(Target(path, id), origin)
        case Copied(id):
            trash.put(Target(path, id))
        case Trashed(origin=target):
            if not is_at(target.path, target.id.device, target.id.inode) or os.path.lexists(path):
                trash.restore(done)


def is_at(path: str, device: int, inode: int) -> bool:
    """Whether that entry has that path."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == (device, inode)
