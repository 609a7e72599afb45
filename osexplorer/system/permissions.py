"""Changing mode and owner of exactly the file that was shown; see :mod:`osexplorer.system.held`."""

from __future__ import annotations

import os
import stat
import sys
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import CallError, HalfDone, LeftAlone, Refused
from osexplorer.model.mode_change import ModeChange
from osexplorer.model.owner import CAPABILITY_ATTRIBUTE, Owner
from osexplorer.model.permissions import octal_text
from osexplorer.model.status import FileId
from osexplorer.system.held import Held, held_at
from osexplorer.system.identity import umask


class ModeSet(NamedTuple):
    """A change of mode that was made: the twelve bits."""

    id: FileId
    before: int
    asked: int
    after: int
    """What the mode is now: the kernel drops setgid silently when we are not in the file's group."""


class Ownership(NamedTuple):
    """Whose a file is, and what the kernel takes away when that changes."""

    uid: int
    gid: int
    mode: int
    """The twelve bits."""
    capabilities: bytes | None = None
    """The value of ``security.capability``; None where it has none."""


class OwnerSet(NamedTuple):
    """A change of owner that was made."""

    id: FileId
    before: Ownership
    after: Ownership
    """The kernel drops setuid, setgid and capabilities of a file whose owner changes, see chown(2)."""


def set_mode(path: str, identity: FileId, mode: int | ModeChange, expected: int | None = None) -> ModeSet:
    """Change the mode of the file `identity`, which is at `path`.

    Args:
        mode: the twelve bits, or a change that is applied to those it has now, with our umask.
        expected: the mode that it must have now, for an undo.

    Raises:
        Refused: another file is at `path` now, it is a link, or its mode is not `expected`: nothing is changed.
        CallError: it cannot be reached, or the system does not let us.
    """
    with held_at(path, identity) as held:
        before = stat.S_IMODE(held.found.st_mode)
        if held.is_link and sys.platform == "linux":
            raise Refused(f"{display(path)} is a symbolic link: Linux keeps no mode for links. Change what it leads to")
        if expected is not None and before != expected:
            raise Refused(
                f"The mode of {display(path)} is {octal_text(before)} now, not {octal_text(expected)}: "
                "it was changed meanwhile"
            )
        if isinstance(mode, ModeChange):
            mode = mode.apply(before, directory=stat.S_ISDIR(held.found.st_mode), umask=umask())
        if mode != before:
            held.change(os.chmod, mode)
        return ModeSet(held.id, before, mode, stat.S_IMODE(held.now().st_mode))


def put_mode_back(path: str, done: ModeSet) -> None:
    """Undo :func:`set_mode`.

    Raises:
        LeftAlone: all is put back but setgid, which the kernel drops when we are not in the file's group.
        Refused: another file is at `path` now, or its mode was changed since. Nothing is changed.
        CallError: it cannot be reached, or the system does not let us.
    """
    _check_back(path, done.before, set_mode(path, done.id, done.before, done.after).after)


def _check_back(path: str, wanted: int, now: int) -> None:
    if now != wanted:
        raise LeftAlone(
            f"The mode of {display(path)} is {octal_text(now)} now, not {octal_text(wanted)} as before: "
            "setgid does not come back, for we are not in its group"
        )


def set_owner(path: str, identity: FileId, owner: Owner, *, keep: bool = False) -> OwnerSet:
    """Change owner and group of the file `identity`, which is at `path`; a link itself. See chown(2).

    Args:
        keep: put setuid, setgid and capabilities back afterwards, which the kernel takes away.

    Raises:
        Refused: another file is at `path` now. Nothing is changed.
        CallError: it cannot be reached, the system does not let us, or would not let us put capabilities back: nothing
            is changed.
        HalfDone: owner and group are changed, and what fell does not come back. It holds the `OwnerSet`.
    """
    with held_at(path, identity) as held:
        before = _ownership(held)
        if owner.after(before.uid, before.gid) != (before.uid, before.gid):
            if keep and before.capabilities is not None:  # who may not put them back is told before they are gone
                held.change(os.setxattr, CAPABILITY_ATTRIBUTE, before.capabilities)
            held.change(os.chown, owner.uid, owner.gid)
            if keep:
                try:
                    _restore(held, before)
                except CallError as error:
                    text = f"Owner and group are changed, but what fell with them does not come back: {error}"
                    raise HalfDone(text, OwnerSet(held.id, before, _ownership(held))) from error
        return OwnerSet(held.id, before, _ownership(held))


def put_owner_back(path: str, done: OwnerSet) -> None:
    """Undo :func:`set_owner`: owner and group, and what fell with them.

    Raises:
        LeftAlone: as :func:`put_mode_back`.
        Refused: another file is at `path` now, or owner, group or mode were changed since. Nothing is changed.
        CallError: it cannot be reached, or the system does not let us.
    """
    with held_at(path, done.id) as held:
        now = _ownership(held)
        if now != done.after:
            raise Refused(f"Owner, group or mode of {display(path)} were changed meanwhile: left as it is")
        held.change(os.chown, done.before.uid, done.before.gid)
        _restore(held, done.before)
        if not held.is_link:
            _check_back(path, done.before.mode, stat.S_IMODE(held.now().st_mode))


def _restore(held: Held, wanted: Ownership) -> None:
    """Mode and capabilities, as far as a change of owner took them."""
    now = _ownership(held)
    if now.mode != wanted.mode and not held.is_link:
        held.change(os.chmod, wanted.mode)
    if wanted.capabilities is not None and now.capabilities != wanted.capabilities:
        held.change(os.setxattr, CAPABILITY_ATTRIBUTE, wanted.capabilities)


def _ownership(held: Held) -> Ownership:
    now = held.now()
    capabilities = None
    if hasattr(os, "getxattr") and stat.S_ISREG(now.st_mode):
        try:
            capabilities = os.getxattr(held.place, CAPABILITY_ATTRIBUTE)
        except OSError:  # it has none, or the file system knows of none
            capabilities = None
    return Ownership(now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode), capabilities)
