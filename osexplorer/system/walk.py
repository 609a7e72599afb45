"""Walking a directory tree by descriptors: no link is followed, no name is looked up twice by its path, no depth is
too great, and an error in one place leaves the rest.

Each directory is opened relative to its parent's descriptor with ``O_NOFOLLOW`` (openat(2)), so a directory that is
replaced by a link while the walk goes on is not entered.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from osexplorer.model.errors import CallError, call_error
from osexplorer.model.tasks import Progress
from osexplorer.system.mounts import mounts
from osexplorer.system.statx import statx

OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
KEEP_OPEN = 64  # descriptors held; the way back to older directories is by "..", checked
_STEP = 256  # entries between two checkpoints


class Visit(NamedTuple):
    """One entry below the directory where the walk began."""

    path: str
    name: str
    directory_fd: int
    """Its directory, open until the next visit is asked for."""
    status: os.stat_result
    """Of the entry itself, not of what it links to."""


class Level:
    """A directory on the way from the root to where a walk is.

    Attributes:
        fd: open; -1 while it is closed for there are many, see :func:`keep_few`.
        todo: names of the directories in it that are still to be entered.
        owes: what is left to do on the directory itself when everything in it is done.
    """

    __slots__ = ("device", "fd", "inode", "owes", "path", "todo")

    def __init__(self, fd: int, path: str) -> None:
        status = os.fstat(fd)
        self.fd = fd
        self.path = path
        self.device, self.inode = status.st_dev, status.st_ino
        self.todo: list[str] = []
        self.owes: object = None


class Mounted:
    """Tells what is mounted below a directory, bind mounts of its own file system too, however it was reached: by the
    ids of the mounts (statx(2), Linux 5.8), and by the devices and the table of mounts where the kernel has no ids.

    Args:
        root: the directory, open.
    """

    def __init__(self, root: Level) -> None:
        self._device, self._id = root.device, mount_id(root.fd)
        self._path, self._real = root.path, os.path.realpath(root.path).rstrip("/")
        self._points = frozenset(mount.point for mount in mounts(fresh=True))

    def has(self, level: Level) -> bool:
        """Whether that directory below, open, is a mount point, or lies on another mount."""
        if level.device != self._device or mount_id(level.fd) != self._id:
            return True
        return f"{self._real}/{level.path[len(self._path) :].lstrip('/')}" in self._points


def mount_id(fd: int) -> int:
    """Which mount an open file lies on, as mountinfo calls it; 0 where the kernel does not tell."""
    extra = statx(fd)
    return 0 if extra is None else extra.mount_id


def walk(root: str, progress: Progress, *, cross_mounts: bool = False) -> Iterator[Visit]:
    """Every entry below directory `root`, a directory before what is in it; `root` itself is not visited.

    A directory that cannot be read is reported to ``progress.fail``, a mount point that is not entered to
    ``progress.skip``; both are visited themselves.

    Args:
        progress: its ``checkpoint`` is called every few hundred entries and may raise ``Cancelled``.
        cross_mounts: whether to enter file systems that are mounted below `root`, and bind mounts.

    Raises:
        CallError: `root` itself cannot be opened.
    """
    for level in directories(root, progress, cross_mounts=cross_mounts):
        yield from _visit(level, progress)


def directories(root: str, progress: Progress, *, cross_mounts: bool = False) -> Iterator[Level]:
    """Directory `root` and those below it, each open; as :func:`walk`, for who reads them himself.

    Before asking for the next one, the names of the directories in it that are to be entered must be put into its
    ``todo``.

    Raises:
        CallError: `root` itself cannot be opened.
    """
    try:
        fd = os.open(root, OPEN & ~os.O_NOFOLLOW)
    except OSError as error:
        raise call_error(error, "os.open", root) from error
    points = frozenset[str]() if cross_mounts else frozenset(mount.point for mount in mounts())
    real = os.path.realpath(root).rstrip("/")
    levels = [Level(fd, root)]
    try:
        yield levels[-1]
        while levels:
            level = levels[-1]
            if not level.todo:
                levels.pop()
                climb(levels, level, progress)
                continue
            name = level.todo.pop()
            path = os.path.join(level.path, name)
            progress.checkpoint()
            mounted = f"{real}/{path[len(root) :].lstrip('/')}" in points
            if mounted and not cross_mounts:  # before it is touched: it may not answer
                progress.skip(path, "another file system is mounted there")
                continue
            try:
                below = Level(os.open(name, OPEN, dir_fd=level.fd), path)
            except OSError as error:
                progress.fail(path, call_error(error, "os.open", path))
                continue
            if below.device != level.device and not cross_mounts:
                os.close(below.fd)
                progress.skip(path, "another file system is mounted there")
                continue
            levels.append(below)
            keep_few(levels)
            yield below
    finally:
        for level in levels:
            if level.fd >= 0:
                os.close(level.fd)


def _visit(level: Level, progress: Progress) -> Iterator[Visit]:
    """The entries of one directory; notes the directories among them."""
    try:
        with os.scandir(level.fd) as entries:
            for count, entry in enumerate(entries):
                if count % _STEP == 0:
                    progress.checkpoint()
                path = os.path.join(level.path, entry.name)
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError as error:  # it is gone again, mostly
                    progress.fail(path, call_error(error, "os.lstat", path))
                    continue
                if stat.S_ISDIR(status.st_mode):
                    level.todo.append(entry.name)
                yield Visit(path, entry.name, level.fd, status)
    except OSError as error:
        progress.fail(level.path, call_error(error, "os.scandir", level.path))


def keep_few(levels: list[Level]) -> None:
    """Close a directory far above, so that a deep tree needs no more descriptors than a flat one."""
    if len(levels) > KEEP_OPEN + 1:
        old = levels[-1 - KEEP_OPEN]
        if old.fd >= 0:
            os.close(old.fd)
            old.fd = -1


def climb(levels: list[Level], left: Level, progress: Progress) -> None:
    """Close a directory that is done, and see that the one above it is open again."""
    above = levels[-1] if levels else None
    if above is not None and above.fd < 0:
        try:
            above.fd = _open_above(left, above)
        except CallError as error:
            while levels[-1].fd < 0:  # the root never is: the walk goes on there
                lost = levels.pop()
                if lost.todo or lost.owes is not None:
                    progress.fail(lost.path, error)
    os.close(left.fd)


def _open_above(below: Level, above: Level) -> int:
    try:
        fd = os.open("..", OPEN, dir_fd=below.fd)
    except OSError as error:
        raise call_error(error, "os.open", above.path) from error
    status = os.fstat(fd)
    if (status.st_dev, status.st_ino) != (above.device, above.inode):
        os.close(fd)
        raise call_error(FileNotFoundError(errno.ENOENT, "It was moved while it was walked"), "os.open", above.path)
    return fd
