"""Deleting entries and whole trees for good, by descriptors: no link is followed, nothing that is mounted below is
touched, an error in one place leaves the rest to be done; see unlinkat(2).
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Container

from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError, Refused, call_error
from osexplorer.model.operations import Outcome, Target
from osexplorer.model.tasks import Progress
from osexplorer.system import calls
from osexplorer.system.counting import Counted
from osexplorer.system.mounts import mounts
from osexplorer.system.renaming import check, directory
from osexplorer.system.walk import OPEN, Level, Mounted, climb, keep_few, mount_id

_STEP = 256
_PASSES = 3  # over a directory into which others go on writing
_CHANGED = "It was changed or put there since it was copied: left where it is"
_NOT_EMPTY = (errno.ENOTEMPTY, errno.EEXIST)


def refusal(target: Target) -> str:
    """Why an entry is not deleted or moved as a whole, in words; ``""`` for no reason."""
    for place, what in ((".", "the working directory"), (os.path.expanduser("~"), "your home directory")):
        try:
            here = os.path.realpath(place)
        except FileNotFoundError:  # the working directory is gone: nothing holds it
            continue
        while True:
            status = os.stat(here) if os.path.isdir(here) else None
            if status and (status.st_dev, status.st_ino) == (target.id.device, target.id.inode):
                return f"{display(target.path)} is {what}, or holds it"
            if here == "/":
                break
            here = os.path.dirname(here)
    above, name = os.path.split(target.path)
    real = os.path.join(os.path.realpath(above), name)  # a mount point has one path only
    if any(mount.point == real for mount in mounts(fresh=True)):
        return f"{display(target.path)} is a mount point: unmount it first"
    return ""


def remove(progress: Progress, targets: tuple[Target, ...]) -> Outcome:
    """Delete entries for good, each with all that is in it.

    What cannot be deleted is told to ``progress.fail``, what is mounted below to ``progress.skip``; the rest is done.

    Raises:
        Cancelled: the task was cancelled; what was deleted till then is gone.
    """
    done, counted = 0, Counted(progress)
    for target in targets:
        counted.checkpoint()
        try:
            if problem := refusal(target):
                raise Refused(problem)
            with directory(os.path.dirname(target.path)) as above:
                check(target, above)
                done += remove_entry(counted, target, above)
        except OSExplorerError as error:
            counted.fail(target.path, error)
    return counted.outcome(done)


def stamp(status: os.stat_result) -> tuple[int, int, int]:
    """What tells that a file is the same, with the same content."""
    return status.st_ino, status.st_size, status.st_mtime_ns


def remove_entry(
    counted: Counted, target: Target, above: int, only: Container[tuple[int, int, int]] | None = None
) -> bool:
    """Delete one entry of the open directory `above`; whether it is gone.

    Args:
        only: leave everything, directories apart, whose :func:`stamp` is not among these.

    Raises:
        CallError: the entry itself cannot be deleted or entered; what is in it is told to `counted`.
        Refused: it was replaced meanwhile.
    """
    started, begin = time.time_ns(), time.perf_counter_ns()
    failure: OSError | None = None
    removed = 0
    call = "os.unlink"
    try:
        status = os.stat(target.name, dir_fd=above, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            call = "shutil.rmtree"
            tree = _Tree(counted, target, above, status, only)
            removed = tree.remove(above)
            return tree.gone
        if only is not None and stamp(status) not in only:
            raise Refused(_CHANGED)
        os.unlink(target.name, dir_fd=above)
        counted.advance(1, target.path)
    except OSError as error:
        failure = error
        raise call_error(error, call, target.path) from error
    finally:
        note = f"and below, by descriptors: {removed} entries" if call == "shutil.rmtree" else ""
        spent = time.perf_counter_ns() - begin
        calls.record(call, target.path, started=started, duration=spent, error=failure, change=True, note=note)
    return True


class _Tree:
    """A directory that is being deleted with all below it."""

    def __init__(
        self,
        counted: Counted,
        target: Target,
        above: int,
        status: os.stat_result,
        only: Container[tuple[int, int, int]] | None,
    ) -> None:
        self.counted = counted
        self._only = only
        self.removed = 0
        self.gone = False
        self._root = Level(os.open(target.name, OPEN, dir_fd=above), target.path)
        self._passes: dict[str, int] = {}
        problem = ""
        if (self._root.device, self._root.inode) != (status.st_dev, status.st_ino):
            problem = "was replaced while it was deleted"
        elif mount_id(self._root.fd) != mount_id(above):
            problem = "is a mount point: unmount it first"
        if problem:
            os.close(self._root.fd)
            raise Refused(f"{display(target.path)} {problem}")
        self._mounted = Mounted(self._root)

    def remove(self, above: int) -> int:
        """Delete it; how many entries are gone."""
        levels = [self._root]
        try:
            self._read(self._root)
            while levels[-1].todo or len(levels) > 1:
                level = levels[-1]
                self.counted.checkpoint()
                if level.todo:
                    self._descend(levels, level)
                    continue
                levels.pop()
                parent = levels[-1]
                climb(levels, level, self.counted)
                if levels[-1] is parent:
                    self._leave(parent.fd, level, parent)
            self.gone = self._leave(above, self._root, None)
        finally:
            for level in levels:
                if level.fd >= 0:
                    os.close(level.fd)
        return self.removed

    def _descend(self, levels: list[Level], level: Level) -> None:
        name = level.todo.pop()
        path = os.path.join(level.path, name)
        try:
            below = Level(os.open(name, OPEN, dir_fd=level.fd), path)
        except FileNotFoundError:
            return
        except OSError as error:
            level.owes = "something in it is left"
            self.counted.fail(path, call_error(error, "os.open", path))
            return
        if self._mounted.has(below):
            os.close(below.fd)
            level.owes = "something in it is left"
            self.counted.skip(path, "another file system is mounted there")
            return
        levels.append(below)
        keep_few(levels)
        self._read(below)

    def _leave(self, above: int, level: Level, parent: Level | None) -> bool:
        """Delete a directory of which all that could be deleted is gone."""
        name = os.path.basename(level.path)
        try:
            os.rmdir(name, dir_fd=above)
        except OSError as error:
            passes = self._passes.pop(level.path, 1)
            busy = error.errno in _NOT_EMPTY
            if busy and level.owes is None and parent is not None and passes < _PASSES:
                self._passes[level.path] = passes + 1
                parent.todo.append(name)  # somebody has put something in meanwhile
                return False
            if not busy or level.owes is None:
                self.counted.fail(level.path, call_error(error, "os.rmdir", level.path))
            if parent is not None:
                parent.owes = "something in it is left"
            return False
        self._passes.pop(level.path, None)
        self.removed += 1
        self.counted.advance(1, level.path)
        return True

    def _read(self, level: Level) -> None:
        """Delete what is in a directory, but for the directories, which are noted."""
        removed = 0
        try:
            with os.scandir(level.fd) as entries:
                found = list(entries)
        except OSError as error:
            level.owes = "it could not be read"
            self.counted.fail(level.path, call_error(error, "os.scandir", level.path))
            return
        for count, entry in enumerate(found, 1):
            try:
                if entry.is_dir(follow_symlinks=False):
                    level.todo.append(entry.name)
                elif self._only is not None and stamp(entry.stat(follow_symlinks=False)) not in self._only:
                    level.owes = "something in it is left"
                    self.counted.fail(os.path.join(level.path, entry.name), Refused(_CHANGED))
                else:
                    os.unlink(entry.name, dir_fd=level.fd)
                    removed += 1
            except FileNotFoundError:  # somebody else was faster
                continue
            except OSError as error:
                path = os.path.join(level.path, entry.name)
                level.owes = "something in it is left"
                self.counted.fail(path, call_error(error, "os.unlink", path))
            if count % _STEP == 0:
                self._gone(level, removed)
                removed = 0
                self.counted.checkpoint()
        self._gone(level, removed)

    def _gone(self, level: Level, removed: int) -> None:
        self.removed += removed
        self.counted.advance(removed, level.path)
