"""What children wrote, as far as history keeps it: a file each, the oldest removed when there are too many."""

from __future__ import annotations

import contextlib
import os

from osexplorer.model.errors import NotFound, call_error
from osexplorer.system import calls
from osexplorer.system.json_lines import write_all

KEEP_BYTES = 16 << 20
"""Bytes of output kept in all."""


def save_output(directory: str, key: str, data: bytes) -> None:
    """Keep what the child with this key in history wrote.

    Raises:
        CallError: it cannot be written.
    """
    calls.read(os.makedirs, directory, 0o700, exist_ok=True)
    path = os.path.join(directory, key)
    fd = calls.read(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        write_all(fd, data, path)
    finally:
        os.close(fd)


def read_output(path: str, limit: int) -> tuple[bytes, int]:
    """The last `limit` bytes of a file at most, and how many there are in all.

    Raises:
        CallError: it is not there, or cannot be read.
    """
    fd = calls.read(os.open, path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(fd).st_size
        os.lseek(fd, max(size - limit, 0), os.SEEK_SET)
        with open(fd, "rb", closefd=False) as file:
            return file.read(limit), size
    except OSError as error:  # a directory or a FIFO is in its place
        raise call_error(error, "os.read", path) from error
    finally:
        os.close(fd)


def kept_outputs(directory: str) -> frozenset[str]:
    """The keys of those whose output is kept."""
    try:
        return frozenset(os.listdir(directory))
    except FileNotFoundError:  # as it should be before the first: nothing to tell
        return frozenset()
    except OSError as error:
        raise call_error(error, "os.listdir", directory) from error


def forget_outputs(directory: str, keys: frozenset[str]) -> None:
    """Remove these outputs, as far as they are there."""
    for key in kept_outputs(directory) & keys:
        with contextlib.suppress(NotFound):
            calls.change(os.unlink, os.path.join(directory, key))


def prune_outputs(directory: str, keep: int) -> None:
    """Remove the oldest, so that the rest stays within bounds.

    Names begin with the moment of the launch, in hexadecimal digits of steady number.
    """
    room = KEEP_BYTES
    try:
        with os.scandir(directory) as entries:
            newest = sorted(entries, key=lambda entry: entry.name, reverse=True)
    except FileNotFoundError:
        return
    for at, entry in enumerate(newest):
        with contextlib.suppress(FileNotFoundError):
            room -= entry.stat(follow_symlinks=False).st_size
            if at >= keep or room < 0:
                os.unlink(entry.path)
