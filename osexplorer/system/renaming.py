"""Giving an entry another name without ever overwriting one: renameat2(2) with ``RENAME_NOREPLACE``, renamex_np(2) on
macOS.

`os.rename` replaces a file, and even an empty directory, without a word. Python has no binding for what does not.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from osexplorer.model.display import display
from osexplorer.model.errors import Refused, call_error
from osexplorer.model.operations import Target
from osexplorer.model.status import FileId
from osexplorer.system import calls

_NOREPLACE = 1  # linux/fs.h
_EXCHANGE = 2
_RENAME_SWAP, _RENAME_EXCL = 2, 4  # sys/stdio.h of macOS
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | getattr(os, "O_PATH", 0)


@cache
def _function() -> Callable[..., Any] | None:
    """The C library's call; None where it has none."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        call = getattr(library, "renameatx_np", None)
    else:
        call = getattr(library, "renameat2", None)
    if call is not None:
        call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return call


def _rename(from_fd: int, old: str, to_fd: int, new: str, flag: int) -> None:
    import ctypes

    call = _function()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if sys.platform == "darwin":
        flag = _RENAME_EXCL if flag == _NOREPLACE else _RENAME_SWAP
    if call(from_fd, os.fsencode(old), to_fd, os.fsencode(new), flag):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def rename(from_fd: int, old: str, to_fd: int, new: str) -> None:
    """Rename an entry of one open directory into another; what has the new name is never overwritten.

    Where the file system cannot promise that, a file gets its new name as a hard link before it loses the old one; a
    directory is refused when the name is seen to be taken.

    Raises:
        OSError: EEXIST: the name is taken. EXDEV: the directories are on different file systems. And as rename(2).
    """
    try:
        _rename(from_fd, old, to_fd, new, _NOREPLACE)
        return
    except OSError as error:
        if error.errno == errno.EEXIST and _is_same_under_other_case(from_fd, old, to_fd, new):
            os.rename(old, new, src_dir_fd=from_fd, dst_dir_fd=to_fd)
            return
        if error.errno not in _CANNOT:
            raise
        cannot = error
    status = os.stat(old, dir_fd=from_fd, follow_symlinks=False)
    if not stat.S_ISDIR(status.st_mode):
        with contextlib.suppress(PermissionError, NotImplementedError):  # a file system without hard links
            os.link(old, new, src_dir_fd=from_fd, dst_dir_fd=to_fd, follow_symlinks=False)
            os.unlink(old, dir_fd=from_fd)
            return
    try:
        os.stat(new, dir_fd=to_fd, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(old, new, src_dir_fd=from_fd, dst_dir_fd=to_fd)
    else:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from cannot


def exchange(from_fd: int, old: str, to_fd: int, new: str) -> None:
    """Let two entries change places, in one step.

    Raises:
        OSError: EINVAL, ENOSYS: it cannot be done there. And as rename(2).
    """
    _rename(from_fd, old, to_fd, new, _EXCHANGE)


def _is_same_under_other_case(from_fd: int, old: str, to_fd: int, new: str) -> bool:
    """Whether the name is taken by the very entry, on a file system that does not tell case apart."""
    if old == new or old.casefold() != new.casefold():
        return False
    try:
        one = os.stat(old, dir_fd=from_fd, follow_symlinks=False)
        other = os.stat(new, dir_fd=to_fd, follow_symlinks=False)
    except OSError:
        return False
    same = (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
    return same and (one.st_nlink == 1 or stat.S_ISDIR(one.st_mode))


@contextlib.contextmanager
def directory(path: str) -> Iterator[int]:
    """A descriptor of directory `path`, a link to one followed.

    Raises:
        CallError: it cannot be opened (os.open).
    """
    fd = calls.read(os.open, path, _DIRECTORY)
    try:
        yield fd
    finally:
        os.close(fd)


def identity(directory_fd: int, name: str, path: str) -> FileId:
    """Which entry has the name now.

    Raises:
        CallError: there is none (os.lstat).
    """
    try:
        status = os.stat(name, dir_fd=directory_fd, follow_symlinks=False)
    except OSError as error:
        raise call_error(error, "os.lstat", path) from error
    return FileId(status.st_dev, status.st_ino)


def check(target: Target, directory_fd: int) -> None:
    """See that the entry is the one that was shown.

    Raises:
        Refused: another one has its name now.
        CallError: it is gone.
    """
    if not target.id.same_file(identity(directory_fd, target.name, target.path)):
        raise Refused(f"{display(target.path)} was replaced since it was shown: another file has that name now")


def move(target: Target, new: str) -> None:
    """Give an entry the path `new`, on the same file system.

    Raises:
        Refused: another entry is at its path now. Nothing is changed.
        CallError: Exists: the name is taken; EXDEV: it is on another file system; and as rename(2).
    """
    with directory(os.path.dirname(target.path)) as from_fd, directory(os.path.dirname(new)) as to_fd:
        check(target, from_fd)
        started, begin = time.time_ns(), time.perf_counter_ns()
        failure: OSError | None = None
        try:
            rename(from_fd, target.name, to_fd, os.path.basename(new))
        except OSError as error:
            failure = error
        note = "nothing is overwritten: renameat2 with RENAME_NOREPLACE"
        spent = time.perf_counter_ns() - begin
        calls.record(
            "os.rename", target.path, new, started=started, duration=spent, error=failure, change=True, note=note
        )
        if failure is not None:
            taken = failure.errno == errno.EEXIST
            raise call_error(failure, "os.rename", new if taken else target.path) from failure
