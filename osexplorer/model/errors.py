"""The project's errors.

    OSExplorerError
     ├─ Refused            bad input, said before anything was changed
     ├─ HalfDone           one part of a change was made, the next failed
     ├─ Abandoned          the wait was given up; the call may still be running
     └─ CallError          a system call failed; also an OSError with the same errno
         ├─ NotFound             ENOENT, ESRCH, ECHILD
         │   └─ Gone             ESRCH, ECHILD: the process is no more
         ├─ Exists               EEXIST
         ├─ Denied               EACCES, EPERM, EROFS, ENOKEY
         ├─ WrongKind            ENOTDIR, EISDIR, ELOOP, ENOTEMPTY, EXDEV, ENOEXEC
         ├─ NoSpace              ENOSPC, EDQUOT, EFBIG
         ├─ Exhausted            EMFILE, ENFILE, ENOMEM, EAGAIN, E2BIG, ENOLCK
         ├─ Unavailable          EIO, ESTALE, ENODEV, ENXIO, ETIMEDOUT, EBUSY, ETXTBSY, ENOTCONN, EHOSTDOWN,
         │                       EUCLEAN, ENOMEDIUM
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


class LeftAlone(Refused):
    """An undo that left something alone, for it was changed since: trying again would leave it alone again."""


class HalfDone(OSExplorerError):
    """One part of a change was made, and the next failed. The text says why.

    Attributes:
        done: what was made, as the change returns it where all of it is: it has to leave a way back.
    """

    def __init__(self, text: str, done: object) -> None:
        super().__init__(text)
        self.done = done


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

    def __reduce__(self) -> tuple[type[CallError], tuple[int, str, str, str, str]]:
        return type(self), (self.errno or 0, self.strerror or "", self.call, self.path, self.hint)

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


_TREE: dict[type[CallError], str] = {
    Gone: "ESRCH ECHILD",
    NotFound: "ENOENT",
    Exists: "EEXIST",
    Denied: "EACCES EPERM EROFS ENOKEY",
    WrongKind: "ENOTDIR EISDIR ELOOP ENOTEMPTY EXDEV ENOEXEC",
    NoSpace: "ENOSPC EDQUOT EFBIG",
    Exhausted: "EMFILE ENFILE ENOMEM EAGAIN E2BIG ENOLCK",
    Unavailable: "EIO ESTALE ENODEV ENXIO ETIMEDOUT EBUSY ETXTBSY ENOTCONN EHOSTDOWN EUCLEAN ENOMEDIUM",
    Unsupported: "ENOTSUP EOPNOTSUPP ENOSYS EINVAL",
}
_CLASS = {
    number: kind
    for kind, names in _TREE.items()
    for name in names.split()
    if (number := getattr(_errno, name, None)) is not None  # not every system has each
}

_HINTS_BY_NAME = {
    # names and paths
    "ENOENT": "Look at the spelling; it may also have been removed or renamed meanwhile",
    "EEXIST": "Choose another name, or remove what is there first",
    "ENOTDIR": "A part of the path is not a directory",
    "EISDIR": "It is a directory; this needs a file",
    "ENOTEMPTY": "The directory still holds entries",
    "ELOOP": "The symbolic links on the way lead round in a circle, or there are more than 40",
    "ENAMETOOLONG": "A name may have 255 bytes, a path 4096",
    "EXDEV": "Source and destination are on different file systems",
    "EMLINK": "It has as many hard links, or the directory as many directories, as the file system allows",
    "EILSEQ": "The file system takes only names in its own encoding, mostly UTF-8",
    # rights
    "EACCES": "A permission bit on the file or on a directory above it does not let you",
    "EPERM": "Only the owner or root may do this, or the file is immutable",
    "EROFS": "The file system is mounted read-only",
    "ENOKEY": "The directory is encrypted, and its key is not loaded",
    "EKEYEXPIRED": "The key or ticket for this place has expired; log in there again",
    "EKEYREJECTED": "The key for this place was rejected",
    # room and limits
    "ENOSPC": "The file system is full: free some space, or choose another place",
    "EDQUOT": "Your disk quota is used up",
    "EFBIG": "The file would be larger than the limit allows",
    "EMFILE": "This program has too many files open; close something and try again",
    "ENFILE": "The whole machine has too many files open",
    "ENOMEM": "The machine, or the limit set for this program, is out of memory",
    "EAGAIN": "A limit on processes or memory was reached, or nothing is ready yet; try again in a moment",
    "E2BIG": "Arguments and environment together are too long for a new program",
    "ENOLCK": "The machine has no locks left, or the file server does not answer about them",
    "EUSERS": "Too many users have files open there",
    "EOVERFLOW": "A number, such as the file's size or date, does not fit into what was asked for",
    "ERANGE": "The value is longer than the room for it, or than the file system allows",
    # kinds
    "ENOEXEC": "The file is executable but neither a binary of this machine nor a script that begins with #!",
    "ELIBBAD": "A library that the program needs is damaged",
    "ELIBACC": "A library, or the loader, that the program needs is missing",
    "EINVAL": "The kernel does not accept an argument, or the file system cannot do this",
    "ENOTSUP": "This file system does not support it",
    "EOPNOTSUPP": "This file system does not support it",
    "ENOSYS": "This kernel does not have the call",
    "ENOTTY": "The file or device does not know this request; it may not be a terminal",
    "ENOTBLK": "It is not a block device",
    "ESPIPE": "Pipes, sockets and terminals have no position to move to",
    "ENODATA": "It has no extended attribute of that name",
    "ENOATTR": "It has no extended attribute of that name",
    "ENOTSOCK": "It is not a socket",
    # devices and file systems
    "EIO": "The device reported an error; the data may be damaged",
    "EUCLEAN": "The file system is damaged; it wants a check (fsck)",
    "ENXIO": "There is no device behind it, nobody reads the pipe, or it is a socket, which is not opened as a file",
    "ENODEV": "The device, or the driver for it, is not there",
    "ENOMEDIUM": "There is no disk in the drive",
    "EMEDIUMTYPE": "The disk in the drive is of the wrong type",
    "EBUSY": "It is in use, a mount point for example",
    "ETXTBSY": "The program is running and cannot be written now",
    "EDEADLK": "Waiting would never end: each holds the lock that the other wants",
    "ESTALE": "The server forgot this file; leave the directory and enter it again",
    "ETIMEDOUT": "The server or device did not answer in time; it may be down",
    "ENOTCONN": "For a path: the program that serves its mount has ended; unmount it and mount it again",
    "ECONNREFUSED": "Nobody listens there",
    "ECONNRESET": "The other side closed the connection",
    "ECONNABORTED": "For a path: the connection of its mount was cut",
    "EHOSTDOWN": "The file server is down",
    "EHOSTUNREACH": "The network knows no way to the file server",
    "ENETUNREACH": "The network knows no way to the file server",
    "EREMOTEIO": "The device at the other end reported an error",
    # processes and descriptors
    "ESRCH": "The process has already exited",
    "ECHILD": "Somebody else has already waited for this child",
    "EPIPE": "Nobody reads the other end any more",
    "EINTR": "A signal came before it was done; try again",
    "ECANCELED": "It was cancelled before it was done",
    "EBADF": "The descriptor is closed, or was not opened for this",
    "EFAULT": "A program passed an address outside its memory: a fault in the program",
}
NO_PROCESS = (
    "No room for another process: the user's limit is reached (ulimit -u, RLIMIT_NPROC), that of the control group "
    "(pids.max) or of the machine (kernel.pid_max); end some processes, or raise the limit"
)
"""What to do when a process, or a thread, cannot be started for EAGAIN; see fork(2), ERRORS."""
_HINTS = {number: hint for name, hint in _HINTS_BY_NAME.items() if (number := getattr(_errno, name, None)) is not None}


def errno_name(number: int) -> str:
    """``2`` becomes ``"ENOENT"``."""
    return _errno.errorcode.get(number, f"errno {number}")


def errno_hint(number: int) -> str:
    """What a person can do about an errno, in plain words; ``""`` where nothing general can be said."""
    return _HINTS.get(number, "")


def errno_class(number: int) -> type[CallError]:
    """The class that an error with this errno gets: :class:`CallError` itself where no narrower one fits."""
    return _CLASS.get(number, CallError)


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
    kind = errno_class(number)
    return kind(number, error.strerror or str(error), call, text, _HINTS.get(number, "") if hint is None else hint)
