"""Writing to what a child reads: a pipe, or its terminal. Never blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator

from osexplorer.model.errors import call_error
from osexplorer.system import calls

_PART = 256 * 1024


def write(fd: int, data: bytes) -> int:
    """Write as much as there is room for; returns how many bytes, 0 when there is none now.

    Raises:
        CallError: nobody reads it any more (EPIPE, EIO).
    """
    try:
        return os.write(fd, data)
    except BlockingIOError:
        return 0
    except OSError as error:
        raise call_error(error, "os.write") from error


def close(fd: int) -> None:
    """Close it: the reader of a pipe is told that nothing more comes."""
    os.close(fd)


def parts(path: str) -> Iterator[bytes]:
    """What is in a file, in parts.

    Raises:
        CallError: it cannot be read.
    """
    fd = calls.read(os.open, path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        while True:
            try:
                part = os.read(fd, _PART)
            except OSError as error:
                raise call_error(error, "os.read", path) from error
            if not part:
                return
            yield part
    finally:
        os.close(fd)
