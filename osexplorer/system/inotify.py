"""inotify(7): events of directories as the kernel gives them, with names as bytes and with the loss of events told."""

from __future__ import annotations

import ctypes
import os
import struct
from functools import cache
from typing import Any, NamedTuple

MODIFY = 0x0002
ATTRIB = 0x0004
CLOSE_WRITE = 0x0008
MOVED_FROM = 0x0040
MOVED_TO = 0x0080
CREATE = 0x0100
DELETE = 0x0200
DELETE_SELF = 0x0400
MOVE_SELF = 0x0800
UNMOUNT = 0x2000
OVERFLOW = 0x4000
IGNORED = 0x8000
ONLYDIR = 0x01000000
EXCL_UNLINK = 0x04000000

_HEAD = struct.Struct("=iIII")
_BUFFER = 1 << 16


class Event(NamedTuple):
    """One event."""

    watch: int
    """The watch descriptor; -1 for :data:`OVERFLOW`."""
    mask: int
    name: str
    """Of the entry, raw; ``""`` for the directory itself."""


class Inotify:
    """An inotify instance.

    Raises:
        OSError: there is none left for this user (EMFILE), or no descriptor.
    """

    def __init__(self) -> None:
        self.fd = _checked(_library().inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def add(self, path: str, mask: int) -> int:
        """Watch a directory; the same one again has the same descriptor.

        Raises:
            OSError: it is not there, may not be read (EACCES), or too many are watched (ENOSPC).
        """
        return _checked(_library().inotify_add_watch(self.fd, os.fsencode(path), ctypes.c_uint32(mask)))

    def remove(self, watch: int) -> None:
        """Watch a directory no more; nothing where the kernel has ended the watch already."""
        _library().inotify_rm_watch(self.fd, watch)

    def read(self) -> list[Event]:
        """The events that wait, some thousand at most; empty when there are none."""
        try:
            data = os.read(self.fd, _BUFFER)
        except BlockingIOError:
            return []
        events = []
        at = 0
        while at < len(data):
            watch, mask, _, length = _HEAD.unpack_from(data, at)
            at += _HEAD.size
            name = data[at : at + length].rstrip(b"\0")
            at += length
            events.append(Event(watch, mask, os.fsdecode(name)))
        return events

    def close(self) -> None:
        """End all watches."""
        os.close(self.fd)


@cache
def _library() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
