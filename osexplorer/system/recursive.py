"""Changing modes, or owner and group, of a whole tree.

Each entry is opened by its name in the descriptor of its directory with ``O_PATH | O_NOFOLLOW``, looked at through that
descriptor and changed through it (``/proc/self/fd``), so whatever is put in its place meanwhile, a link above all, is
neither followed nor changed; see openat(2), symlink(7). Other file systems are left out. A directory that loses the
right to be read or entered is changed after all that is in it, any other before.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from osexplorer.model.errors import CallError, OSExplorerError, Refused, call_error
from osexplorer.model.owner import CAPABILITY_ATTRIBUTE, mode_after_chown
from osexplorer.model.recursive import Changed, Rules
from osexplorer.model.tasks import Progress
from osexplorer.model.units import count_text
from osexplorer.system import calls
from osexplorer.system.descriptors import AT_EMPTY_PATH, FCHMODAT2, close_all, mode_setter
from osexplorer.system.journal import Writer
from osexplorer.system.recursive_tree import Owed, Tree, path_in, run_each, waits
from osexplorer.system.walk import Level

_PATH = getattr(os, "O_PATH", 0) | os.O_NOFOLLOW | os.O_CLOEXEC
_BATCH = 128  # descriptors held between writing the journal and making the changes it describes
_SEARCH = 0o555


class _Batch(NamedTuple):
    """An entry that is held open, and what it becomes."""

    fd: int
    name: str
    status: os.stat_result
    after: tuple[int, int, int]
    capabilities: bytes | None


class _Change(Tree):
    def __init__(self, progress: Progress, rules: Rules, journal: Writer | None) -> None:
        super().__init__(progress, rules)
        self.journal = journal
        self.changed = self.failed = 0
        self._known: dict[int, tuple[int, str]] = {}
        self._own = os.geteuid()
        self._call = "os.chown"
        """The one that is being made, for the error that says it failed."""
        self._proc = os.open("/proc/self/fd", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def close(self) -> None:
        os.close(self._proc)

    def fail(self, path: str, error: OSExplorerError) -> None:
        self.failed += 1
        self.progress.fail(path, error)

    def _learn(self, mode: int) -> tuple[int, str]:
        """The new bits for an `st_mode` (-1 for no change), and the middle of a record."""
        new = self.rules.mode_after(mode)
        old = stat.S_IMODE(mode)
        found = self._known[mode] = (-1 if new == old else new, f"{old:o} {new:o}")
        return found

    def read(self, level: Level, names: Iterable[str]) -> None:
        if self.rules.owners:
            self._read_owners(level, names)
            self.progress.checkpoint()
        else:
            self._read_modes(level, names)

    def _read_modes(self, level: Level, names: Iterable[str]) -> None:
        left = iter(names)
        held: list[int] = []
        again: list[str] = []
        while batch := again or list(islice(left, _BATCH)):
            again = []
            try:
                changes, records = self._hold(level, batch, held, again)
                self.entries += len(held) - len(again)
                if changes:
                    if self.journal is not None:
                        self.journal.add(level.device, level.inode, level.path, records)
                    self._set_modes(level, changes, records)
            finally:
                self.progress.advance(len(held) - len(again), level.path)
                close_all(held)
            self.progress.checkpoint()

    def _hold(
        self, level: Level, names: list[str], held: list[int], again: list[str]
    ) -> tuple[list[tuple[int, str, int]], list[str]]:
        """Open entries, whose descriptors go to `held`; what is to be done by them, and its records. Another name of a
        file that is about to be changed goes to `again`: what it becomes by that name depends on what it is then.

        Here and in :meth:`_set_modes` each step counts, for they are taken a million times.
        """
        known, directory, device, point_names = self._known, level.fd, self.device, self.point_names
        fd_of, look, hold = os.open, os.fstat, held.append
        changes: list[tuple[int, str, int]] = []
        records: list[str] = []
        linked: set[int] = set()
        for name in names:
            try:
                fd = fd_of(name, _PATH, dir_fd=directory)
            except OSError as error:
                self.fail(path_in(level, name), call_error(error, "os.open", path_in(level, name)))
                continue
            hold(fd)
            status = look(fd)
            mode = status.st_mode
            new, middle = known.get(mode) or self._learn(mode)
            if (status.st_dev != device or name in point_names) and self.elsewhere(level, name, status.st_dev):
                continue
            if mode & 0o170000 == 0o040000:
                level.todo.append(name)
                if new >= 0 and mode & ~new & _SEARCH:
                    self.postpone(level, name, status, (new, status.st_uid, status.st_gid))
                    continue
            elif new >= 0 and status.st_nlink > 1:
                if status.st_ino in linked:
                    again.append(name)
                    continue
                linked.add(status.st_ino)
            if new >= 0:
                changes.append((fd, name, new))
                records.append(f"m{status.st_ino} {middle} {name}")
        return changes, records

    def _set_modes(self, level: Level, changes: list[tuple[int, str, int]], records: list[str]) -> None:
        proc, set_mode, empty, number = self._proc, mode_setter(), AT_EMPTY_PATH, FCHMODAT2
        failed = 0
        dropped = 0 if self._own == 0 else stat.S_ISGID
        for (fd, name, new), record in zip(changes, records, strict=True):
            try:
                if set_mode(number, fd, b"", new, empty):  # it is not known here; or chmod says why it cannot be done
                    os.chmod(str(fd), new, dir_fd=proc)
                if new & dropped:
                    self._note_dropped(level, fd, new, record)
            except OSError as error:
                failed += 1
                self.fail(path_in(level, name), call_error(error, "os.chmod", path_in(level, name)))
        self.changed += len(changes) - failed

    def _note_dropped(self, level: Level, fd: int, new: int, record: str) -> None:
        """Where the kernel has dropped setgid, for we are not in the file's group: so that undo finds what it left.

        Args:
            record: what the journal says of the change. What it gets is of the same mode before, so that undo, which
                begins with the last record, puts that back at once.
        """
        now = stat.S_IMODE(os.fstat(fd).st_mode)
        if now != new and self.journal is not None:
            inode, old, _, name = record.split(" ", 3)
            self.journal.add(level.device, level.inode, level.path, [f"{inode} {old} {now:o} {name}"])

    def _read_owners(self, level: Level, names: Iterable[str]) -> None:
        batch: list[_Batch] = []
        count = 0
        try:
            for name in names:
                try:
                    fd = os.open(name, _PATH, dir_fd=level.fd)
                except OSError as error:
                    self.fail(path_in(level, name), call_error(error, "os.open", path_in(level, name)))
                    continue
                status = os.fstat(fd)
                count += 1
                after = self.rules.after(status.st_mode, status.st_uid, status.st_gid)
                same = after == (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
                if self.elsewhere(level, name, status.st_dev):
                    same = True
                elif stat.S_ISDIR(status.st_mode):
                    level.todo.append(name)
                    if not same and waits(status, after):
                        self.postpone(level, name, status, after)
                        same = True
                if same:
                    os.close(fd)
                    continue
                batch.append(_Batch(fd, name, status, after, _capabilities(fd, status)))
                if len(batch) >= _BATCH:
                    self._flush_owners((level.device, level.inode, level.path), batch)
            self._flush_owners((level.device, level.inode, level.path), batch)
        finally:
            for one in batch:
                os.close(one.fd)
            self.entries += count
            self.progress.advance(count, level.path)

    def _flush_owners(self, place: tuple[int, int, str], batch: list[_Batch]) -> None:
        if batch and self.journal is not None:
            self.journal.add(*place, [_record(one) for one in batch])
        while batch:
            one = batch[-1]
            path = os.path.join(place[2], one.name)
            try:
                self._apply(one)
                self.changed += 1
                if self._own != 0 and (one.status.st_mode | one.after[0]) & stat.S_ISGID:
                    self._note_left(place, one)
            except OSError as error:
                self.fail(path, call_error(error, self._call, path))
                with contextlib.suppress(OSError):  # then undo finds it changed, and says so
                    self._note_left(place, one)
            finally:
                os.close(batch.pop().fd)

    def _apply(self, one: _Batch) -> None:
        mode, uid, gid = one.after
        before = one.status
        left = stat.S_IMODE(before.st_mode)
        if (uid, gid) != (before.st_uid, before.st_gid):
            if self.rules.keep and one.capabilities is not None:  # fails before they are gone, where we may not
                self._call = "os.setxattr"
                os.setxattr(f"/proc/self/fd/{one.fd}", CAPABILITY_ATTRIBUTE, one.capabilities)
            self._call = "os.chown"
            os.chown(str(one.fd), self.rules.owner.uid, self.rules.owner.gid, dir_fd=self._proc)
            if not stat.S_ISLNK(before.st_mode):
                left = stat.S_IMODE(os.fstat(one.fd).st_mode if self.rules.keep else mode_after_chown(before.st_mode))
        if mode != left and not stat.S_ISLNK(before.st_mode):
            self._call = "os.chmod"
            os.chmod(str(one.fd), mode, dir_fd=self._proc)
        if self.rules.keep and one.capabilities is not None:
            self._call = "os.setxattr"
            os.setxattr(f"/proc/self/fd/{one.fd}", CAPABILITY_ATTRIBUTE, one.capabilities)

    def _note_left(self, place: tuple[int, int, str], one: _Batch) -> None:
        """As :meth:`_note_dropped`, for a change of owner, done or half done, or of a directory changed last."""
        left, before = _rights(os.fstat(one.fd)), _rights(one.status)
        if left not in (before, one.after) and not stat.S_ISLNK(one.status.st_mode) and self.journal is not None:
            self.journal.add(*place, [_record(one._replace(after=left))])

    def settle(self, owed: Owed, fd: int, name: str | None = None) -> None:
        """Change a directory after what is in it, through a descriptor that has proven to be the one that was seen."""
        path = os.path.join(owed.directory[2], owed.name)
        try:
            own = os.dup(fd) if name is None else os.open(name, _PATH, dir_fd=fd)
        except OSError as error:
            self.fail(path, call_error(error, "os.open", path))
            return
        now = os.fstat(own)
        if not os.path.samestat(now, owed.status) or now.st_mode != owed.status.st_mode:
            os.close(own)
            gone = FileNotFoundError(errno.ESTALE, "It was changed or replaced meanwhile")
            self.fail(path, call_error(gone, "os.chmod", path))
            return
        self._flush_owners(owed.directory, [_Batch(own, owed.name, owed.status, owed.after, None)])


def _rights(status: os.stat_result) -> tuple[int, int, int]:
    """Mode, owner and group."""
    return stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid


def _capabilities(fd: int, status: os.stat_result) -> bytes | None:
    if not stat.S_ISREG(status.st_mode):
        return None
    try:
        return os.getxattr(f"/proc/self/fd/{fd}", CAPABILITY_ATTRIBUTE)
    except OSError:  # it has none, or the file system knows of none
        return None


def _record(one: _Batch) -> str:
    """What the journal says of one change of owner, or of a directory that was changed last."""
    before, (mode, uid, gid) = one.status, one.after
    held = "-" if one.capabilities is None else one.capabilities.hex()
    old = f"{stat.S_IMODE(before.st_mode):o} {before.st_uid} {before.st_gid}"
    return f"o{before.st_ino} {old} {mode:o} {uid} {gid} {held} {one.name}"


def change(progress: Progress, roots: tuple[str, ...], rules: Rules, title: str, journalled: bool = True) -> Changed:
    """Change each of `roots` and all that is below it. What cannot be changed is told to `progress`.

    Args:
        title: what the journal says was done; foreign text in it has passed ``display()``.
        journalled: whether a journal is written, by which it can be undone.

    Raises:
        Refused: there is no place for the journal, or no ``/proc``. Nothing is changed.
        CallError: the only root cannot be reached, or the journal cannot be written.
        Cancelled: the task was cancelled; what was done till then is in the journal.
    """
    if not sys.platform.startswith("linux") or not os.path.isdir("/proc/self/fd"):
        raise Refused("A tree is changed through /proc, which is not mounted here")
    begin, started = time.perf_counter_ns(), time.time_ns()
    journal = Writer(title) if journalled else None
    path = None
    tree = _Change(progress, rules, journal)
    try:
        run_each(tree, roots)
    except CallError as error:
        if tree.changed and journal is not None:
            before = count_text(tree.changed, "entry was changed before", "entries were changed before")
            error.hint = f"{before}; undo takes that back. {error.hint}".rstrip()
        raise
    finally:
        tree.close()
        if journal is not None:
            path = journal.close()
        calls.record(
            "os.chown" if rules.owners else "os.chmod",
            *roots,
            started=started,
            duration=time.perf_counter_ns() - begin,
            change=True,
            note=f"and below, through O_PATH descriptors: {tree.changed} of {tree.entries} entries changed",
        )
    return Changed(tree.entries, tree.changed, tree.failed, path)
