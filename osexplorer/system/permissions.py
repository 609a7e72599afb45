"""Changing mode and owner of exactly the file that was shown, however its name has been used since.

The file is opened with ``O_PATH | O_NOFOLLOW``, which neither needs permission on it nor disturbs a FIFO or a device,
and compared with the identity that the caller saw; then it is changed through ``/proc/self/fd``, which leads to that
very file, the way that glibc's ``fchmodat`` goes too; see open(2), proc(5), symlink(7). macOS has no ``O_PATH``: there
the name is compared just before the change, and a link is changed itself.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import Refused, Unsupported
from osexplorer.model.mode_change import ModeChange
from osexplorer.model.owner import CAPABILITY_ATTRIBUTE, Owner
from osexplorer.model.permissions import octal_text
from osexplorer.model.status import FileId
from osexplorer.system import calls
from osexplorer.system.identity import umask
from osexplorer.system.status import file_id

_VIA_PATH = "through an O_PATH descriptor"
_VIA_OPEN = "through an open descriptor, as /proc is not mounted"


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
    with _held(path, identity) as held:
        before = stat.S_IMODE(held.found.st_mode)
        if stat.S_ISLNK(held.found.st_mode) and sys.platform == "linux":
            raise Refused(f"{display(path)} is a symbolic link: Linux keeps no mode for links. Change what it leads to")
        if expected is not None and before != expected:
            raise Refused(
                f"The mode of {display(path)} is {octal_text(before)} now, not {octal_text(expected)}: "
                "it was changed meanwhile"
            )
        if isinstance(mode, ModeChange):
            mode = mode.apply(before, directory=stat.S_ISDIR(held.found.st_mode), umask=umask())
        if mode != before:
            _chmod(held, mode)
        return ModeSet(held.id, before, mode, stat.S_IMODE(_now(held).st_mode))


def set_owner(path: str, identity: FileId, owner: Owner, *, keep: bool = False) -> OwnerSet:
    """Change owner and group of the file `identity`, which is at `path`; a link itself. See chown(2).

    Args:
        keep: put setuid, setgid and capabilities back afterwards, which the kernel takes away.

    Raises:
        Refused: another file is at `path` now. Nothing is changed.
        CallError: it cannot be reached, or the system does not let us.
    """
    with _held(path, identity) as held:
        before = _ownership(held)
        if owner.after(before.uid, before.gid) != (before.uid, before.gid):
            _chown(held, owner.uid, owner.gid)
            if keep:
                _restore(held, before)
        return OwnerSet(held.id, before, _ownership(held))


def put_owner_back(path: str, done: OwnerSet) -> None:
    """Undo :func:`set_owner`: owner and group, and what fell with them.

    Raises:
        Refused: another file is at `path` now, or owner, group or mode were changed since. Nothing is changed.
        CallError: it cannot be reached, or the system does not let us.
    """
    with _held(path, done.id) as held:
        now = _ownership(held)
        if now != done.after:
            raise Refused(f"Owner, group or mode of {display(path)} were changed meanwhile: left as it is")
        _chown(held, done.before.uid, done.before.gid)
        _restore(held, done.before)


def _restore(held: _Held, wanted: Ownership) -> None:
    """Mode and capabilities, as far as a change of owner took them."""
    now = _ownership(held)
    if now.mode != wanted.mode and not stat.S_ISLNK(held.found.st_mode):
        _chmod(held, wanted.mode)
    if wanted.capabilities is not None and now.capabilities != wanted.capabilities:
        place = f"/proc/self/fd/{held.fd}"
        shown = (held.path, CAPABILITY_ATTRIBUTE, wanted.capabilities)
        calls.change_as(shown, _VIA_PATH, os.setxattr, place, CAPABILITY_ATTRIBUTE, wanted.capabilities)


def _ownership(held: _Held) -> Ownership:
    now = _now(held)
    capabilities = None
    if hasattr(os, "getxattr") and stat.S_ISREG(now.st_mode):
        try:
            capabilities = os.getxattr(f"/proc/self/fd/{held.fd}", CAPABILITY_ATTRIBUTE)
        except OSError:  # it has none, or the file system knows of none
            capabilities = None
    return Ownership(now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode), capabilities)


class _Held(NamedTuple):
    """A file that has proven to be the one that was meant."""

    path: str
    fd: int
    found: os.stat_result
    id: FileId


def _checked(path: str, identity: FileId, found: FileId) -> FileId:
    if not identity.same_file(found):
        raise Refused(f"{display(path)} was replaced since it was shown: another file has that name now")
    return found


if sys.platform == "linux":

    @contextmanager
    def _held(path: str, identity: FileId) -> Iterator[_Held]:
        fd = calls.read(os.open, path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            found = os.fstat(fd)
            yield _Held(path, fd, found, _checked(path, identity, file_id(fd, found)))
        finally:
            os.close(fd)

    def _now(held: _Held) -> os.stat_result:
        return os.fstat(held.fd)

    def _chmod(held: _Held, mode: int) -> None:
        if _in_proc(held):
            calls.change_as((held.path, mode), _VIA_PATH, os.chmod, f"/proc/self/fd/{held.fd}", mode)
            return
        with _opened(held) as fd:
            calls.change_as((held.path, mode), _VIA_OPEN, os.chmod, fd, mode)

    def _chown(held: _Held, uid: int, gid: int) -> None:
        if _in_proc(held):
            calls.change_as((held.path, uid, gid), _VIA_PATH, os.chown, f"/proc/self/fd/{held.fd}", uid, gid)
            return
        with _opened(held) as fd:
            calls.change_as((held.path, uid, gid), _VIA_OPEN, os.chown, fd, uid, gid)

    def _in_proc(held: _Held) -> bool:
        return os.path.lexists(f"/proc/self/fd/{held.fd}")

    @contextmanager
    def _opened(held: _Held) -> Iterator[int]:
        """The held file opened for reading: the only way to it where ``/proc`` is not mounted."""
        if not (stat.S_ISREG(held.found.st_mode) or stat.S_ISDIR(held.found.st_mode)):
            raise Unsupported(
                errno.ENOTSUP,
                os.strerror(errno.ENOTSUP),
                "os.chmod",
                held.path,
                "Without /proc mounted, only files and directories can be changed safely; mount /proc",
            )
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        fd = calls.read(os.open, held.path, flags)
        try:
            if not os.path.samestat(os.fstat(fd), held.found):
                raise Refused(f"{display(held.path)} was replaced since it was shown: another file has that name now")
            yield fd
        finally:
            os.close(fd)

else:

    @contextmanager
    def _held(path: str, identity: FileId) -> Iterator[_Held]:
        found = calls.read(os.lstat, path)
        yield _Held(path, -1, found, _checked(path, identity, file_id(path, found)))

    def _now(held: _Held) -> os.stat_result:
        return os.lstat(held.path)

    def _chmod(held: _Held, mode: int) -> None:
        calls.change(os.chmod, held.path, mode, follow_symlinks=False)

    def _chown(held: _Held, uid: int, gid: int) -> None:
        calls.change(os.chown, held.path, uid, gid, follow_symlinks=False)
