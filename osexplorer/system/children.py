"""Signals to child processes, through the descriptors that stand for them; see :mod:`.launch`."""

from __future__ import annotations

import errno
import os
import signal
import sys

from osexplorer.model.calls import Source
from osexplorer.model.errors import CallError, call_error
from osexplorer.system import calls

_PIDFD_SIGNAL_PROCESS_GROUP = 1 << 2  # Linux 6.9, pidfd_send_signal(2)

if sys.platform == "linux":

    def send_signal(pid: int, exit_fd: int, number: int, reaped: bool) -> None:
        """Send a signal to the process that `exit_fd` stands for; its number may have passed to another by now.

        Raises:
            Gone: it has been reaped.
            Denied: it runs as another user by now.
        """
        shown = (Source(f"os.pidfd_open({pid})"), number)
        calls.change_as(shown, "through the pidfd held since its launch", signal.pidfd_send_signal, exit_fd, number)

    def send_group_signal(pid: int, exit_fd: int, number: int, reaped: bool) -> None:
        """Send a signal to every process of the group that the child leads, also when the child itself is gone.

        Raises:
            Gone: the group is empty.
            Denied: not one of them may be signalled.
        """
        try:
            calls.change_as(
                (Source(f"os.pidfd_open({pid})"), number, None, _PIDFD_SIGNAL_PROCESS_GROUP),
                "the process group, through the pidfd held since its launch",
                signal.pidfd_send_signal,
                exit_fd,
                number,
                None,
                _PIDFD_SIGNAL_PROCESS_GROUP,
            )
        except CallError as error:
            if error.errno != errno.EINVAL:
                raise
        else:
            return
        # Before Linux 6.9 a group is named by number only, which is safe as long as its leader is not reaped.
        if reaped:
            raise call_error(ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH)), "os.killpg")
        calls.change(os.killpg, pid, number)

else:

    def send_signal(pid: int, exit_fd: int, number: int, reaped: bool) -> None:
        """Send a signal to child `pid`; its number cannot pass to another before it is reaped.

        Raises:
            Gone: it has been reaped.
            Denied: it runs as another user by now.
        """
        if reaped:
            raise call_error(ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH)), "os.kill")
        calls.change(os.kill, pid, number)

    def send_group_signal(pid: int, exit_fd: int, number: int, reaped: bool) -> None:
        """Send a signal to every process of the group that the child leads.

        Raises:
            Gone: the child has been reaped, so its group can no longer be named safely.
            Denied: not one of them may be signalled.
        """
        if reaped:
            raise call_error(ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH)), "os.killpg")
        calls.change(os.killpg, pid, number)
