"""A look, before a launch, whether what it names is there."""

from __future__ import annotations

import errno
import os
import stat

from osexplorer.model.errors import CallError, OSExplorerError
from osexplorer.model.launch import Launch, Source
from osexplorer.system import calls
from osexplorer.system.run_as import resolve


def check(launch: Launch) -> tuple[dict[str, str], dict[str, str]]:
    """What is wrong, and what was found, each by the field of a form; both may still change before the launch."""
    problems: dict[str, str] = {}
    found: dict[str, str] = {}
    try:
        run_as = resolve(launch)
        if run_as is not None:
            found["user"] = f"{run_as}, home {run_as.home}"
    except OSExplorerError as error:
        problems["user" if launch.user else "group" if launch.group else "groups"] = str(error)
        run_as = None
    cwd = launch.cwd or (run_as.home if run_as is not None else os.curdir)
    if problem := _directory(cwd):
        problems["cwd"] = problem
    elif not launch.command.shell and (problem := _program(launch, cwd, found)):
        problems["line"] = problem
    if launch.source is Source.FILE and (problem := _readable(launch.source_file)):
        problems["source_file"] = problem
    if launch.target.filed and (problem := _writable(launch.target_file, found)):
        problems["target_file"] = problem
    if problem := launch.problem():
        problems.setdefault("place", problem)
    return problems, found


def _told(error: CallError) -> str:
    return f"{error.code}: {error.strerror}"


def _directory(path: str) -> str:
    try:
        if not stat.S_ISDIR(calls.read(os.stat, path).st_mode):
            return "ENOTDIR: it is not a directory"
    except CallError as error:
        return _told(error)
    return "" if os.access(path, os.X_OK) else "EACCES: it may not be entered"


def _program(launch: Launch, cwd: str, found: dict[str, str]) -> str:
    program = launch.command.program
    if "/" in program:
        return _executable(os.path.join(cwd, program))
    environment = os.environ if launch.environment is None else launch.environment
    for directory in os.get_exec_path(environment):
        place = os.path.join(cwd, directory, program)
        if os.path.isfile(place) and os.access(place, os.X_OK):
            found["line"] = place
            return ""
    return f"ENOENT: no directory of the child's PATH holds {program}"


def _executable(path: str) -> str:
    try:
        mode = calls.read(os.stat, path).st_mode
    except CallError as error:
        return _told(error)
    if not stat.S_ISREG(mode):
        return "EACCES: it is not a regular file"
    return "" if os.access(path, os.X_OK) else "EACCES: it has no execute bit for you"


def _readable(path: str) -> str:
    try:
        mode = calls.read(os.stat, path).st_mode
    except CallError as error:
        return _told(error)
    if stat.S_ISDIR(mode):
        return "EISDIR: it is a directory"
    return "" if os.access(path, os.R_OK) else "EACCES: it may not be read"


def _writable(path: str, found: dict[str, str]) -> str:
    try:
        mode = calls.read(os.stat, path).st_mode
    except CallError as error:
        return _makeable(path) if error.errno == errno.ENOENT else _told(error)
    if stat.S_ISDIR(mode):
        return "EISDIR: it is a directory"
    found["target_file"] = "is there: added at its end"
    return "" if os.access(path, os.W_OK) else "EACCES: it may not be written"


def _makeable(path: str) -> str:
    parent = os.path.dirname(path) or os.curdir
    if problem := _directory(parent):
        return f"its directory: {problem}"
    return "" if os.access(parent, os.W_OK) else "EACCES: no file may be made there"
