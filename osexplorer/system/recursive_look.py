"""Looking at what a change of the modes, or of owner and group, of a whole tree would change. Nothing is changed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable

from osexplorer.model.errors import call_error
from osexplorer.model.owner import CAPABILITY_ATTRIBUTE
from osexplorer.model.plan import CAPABLE, KEPT, LINKED, Change, Plan
from osexplorer.model.recursive import Rules
from osexplorer.model.tasks import Progress
from osexplorer.system.recursive_tree import Tree, examining, path_in, run_each
from osexplorer.system.walk import Level


class _Look(Tree):
    def __init__(self, progress: Progress, rules: Rules) -> None:
        super().__init__(progress, rules)
        self.plan = Plan(rules.owners, rules.keep)
        self._known: dict[int, int] = {}
        self._known_owners: dict[tuple[int, int, int, bool, bool], int] = {}

    def read(self, level: Level, names: Iterable[str]) -> None:
        plan, rules, known, add, directory = self.plan, self.rules, self._known, self.plan.add, level.fd
        known_owners, above, (to_uid, to_gid) = self._known_owners, level.path.rstrip("/"), rules.owner
        look, device, point_names, owners = os.stat, self.device, self.point_names, rules.owners
        plan.directory(level.path)
        count = 0
        for name in names:
            try:
                status = look(name, dir_fd=directory, follow_symlinks=False)
            except OSError as error:
                self.progress.fail(path_in(level, name), call_error(error, "os.lstat", path_in(level, name)))
                continue
            count += 1
            mode = status.st_mode
            if (status.st_dev != device or name in point_names) and self.elsewhere(level, name, status.st_dev):
                continue
            if mode & 0o170000 == 0o040000:
                level.todo.append(name)
            if owners:
                uid, gid = status.st_uid, status.st_gid
                moves = (uid != to_uid and to_uid >= 0) or (gid != to_gid and to_gid >= 0)
                capable = moves and mode & 0o170000 == 0o100000 and _capable(f"{above}/{name}", directory, name)
                before = (mode, uid, gid, capable, status.st_nlink > 1)
                number = known_owners.get(before, -2)
                if number == -2:
                    number = self._learn_owner(*before)
                if number >= 0:
                    add(name, number)
                continue
            number = known.get(mode, -2)
            if number == -2:
                number = self._learn(mode)
            if number >= 0:
                add(name, number)
        self.entries += count
        plan.entries = self.entries
        self.progress.advance(count, level.path)
        self.progress.checkpoint()

    def _learn(self, mode: int) -> int:
        """The number of what becomes of an `st_mode`, -1 where nothing does."""
        new = self.rules.mode_after(mode)
        number = -1 if new == stat.S_IMODE(mode) else self.plan.number(Change(mode, new))
        self._known[mode] = number
        return number

    def _learn_owner(self, mode: int, uid: int, gid: int, capable: bool, linked: bool) -> int:
        """The same with owner and group."""
        new, *owner = self.rules.after(mode, uid, gid)
        marks = 0
        if stat.S_ISREG(mode):
            setgid = new & stat.S_ISGID and new & stat.S_IXGRP
            if (new & stat.S_ISUID and owner[0] != uid) or (setgid and owner[1] != gid):
                marks |= KEPT
            marks |= CAPABLE if capable else 0
        if linked and not stat.S_ISDIR(mode) and owner != [uid, gid]:
            marks |= LINKED
        change = Change(mode, new, (uid, gid), (owner[0], owner[1]), marks)
        same = (new, *owner) == (stat.S_IMODE(mode), uid, gid)
        number = -1 if same else self.plan.number(change)
        self._known_owners[mode, uid, gid, capable, linked] = number
        return number


def _capable(path: str, directory: int, name: str) -> bool:
    """Whether a file has capabilities.

    By its path, for by its directory's descriptor takes three times as long; a look changes nothing, and the change
    itself asks by descriptors again.
    """
    try:
        try:
            named = os.listxattr(path, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR, errno.EACCES):
                raise
            named = os.listxattr(f"/proc/self/fd/{directory}/{name}", follow_symlinks=False)
    except OSError:  # the file system knows of none, or the file is gone
        return False
    return CAPABILITY_ATTRIBUTE in named


def look(progress: Progress, roots: tuple[str, ...], rules: Rules) -> Plan:
    """What :func:`osexplorer.system.recursive.change` would change; nothing is changed.

    Raises:
        CallError: the only root cannot be reached; of several, one that cannot is told to `progress`.
        Cancelled: the task was cancelled.
    """
    tree = _Look(progress, rules)
    with examining(tree, roots):
        run_each(tree, roots)
    return tree.plan
