"""Running a program in the terminal, in the place of this one, and waiting for its end."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from osexplorer.model.command_line import Command, parse_command
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch, Place
from osexplorer.model.programs import Ended
from osexplorer.system import launch as launching
from osexplorer.system import reaper
from osexplorer.system.launch import Launched
from osexplorer.system.reaper import Reaped

_AGAIN_SECONDS = 0.01
_KEYBOARD = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)
_TERMINAL = 2  # the screen is drawn on standard error, so that standard output may be a pipe


def first_there(lines: Sequence[str], variables: Mapping[str, str]) -> str | None:
    """The first command line whose program there is, in the child's ``PATH``; None when there is none."""
    for line in lines:
        try:
            program = parse_command(line, "argv").program
        except Refused:
            continue
        if shutil.which(program, path=variables.get("PATH", os.defpath)) is not None:
            return line
    return None


def has_keyboard() -> bool:
    """Whether this program's process group is in the foreground of its terminal, so that Ctrl+C reaches all of it."""
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:  # no controlling terminal
        return False
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(fd)


def run_here(command: Command, cwd: str, variables: Mapping[str, str]) -> Ended:
    """Run `command` with this program's terminal and wait for it. The terminal must have been given back.

    Raises:
        CallError: it cannot be started; as :func:`osexplorer.system.launch.launch`.
    """
    reaped = run(Launch(command, cwd=cwd, environment=variables, place=Place.FOREGROUND))[1]
    return Ended(os.path.basename(command.program), reaped.status)


def run(launch: Launch) -> tuple[Launched, Reaped]:
    """Run a program with this program's terminal, in its process group, and wait for it; its exit descriptor is closed
    then. Ctrl+Z stops both.

    Raises:
        Refused, CallError: as :func:`osexplorer.system.launch.launch`.
    """
    launched = start(launch)
    try:
        while (reaped := wait(launched)) is None:
            os.kill(launched.pid, signal.SIGCONT)  # it has stopped alone, and nobody would be told
    finally:
        reaper.close(launched.exit_fd)
    return launched, reaped


def start(launch: Launch, own_group: bool = False) -> Launched:
    """Start a program with this program's terminal.

    Args:
        own_group: whether it gets a process group, so that it can be stopped by itself; see :func:`terminal_given`.

    Raises:
        Refused, CallError: as :func:`osexplorer.system.launch.launch`.
    """
    kept = -1 if os.isatty(1) else os.dup(1)
    try:
        if kept >= 0:  # an editor needs a terminal, not the pipe that takes what is chosen
            os.dup2(_TERMINAL, 1)
        return launching.launch(launch, own_group)
    except BaseException:
        if own_group:
            _give(os.getpgrp())
        raise
    finally:
        if kept >= 0:
            os.dup2(kept, 1)
            os.close(kept)


def wait(launched: Launched) -> Reaped | None:
    """Wait until the program has ended, or has stopped: then None. Which signal has stopped it is left to be asked."""
    reaper.wait_for_change(launched.pid)
    while (reaped := reaper.reap(launched.pid, launched.own_peak, None)) is None:
        if reaper.has_stopped(launched.pid):
            return None
        time.sleep(_AGAIN_SECONDS)  # a tracer has it for a moment
    return reaped


def stopped_by(launched: Launched) -> int | None:
    """Which signal has stopped the program; None when it goes on already."""
    return reaper.stop_change(launched.pid) or None


@contextmanager
def terminal_given() -> Iterator[Callable[[int], None]]:
    """Meanwhile a process group has the terminal, as a shell's job has it: Ctrl+C and Ctrl+Z go there.

    Yields:
        What is to be told which group, once it is there.
    """
    ours = False

    def belong_to(group: int) -> None:
        nonlocal ours
        ours = _holder() in (os.getpgrp(), group)
        if ours:
            _give(group)

    try:
        yield belong_to
    finally:
        if ours:
            _give(os.getpgrp())


@contextmanager
def keys_handed_on() -> Iterator[Callable[[int], None]]:
    """Meanwhile Ctrl+C, Ctrl+\\ and Ctrl+Z, which come here, go to a program that leads a session of its own: no
    terminal can be given to it. Ctrl+Z stops it for good, as nothing else would: setsid(2) has made its group an
    orphaned one.

    Yields:
        What is to be told its pid once it has been started; keys that came before go to it then.
    """
    program = 0
    early: list[int] = []

    def hand_on(number: int, frame: FrameType | None) -> None:
        if not program:
            early.append(number)
            return
        with suppress(ProcessLookupError, ChildProcessError, PermissionError):
            reaper.has_stopped(program)  # fails once its number is free
            os.killpg(program, signal.SIGSTOP if number == signal.SIGTSTP else number)

    def belong_to(pid: int) -> None:
        nonlocal program
        program = pid
        for number in early:
            hand_on(number, None)

    with _unheard_by_the_loop(_KEYBOARD):
        before = {number: signal.signal(number, hand_on) for number in _KEYBOARD}
        try:
            yield belong_to
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _unheard_by_the_loop(numbers: Sequence[int]) -> Iterator[None]:
    """The event loop learns of every signal by a byte, whoever has handled it: meanwhile, not of these."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    loops = signal.set_wakeup_fd(writer)
    try:
        yield
    finally:
        signal.set_wakeup_fd(loops)
        with suppress(BlockingIOError):
            heard = bytes(number for number in os.read(reader, 65536) if number not in numbers)
            if loops >= 0:
                os.write(loops, heard)
        os.close(reader)
        os.close(writer)


def go_on(group: int) -> None:
    """Continue a group that has stopped."""
    with suppress(ProcessLookupError):  # it has ended meanwhile
        os.killpg(group, signal.SIGCONT)


def _holder() -> int | None:
    """The process group that has the terminal; None where there is no terminal."""
    try:
        return os.tcgetpgrp(0)
    except OSError:
        return None


def _give(group: int) -> None:
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # it stops who takes the terminal back
    try:
        with suppress(OSError):  # the group is gone, or the terminal, or there is none
            os.tcsetpgrp(0, group)
    finally:
        signal.signal(signal.SIGTTOU, before)
