"""What a file has besides the mode: extended attributes, file capabilities and inode flags, as people read them.

See xattr(7), capabilities(7), ioctl_iflags(2).
"""

from __future__ import annotations

from typing import NamedTuple

from osexplorer.model.attribute_names import (
    ACL_ATTRIBUTE,
    CAPABILITY_ATTRIBUTE,
    DEFAULT_ACL_ATTRIBUTE,
    LABEL_ATTRIBUTES,
)

SHOWN_BYTES = 256
"""Of a value, so many bytes are read to be shown."""

DECODED = frozenset({ACL_ATTRIBUTE, DEFAULT_ACL_ATTRIBUTE, CAPABILITY_ATTRIBUTE, *LABEL_ATTRIBUTES})
"""Attributes that are shown by what they mean."""


class Value(NamedTuple):
    """An extended attribute."""

    name: str
    """With its namespace, as ``user.comment``; raw."""
    data: bytes
    """The first :data:`SHOWN_BYTES` of it."""
    size: int
    error: str = ""
    """The errno's name where it cannot be read."""


class Extended(NamedTuple):
    """What a file has besides its mode. Empty is "none"."""

    acl: tuple[str, ...] = ()
    """As getfacl prints it; raw names in it. Empty where the mode says all."""
    default_acl: tuple[str, ...] = ()
    """What new entries of a directory get."""
    capabilities: str = ""
    """As getcap prints them."""
    label: str = ""
    """Of a security module, with its name; raw."""
    values: tuple[Value, ...] = ()
    """The other extended attributes."""
    flags: tuple[str, ...] | None = None
    """Inode flags in words; None where they cannot be asked for."""


def value_text(value: Value) -> str:
    """A value as text where it is text, else in hex; raw."""
    if value.error:
        return f"cannot be read: {value.error}"
    data = value.data.removesuffix(b"\0")
    rest = f" … {value.size} bytes in all" if value.size > len(value.data) else ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and (text or not data):
        return f'"{text}"{rest}'
    return f"0x{value.data.hex()}{rest}"
