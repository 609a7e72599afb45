"""Files held by ``O_PATH`` descriptors: changing their mode, and letting many of them go."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import cast

FCHMODAT2 = 452  # Linux 6.6; the number is the same on every machine but alpha
AT_EMPTY_PATH = 0x1000

SetMode = Callable[[int, int, bytes, int, int], int]
"""Called as ``set_mode(FCHMODAT2, fd, b"", mode, AT_EMPTY_PATH)``: 0 where the mode was set. It is a bare system call,
for who calls it a million times; where it was not set, chmod(2) of ``/proc/self/fd`` is to be asked, which says why."""


@cache
def mode_setter() -> SetMode:
    """fchmodat2(2), which needs no ``/proc``; where the system has not got it, a function that never sets anything."""
    if not sys.platform.startswith("linux"):
        return _cannot
    import ctypes

    asked = ctypes.CDLL(None, use_errno=True).syscall
    asked(FCHMODAT2, -1, b"", 0, AT_EMPTY_PATH)
    if ctypes.get_errno() != errno.EBADF:
        return _cannot
    # No argtypes: ctypes takes int and bytes as they are, and would make an object of each for a declared type
    return cast(SetMode, ctypes.CDLL(None).syscall)


def _cannot(number: int, fd: int, path: bytes, mode: int, flags: int) -> int:
    return -1


def close_all(fds: list[int]) -> None:
    """Close descriptors of ours; by one system call where their numbers follow one another, for then all between the
    first and the last are ours. The list is empty afterwards.
    """
    if not fds:
        return
    fds.sort()
    single = 0
    while len(fds) - single > 1 and fds[-1] - fds[single] != len(fds) - 1 - single:
        single += 1
    for fd in fds[:single]:
        os.close(fd)
    if len(fds) > single:
        os.closerange(fds[single], fds[-1] + 1)
    fds.clear()
