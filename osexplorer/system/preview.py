"""Reading a little of a file, to show it: never a FIFO, a socket or a device, never more than a bound, never for long.

What is opened was looked at before (lstat) and is looked at again when it is open (fstat), so that nothing that was
put in its place meanwhile is read.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from typing import NamedTuple

from osexplorer.model.entry import Kind, kind_of
from osexplorer.model.errors import call_error
from osexplorer.model.order import natural_key
from osexplorer.model.preview import Content, Item, ItemsContent, NoContent, text_or_bytes
from osexplorer.system import archives, calls, mounts, pictures
from osexplorer.system.preview_bound import MOST_BYTES, MOST_ENTRIES, SECONDS, Bound

_CHUNK = 64 * 1024
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_O_NOATIME = getattr(os, "O_NOATIME", 0)

_KERNEL_MADE = frozenset(
    (
        "sysfs",
        "debugfs",
        "tracefs",
        "securityfs",
        "configfs",
        "cgroup",
        "cgroup2",
        "pstore",
        "efivarfs",
        "fusectl",
        "bpf",
    )
)
"""File systems on which reading a file can do things: their files are read only when a person asks for it."""

_PROC_HELD = frozenset({"kmsg", "kcore", "kpagecount", "kpageflags", "kpagecgroup", "pagemap", "mem", "trace_pipe"})
"""Files of procfs whose reading takes something away, or that hold memory."""

_NOT_OPENED = {
    Kind.FIFO: "A named pipe: opening it would wait for a writer, and reading would take what is meant for another",
    Kind.SOCKET: "A socket: it is connected to, not opened",
    Kind.CHARACTER_DEVICE: "A character device: opening it can do things",
    Kind.BLOCK_DEVICE: "A block device: it is not read here",
}


class Step(NamedTuple):
    """What is at a path: a symbolic link with its text, or something else."""

    kind: Kind
    target: str | None = None


def step(path: str) -> Step:
    """What is at `path`, the last link not followed.

    Raises:
        CallError: nothing is there, or it cannot be looked at (os.lstat, os.readlink).
    """
    kind = kind_of(calls.read(os.lstat, path).st_mode)
    return Step(kind, calls.read(os.readlink, path) if kind is Kind.SYMLINK else None)


def content(path: str, cancelled: Callable[[], bool] = lambda: False, asked: bool = False) -> Content:
    """What there is to see of `path`, which is no symbolic link.

    Args:
        cancelled: whether nobody waits for it any more; asked between the steps.
        asked: whether a person asked for it; otherwise what reading could change is left alone.

    Raises:
        CallError: it is not there, or cannot be opened or read.
    """
    bound = Bound(cancelled)
    status = calls.read(os.lstat, path)
    kind = kind_of(status.st_mode)
    if kind is Kind.DIRECTORY:
        return _directory(path, status, bound)
    if kind is not Kind.FILE:
        return NoContent(_NOT_OPENED.get(kind, "Not a file"))
    made = _file_system(path, status)
    if not asked and (made in _KERNEL_MADE or (made == "proc" and os.path.basename(path) in _PROC_HELD)):
        return NoContent(f"The kernel makes this file ({made}), and reading it can do things", held_back=True)
    fd = open_same(path, status)
    try:
        return _file(fd, path, status, bound)
    finally:
        os.close(fd)


def _file_system(path: str, status: os.stat_result) -> str:
    """The kind of file system that a file is on, told by its device, for a name may lead through links."""
    device = f"{os.major(status.st_dev)}:{os.minor(status.st_dev)}"
    mount = next((mount for mount in mounts.mounts() if mount.device == device), None) or mounts.mount_of(0, path)
    return mount.kind if mount is not None else ""


def open_same(path: str, status: os.stat_result, flags: int = 0) -> int:
    """A descriptor of the regular file or directory that `status` is about, opened for reading; without touching its
    time of access where that is allowed.

    Raises:
        CallError: it cannot be opened (os.open), or is another one now.
    """
    try:
        fd = os.open(path, _FLAGS | _O_NOATIME | flags)
    except PermissionError:  # O_NOATIME is for the owner, open(2)
        fd = calls.read(os.open, path, _FLAGS | flags)
    except OSError as error:
        calls.record("os.open", path, _FLAGS | flags, started=time.time_ns(), duration=0, error=error)
        raise call_error(error, "os.open", path) from error
    now = os.fstat(fd)
    same = (now.st_dev, now.st_ino, stat.S_IFMT(now.st_mode))
    if same != (status.st_dev, status.st_ino, stat.S_IFMT(status.st_mode)):
        os.close(fd)
        raise call_error(OSError(errno.ESTALE, "Another file was put in its place"), "os.open", path, "Look again")
    return fd


def read_some(fd: int, path: str, most: int, bound: Bound) -> tuple[bytes, bool]:
    """Up to `most` bytes from the beginning, and whether that was all.

    Raises:
        CallError: reading failed (os.read).
    """
    parts: list[bytes] = []
    size = 0
    started, begin = time.time_ns(), time.perf_counter_ns()
    whole = False
    try:
        while size <= most and not bound.reached():
            part = os.read(fd, min(_CHUNK, most + 1 - size))
            if not part:
                whole = True
                break
            parts.append(part)
            size += len(part)
    except OSError as error:
        calls.record("os.read", path, started=started, duration=time.perf_counter_ns() - begin, error=error)
        if not parts:
            raise call_error(error, "os.read", path) from error
    return b"".join(parts)[:most], whole


def _file(fd: int, path: str, status: os.stat_result, bound: Bound) -> Content:
    head = os.pread(fd, 512, 0) if status.st_size else b""
    for look in (pictures.picture, archives.archive):
        found = look(fd, path, status.st_size, head, bound)
        if found is not None:
            return found
    data, whole = read_some(fd, path, MOST_BYTES, bound)
    if not data:
        return NoContent("The file is empty" if whole else "Reading it was given up")
    return text_or_bytes(data, whole, status.st_size)


def _directory(path: str, status: os.stat_result, bound: Bound) -> Content:
    fd = open_same(path, status, os.O_DIRECTORY)
    items: list[Item] = []
    note = ""
    started, begin = time.time_ns(), time.perf_counter_ns()
    try:
        with os.scandir(fd) as entries:
            for entry in entries:
                if len(items) == MOST_ENTRIES:
                    note = f"more than {MOST_ENTRIES:,} entries: these came first"
                    break
                if not len(items) % 64 and bound.reached():
                    note = f"reading took more than {SECONDS:g} s: these came first"
                    break
                items.append(Item(entry.name, _kind(entry)))
    except OSError as error:
        note = f"incomplete: {error.strerror}"
    finally:
        os.close(fd)
    spent = time.perf_counter_ns() - begin
    calls.record("os.scandir", path, started=started, duration=spent, note=f"{len(items)} entries, for the preview")
    items.sort(key=lambda item: (item.kind is not Kind.DIRECTORY, natural_key(item.name)))
    return ItemsContent("directory", tuple(items), note)


def _kind(entry: os.DirEntry[str]) -> Kind:
    try:
        if entry.is_symlink():
            return Kind.SYMLINK
        if entry.is_dir(follow_symlinks=False):
            return Kind.DIRECTORY
        return Kind.FILE if entry.is_file(follow_symlinks=False) else Kind.OTHER
    except OSError:  # a file system without types, and the entry is gone again
        return Kind.OTHER
