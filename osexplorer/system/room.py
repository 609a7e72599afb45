"""Room for descriptors: a child takes three or four, and the soft limit is often 1024; getrlimit(2), RLIMIT_NOFILE."""

from __future__ import annotations

import contextlib
import resource
import sys
import threading

_MOST = 65536
_NEAR = 0.6  # of the limit: descriptors are given out from below, so the number of a new one tells how many there are
_lock = threading.Lock()
_before: tuple[int, int] | None = None


def make_room(fd: int) -> None:
    """Raise this program's soft limit once descriptor `fd` has come near it. Does nothing where that is not allowed."""
    global _before
    with _lock:
        if _before is not None:
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY or fd < soft * _NEAR:
            return
        most = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
        if most > soft:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
                _before = (soft, hard)


def give_limit_back(pid: int) -> None:
    """Give a child the limit that this program was started with, should it have raised its own: right after the
    child's program was executed, which is as early as can be without a fork."""
    if _before is not None and sys.platform == "linux":
        with contextlib.suppress(OSError):  # it has ended, or is another user's by now
            resource.prlimit(pid, resource.RLIMIT_NOFILE, _before)


def take_back() -> None:
    """Go back to the limit that this program was started with, for a program that is to be executed in its place."""
    global _before
    with _lock:
        if _before is not None:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, _before)
                _before = None
