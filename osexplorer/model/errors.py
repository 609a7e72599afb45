"""The project's errors.

    OSExplorerError
     ├─ Refused            bad input, said before anything was changed
     ├─ Abandoned          the wait was given up; the call may still be running
     └─ CallError          a system call failed; also an OSError with the same errno
         ├─ NotFound             ENOENT, ESRCH, ECHILD
         │   └─ Gone             ESRCH, ECHILD: the process is no more
         ├─ Exists               EEXIST
         ├─ Denied               EACCES, EPERM, EROFS
         ├─ WrongKind            ENOTDIR, EISDIR, ELOOP, ENOTEMPTY, EXDEV, ENOEXEC
         ├─ NoSpace              ENOSPC, EDQUOT, EFBIG
         ├─ Exhausted            EMFILE, ENFILE, ENOMEM, EAGAIN, E2BIG
         ├─ Unavailable          EIO, ESTALE, ENODEV, ENXIO, ETIMEDOUT, EBUSY, ETXTBSY
         └─ Unsupported          ENOTSUP, ENOSYS, EINVAL

:func:`call_error` is the one place where an errno becomes a class and a hint.
"""

from __future__ import annotations

import errno as _errno
import os

from osexplorer.model.display import display


class OSExplorerError(Exception):
    """Everything this program raises on purpose."""


class Refused(OSExplorerError):
    """The request is not one that can be carried out; nothing was changed. The text says why."""


class Abandoned(OSExplorerError):
    """The wait for a call was given up. The call itself may still finish, or hang, in its thread."""


class CallError(OSExplorerError, OSError):
    """A system call failed. An `OSError` with the same errno, plus which call it was and what to do.

    Attributes:
        call: the function's dotted name, as ``"os.chmod"``.
        path: the path it was about, as Python holds it, or ``""``.
        hint: what a person can do, in plain words, or ``""``.
    """

    def __init__(self, number: int, text: str, call: str, path: str = "", hint: str = "") -> None:
        super().__init__(number, text)
        self.call = call
        self.path = path
        self.hint = hint

    @property
    def code(self) -> str:
        """The errno's name, as ``"EACCES"``; ``"errno 999"`` for a number without one."""
        return errno_name(self.errno or 0)

    def __str__(self) -> str:
        where = f" {display(self.path)}" if self.path else ""
        hint = f". {self.hint}" if self.hint else ""
        return f"{self.call}{where}: {self.code} ({self.strerror}){hint}"


class NotFound(CallError):
    """The name leads nowhere."""


class Gone(NotFound):
    """The process exists no more."""


class Exists(CallError):
    """The name is taken already."""


class Denied(CallError):
    """The rules forbid it."""


class WrongKind(CallError):
    """The target is of a kind this cannot be done to."""


class NoSpace(CallError):
    """Out of room: blocks, inodes, quota or the file-size limit."""


class Exhausted(CallError):
    """Out of descriptors, processes or memory."""


class Unavailable(CallError):
    """The device or file system does not answer as it should, or is busy."""


class Unsupported(CallError):
    """The file system or kernel cannot do this."""


_TREE: dict[type[CallError], tuple[int, ...]] = {
    Gone: (_errno.ESRCH, _errno.ECHILD),
    NotFound: (_errno.ENOENT,),
    Exists: (_errno.EEXIST,),
    Denied: (_errno.EACCES, _errno.EPERM, _errno.EROFS),
    WrongKind: (_errno.ENOTDIR, _errno.EISDIR, _errno.ELOOP, _errno.ENOTEMPTY, _errno.EXDEV, _errno.ENOEXEC),
    NoSpace: (_errno.ENOSPC, _errno.EDQUOT, _errno.EFBIG),
    Exhausted: (_errno.EMFILE, _errno.ENFILE, _errno.ENOMEM, _errno.EAGAIN, _errno.E2BIG),
    Unavailable: (
        _errno.EIO,
        _errno.ESTALE,
        _errno.ENODEV,
        _errno.ENXIO,
        _errno.ETIMEDOUT,
        _errno.EBUSY,
        _errno.ETXTBSY,
    ),
    Unsupported: (_errno.ENOTSUP, _errno.EOPNOTSUPP, _errno.ENOSYS, _errno.EINVAL),
}
_CLASS = {number: kind for kind, numbers in _TREE.items() for number in numbers}

_HINTS = {
    _errno.ENOENT: "It may have been removed or renamed meanwhile; refresh to see what is there now",
    _errno.ESRCH: "The process has already exited",
    _errno.ECHILD: "Somebody else has already waited for this child",
    _errno.EEXIST: "Choose another name, or remove what is there first",
    _errno.EACCES: "A permission bit on the file or on a directory above it does not let you",
    _errno.EPERM: "Only the owner or root may do this, or the file is immutable",
    _errno.EROFS: "The file system is mounted read-only",
    _errno.ENOTDIR: "A part of the path is not a directory",
    _errno.EISDIR: "It is a directory; this needs a file",
    _errno.ELOOP: "The symbolic links on the way lead round in a circle, or there are more than 40",
    _errno.ENOTEMPTY: "The directory still holds entries",
    _errno.EXDEV: "Source and destination are on different file systems",
    _errno.ENOEXEC: "The file is executable but neither a binary of this machine nor a script that begins with #!",
    _errno.ENOSPC: "The file system is full: free some space, or choose another place",
    _errno.EDQUOT: "Your disk quota is used up",
    _errno.EFBIG: "The file would be larger than the limit allows",
    _errno.EMFILE: "This program has too many files open; close something and try again",
    _errno.ENFILE: "The whole machine has too many files open",
    _errno.ENOMEM: "The machine is out of memory",
    _errno.EAGAIN: "A limit on processes or memory was reached; try again in a moment",
    _errno.E2BIG: "Arguments and environment together are too long for a new program",
    _errno.EIO: "The device reported an error; the data may be damaged",
    _errno.ESTALE: "The server forgot this file; leave the directory and enter it again",
    _errno.EBUSY: "It is in use, a mount point for example",
    _errno.ETXTBSY: "The program is running and cannot be written now",
    _errno.ENAMETOOLONG: "A name may have 255 bytes, a path 4096",
    _errno.ENOTSUP: "This file system does not support it",
    _errno.ENOSYS: "This kernel does not have the call",
    _errno.EINVAL: "The kernel does not accept an argument, or the file system cannot do this",
}


def errno_name(number: int) -> str:
    """``2`` becomes ``"ENOENT"``."""
    return _errno.errorcode.get(number, f"errno {number}")


def errno_hint(number: int) -> str:
    """What a person can do about an errno, in plain words; ``""`` where nothing general can be said."""
    return _HINTS.get(number, "")


def call_error(error: OSError, call: str, path: str | bytes | None = None, hint: str | None = None) -> CallError:
    """The :class:`CallError` for an `OSError`: same errno, with the call, the path and a hint attached.

    Args:
        call: the function's dotted name.
        path: what it was about; the error's own filename when None.
        hint: what to do, where the caller knows better than the general table.
    """
    if isinstance(error, CallError):
        return error
    number = error.errno or 0
    place = path if path is not None else error.filename
    text = os.fsdecode(place) if isinstance(place, str | bytes) else ""
    kind = _CLASS.get(number, CallError)
    return kind(number, error.strerror or str(error), call, text, _HINTS.get(number, "") if hint is None else hint)
