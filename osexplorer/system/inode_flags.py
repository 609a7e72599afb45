"""Reading and setting the inode flags of exactly the file that was shown; see ioctl_iflags(2)."""

from __future__ import annotations

import errno
import stat
import struct
from contextlib import AbstractContextManager
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import CallError, Refused, Unsupported, call_error
from osexplorer.model.status import FileId
from osexplorer.system import calls
from osexplorer.system.extended import GETFLAGS
from osexplorer.system.held import Held, held_at

_SETFLAGS = 0x40086602 if struct.calcsize("l") == 8 else 0x40046602  # FS_IOC_SETFLAGS of linux/fs.h
_LACKING = "This file system has no inode flags, or not this one"
_HINTS = {
    errno.EPERM: "Only the owner may change flags; immutable and append-only need root (CAP_LINUX_IMMUTABLE), and "
    "until immutable is cleared, no other flag can be changed",
    errno.ENOTTY: _LACKING,
    errno.EOPNOTSUPP: _LACKING,
    errno.ENOSYS: _LACKING,
    errno.EINVAL: "The file system does not take these flags together, or not for a file of this kind",
    errno.EACCES: "Flags are changed through an open file, so it must be readable",
}


class FlagsSet(NamedTuple):
    """A change of inode flags that was made."""

    id: FileId
    before: int
    asked: int
    after: int


def flags_at(path: str, identity: FileId) -> int:
    """The inode flags of the file `identity`, which is at `path`.

    Raises:
        Refused: another file is at `path` now.
        CallError: it cannot be opened for reading, or its file system has no flags.
    """
    with held_at(path, identity) as held, _opened(held) as fd:
        return _flags(held, fd)


def set_flags(path: str, identity: FileId, on: int, off: int = 0) -> FlagsSet:
    """Set and clear inode flags of the file `identity`, which is at `path`; the others stay as they are.

    Raises:
        Refused: another file is at `path` now. Nothing is changed.
        CallError: it cannot be opened for reading, or the system does not let us.
    """
    with held_at(path, identity) as held, _opened(held) as fd:
        before = _flags(held, fd)
        asked = before & ~off | on
        if asked != before:
            _put(held, fd, asked)
        return FlagsSet(held.id, before, asked, _flags(held, fd))


def put_flags_back(path: str, done: FlagsSet) -> None:
    """Undo :func:`set_flags`.

    Raises:
        Refused: another file is at `path` now, or one of the flags was changed since. Nothing is changed.
        CallError: it cannot be opened for reading, or the system does not let us.
    """
    with held_at(path, done.id) as held, _opened(held) as fd:
        now, changed = _flags(held, fd), done.before ^ done.after
        if (now ^ done.after) & changed:
            raise Refused(f"The flags of {display(path)} were changed meanwhile: left as they are")
        _put(held, fd, now & ~changed | done.before & changed)


def flags_of(held: Held) -> int:
    """The inode flags of a file that is held.

    Raises:
        Refused: it is neither file nor directory.
        CallError: it cannot be opened for reading, or its file system has no flags.
    """
    with _opened(held) as fd:
        return _flags(held, fd)


def put_flags(held: Held, flags: int) -> None:
    """Make these the inode flags of a file that is held.

    Raises:
        Refused: it is neither file nor directory.
        CallError: it cannot be opened for reading, or the system does not let us.
    """
    with _opened(held) as fd:
        _put(held, fd, flags)


def _opened(held: Held) -> AbstractContextManager[int]:
    if not (stat.S_ISREG(held.found.st_mode) or stat.S_ISDIR(held.found.st_mode)):
        raise Refused(f"{display(held.path)} is neither file nor directory: only these have flags that can be changed")
    return held.opened()


def _flags(held: Held, fd: int) -> int:
    try:
        import fcntl

        answer = fcntl.ioctl(fd, GETFLAGS, bytes(8))
    except OSError as error:
        raise call_error(error, "fcntl.ioctl", held.path, _HINTS.get(error.errno or 0)) from error
    flags: int = struct.unpack_from("=I", answer)[0]
    return flags


def _put(held: Held, fd: int, flags: int) -> None:
    import fcntl

    shown = (held.path, "FS_IOC_SETFLAGS", flags)
    try:
        calls.change_as(
            shown, "through an open descriptor", fcntl.ioctl, fd, _SETFLAGS, bytearray(struct.pack("=I4x", flags))
        )
    except CallError as error:
        hint = _HINTS.get(error.errno or 0, error.hint)
        kind = Unsupported if hint is _LACKING else type(error)
        raise kind(error.errno or 0, error.strerror or "", error.call, error.path, hint) from error
