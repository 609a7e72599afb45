"""What makes a file the same as another: its content, holes included, and all that is kept about it.

See copy_file_range(2), ioctl_ficlone(2), lseek(2) for ``SEEK_HOLE``, xattr(7).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from typing import Any

from osexplorer.model.acl import Tag, parse_acl
from osexplorer.model.attribute_names import ACL_ATTRIBUTE, DEFAULT_ACL_ATTRIBUTE
from osexplorer.model.owner import CAPABILITY_ATTRIBUTE
from osexplorer.model.tasks import Progress

_FICLONE = 0x40049409
_CHUNK = 4 * 1024 * 1024
_CANNOT = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM, errno.EBADF)
_SPECIAL = 0o6000
_WORDS = {ACL_ATTRIBUTE: "ACL", DEFAULT_ACL_ATTRIBUTE: "default ACL", CAPABILITY_ATTRIBUTE: "capabilities"}


def copy_content(source: int, made: int, size: int, path: str, progress: Progress) -> bool:
    """Copy what is in one open file to another, holes as holes; whether the copy is of one moment.

    Args:
        size: bytes of the source; 0 for one that the kernel makes, which is read to its end.

    Raises:
        OSError: as read(2) and write(2).
        Cancelled: the task was cancelled.
    """
    if size and _clone(source, made):
        progress.advance(size, path)
        return True
    before = os.fstat(source).st_mtime_ns
    if not size:  # a file that the kernel makes says so, whatever is in it
        while part := os.read(source, _CHUNK):
            _write(made, part, None)
            progress.checkpoint()
        return True
    at, by_kernel = 0, hasattr(os, "copy_file_range")
    end = size
    while at < end:
        at_before = at
        start, stop = _extent(source, at, end)
        progress.advance(start - at, path)
        at = start
        while at < stop:
            progress.checkpoint()
            count, by_kernel = _some(source, made, at, min(_CHUNK, stop - at), by_kernel)
            if not count:  # it has become shorter meanwhile
                end = stop = at
            at += count
            progress.advance(count, path)
        if at == at_before:
            break
    os.ftruncate(made, end)
    after = os.fstat(source)
    return (after.st_size, after.st_mtime_ns) == (size, before)


def dress(made: int, source: int, status: os.stat_result) -> tuple[str, ...]:
    """Give an open copy the owner, attributes, mode and times of its source; setuid and setgid only with the owner.

    What the file system cannot keep, or we may not set, is left out, as ``cp --preserve`` without root does. Nobody is
    let in by that: an ACL that the directory hands down is taken off, and where one cannot be kept, its mask lends the
    group nothing.

    Returns:
        what is left out, in words.
    """
    now = os.fstat(made)
    owned = (now.st_uid, now.st_gid) == (status.st_uid, status.st_gid) or _quietly(
        os.chown, made, status.st_uid, status.st_gid
    )
    lost = [] if owned else ["owner"]
    if not owned:
        _quietly(os.chown, made, -1, status.st_gid)
    mode = stat.S_IMODE(status.st_mode)
    if hasattr(os, "listxattr"):
        missed = _copy_attributes(source, made, owned)
        if ACL_ATTRIBUTE in missed:
            mode &= ~stat.S_IRWXG | _group_bits(os.getxattr(source, ACL_ATTRIBUTE))
        lost += sorted({_WORDS.get(name, "attributes") for name in missed})
    if not owned:
        mode &= ~_SPECIAL
    os.chmod(made, mode)
    if stat.S_IMODE(os.fstat(made).st_mode) != stat.S_IMODE(status.st_mode):
        lost.append("mode")
    os.utime(made, ns=(status.st_atime_ns, status.st_mtime_ns))
    return tuple(lost)


def _copy_attributes(source: int, made: int, owned: bool) -> list[str]:
    """Which ones could not be kept."""
    try:
        names = os.listxattr(source)
    except OSError:  # the file system has none
        names = []
    missed = [
        name
        for name in names
        if (name == CAPABILITY_ATTRIBUTE and not owned) or not _quietly(_copy_attribute, source, made, name)
    ]
    with contextlib.suppress(OSError):
        for name in set(os.listxattr(made)).intersection((ACL_ATTRIBUTE, DEFAULT_ACL_ATTRIBUTE)).difference(names):
            os.removexattr(made, name)
    return missed


def _group_bits(acl: bytes) -> int:
    """What an ACL gives to the group of the file itself, as bits of a mode."""
    return next((entry.permissions << 3 for entry in parse_acl(acl) if entry.tag is Tag.GROUP_OBJ), 0)


def _copy_attribute(source: int, made: int, name: str) -> None:
    os.setxattr(made, name, os.getxattr(source, name))


def dress_by_name(directory_fd: int, name: str, status: os.stat_result) -> tuple[str, ...]:
    """As :func:`dress`, for what is not opened: a link, a FIFO, a device. Attributes are not looked at."""
    owned = _quietly(os.chown, name, status.st_uid, status.st_gid, dir_fd=directory_fd, follow_symlinks=False)
    if not stat.S_ISLNK(status.st_mode):
        mode = stat.S_IMODE(status.st_mode)
        _set_mode(directory_fd, name, mode if owned else mode & ~_SPECIAL)
    os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns), dir_fd=directory_fd, follow_symlinks=False)
    return () if owned else ("owner",)


def _set_mode(directory_fd: int, name: str, mode: int) -> None:
    """Never through a link that somebody puts there; see open(2) on ``O_PATH``."""
    if not hasattr(os, "O_PATH"):
        os.chmod(name, mode, dir_fd=directory_fd, follow_symlinks=False)
        return
    fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory_fd)
    try:
        os.chmod(f"/proc/self/fd/{fd}", mode)
    finally:
        os.close(fd)


def _quietly(function: Callable[..., Any], *args: Any, **options: Any) -> bool:
    """Whether it could be done."""
    try:
        function(*args, **options)
    except OSError:
        return False
    return True


def _clone(source: int, made: int) -> bool:
    """Let both share the same blocks until one is written to; whether the file system can."""
    import fcntl

    return _quietly(fcntl.ioctl, made, _FICLONE, source) if hasattr(os, "copy_file_range") else False


def _extent(source: int, at: int, end: int) -> tuple[int, int]:
    """The next part that holds data, from `at` on: both its ends; `end` twice where only a hole is left."""
    try:
        start = os.lseek(source, at, os.SEEK_DATA)
        return start, min(os.lseek(source, start, os.SEEK_HOLE), end)
    except OSError as error:
        return (end, end) if error.errno == errno.ENXIO else (at, end)


def _some(source: int, made: int, at: int, count: int, by_kernel: bool) -> tuple[int, bool]:
    """Copy some bytes; how many (0 where the source ends), and whether the kernel can do it."""
    if by_kernel:
        try:
            return os.copy_file_range(source, made, count, at, at), True
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
    part = os.pread(source, min(count, 1024 * 1024), at)
    _write(made, part, at)
    return len(part), False


def _write(made: int, part: bytes, at: int | None) -> None:
    view = memoryview(part)
    while view:
        count = os.write(made, view) if at is None else os.pwrite(made, view, at)
        view = view[count:]
        at = None if at is None else at + count
