"""Everything the system keeps about one file: what stat(2), lstat(2) and statx(2) say, and what we may do with it."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from osexplorer.model.attribute_names import ACL_ATTRIBUTE as ACL_ATTRIBUTE
from osexplorer.model.display import display
from osexplorer.model.entry import kind_of
from osexplorer.model.errors import CallError
from osexplorer.model.extended import Extended
from osexplorer.model.mounts import Mount
from osexplorer.model.permissions import Subject


class FileId(NamedTuple):
    """Which file it is, whatever its name. A name that leads to another id has been replaced."""

    device: int
    inode: int
    born: int | None = None
    """Birth time, nanoseconds since the epoch: it tells a new file from an old one whose inode number it got."""

    def same_file(self, other: FileId) -> bool:
        """Whether both are one file; birth times count only where both are known."""
        if (self.device, self.inode) != (other.device, other.inode):
            return False
        return self.born is None or other.born is None or self.born == other.born


class Access(NamedTuple):
    """What access(2) says that we may do, with our effective user and groups."""

    read: bool
    write: bool
    execute: bool

    @property
    def text(self) -> str:
        """``read write –``: what we may, in the order of the bits."""
        words = zip(self, ("read", "write", "execute"), strict=True)
        return " ".join(word if may else "–" for may, word in words)


class Link(NamedTuple):
    """One step along symbolic links."""

    path: str
    target: str
    """What readlink(2) says, unchanged."""


class Status(NamedTuple):
    """One file. Times are nanoseconds since the epoch, sizes bytes."""

    path: str
    mode: int
    """Kind and permissions, as `st_mode`."""
    uid: int
    gid: int
    user: str
    """The owner's name; the number as text where it has none."""
    group: str
    size: int
    blocks: int
    """Blocks of 512 bytes that it takes on the disk."""
    block_size: int
    """Preferred size of reads and writes, bytes."""
    device: int
    """`st_dev`; see `device_text`."""
    inode: int
    links: int
    """How many names (hard links) it has."""
    rdev: int
    """Which device it stands for, if it is one."""
    atime: int
    mtime: int
    ctime: int
    btime: int | None = None
    """Birth; None where the file system or the system does not tell."""
    attributes: tuple[str, ...] = ()
    """Flags such as ``immutable`` and ``append-only``, as statx(2) or `st_flags` tells them."""
    xattrs: tuple[str, ...] = ()
    """Names of its extended attributes, see xattr(7)."""
    extended: Extended = Extended()
    """ACL, capabilities, the values of extended attributes, inode flags."""
    access: Access | None = None
    """What we may do with it, links followed; None for a link that leads nowhere."""
    mount: Mount | None = None
    """The mounted file system it lies on; None where the system does not tell."""
    read_only: bool = False
    """Whether that is mounted read-only."""
    script: bool | None = None
    """Whether it begins with ``#!``; None when it was not read."""
    chain: tuple[Link, ...] = ()
    """For a symbolic link: every step from it to what is no link, or to where the way ends."""
    target: Status | None = None
    """For a symbolic link: what it leads to in the end."""
    target_error: CallError | None = None
    """For a symbolic link: why it leads nowhere."""

    @property
    def id(self) -> FileId:
        """Which file this is."""
        return FileId(self.device, self.inode, self.btime)

    @property
    def kind(self) -> str:
        """Its kind in words."""
        return kind_of(self.mode).word

    @property
    def permissions(self) -> int:
        """The twelve mode bits alone."""
        return stat.S_IMODE(self.mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory itself, not a link to one."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_device(self) -> bool:
        """Whether it stands for a device."""
        return stat.S_ISCHR(self.mode) or stat.S_ISBLK(self.mode)

    @property
    def raw_target(self) -> str | None:
        """For a symbolic link: its target as it is written."""
        return self.chain[0].target if self.chain else None

    @property
    def subject(self) -> Subject:
        """What :func:`osexplorer.model.permissions.warnings` judges."""
        return Subject(
            kind=stat.S_IFMT(self.mode),
            uid=self.uid,
            gid=self.gid,
            owner=display(self.user),
            group=display(self.group),
            script=self.script,
            acl=ACL_ATTRIBUTE in self.xattrs,
        )


def device_text(device: int) -> str:
    """``major:minor`` of a device number, as ``ls -l`` and mountinfo write it."""
    return f"{os.major(device)}:{os.minor(device)}"
