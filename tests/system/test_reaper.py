"""How children end, and processes whose parent is another."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from osexplorer.model.calls import Call
from osexplorer.model.errors import Gone, Unsupported
from osexplorer.system import calls, reaper
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pidfds")


PARENT = """
import subprocess, sys
child = subprocess.Popen(["sh", "-c", f"read x; {sys.argv[1]}"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
sys.stdin.readline()
child.communicate(b"x\\n")
print("waited", flush=True)
sys.stdin.readline()
"""


def tells_of_others() -> bool:
    """Whether this kernel tells how processes have ended that are no children."""
    fd = os.pidfd_open(os.getpid())
    try:
        reaper.status_of_other(fd)
    except Unsupported:
        return False
    finally:
        os.close(fd)
    return tuple(map(int, os.uname().release.split("-")[0].split(".")[:2])) >= (6, 15)


@pytest.mark.skipif(not tells_of_others(), reason="Linux 6.15")
@pytest.mark.parametrize(("how", "status"), [("exit 7", 7 << 8), ("kill -9 $$", signal.SIGKILL), ("exit 0", 0)])
async def test_the_status_of_one_that_is_no_child_is_told_once_its_parent_has_waited(how: str, status: int) -> None:
    argv = [sys.executable, "-c", PARENT, how]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        fd = os.pidfd_open(int(parent.stdout.readline()))
        try:
            assert reaper.status_of_other(fd) is None
            parent.stdin.write(b"go\n")
            parent.stdin.flush()
            assert parent.stdout.readline() == b"waited\n"
            await until(lambda: reaper.status_of_other(fd) is not None, "the status")
            assert reaper.status_of_other(fd) == status
        finally:
            os.close(fd)
        parent.stdin.close()


def test_what_is_waited_for_is_recorded_once_and_what_is_not_there_is_told() -> None:
    log: list[Call] = []
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 5"], os.environ)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    with calls.recording(log.append):
        assert reaper.reap_adopted(pid, "sh") == 5 << 8
        assert reaper.reap_adopted(pid, "sh") is None
        with pytest.raises(Gone):
            reaper.reap(pid, 0, None)
    assert [(call.function, call.arguments[0]) for call in log] == [("os.wait4", pid)] * 3
    assert "adopted" in log[0].note and log[1].errno == errno.ECHILD
