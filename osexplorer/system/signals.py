"""Sending a signal to exactly the process that was meant.

Linux 5.3 and later: through a pidfd (pidfd_open(2)), which stands for the process and not for its number. It is opened
before a person is asked, so that a number used again meanwhile cannot redirect the signal. Elsewhere: kill(2) right
after a check of the start time.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import sys

from osexplorer.model.calls import Source
from osexplorer.model.errors import call_error
from osexplorer.model.processes import ProcessId
from osexplorer.system import calls
from osexplorer.system.process_details import no_such_process, process_id
from osexplorer.system.processes import Collector


class Target:
    """A process held for a signal. Give it back with :func:`release`."""

    __slots__ = ("fd", "process")

    def __init__(self, process: ProcessId, fd: int) -> None:
        self.process = process
        self.fd = fd
        """A pidfd; -1 where there is none."""


def hold(process: ProcessId, collector: Collector) -> Target:
    """Hold a process so that a signal can reach no other.

    Args:
        collector: saw the process; its open descriptor proves that the number still means it.

    Raises:
        Gone: it exited, or its number is another's by now.
        Exhausted: no descriptor is left.
    """
    target = Target(process, _pidfd(process.pid))
    if not collector.confirm(process):
        release(target)
        raise no_such_process(process.pid)
    return target


def send(target: Target, number: int) -> None:
    """Send a signal.

    Raises:
        Gone: it has exited. A zombie too: the kernel accepts signals for it, and nothing happens.
        Denied: we may not.
        CallError: as kill(2) says (EINVAL: no such signal).
    """
    pid = target.process.pid
    if target.fd < 0:
        if process_id(pid) != target.process:
            raise no_such_process(pid)
        calls.change(os.kill, pid, number)
        return
    if exited(target):
        raise no_such_process(pid)
    _send_by_pidfd(target.fd, pid, number)


def exited(target: Target) -> bool:
    """Whether a held process has exited, whoever its parent is. Never blocks. False where there is no pidfd."""
    if target.fd < 0:
        return False
    poll = select.poll()
    poll.register(target.fd, select.POLLIN)
    return bool(poll.poll(0))


def release(target: Target) -> None:
    """Let go of a process. Never blocks; may be called twice."""
    if target.fd >= 0:
        os.close(target.fd)
        target.fd = -1


if sys.platform == "linux":

    def _pidfd(pid: int) -> int:
        """A pidfd; -1 where the kernel has none (before Linux 5.3, or forbidden by a sandbox)."""
        try:
            return os.pidfd_open(pid)
        except OSError as error:
            if error.errno in (errno.ENOSYS, errno.EPERM):
                return -1
            if error.errno == errno.EINVAL:  # the number of a thread, not of a process
                raise no_such_process(pid) from error
            raise call_error(error, "os.pidfd_open") from error

    def _send_by_pidfd(fd: int, pid: int, number: int) -> None:
        shown = (Source(f"os.pidfd_open({pid})"), number)
        calls.change_as(shown, f"through the pidfd of process {pid}", signal.pidfd_send_signal, fd, number)

else:

    def _pidfd(pid: int) -> int:
        """There are no pidfds here."""
        return -1

    def _send_by_pidfd(fd: int, pid: int, number: int) -> None:
        raise NotImplementedError
