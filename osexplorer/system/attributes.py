"""Reading and setting extended attributes of exactly the file that was shown; see xattr(7), setxattr(2)."""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

from osexplorer.model.attribute_names import CAPABILITY_ATTRIBUTE
from osexplorer.model.display import display
from osexplorer.model.errors import CallError, Refused, Unsupported, call_error
from osexplorer.model.status import FileId
from osexplorer.system.held import Held, held_at

_ABSENT = (errno.ENODATA, errno.EOPNOTSUPP) if hasattr(errno, "ENODATA") else (errno.EOPNOTSUPP,)


class AttributeSet(NamedTuple):
    """A change of an extended attribute that was made; None is "not there"."""

    id: FileId
    name: str
    before: bytes | None
    after: bytes | None


def values_at(path: str, identity: FileId) -> dict[str, bytes | CallError]:
    """Every attribute that we may see, with its whole value, or why that cannot be read; of a link its own.

    Raises:
        Refused: another file is at `path` now.
        CallError: it cannot be reached, or has none by its kind.
    """
    with held_at(path, identity) as held:
        if not hasattr(os, "listxattr"):
            return {}
        try:
            names = os.listxattr(held.place)
        except OSError as error:
            raise call_error(error, "os.listxattr", path, _hint(error.errno or 0, "")) from error
        found: dict[str, bytes | CallError] = {}
        for name in sorted(names):
            try:
                value = value_of(held, name)
            except CallError as error:
                found[name] = error
            else:
                if value is not None:
                    found[name] = value
        return found


def set_attribute(path: str, identity: FileId, name: str, value: bytes | None, new: bool = False) -> AttributeSet:
    """Set an attribute of the file `identity`, which is at `path`, or remove it; of a symbolic link its own.

    Args:
        value: None removes it.
        new: refuse when it is there already.

    Raises:
        Refused: another file is at `path` now, or the attribute is there already. Nothing is changed.
        CallError: it cannot be reached, or the system does not let us.
    """
    with held_at(path, identity) as held:
        before = value_of(held, name)
        if new and before is not None:
            raise Refused(f"{display(path)} has {display(name)} already: edit it")
        if value != before:
            if value is None:
                remove_from(held, name)
            else:
                put_into(held, name, value)
        return AttributeSet(held.id, name, before, value_of(held, name))


def put_attribute_back(path: str, done: AttributeSet) -> None:
    """Undo :func:`set_attribute`.

    Raises:
        Refused: another file is at `path` now, or the attribute was changed since. Nothing is changed.
        CallError: it cannot be reached, or the system does not let us.
    """
    with held_at(path, done.id) as held:
        if value_of(held, done.name) != done.after:
            raise Refused(f"{display(done.name)} of {display(path)} was changed meanwhile: left as it is")
        if done.before is None:
            remove_from(held, done.name)
        else:
            put_into(held, done.name, done.before)


# -- on a file that is held


def value_of(held: Held, name: str) -> bytes | None:
    """The value of an attribute; None where it is not there.

    Raises:
        CallError: it cannot be read.
    """
    if not hasattr(os, "getxattr"):
        return None
    try:
        return os.getxattr(held.place, name)
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise call_error(error, "os.getxattr", held.path) from error


def put_into(held: Held, name: str, value: bytes) -> None:
    """Set an attribute; the error says what kept it away.

    Raises:
        CallError: the system does not let us.
    """
    _change(held, name, "setxattr", value)


def remove_from(held: Held, name: str) -> None:
    """Remove an attribute.

    Raises:
        CallError: the system does not let us.
    """
    _change(held, name, "removexattr")


def _change(held: Held, name: str, function: str, *value: bytes) -> None:
    if not hasattr(os, function):
        raise Unsupported(
            errno.ENOTSUP,
            os.strerror(errno.ENOTSUP),
            f"os.{function}",
            held.path,
            "Attributes are changed on Linux only",
        )
    try:
        held.change(getattr(os, function), name, *value)
    except CallError as error:
        hint = _hint(error.errno or 0, name) or error.hint
        raise type(error)(error.errno or 0, error.strerror or "", error.call, error.path, hint) from error


_LACKING = "This file system keeps none of these attributes, or was mounted without them"
_FULL = "No room for it: on ext4 a file's attributes share one block, of 4096 bytes mostly; or the disk is full"
_LONG = "The value is too long: the kernel takes 65536 bytes at most, many file systems less"
_HINTS = {"ENOTSUP": _LACKING, "ENOSPC": _FULL, "EDQUOT": _FULL, "E2BIG": _LONG, "ERANGE": _LONG}
_MAY = {
    "user": "Only files and directories have user attributes, and in a sticky directory only the owner sets them",
    "trusted": "Only root (CAP_SYS_ADMIN) may see and set trusted attributes",
    "security": "Only root (CAP_SYS_ADMIN), and the security module, may set security attributes",
    "system": "Only the owner or root may change an ACL",
}


def _hint(number: int, name: str) -> str:
    if number in (errno.EPERM, errno.EACCES) and name == CAPABILITY_ATTRIBUTE:
        return "Only root (CAP_SETFCAP) may give a file capabilities"
    if number == errno.EPERM:
        return _MAY.get(name.partition(".")[0], "")
    return next((hint for code, hint in _HINTS.items() if getattr(errno, code) == number), "")
