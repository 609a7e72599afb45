"""Copying entries and trees by descriptors, with all that is kept about them.

A file is copied to one without a name beside its destination (O_TMPFILE, open(2)), or where the file system has none to
a name of its own, readable by us alone, and gets its owner, attributes, mode and times there; then it takes its name in
one step that overwrites nothing. So a name never leads to half a file, whatever happens, and setuid never falls to
another owner. Links are copied as links. See copy_file_range(2), lseek(2) for holes, ioctl_ficlone(2).
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable

from osexplorer.model.display import display
from osexplorer.model.errors import CallError, OSExplorerError, Refused, call_error
from osexplorer.model.operations import Clash, Target
from osexplorer.model.status import FileId
from osexplorer.system.copy_file import copy_content, dress, dress_by_name
from osexplorer.system.counting import Counted
from osexplorer.system.placing import FULL, OF_WRITING, Place, Skipped, about, holds, named
from osexplorer.system.removing import stamp
from osexplorer.system.renaming import rename
from osexplorer.system.walk import OPEN, Level, Mounted, climb, keep_few

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_WRITE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NAMELESS = getattr(os, "O_TMPFILE", 0)
_NONE_NAMELESS = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT)
"""What open(2) says where the file system, or the kernel, has no files without a name."""


def _new_file(to: Place, name: str) -> tuple[int, bool]:
    """An empty file to write to, and whether it has no name yet: then nothing of it is left when we are killed."""
    if _NAMELESS and os.path.lexists(_opened(to.fd)):  # only /proc can give it a name
        try:
            return os.open(".", _NAMELESS | os.O_RDWR | os.O_CLOEXEC, 0o600, dir_fd=to.fd), True
        except OSError as error:
            if error.errno not in _NONE_NAMELESS:
                raise
    return os.open(name, _WRITE, 0o600, dir_fd=to.fd), False


def _is_full(error: OSExplorerError) -> bool:
    """Whether everything that follows would fail as well."""
    return isinstance(error, CallError) and error.errno in FULL


def _opened(fd: int) -> str:
    return f"/proc/self/fd/{fd}"


class Copier:
    """Copies, one thing after the other.

    Args:
        clash: what to do where a name is taken.
        durable: see that what is copied is on the disk before it gets its name: its source will be deleted.

    Attributes:
        copied: the stamps of all that was copied.
        begun: called with the name of a new directory, and which it is, before anything is copied into it.
    """

    def __init__(self, counted: Counted, clash: Clash, *, durable: bool = False) -> None:
        self.counted = counted
        self.clash = clash
        self.durable = durable
        self.copied: set[tuple[int, int, int]] = set()
        self.begun: Callable[[str, FileId], None] = lambda name, identity: None
        self._links: dict[tuple[int, ...], tuple[str, FileId]] = {}

    def entry(self, from_fd: int, source: Target, to: Place, name: str) -> tuple[str, FileId]:
        """Copy an entry of the open directory `from_fd`, with all that is in it; the name it got, and which it is.

        Raises:
            Skipped: its name is taken.
            CallError, Refused: it cannot be copied; what is in it is told to the progress.
        """
        try:
            status = os.stat(source.name, dir_fd=from_fd, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                return self._tree(from_fd, source.name, source.path, to, name)
            return self._one(from_fd, source.name, source.path, status, to, name)
        except OSError as error:
            raise call_error(error, "os.open", source.path) from error

    # -- one thing that is no directory

    def _one(
        self, from_fd: int, name: str, path: str, status: os.stat_result, to: Place, new: str
    ) -> tuple[str, FileId]:
        there = to.look(new)
        if there is not None:
            if self.clash is Clash.SKIP:
                raise Skipped
            if os.path.samestat(there, status) and self.clash is Clash.REPLACE:
                raise Refused(f"{display(path)} and {display(to.at(new))} are one file")
        waiting = f".osexplorer-{secrets.token_hex(6)}.tmp"
        made: os.stat_result | None = None
        try:
            self._make(from_fd, name, path, status, Place(to.fd, to.at(new)), waiting)
            made = os.stat(waiting, dir_fd=to.fd, follow_symlinks=False)
            with about("os.rename", to.at(new)):
                got = named(to, new, self.clash, lambda wanted: rename(to.fd, waiting, to.fd, wanted), waiting)
        except BaseException:
            left = to.look(waiting)
            if left is not None and (made is None or os.path.samestat(left, made)):  # else it is what had the name
                os.unlink(waiting, dir_fd=to.fd)
            raise
        identity = FileId(made.st_dev, made.st_ino)
        if status.st_nlink > 1:
            self._links[status.st_dev, *stamp(status)] = (to.at(got), identity)
        return got, identity

    def _make(self, from_fd: int, name: str, path: str, status: os.stat_result, to: Place, new: str) -> None:
        """Make the copy as `new`, a name to wait under in the open directory of `to`, whose path is what it will be."""
        if self._links and self._link(status, to, new):
            self.copied.add(stamp(status))
            self.counted.advance(status.st_size, path)
            return
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFREG:
            self._file(from_fd, name, path, status, to, new)
            return
        if kind == stat.S_IFSOCK:
            raise Refused(f"{display(path)} is a socket: only the program that listens on it can make one")
        if kind == stat.S_IFLNK:
            text = os.readlink(name, dir_fd=from_fd)
            with about("os.symlink", to.path):
                os.symlink(text, new, dir_fd=to.fd)
        elif kind == stat.S_IFIFO:
            with about("os.mkfifo", to.path):
                os.mkfifo(new, 0o600, dir_fd=to.fd)
        else:
            with about("os.mknod", to.path):
                os.mknod(new, kind | 0o600, status.st_rdev, dir_fd=to.fd)
        with about("os.chown", to.path):
            self.counted.lose(dress_by_name(to.fd, new, status))
        self.copied.add(stamp(status))
        self.counted.advance(0, path)

    def _link(self, status: os.stat_result, to: Place, new: str) -> bool:
        """Make it a hard link to what was copied already of the same file; whether that could be done."""
        known = self._links.get((status.st_dev, *stamp(status)))
        if known is None:
            return False
        path, identity = known
        try:
            os.link(path, new, dst_dir_fd=to.fd, follow_symlinks=False)
        except OSError:  # another file system below, or it is gone: it is copied anew
            return False
        made = os.stat(new, dir_fd=to.fd, follow_symlinks=False)
        if (made.st_dev, made.st_ino) == (identity.device, identity.inode):
            return True
        os.unlink(new, dir_fd=to.fd)
        return False

    def _file(self, from_fd: int, name: str, path: str, status: os.stat_result, to: Place, new: str) -> None:
        source = os.open(name, _READ, dir_fd=from_fd)
        try:
            now = os.fstat(source)
            if (now.st_dev, now.st_ino) != (status.st_dev, status.st_ino) or not stat.S_ISREG(now.st_mode):
                raise Refused(f"{display(path)} was replaced while it was copied")
            with about("os.open", to.path):
                made, nameless = _new_file(to, new)
            try:
                try:
                    whole = copy_content(source, made, now.st_size, path, self.counted)
                except OSError as error:
                    if error.errno in OF_WRITING:
                        raise call_error(error, "os.write", to.path) from error
                    raise call_error(error, "os.copy_file_range", path) from error
                if not whole:
                    self.counted.tear(path)
                with about("os.fsync", to.path):
                    self.counted.lose(dress(made, source, now))
                    if self.durable or self.clash is Clash.REPLACE:
                        os.fsync(made)
                    if nameless:
                        os.link(_opened(made), new, dst_dir_fd=to.fd)
            finally:
                os.close(made)
            self.copied.add(stamp(now))
        finally:
            os.close(source)

    # -- directories

    def _tree(self, from_fd: int, name: str, path: str, to: Place, new: str) -> tuple[str, FileId]:
        source = Level(os.open(name, OPEN, dir_fd=from_fd), path)
        sources, places = [source], []
        try:
            if holds(to.fd, source.device, source.inode):
                raise Refused(f"{display(path)} cannot go into itself")
            mounted = Mounted(source)
            got, made, is_new = self._directory(to, new)
            made.owes = is_new
            places.append(made)
            identity = FileId(made.device, made.inode)
            if is_new:
                self.begun(got, identity)
            self._read(source, made)
            while sources[-1].todo or len(sources) > 1:
                self.counted.checkpoint()
                if sources[-1].todo:
                    self._descend(sources, places, mounted, identity)
                    continue
                left, done = sources.pop(), places.pop()
                self._finish(left, done)
                parent, beside = sources[-1], places[-1]
                climb(sources, left, self.counted)
                climb(places, done, self.counted)
                if sources[-1] is not parent or places[-1] is not beside:
                    raise Refused(f"{display(left.path)} was moved while it was copied")
            self._finish(source, made)
            return got, identity
        finally:
            for level in (*sources, *places):
                if level.fd >= 0:
                    os.close(level.fd)

    def _directory(self, to: Place, name: str) -> tuple[str, Level, bool]:
        """A directory in `to`: the name it got, itself, and whether it is new; one that is there is merged with."""
        there = to.look(name)
        if there is not None and stat.S_ISDIR(there.st_mode) and self.clash is Clash.REPLACE:
            return name, Level(os.open(name, OPEN, dir_fd=to.fd), to.at(name)), False
        with about("os.mkdir", to.at(name)):
            got = named(to, name, self.clash, lambda wanted: os.mkdir(wanted, 0o700, dir_fd=to.fd))
        return got, Level(os.open(got, OPEN, dir_fd=to.fd), to.at(got)), True

    def _descend(self, sources: list[Level], places: list[Level], mounted: Mounted, goal: FileId) -> None:
        above, beside = sources[-1], places[-1]
        name = above.todo.pop()
        path = os.path.join(above.path, name)
        try:
            below = Level(os.open(name, OPEN, dir_fd=above.fd), path)
        except OSError as error:
            self.counted.fail(path, call_error(error, "os.open", path))
            return
        place: Level | None = None
        try:
            if mounted.has(below):
                self.counted.skip(path, "another file system is mounted there")
            elif (below.device, below.inode) == (goal.device, goal.inode):
                self.counted.skip(path, "it is what is being made")
            else:
                _, place, is_new = self._directory(Place(beside.fd, beside.path), name)
                place.owes = is_new
        except Skipped:
            self.counted.skip(path, "its name is taken")
        except OSExplorerError as error:
            if _is_full(error):
                os.close(below.fd)
                raise
            self.counted.fail(path, error)
        except OSError as error:
            self.counted.fail(path, call_error(error, "os.open", os.path.join(beside.path, name)))
        if place is None:
            os.close(below.fd)
            return
        sources.append(below)
        places.append(place)
        keep_few(sources)
        keep_few(places)
        self._read(below, place)

    def _read(self, level: Level, place: Level) -> None:
        """Copy what is in a directory, but for the directories, which are noted."""
        to = Place(place.fd, place.path)
        try:
            with os.scandir(level.fd) as entries:
                found = list(entries)
        except OSError as error:
            self.counted.fail(level.path, call_error(error, "os.scandir", level.path))
            return
        for entry in found:
            path = os.path.join(level.path, entry.name)
            self.counted.checkpoint()
            try:
                if entry.is_dir(follow_symlinks=False):
                    level.todo.append(entry.name)
                    continue
                self._one(level.fd, entry.name, path, entry.stat(follow_symlinks=False), to, entry.name)
            except Skipped:
                self.counted.skip(path, "its name is taken")
            except OSExplorerError as error:
                if _is_full(error):
                    raise
                self.counted.fail(path, error)
            except OSError as error:
                self.counted.fail(path, call_error(error, "os.open", path))

    def _finish(self, level: Level, place: Level) -> None:
        """A directory that we made looks like the one it is copied from once everything is in it."""
        if not place.owes:
            return
        try:
            self.counted.lose(dress(place.fd, level.fd, os.fstat(level.fd)))
        except OSError as error:
            self.counted.fail(place.path, call_error(error, "os.chmod", place.path))
