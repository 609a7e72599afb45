"""The end of child processes: noticing it, taking the status and what was used.

A child's exit descriptor becomes readable when it has exited: a pidfd (pidfd_open(2), Linux 5.3) or a kqueue
(kqueue(2), EVFILT_PROC). Only here is waited, and only :func:`wait_for_change` blocks.
"""

from __future__ import annotations

import errno
import os
import struct
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from osexplorer.model.calls import Source
from osexplorer.model.children import Rusage
from osexplorer.model.errors import Gone, Unsupported, call_error
from osexplorer.system import calls

if TYPE_CHECKING:
    from resource import struct_rusage

_PIDFD_GET_INFO = 0xC040FF0B
_INFO_SIZE, _INFO_EXIT, _INFO_EXIT_CODE = 64, 1 << 3, 60
_INEXACT = 1 << 20
"""Bytes by which the kernel's figures of one process's memory differ from each other: it counts per processor."""
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2): kilobytes on Linux, bytes on macOS


class Reaped(NamedTuple):
    """How a child ended."""

    status: int
    """As wait(2) tells it."""
    rusage: Rusage


if sys.platform == "linux":

    def exit_descriptor(pid: int) -> int:
        """A descriptor that becomes readable when child `pid` has exited; see pidfd_open(2)."""
        return os.pidfd_open(pid)

else:

    def exit_descriptor(pid: int) -> int:
        """A descriptor that becomes readable when child `pid` has exited; see kqueue(2), EVFILT_PROC."""
        import select

        queue = select.kqueue()
        event = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD | select.KQ_EV_ONESHOT, select.KQ_NOTE_EXIT)
        try:
            queue.control([event], 0)
            return os.dup(queue.fileno())
        except ProcessLookupError:  # it has exited already; a pipe without a writer is readable
            reader, writer = os.pipe()
            os.close(writer)
            return reader
        finally:
            queue.close()


def reap(pid: int, own_peak: int, sampled_peak: int | None) -> Reaped | None:
    """Take the status of a child that has exited, and what it used; None if it has not exited yet. Never blocks.

    Args:
        own_peak: this process's peak memory when it had launched the child, or later.
        sampled_peak: the child's own peak, when it was last read.

    Raises:
        Gone: something else has reaped it.
    """
    waited = _wait(pid)
    if waited is None:
        return None
    status, usage = waited
    limit = usage.ru_maxrss * _MAXRSS_UNIT
    exact = limit > own_peak + _INEXACT
    return Reaped(
        status,
        Rusage(
            user=usage.ru_utime,
            system=usage.ru_stime,
            max_rss=limit if exact else sampled_peak,
            max_rss_sampled=not exact and sampled_peak is not None,
            max_rss_limit=limit,
            minor_faults=usage.ru_minflt,
            major_faults=usage.ru_majflt,
            voluntary_switches=usage.ru_nvcsw,
            involuntary_switches=usage.ru_nivcsw,
            blocks_in=usage.ru_inblock,
            blocks_out=usage.ru_oublock,
        ),
    )


def reap_adopted(pid: int, name: str) -> int | None:
    """Take the status of an adopted process that has ended; None if it has not, or somebody else has taken it. Never
    blocks."""
    try:
        waited = _wait(pid, f"{name} was adopted: its parent ended before it; ")
    except Gone:
        return None
    return None if waited is None else waited[0]


def _wait(pid: int, about: str = "") -> tuple[int, struct_rusage] | None:
    """wait4(2), recorded when it took something or failed.

    Raises:
        Gone: it is no child, or somebody else has taken its status.
    """
    started, begin = time.time_ns(), time.perf_counter_ns()
    error, note, status = None, "", 0
    usage = None
    try:
        got, status, usage = os.wait4(pid, os.WNOHANG)
        if not got:
            return None
        note = f"{about}rusage: user {usage.ru_utime:.3f} s, system {usage.ru_stime:.3f} s"
    except OSError as problem:
        error = problem
    calls.record(
        "os.wait4",
        pid,
        Source("os.WNOHANG"),
        started=started,
        duration=time.perf_counter_ns() - begin,
        result=None if error is not None else (pid, status),
        error=error,
        change=True,
        note=note,
    )
    if error is not None or usage is None:
        assert error is not None
        raise call_error(error, "os.wait4") from error
    return status, usage


def status_of_other(exit_fd: int) -> int | None:
    """How a process that is no child of this one has ended, as wait(2) tells it; None while its parent has not waited
    for it. Never blocks. See PIDFD_GET_INFO in the kernel's ``include/uapi/linux/pidfd.h`` (Linux 6.15).

    Raises:
        Unsupported: this system does not tell.
    """
    if sys.platform != "linux":
        raise Unsupported(errno.ENOSYS, "Only Linux tells how others' children have ended", "PIDFD_GET_INFO")
    import fcntl

    info = bytearray(_INFO_SIZE)
    struct.pack_into("=Q", info, 0, _INFO_EXIT)
    try:
        fcntl.ioctl(exit_fd, _PIDFD_GET_INFO, info)
    except OSError as error:  # of an older kernel: ENOTTY, EINVAL, or ESRCH once it is waited for
        raise Unsupported(error.errno or 0, "Linux before 6.15 does not tell", "PIDFD_GET_INFO") from error
    if not struct.unpack_from("=Q", info, 0)[0] & _INFO_EXIT:
        return None
    return int(struct.unpack_from("=i", info, _INFO_EXIT_CODE)[0])


def wait_for_change(pid: int) -> None:
    """Wait until child `pid` has ended or stopped: it blocks. Takes nothing; see waitid(2)."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)


def has_stopped(pid: int) -> bool:
    """Whether child `pid` has stopped since :func:`stop_change` was last asked. Never blocks, takes nothing."""
    info = os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
    return info is not None and info.si_pid != 0


def stop_changed() -> int | None:
    """The number of a child of this process that has stopped or gone on since :func:`stop_change` was last asked of it;
    None when none has. Never blocks, takes nothing; see waitid(2)."""
    try:
        info = os.waitid(os.P_ALL, 0, os.WSTOPPED | os.WCONTINUED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return info.si_pid or None if info is not None else None


def stop_change(pid: int) -> int | None:
    """Whether child `pid` has stopped or gone on since this was last asked: the signal that stopped it, 0 for gone on,
    None for neither. Never blocks, never reaps; see waitid(2)."""
    try:
        info = os.waitid(os.P_PID, pid, os.WSTOPPED | os.WCONTINUED | os.WNOHANG)
    except ChildProcessError:
        return None
    if info is None or not info.si_pid:
        return None
    return 0 if info.si_code == os.CLD_CONTINUED else info.si_status


def close(exit_fd: int) -> None:
    """Close an exit descriptor. Never blocks."""
    os.close(exit_fd)
