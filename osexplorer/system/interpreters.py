"""What a program names to be run with, as execve(2) and elf(5) say: the line after ``#!``, or the dynamic linker."""

from __future__ import annotations

import os
import struct

_HEAD = 256  # BINPRM_BUF_SIZE: of a script's first line the kernel sees no more
_PT_INTERP = 3
_MOST_HEADERS = 64
_LONGEST = 4096


def format_of(path: str, device: int, inode: int) -> tuple[str, str] | None:
    """(``script``, ``ELF`` or ``""``; the interpreter's name or ``""``; raw), without touching the access time if
    that is possible; None where it cannot be read, or is another file now.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        try:
            fd = os.open(path, flags | getattr(os, "O_NOATIME", 0))
        except PermissionError:
            fd = os.open(path, flags)
    except OSError:  # we may not read it, and somebody else may run it all the same
        return None
    try:
        status = os.fstat(fd)
        if (status.st_dev, status.st_ino) != (device, inode):
            return None
        head = os.pread(fd, _HEAD, 0)
        if head.startswith(b"#!"):
            return "script", _script(head)
        if head.startswith(b"\x7fELF"):
            return "ELF", _linker(fd, head)
        return "", ""
    except OSError:
        return None
    finally:
        os.close(fd)


def _script(head: bytes) -> str:
    line = head[2:].split(b"\n", 1)[0].split(b"\0", 1)[0]
    words = line.replace(b"\t", b" ").split(b" ")
    return os.fsdecode(next((word for word in words if word), b""))


def _linker(fd: int, head: bytes) -> str:
    """What the program header PT_INTERP names; ``""`` for a program that is linked statically."""
    try:
        order = "<" if head[5] == 1 else ">"
        if head[4] == 2:
            (offset,) = struct.unpack_from(f"{order}Q", head, 32)
            size, count = struct.unpack_from(f"{order}HH", head, 54)
            place = f"{order}8xQ16xQ"
        else:
            (offset,) = struct.unpack_from(f"{order}I", head, 28)
            size, count = struct.unpack_from(f"{order}HH", head, 42)
            place = f"{order}4xI8xI"
        table = os.pread(fd, size * min(count, _MOST_HEADERS), offset)
        for at in range(0, len(table), size or len(table) + 1):
            if struct.unpack_from(f"{order}I", table, at)[0] == _PT_INTERP:
                start, length = struct.unpack_from(place, table, at)
                return os.fsdecode(os.pread(fd, min(length, _LONGEST), start).split(b"\0", 1)[0])
    except (struct.error, IndexError, OverflowError, ValueError):  # cut off, or not what it says it is
        return ""
    return ""
