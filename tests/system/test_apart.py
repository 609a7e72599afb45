"""Work in a process of its own: it needs a program with one thread, so each test runs one."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import DEADLINE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="made for Linux: it needs prctl(2)")

_BEGIN = """
import os, sys, time
from osexplorer.system.apart import Apart, can_fork
assert can_fork()
"""


def ran(source: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", _BEGIN + source, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_yielded_arrives_in_order_and_nothing_is_left_of_the_process() -> None:
    source = """
items = list(Apart(lambda: (b"x" * size for size in (0, 1, 3_000_000, 5)), "/somewhere"))
print([len(item) for item in items])
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no child")
"""
    assert ran(source) == "[0, 1, 3000000, 5]\nno child\n"


def test_it_is_another_process_without_our_terminal() -> None:
    source = """
print(os.getpid() not in Apart(lambda: [os.getpid()], ""))
print(list(Apart(lambda: [os.readlink(f"/proc/self/fd/{number}") for number in range(3)], "")))
"""
    assert ran(source) == "True\n['/dev/null', '/dev/null', '/dev/null']\n"


def test_an_error_comes_after_what_was_yielded_before_it() -> None:
    source = """
from osexplorer.system.files import scan
def work():
    yield 1
    yield from scan(sys.argv[1], 1)
got = []
try:
    for item in Apart(work, ""):
        got.append(item)
except Exception as error:
    print(got, type(error).__name__, error.call, error.path, error.hint != "")
"""
    assert ran(source, "/nowhere/at/all") == "[1] NotFound os.open /nowhere/at/all True\n"


def test_a_process_that_was_killed_leaves_no_whole_result() -> None:
    source = """
def work():
    yield os.getpid()
    time.sleep(600)
got = []
try:
    for pid in Apart(work, "/somewhere"):
        got.append(pid)
        os.kill(pid, 9)
except OSError as error:
    print(len(got), error.code, error.path)
"""
    assert ran(source) == "1 ECANCELED /somewhere\n"


def test_nobody_has_to_wait_for_what_is_not_wanted_any_more() -> None:
    source = """
import itertools
for item in Apart(itertools.count, ""):
    if item == 1000:
        break
print("ended")
"""
    assert ran(source) == "ended\n"


def test_an_ignored_sigchld_is_no_trouble() -> None:
    source = """
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print(list(Apart(lambda: [1, 2], "")))
"""
    assert ran(source) == "[1, 2]\n"


def test_it_ends_with_the_program_even_where_that_is_killed() -> None:
    source = """
def work():
    yield os.getpid()
    time.sleep(600)
for pid in Apart(work, ""):
    print(pid, flush=True)
"""
    program = subprocess.Popen([sys.executable, "-c", _BEGIN + source], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    with program.stdout as output:
        pid = int(output.readline())
        held = os.pidfd_open(pid)
        try:
            program.send_signal(signal.SIGKILL)
            program.wait()
            assert select.select([held], [], [], DEADLINE)[0], "it goes on"
        finally:
            os.close(held)


def test_with_two_threads_there_is_none() -> None:
    source = """
import threading
go_on = threading.Event()
thread = threading.Thread(target=go_on.wait)
thread.start()
print(can_fork())
go_on.set()
thread.join()
"""
    assert ran(source) == "False\n"


_FIRST = """
from osexplorer.model.settings import Settings
from osexplorer.services.reading import Begun, Part, first_arrangement
from osexplorer.system import calls
def told(apart):
    made = []
    with calls.recording(made.append):
        begun = Begun(sys.argv[1], first_arrangement(Settings()), apart=apart)
        print(type(begun._source).__name__)
        names = {}
        try:
            for item in begun.items():
                if isinstance(item, Part):
                    names |= dict(zip(item.batch.names, zip(item.batch.kinds, item.batch.inodes)))
                    head = list(item.head)
        except Exception as error:
            return repr(error), [(call.function, call.arguments, call.note, call.errno) for call in made]
    return names, head, [(call.function, call.arguments, call.note, call.errno) for call in made]
print(told(True) == told(False))
"""


@pytest.mark.parametrize("there", [True, False])
def test_a_first_reading_tells_the_same_from_a_process_as_from_a_thread(tmp_path: Path, there: bool) -> None:
    for number in range(1500):
        (tmp_path / f"file{number}").touch()
    (tmp_path / "directory").mkdir()
    place = tmp_path if there else tmp_path / "gone"
    assert ran(_FIRST, str(place)) == "Apart\ngenerator\nTrue\n"
