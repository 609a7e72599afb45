"""An entry of a directory: its kind, and what lstat(2) says about it."""

from __future__ import annotations

import enum
import errno
import stat as _stat
from typing import NamedTuple

from osexplorer.model.errors import errno_name


class Kind(enum.IntEnum):
    """What an entry is. The order is the one in which a listing sorts kinds."""

    DIRECTORY = 1
    FILE = 2
    SYMLINK = 3
    FIFO = 4
    SOCKET = 5
    CHARACTER_DEVICE = 6
    BLOCK_DEVICE = 7
    OTHER = 8
    """None of directory, file and symbolic link; which one is known when the entry is looked at."""

    @property
    def word(self) -> str:
        """In plain words, as ``"symbolic link"``."""
        return _WORDS[self]

    @property
    def letter(self) -> str:
        """The first character of a line of ``ls -l``; ``?`` for :attr:`OTHER`."""
        return "d-lpscb?"[self - 1]


_WORDS = {
    Kind.DIRECTORY: "directory",
    Kind.FILE: "file",
    Kind.SYMLINK: "symbolic link",
    Kind.FIFO: "named pipe",
    Kind.SOCKET: "socket",
    Kind.CHARACTER_DEVICE: "character device",
    Kind.BLOCK_DEVICE: "block device",
    Kind.OTHER: "special file",
}

_KINDS = {
    _stat.S_IFDIR: Kind.DIRECTORY,
    _stat.S_IFREG: Kind.FILE,
    _stat.S_IFLNK: Kind.SYMLINK,
    _stat.S_IFIFO: Kind.FIFO,
    _stat.S_IFSOCK: Kind.SOCKET,
    _stat.S_IFCHR: Kind.CHARACTER_DEVICE,
    _stat.S_IFBLK: Kind.BLOCK_DEVICE,
}


def kind_of(mode: int) -> Kind:
    """The kind that an `st_mode` tells; see inode(7)."""
    return _KINDS.get(_stat.S_IFMT(mode), Kind.OTHER)


class Target(NamedTuple):
    """Where a symbolic link leads in the end."""

    kind: Kind | None
    """Of the file at the end; None where there is none."""
    mode: int = 0
    """`st_mode` of the file at the end."""
    errno: int = 0
    """Why there is none: ENOENT (broken), ELOOP (in a circle), EACCES and others."""

    @property
    def broken(self) -> bool:
        """Whether it leads nowhere."""
        return self.kind is None

    @property
    def fault(self) -> str:
        """Why it leads nowhere, in a word or two; ``""`` where it leads somewhere."""
        if self.kind is not None:
            return ""
        return {errno.ENOENT: "broken", errno.ELOOP: "loop"}.get(self.errno, errno_name(self.errno))


class EntryStat(NamedTuple):
    """What lstat(2) and readlink(2) say about an entry."""

    mode: int
    """`st_mode`, type bits included."""
    size: int
    """Bytes; of a symbolic link the length of its text."""
    uid: int
    gid: int
    owner: str
    """Name of `uid`; the number as text where it has none."""
    group: str
    """Name of `gid`; the number as text where it has none."""
    mtime: int
    """Last modification, nanoseconds since the epoch."""
    ctime: int
    """Last change of the inode, nanoseconds since the epoch."""
    links: int
    """Hard links."""
    device: int
    """`st_dev`, of the file system it is on."""
    inode: int
    rdev: int = 0
    """`st_rdev`, of the device that a device file stands for."""
    link: str | None = None
    """The text of a symbolic link, raw; None for everything else, or where it cannot be read."""
    target: Target | None = None
    """Where the link leads; None for everything else, or while it is not known."""
    atime: int = 0
    """Last access, nanoseconds since the epoch."""
    btime: int | None = None
    """Birth, nanoseconds since the epoch; None where the file system keeps none, or it was not asked for."""

    @property
    def kind(self) -> Kind:
        """What the entry is."""
        return kind_of(self.mode)

    @property
    def executable(self) -> bool:
        """Whether it is a file that somebody may execute."""
        return _may_be_executed(self.mode)

    @property
    def is_program(self) -> bool:
        """As :attr:`executable`, or a link that leads to such a file."""
        return _may_be_executed(self.target.mode if self.target is not None else self.mode)


def _may_be_executed(mode: int) -> bool:
    return _stat.S_ISREG(mode) and bool(mode & 0o111)


def suffix(kind: Kind, stat: EntryStat | None = None) -> str:
    """What ``ls -F`` puts behind a name: ``/`` directory, ``@`` link, ``|`` pipe, ``=`` socket, ``*`` executable.

    A device gets ``%`` (character) or ``#`` (block), which ls leaves bare.
    """
    if kind is Kind.FILE:
        return "*" if stat is not None and stat.executable else ""
    return _SUFFIXES[kind]


_SUFFIXES = {
    Kind.DIRECTORY: "/",
    Kind.SYMLINK: "@",
    Kind.FIFO: "|",
    Kind.SOCKET: "=",
    Kind.CHARACTER_DEVICE: "%",
    Kind.BLOCK_DEVICE: "#",
    Kind.OTHER: "?",
}
