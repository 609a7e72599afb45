"""What statx(2) tells beyond stat(2): birth time, attributes and the mount. Linux; Python has no binding for it yet."""

from __future__ import annotations

import os
import struct
import sys
from functools import cache
from typing import Any, NamedTuple

_AT_FDCWD = -100
_AT_SYMLINK_NOFOLLOW = 0x100
_AT_NO_AUTOMOUNT = 0x800
_AT_EMPTY_PATH = 0x1000

_BTIME = 0x0800
_MNT_ID = 0x1000
_BASIC = 0x07FF

# From linux/stat.h; those that statx does not report (a device that is DAX, say) are left out.
_ATTRIBUTES = (
    (0x00000010, "immutable"),
    (0x00000020, "append-only"),
    (0x00000004, "compressed"),
    (0x00000040, "no-dump"),
    (0x00000800, "encrypted"),
    (0x00001000, "automount"),
    (0x00002000, "mount point"),
    (0x00100000, "verity"),
    (0x00200000, "dax"),
)

_HEAD = struct.Struct("=IIQIIIHHQQQQ")
"""Mask, block size, attributes, links, uid, gid, mode, padding, inode, size, blocks, attributes mask."""
_TIME = struct.Struct("=qIi")
_BTIME_AT = _HEAD.size + _TIME.size
_DEVICES_AT = _HEAD.size + 4 * _TIME.size
_MNT_ID_AT = _DEVICES_AT + 16
_SIZE = 256


class Extra(NamedTuple):
    """The part of statx that stat does not have."""

    device: int
    inode: int
    btime: int | None
    """Nanoseconds since the epoch; None where the file system keeps none."""
    attributes: tuple[str, ...]
    mount_id: int
    """As in mountinfo; 0 where the kernel does not tell."""


def statx(path: str | int, *, follow: bool = False) -> Extra | None:
    """What statx(2) says about a path or an open descriptor; None where it cannot be asked or the file is gone."""
    call = _function()
    if call is None:
        return None
    import ctypes

    buffer = ctypes.create_string_buffer(_SIZE)
    flags = _AT_NO_AUTOMOUNT | (0 if follow else _AT_SYMLINK_NOFOLLOW)
    if isinstance(path, int):
        failed = call(path, b"", flags | _AT_EMPTY_PATH, _BASIC | _BTIME | _MNT_ID, buffer)
    else:
        failed = call(_AT_FDCWD, os.fsencode(path), flags, _BASIC | _BTIME | _MNT_ID, buffer)
    return None if failed else _parse(buffer.raw)


def birth_time(descriptor: int, name: str) -> int | None:
    """When an entry of an open directory was born, nanoseconds since the epoch; None where that is not kept.

    Raises:
        OSError: there is no entry of that name, or it cannot be looked at.
    """
    call = _function()
    if call is None:
        status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        birth: float | None = getattr(status, "st_birthtime", None)
        return None if birth is None else int(birth * 1_000_000_000)
    import ctypes

    buffer = ctypes.create_string_buffer(_SIZE)
    if call(descriptor, os.fsencode(name), _AT_NO_AUTOMOUNT | _AT_SYMLINK_NOFOLLOW, _BTIME, buffer):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)
    return _parse(buffer.raw).btime


def _parse(raw: bytes) -> Extra:
    mask, _, attributes, _, _, _, _, _, inode, _, _, _ = _HEAD.unpack_from(raw)
    seconds, nanoseconds, _ = _TIME.unpack_from(raw, _BTIME_AT)
    _, _, major, minor = struct.unpack_from("=IIII", raw, _DEVICES_AT)
    return Extra(
        device=os.makedev(major, minor),
        inode=inode,
        # a file of an image made without birth times has 0 there
        btime=(seconds * 1_000_000_000 + nanoseconds or None) if mask & _BTIME else None,
        attributes=tuple(name for flag, name in _ATTRIBUTES if attributes & flag),
        mount_id=struct.unpack_from("=Q", raw, _MNT_ID_AT)[0] if mask & _MNT_ID else 0,
    )


@cache
def _function() -> Any:
    """The C library's wrapper; None elsewhere than on Linux, and for glibc before 2.28 and musl before 1.2.4."""
    if sys.platform != "linux":
        return None
    import ctypes

    function = getattr(ctypes.CDLL(None, use_errno=True), "statx", None)
    if function is not None:
        function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)
        function.restype = ctypes.c_int
    return function
