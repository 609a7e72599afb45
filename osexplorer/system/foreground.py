"""Running a program in the terminal, in the place of this one, and waiting for its end."""

from __future__ import annotations

import os
import select
import shutil
from collections.abc import Mapping, Sequence

from osexplorer.model.command_line import Command, parse_command
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch, Place
from osexplorer.model.programs import Ended
from osexplorer.system import launch as launching
from osexplorer.system import reaper
from osexplorer.system.launch import Launched
from osexplorer.system.reaper import Reaped

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


def run_here(command: Command, cwd: str, variables: Mapping[str, str]) -> Ended:
    """Run `command` with this program's terminal and wait for it. The terminal must have been given back.

    Raises:
        CallError: it cannot be started; as :func:`osexplorer.system.launch.launch`.
    """
    reaped = run(Launch(command, cwd=cwd, environment=variables, place=Place.FOREGROUND))[1]
    return Ended(os.path.basename(command.program), reaped.status)


def run(launch: Launch) -> tuple[Launched, Reaped]:
    """Run a program with this program's terminal and wait for it; its exit descriptor is closed then.

    Raises:
        Refused, CallError: as :func:`osexplorer.system.launch.launch`.
    """
    kept = -1 if os.isatty(1) else os.dup(1)
    try:
        if kept >= 0:  # an editor needs a terminal, not the pipe that takes what is chosen
            os.dup2(_TERMINAL, 1)
        launched = launching.launch(launch)
    finally:
        if kept >= 0:
            os.dup2(kept, 1)
            os.close(kept)
    try:
        ended = select.poll()  # select(2) knows no descriptor above 1023
        ended.register(launched.exit_fd, select.POLLIN)
        ended.poll()
        while (reaped := reaper.reap(launched.pid, launched.own_peak, None)) is None:
            ended.poll(10)
    finally:
        reaper.close(launched.exit_fd)
    return launched, reaped
