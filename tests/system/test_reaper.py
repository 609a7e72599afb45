"""How children end, and processes whose parent is another."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from osexplorer.model.calls import Call
from osexplorer.model.command_line import command_of
from osexplorer.model.errors import Gone, Unsupported
from osexplorer.model.launch import Launch, Place
from osexplorer.system import calls, reaper
from osexplorer.system import launch as launching
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


def test_the_figure_of_wait4_is_the_childs_own_only_where_it_is_clear_of_our_peak() -> None:
    def peak_of(own_peak: int) -> tuple[int | None, bool]:
        pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 0"], os.environ)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        reaped = reaper.reap(pid, own_peak, 1234)
        assert reaped is not None
        return reaped.rusage.max_rss, reaped.rusage.max_rss_sampled

    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 0"], os.environ)
    figure = os.wait4(pid, 0)[2].ru_maxrss * 1024
    assert peak_of(figure - (64 << 10)) == (1234, True)  # a page or two more may still be ours
    exact, sampled = peak_of(0)
    assert exact is not None and exact > 1234 and not sampled


def test_a_peak_that_grows_until_the_launch_is_taken_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = iter([5 << 20, 77 << 20])
    monkeypatch.setattr(launching, "peak_rss", lambda: next(peaks))
    launched = launching.launch(Launch(command_of(["true"]), place=Place.FOREGROUND))
    assert launched.own_peak == 77 << 20
    os.waitpid(launched.pid, 0)
    reaper.close(launched.exit_fd)
