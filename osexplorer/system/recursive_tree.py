"""Walking a tree of which every entry is to be changed, or looked at as if it were: the order, and what is left out.

Other file systems are left out, and no link is followed. What a directory itself becomes can wait until everything in
it is done, which is how it can lose the right to be entered.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

from osexplorer.model.errors import CallError, NotFound, call_error
from osexplorer.model.recursive import Rules
from osexplorer.model.tasks import Progress
from osexplorer.system import calls
from osexplorer.system.mounts import mounts
from osexplorer.system.walk import OPEN, Level, climb, keep_few

_ELSEWHERE = "another file system is mounted there"
_SEARCH = 0o555
_TOGETHER = 4096  # entries of a directory that are put in the order of their inodes


class Owed(NamedTuple):
    """What is left to do on a directory when everything in it is done."""

    directory: tuple[int, int, str]
    """Device, inode and path of the directory it is in."""
    name: str
    status: os.stat_result
    after: tuple[int, int, int]
    """Mode, owner and group."""


class Tree:
    """Walks a tree and hands each directory's entries to :meth:`read`.

    Args:
        progress: paused and cancelled through it.
    """

    def __init__(self, progress: Progress, rules: Rules) -> None:
        self.progress, self.rules = progress, rules
        self.entries = 0
        self._points = frozenset(mount.point for mount in mounts(fresh=True))
        self.point_names = frozenset(os.path.basename(point) for point in self._points)
        self.device = -1
        self._later: dict[tuple[int, int, str], Owed] = {}
        """By device and inode of the directory it is in, and its name: what a directory will owe once it is entered."""

    def run(self, root: str) -> None:
        """`root` itself and, unless the rules say otherwise, everything below it.

        Raises:
            CallError: `root` cannot be reached.
            Cancelled: the task was cancelled.
        """
        above, name = _reach(root, follow=self.rules.follow)
        self._points -= {os.path.join(above, name) if name != "." else above}
        flags = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
        levels = [Level(calls.read(os.open, above, flags), above)]
        try:
            try:
                self.device = os.stat(name, dir_fd=levels[0].fd, follow_symlinks=False).st_dev
            except OSError as error:
                raise call_error(error, "os.lstat", root) from error
            self.read(levels[0], (name,))
            if not self.rules.below:
                levels[0].todo.clear()
                for owed in self._later.values():
                    self.settle(owed, levels[0].fd, name)
                self._later.clear()
            self._tread(levels)
        finally:
            for level in levels:
                if level.fd >= 0:
                    os.close(level.fd)

    def _tread(self, levels: list[Level]) -> None:
        while levels:
            level = levels[-1]
            if not level.todo:
                levels.pop()
                if isinstance(level.owes, Owed):
                    self.settle(level.owes, level.fd)
                climb(levels, level, self.progress)
                continue
            name = level.todo.pop()
            self.progress.checkpoint()
            owed = self._later.pop((level.device, level.inode, name), None)
            below = self._enter(level, name, owed)
            if below is None:
                continue
            levels.append(below)
            keep_few(levels)
            self._read(below)

    def _enter(self, level: Level, name: str, owed: Owed | None) -> Level | None:
        path = path_in(level, name)
        try:
            try:
                fd = os.open(name, OPEN, dir_fd=level.fd)
            except PermissionError:
                if owed is None:
                    raise
                self.settle(owed, level.fd, name)  # the new mode may let us in where the old one does not
                owed = None
                fd = os.open(name, OPEN, dir_fd=level.fd)
        except OSError as error:
            self.progress.fail(path, call_error(error, "os.open", path))
            if owed is not None:
                self.settle(owed, level.fd, name)
            return None
        below = Level(fd, path)
        if below.device != self.device:
            os.close(fd)
            self.progress.skip(path, _ELSEWHERE)
            return None
        below.owes = owed
        return below

    def _read(self, level: Level) -> None:
        """Hand on what is in a directory, in the order of the inodes: that of the disk, and mostly of memory too."""
        try:
            entries = os.scandir(level.fd)
        except OSError as error:
            self.progress.fail(level.path, call_error(error, "os.scandir", level.path))
            return
        links = self.rules.owners  # they have no mode
        with entries:
            more = True
            while more:
                found: list[os.DirEntry[str]] = []
                try:
                    found.extend(islice(entries, _TOGETHER))
                    more = len(found) == _TOGETHER
                except OSError as error:
                    self.progress.fail(level.path, call_error(error, "os.scandir", level.path))
                    more = False
                found.sort(key=os.DirEntry.inode)
                self.read(level, [entry.name for entry in found if links or not entry.is_symlink()])

    def elsewhere(self, level: Level, name: str, device: int) -> bool:
        """Whether an entry lies on another file system, or something is mounted on it."""
        if device == self.device and not (name in self.point_names and path_in(level, name) in self._points):
            return False
        self.progress.skip(path_in(level, name), _ELSEWHERE)
        return True

    def postpone(self, level: Level, name: str, status: os.stat_result, after: tuple[int, int, int]) -> None:
        """Change this directory when everything in it is done."""
        place = (level.device, level.inode, level.path)
        self._later[level.device, level.inode, name] = Owed(place, name, status, after)

    def read(self, level: Level, names: Iterable[str]) -> None:
        """These are entries of `level`; directories among them go to its `todo`."""
        raise NotImplementedError

    def settle(self, owed: Owed, fd: int, name: str | None = None) -> None:
        """Do what a directory owes; `fd` is its own, or that of the directory it is in where `name` is given."""


def _reach(root: str, *, follow: bool) -> tuple[str, str]:
    """The directory that holds `root`, free of links, and its name there; ``.`` for the root of the file system.

    As the kernel reaches it: ``link/..`` is the directory above that which the link leads to, ``name/`` a directory,
    through a link too, and an empty path nothing at all.

    Raises:
        CallError: nothing can be reached by that path.
    """
    if not root:
        raise call_error(FileNotFoundError(errno.ENOENT, "An empty path leads nowhere"), "os.stat", "''")
    last = os.path.basename(root)
    if not follow and last not in ("", ".", ".."):
        return calls.read(os.path.realpath, os.path.dirname(root) or ".", strict=True), last
    try:
        calls.read(os.stat, root)
    except NotFound as error:
        if not os.path.islink(root):
            raise
        hint = "It is a symbolic link, and what it leads to is not there"
        raise type(error)(error.errno or 0, error.strerror or "", error.call, root, hint) from error
    real = calls.read(os.path.realpath, root, strict=True)
    above, name = os.path.split(real)
    return above, name or "."


def run_each(tree: Tree, roots: tuple[str, ...]) -> None:
    """Walk the trees at `roots`; of several, one that cannot be reached is told to the progress.

    Raises:
        CallError: the only root cannot be reached.
        Cancelled: the task was cancelled.
    """
    for root in roots:
        try:
            tree.run(root)
        except CallError as error:
            if len(roots) == 1:
                raise
            tree.progress.fail(root, error)


@contextmanager
def examining(tree: Tree, roots: tuple[str, ...]) -> Iterator[None]:
    """Record the look at whole trees that is made meanwhile as one line of the call log."""
    begin, started = time.perf_counter_ns(), time.time_ns()
    yield
    note = f"by descriptors: {tree.entries} entries examined"
    calls.record("os.walk", *roots, started=started, duration=time.perf_counter_ns() - begin, note=note)


def path_in(level: Level, name: str) -> str:
    return level.path if name == "." else os.path.join(level.path, name)


def waits(status: os.stat_result, after: tuple[int, int, int]) -> bool:
    mode, uid, gid = after
    return bool(status.st_mode & ~mode & _SEARCH) or (uid, gid) != (status.st_uid, status.st_gid)
