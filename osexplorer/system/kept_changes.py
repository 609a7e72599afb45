"""A change of single files on disk, so that a later run can take it back: a journal as that of a tree's, written after.

It is the same for every kind of change: what a file was, what it is, and the directory it is in.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

from osexplorer.model.errors import CallError, Refused, call_error
from osexplorer.system import calls, held_values, kept_operations
from osexplorer.system.acl import AclSet
from osexplorer.system.attributes import AttributeSet
from osexplorer.system.inode_flags import FlagsSet
from osexplorer.system.journal import Writer
from osexplorer.system.kept_operations import Operation
from osexplorer.system.permissions import ModeSet, OwnerSet, Ownership
from osexplorer.system.times import TimesSet

Value = ModeSet | OwnerSet | AclSet | AttributeSet | FlagsSet | TimesSet
Done = Value | Operation


def keep(title: str, changes: Sequence[tuple[str, Done]]) -> str | None:
    """Write what was changed at these paths; returns the path of the journal.

    Args:
        title: what was done; foreign text in it has passed ``display()``.
        changes: in their order, each with where the file is now.

    Raises:
        Refused: there is no place for it.
        CallError: it cannot be written, or a directory is not there any more.
    """
    writer = Writer(title)
    try:
        for path, done in changes:
            _add(writer, path, done)
    finally:
        kept = writer.close()
    return kept


class Keeper:
    """A change of many files, kept part by part as it is made: what was done till then survives the end of the program.

    Where it cannot be kept (no home directory, a full disk) it is not: this run can take it back all the same.

    Args:
        title: what is done; foreign text in it has passed ``display()``.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._writer: Writer | None = None
        self._given_up = False

    def add(self, path: str, done: Done) -> None:
        """One part was done, to what is at `path` now."""
        if self._given_up:
            return
        try:
            if self._writer is None:
                self._writer = Writer(self._title)
            _add(self._writer, path, done)
        except (CallError, Refused):
            self.give_up()

    def close(self) -> str | None:
        """The change has come to its end; the path of the journal, None where nothing is kept."""
        writer, self._writer = self._writer, None
        try:
            return None if writer is None else writer.close()
        except CallError:
            return None

    def give_up(self) -> None:
        """Keep nothing of it, as there is no way back of all of it."""
        self._given_up = True
        path = self.close()
        if path is not None:
            with contextlib.suppress(CallError):  # then a later run offers it, and puts back what it can
                forget(path)


def _add(writer: Writer, path: str, done: Done) -> None:
    above, name = os.path.split(path)
    above = os.path.realpath(above)  # as the kernel goes: link/.. is not the directory that the link is in
    place = calls.read(os.stat, above)
    writer.add(place.st_dev, place.st_ino, above, [_record(done, name)])


def forget(path: str) -> None:
    """Remove a journal of which the change was taken back.

    Raises:
        CallError: it cannot be removed.
    """
    try:
        os.unlink(path)
    except FileNotFoundError:  # pruned, or taken back by another run
        return
    except OSError as error:
        raise call_error(error, "os.unlink", path) from error


def _record(done: Done, name: str) -> str:
    if isinstance(done, Operation):
        return kept_operations.record(done, name)
    return f"{_head(done)} {name}"


def _head(done: Value) -> str:
    """A record of the journal but for the name at its end."""
    inode = done.id.inode
    if isinstance(done, ModeSet):
        return f"m{inode} {done.before:o} {done.after:o}"
    if isinstance(done, OwnerSet):
        held = done.before.capabilities
        return f"o{inode} {_owner(done.before)} {_owner(done.after)} {'-' if held is None else held.hex()}"
    value = held_values.value_of(done)
    return f"v{inode} {value.kind} {value.before} {value.after}"


def _owner(one: Ownership) -> str:
    return f"{one.mode:o} {one.uid} {one.gid}"
