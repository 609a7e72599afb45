"""POSIX access control lists, as the kernel keeps them in an extended attribute; see acl(5)."""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable
from typing import NamedTuple

from osexplorer.model.errors import Refused

_VERSION = 2
_HEAD = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")
_NO_ID = 0xFFFFFFFF


class Tag(enum.IntEnum):
    """Whom an entry is about; the numbers are those of linux/posix_acl.h, in the order of the kernel's check."""

    USER_OBJ = 0x01
    USER = 0x02
    GROUP_OBJ = 0x04
    GROUP = 0x08
    MASK = 0x10
    OTHER = 0x20


class AclEntry(NamedTuple):
    """One line of an ACL."""

    tag: Tag
    permissions: int
    """The three bits r, w and x."""
    id: int | None = None
    """User or group, for `USER` and `GROUP`."""


Acl = tuple[AclEntry, ...]
"""In the kernel's order."""


def parse_acl(data: bytes) -> Acl:
    """The ACL in the value of ``system.posix_acl_access`` or ``system.posix_acl_default``.

    Raises:
        Refused: it is not one.
    """
    if len(data) < _HEAD.size or (len(data) - _HEAD.size) % _ENTRY.size or _HEAD.unpack_from(data)[0] != _VERSION:
        raise Refused("The ACL is not in the form that linux/posix_acl_xattr.h describes")
    try:
        return tuple(
            AclEntry(Tag(tag), permissions & 7, None if number == _NO_ID else number)
            for tag, permissions, number in _ENTRY.iter_unpack(data[_HEAD.size :])
        )
    except ValueError as error:
        raise Refused(f"The ACL has an entry of an unknown kind: {error}") from error


def acl_bytes(acl: Acl) -> bytes:
    """What :func:`parse_acl` reads."""
    entries = (_ENTRY.pack(tag, permissions, _NO_ID if id is None else id) for tag, permissions, id in acl)
    return _HEAD.pack(_VERSION) + b"".join(entries)


LIMITED = (Tag.USER, Tag.GROUP_OBJ, Tag.GROUP)
"""The entries that the mask limits."""
_KIND = {Tag.USER_OBJ: "user", Tag.USER: "user", Tag.GROUP_OBJ: "group", Tag.GROUP: "group"}


def acl_lines(acl: Acl, name_of: Callable[[AclEntry], str]) -> tuple[str, ...]:
    """As getfacl(1) prints it, an entry a line: ``user:ada:rw-``, and what the mask leaves of it where that is less.

    Args:
        name_of: the name of a user or group; ``""`` for the entries without one.
    """
    mask = mask_of(acl)
    lines = []
    for entry in acl:
        line = entry_text(entry, name_of(entry))
        if entry.tag in LIMITED and entry.permissions & ~mask:
            line += f", the mask leaves {triplet(entry.permissions & mask)}"
        lines.append(line)
    return tuple(lines)


def entry_text(entry: AclEntry, name: str) -> str:
    """An entry as getfacl(1) prints it, and setfacl(1) takes it: ``user:ada:rw-``."""
    kind = _KIND.get(entry.tag) or entry.tag.name.lower()
    return f"{kind}:{name}:{triplet(entry.permissions)}"


def triplet(permissions: int) -> str:
    """Three bits as ``rw-``."""
    return "".join(letter if permissions & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))


def mask_of(acl: Acl) -> int:
    """What the mask lets named users, the group and named groups have at most; all three bits where there is none."""
    return next((entry.permissions for entry in acl if entry.tag is Tag.MASK), 7)
