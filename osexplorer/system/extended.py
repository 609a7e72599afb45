"""Reading what a file has besides its mode: getxattr(2), and the inode flags by ioctl(2)."""

from __future__ import annotations

import os
import stat
import struct

from osexplorer.model.acl import AclEntry, Tag, acl_lines, parse_acl
from osexplorer.model.attribute_names import (
    ACL_ATTRIBUTE,
    CAPABILITY_ATTRIBUTE,
    DEFAULT_ACL_ATTRIBUTE,
    LABEL_ATTRIBUTES,
)
from osexplorer.model.capabilities import capabilities_text
from osexplorer.model.errors import Refused, errno_name
from osexplorer.model.extended import DECODED, SHOWN_BYTES, Extended, Value
from osexplorer.model.inode_flags import flag_words
from osexplorer.system.identity import group_name, user_name

GETFLAGS = 0x80086601 if struct.calcsize("l") == 8 else 0x80046601  # FS_IOCGETFLAGS of linux/fs.h
_MOST_VALUES = 100


def extended(path: str, found: os.stat_result, names: tuple[str, ...], *, follow: bool, quiet: bool) -> Extended:
    """What is at `path` besides the mode. What cannot be read is told as such, or left out.

    Args:
        found: its stat.
        names: of its extended attributes.
        quiet: whether it may be opened to ask for its flags: on some file systems opening does things.
    """
    raw = {name: _value(path, name, follow=follow) for name in names[:_MOST_VALUES] if name in DECODED}
    return Extended(
        acl=_acl(raw.get(ACL_ATTRIBUTE)),
        default_acl=_acl(raw.get(DEFAULT_ACL_ATTRIBUTE)),
        capabilities=_capabilities(raw.get(CAPABILITY_ATTRIBUTE)),
        label=_label(raw),
        values=tuple(
            _bounded(_value(path, name, follow=follow)) for name in names[:_MOST_VALUES] if name not in DECODED
        ),
        flags=_flags(path, found) if quiet else None,
    )


def _value(path: str, name: str, *, follow: bool) -> Value:
    try:
        data = os.getxattr(path, name, follow_symlinks=follow)
    except OSError as error:
        return Value(name, b"", 0, errno_name(error.errno or 0))
    return Value(name, data, len(data))


def _bounded(value: Value) -> Value:
    return value._replace(data=value.data[:SHOWN_BYTES])


def _acl(value: Value | None) -> tuple[str, ...]:
    if value is None:
        return ()
    if value.error:
        return (f"cannot be read: {value.error}",)
    try:
        return acl_lines(parse_acl(value.data), name_of)
    except Refused as error:
        return (str(error),)


def name_of(entry: AclEntry) -> str:
    """The user or group that an entry names, raw; ``""`` for none."""
    if entry.id is None:
        return ""
    return user_name(entry.id) if entry.tag is Tag.USER else group_name(entry.id)


def _capabilities(value: Value | None) -> str:
    if value is None:
        return ""
    try:
        return f"cannot be read: {value.error}" if value.error else capabilities_text(value.data)
    except Refused as error:
        return str(error)


def _label(raw: dict[str, Value]) -> str:
    """The label of whichever security module has put one on the file."""
    found = []
    for name, module in LABEL_ATTRIBUTES.items():
        if (value := raw.get(name)) is not None:
            text = f"cannot be read: {value.error}" if value.error else os.fsdecode(value.data.removesuffix(b"\0"))
            found.append(f"{text} ({module})")
    return ", ".join(found)


def _flags(path: str, found: os.stat_result) -> tuple[str, ...] | None:
    """The flags that lsattr(1) shows; None where the file system has none, or does not let us ask."""
    no_atime = getattr(os, "O_NOATIME", None)
    if no_atime is None or not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        return None
    import fcntl

    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    for extra in (no_atime, 0) if stat.S_ISDIR(found.st_mode) else (no_atime,):
        try:
            fd = os.open(path, flags | extra)
        except OSError:
            continue
        try:
            now = os.fstat(fd)
            if (now.st_dev, now.st_ino) != (found.st_dev, found.st_ino):
                return None
            answer = fcntl.ioctl(fd, GETFLAGS, bytes(8))
            return flag_words(struct.unpack_from("=I", answer)[0])
        except OSError:  # a file system without flags
            return None
        finally:
            os.close(fd)
    return None
