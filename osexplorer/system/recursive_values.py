"""Changing ACLs, inode flags, an attribute or times of a whole tree; and looking first at what that would change.

As :mod:`osexplorer.system.recursive` does it with modes: through ``O_PATH`` descriptors, nothing that is put in an
entry's place meanwhile is followed, and the journal is written ahead. A directory comes after all that is in it:
reading it would change its times, and an ACL may take the right to enter it.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterable

from osexplorer.model.errors import OSExplorerError, Refused, call_error
from osexplorer.model.recursive import Changed, Rules
from osexplorer.model.status import FileId
from osexplorer.model.tasks import Progress
from osexplorer.model.tree_values import ValuePlan, ValueRules
from osexplorer.system import calls, held_values
from osexplorer.system.held import Held
from osexplorer.system.held_values import Value
from osexplorer.system.journal import Writer
from osexplorer.system.recursive_tree import Owed, Tree, examining, path_in, run_each
from osexplorer.system.walk import Level

_PATH = getattr(os, "O_PATH", 0) | os.O_NOFOLLOW | os.O_CLOEXEC
_BATCH = 128  # descriptors held between writing the journal and making the changes it describes
_KINDS = (stat.S_IFREG, stat.S_IFDIR)


class _Values(Tree):
    """Holds each file and directory, and knows what the rules make of it."""

    def __init__(self, progress: Progress, rules: ValueRules) -> None:
        super().__init__(progress, Rules(follow=False))
        self.values = rules

    def found(self, level: Level, name: str) -> tuple[Held, list[Value]] | None:
        """An entry of a directory and what changes of it; None where nothing does. Its descriptor is the caller's."""
        path = path_in(level, name)
        try:
            fd = os.open(name, _PATH, dir_fd=level.fd)
        except OSError as error:
            self.fail(path, call_error(error, "os.open", path))
            return None
        self.entries += 1
        try:
            held = held_by(fd, path)
            mode = held.found.st_mode
            if not self.elsewhere(level, name, held.found.st_dev):
                if stat.S_ISDIR(mode):
                    level.todo.append(name)
                if stat.S_IFMT(mode) in _KINDS and (values := held_values.wanted(held, self.values)):
                    return held, values
        except OSExplorerError as error:
            self.fail(path, error)
        os.close(fd)
        return None

    def fail(self, path: str, error: OSExplorerError) -> None:
        self.progress.fail(path, error)


def held_by(fd: int, path: str) -> Held:
    """What is open as `fd` with ``O_PATH``, shown as `path`."""
    status = os.fstat(fd)
    return Held(path, fd, status, FileId(status.st_dev, status.st_ino))


class _Look(_Values):
    def __init__(self, progress: Progress, rules: ValueRules) -> None:
        super().__init__(progress, rules)
        self.plan = ValuePlan()

    def read(self, level: Level, names: Iterable[str]) -> None:
        self.plan.directory(level.path)
        before = self.entries
        for name in names:
            if (found := self.found(level, name)) is not None:
                held, values = found
                os.close(held.fd)
                self.plan.add(name, "; ".join(value.text for value in values))
        self.plan.entries = self.entries
        self.progress.advance(self.entries - before, level.path)
        self.progress.checkpoint()


def look(progress: Progress, roots: tuple[str, ...], rules: ValueRules) -> ValuePlan:
    """What :func:`change` would change; nothing is changed.

    Raises:
        CallError: the only root cannot be reached; of several, one that cannot is told to `progress`.
        Cancelled: the task was cancelled.
    """
    tree = _Look(progress, rules)
    with examining(tree, roots), calls.recording(_unseen):
        run_each(tree, roots)
    return tree.plan


def _unseen(call: object) -> None:
    """Of a whole tree the log gets one line."""


class _Change(_Values):
    def __init__(self, progress: Progress, rules: ValueRules, journal: Writer) -> None:
        super().__init__(progress, rules)
        self.journal = journal
        self.changed = self.failed = 0

    def fail(self, path: str, error: OSExplorerError) -> None:
        self.failed += 1
        super().fail(path, error)

    def read(self, level: Level, names: Iterable[str]) -> None:
        place = (level.device, level.inode, level.path)
        batch: list[tuple[str, Held, list[Value]]] = []
        before = self.entries
        try:
            for name in names:
                found = self.found(level, name)
                if found is None:
                    continue
                held, values = found
                if stat.S_ISDIR(held.found.st_mode):
                    os.close(held.fd)
                    status = held.found
                    self.postpone(level, name, status, (status.st_mode, status.st_uid, status.st_gid))
                    continue
                batch.append((name, held, values))
                if len(batch) >= _BATCH:
                    self._flush(place, batch)
            self._flush(place, batch)
        finally:
            for _, held, _ in batch:
                os.close(held.fd)
            self.progress.advance(self.entries - before, level.path)
        self.progress.checkpoint()

    def _flush(self, place: tuple[int, int, str], batch: list[tuple[str, Held, list[Value]]]) -> None:
        """Write what will be done, then do it; the list is empty afterwards."""
        if batch:
            self.journal.add(*place, [_record(held, value, name) for name, held, values in batch for value in values])
        while batch:
            name, held, values = batch[-1]
            try:
                self._apply(place, name, held, values)
                self.changed += 1
            except OSExplorerError as error:
                self.fail(held.path, error)
            finally:
                os.close(batch.pop()[1].fd)

    def _apply(self, place: tuple[int, int, str], name: str, held: Held, values: list[Value]) -> None:
        for value in values:
            done = held_values.put(held, value)
            if done.after != value.after:  # rounded, or dropped, by the file system: so that undo finds what it left
                self.journal.add(*place, [_record(held, done, name)])

    def settle(self, owed: Owed, fd: int, name: str | None = None) -> None:
        """Change a directory after what is in it, through a descriptor that has proven to be the one that was seen."""
        path = os.path.join(owed.directory[2], owed.name) if owed.name != "." else owed.directory[2]
        try:
            own = os.open(".", _PATH, dir_fd=fd) if name is None else os.open(name, _PATH, dir_fd=fd)
        except OSError as error:
            self.fail(path, call_error(error, "os.open", path))
            return
        held = held_by(own, path)
        if not os.path.samestat(held.found, owed.status):
            os.close(own)
            gone = FileNotFoundError(errno.ESTALE, "It was replaced meanwhile")
            self.fail(path, call_error(gone, "os.open", path))
            return
        try:
            values = held_values.wanted(held, self.values)
        except OSExplorerError as error:
            os.close(own)
            self.fail(path, error)
            return
        if values:
            self._flush(owed.directory, [(owed.name, held, values)])
        else:
            os.close(own)


def _record(held: Held, value: Value, name: str) -> str:
    return f"v{held.found.st_ino} {value.kind} {value.before} {value.after} {name}"


def change(progress: Progress, roots: tuple[str, ...], rules: ValueRules, title: str) -> Changed:
    """Change each of `roots` and all that is below it. What cannot be changed is told to `progress`.

    Args:
        title: what the journal says was done; foreign text in it has passed ``display()``.

    Raises:
        Refused: there is no place for the journal, or no ``/proc``. Nothing is changed.
        CallError: the only root cannot be reached, or the journal cannot be written.
        Cancelled: the task was cancelled; what was done till then is in the journal.
    """
    if not sys.platform.startswith("linux") or not os.path.isdir("/proc/self/fd"):
        raise Refused("A tree is changed through /proc, which is not mounted here")
    begin, started = time.perf_counter_ns(), time.time_ns()
    journal = Writer(title)
    path = None
    tree = _Change(progress, rules, journal)
    try:
        with calls.recording(_unseen):
            run_each(tree, roots)
    finally:
        path = journal.close()
        calls.record(
            rules.words,
            *roots,
            started=started,
            duration=time.perf_counter_ns() - begin,
            change=True,
            note=f"and below, through O_PATH descriptors: {tree.changed} of {tree.entries} entries changed",
        )
    return Changed(tree.entries, tree.changed, tree.failed, path)
