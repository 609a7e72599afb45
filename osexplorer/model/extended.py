"""What a file has besides the mode: extended attributes, file capabilities and inode flags, as people read them.

See xattr(7), capabilities(7), ioctl_iflags(2).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from osexplorer.model.attribute_names import (
    ACL_ATTRIBUTE,
    CAPABILITY_ATTRIBUTE,
    DEFAULT_ACL_ATTRIBUTE,
    LABEL_ATTRIBUTE,
)
from osexplorer.model.errors import Refused

SHOWN_BYTES = 256
"""Of a value, so many bytes are read to be shown."""

DECODED = frozenset({ACL_ATTRIBUTE, DEFAULT_ACL_ATTRIBUTE, CAPABILITY_ATTRIBUTE, LABEL_ATTRIBUTE})
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
    """Of SELinux; raw."""
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


_IN_ORDER = """
    chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service
    net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin
    sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override
    mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore
"""
_CAPABILITIES = tuple(_IN_ORDER.split())
_EFFECTIVE = 1
_PAIRS = {0x01000000: 1, 0x02000000: 2, 0x03000000: 2}
_WITH_ROOT = 0x03000000


def capabilities_text(data: bytes) -> str:
    """The value of ``security.capability`` as getcap prints it: ``cap_net_admin,cap_net_raw=ep``.

    Raises:
        Refused: it is not in the form that linux/capability.h describes.
    """
    try:
        (magic,) = struct.unpack_from("<I", data)
        pairs = _PAIRS[magic & 0xFF000000]
        numbers = struct.unpack_from(f"<{2 * pairs}I", data, 4)
        root = struct.unpack_from("<I", data, 4 + 8 * pairs)[0] if magic & 0xFF000000 == _WITH_ROOT else 0
    except (struct.error, KeyError) as error:
        raise Refused("The capabilities are not in the form that linux/capability.h describes") from error
    permitted = sum(number << 32 * at for at, number in enumerate(numbers[::2]))
    inheritable = sum(number << 32 * at for at, number in enumerate(numbers[1::2]))
    groups: dict[str, list[str]] = {}
    for bit in range(64):
        kinds = ("i" if inheritable >> bit & 1 else "") + ("p" if permitted >> bit & 1 else "")
        if kinds:
            name = f"cap_{_CAPABILITIES[bit]}" if bit < len(_CAPABILITIES) else str(bit)
            groups.setdefault(("e" if magic & _EFFECTIVE else "") + kinds, []).append(name)
    text = " ".join(f"{','.join(names)}={kinds}" for kinds, names in groups.items()) or "="
    return f"{text} [rootid={root}]" if root else text


INODE_FLAGS: dict[int, tuple[str, str]] = {
    0x00000001: ("s", "secure deletion"),
    0x00000002: ("u", "undeletable"),
    0x00000008: ("S", "synchronous"),
    0x00010000: ("D", "synchronous directory"),
    0x00000010: ("i", "immutable"),
    0x00000020: ("a", "append-only"),
    0x00000040: ("d", "no dump"),
    0x00000080: ("A", "no access times"),
    0x00000004: ("c", "compressed"),
    0x00000800: ("E", "encrypted"),
    0x00004000: ("j", "data journalled"),
    0x00001000: ("I", "indexed directory"),
    0x00008000: ("t", "no tail merging"),
    0x00020000: ("T", "top of a hierarchy"),
    0x00080000: ("e", "extents"),
    0x00800000: ("C", "no copy on write"),
    0x02000000: ("x", "direct access"),
    0x40000000: ("F", "case folded"),
    0x10000000: ("N", "inline data"),
    0x20000000: ("P", "project hierarchy"),
    0x00100000: ("V", "verity"),
    0x00000400: ("m", "do not compress"),
}
"""By bit, the letter that lsattr(1) and chattr(1) use, and the meaning in words."""


def flag_words(flags: int) -> tuple[str, ...]:
    """``immutable (i)`` for each flag that is set."""
    return tuple(f"{words} ({letter})" for bit, (letter, words) in INODE_FLAGS.items() if flags & bit)
