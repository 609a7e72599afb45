"""Launching child processes.

Children are made by `subprocess.Popen` without `preexec_fn` or `user`, which takes the vfork(2) path (0.8 ms from a
large process, against 14 ms with fork). The `Popen` is dropped at once: its `poll`, `wait` and `send_signal` reap
children and lose what they used. What is kept is a descriptor that stands for the child, see :mod:`.reaper`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from osexplorer.model.calls import Source
from osexplorer.model.command_line import Command
from osexplorer.model.errors import CallError, Refused, call_error
from osexplorer.system import calls
from osexplorer.system.reaper import exit_descriptor
from osexplorer.system.usage import peak_rss

_SHEBANG = 256  # bytes of a script that the kernel looks at, execve(2)


class Launched(NamedTuple):
    """A child that was started, with the descriptors that belong to it. Their owner closes them."""

    pid: int
    exit_fd: int
    """Readable once the child has exited."""
    out_fd: int
    """The reading end of its standard output; -1 when not captured."""
    err_fd: int
    """The reading end of its standard error; -1 when not captured."""
    began: int
    """Monotonic clock, nanoseconds."""
    started: int
    """Wall clock, nanoseconds."""
    own_peak: int
    """This process's own peak memory at the launch, bytes: the floor of the child's ru_maxrss."""


def launch(
    command: Command,
    cwd: str | None = None,
    environment: Mapping[str, str] | None = None,
    umask: int | None = None,
    capture: bool = True,
) -> Launched:
    """Start `command`.

    Args:
        cwd: its working directory; None for this program's.
        environment: all variables it gets; None for this program's.
        umask: its umask; None for this program's.
        capture: standard input is ``/dev/null``, output and errors go to pipes, and it leads a session of its own, so
            it cannot reach this program's terminal. Otherwise it inherits all three and stays in this session.

    Raises:
        Refused: a variable's name is empty or holds ``=`` or NUL.
        CallError: ``call`` is ``"os.chdir"`` when the directory was at fault, ``"os.execve"`` when the program was,
            otherwise ``"subprocess.Popen"``.
    """
    _check(environment)
    program = _touch(command.program, cwd, os.environ if environment is None else environment)
    own_peak = peak_rss() or 0
    began, started = time.monotonic_ns(), time.time_ns()
    readers, writers = [-1, -1], [-1, -1]
    try:
        if capture:
            readers[0], writers[0] = calls.read(os.pipe)
            readers[1], writers[1] = calls.read(os.pipe)
        try:
            popen = subprocess.Popen(
                command.argv,
                executable=program,
                cwd=cwd,
                env=environment,
                umask=-1 if umask is None else umask,
                stdin=subprocess.DEVNULL if capture else None,
                stdout=writers[0] if capture else None,
                stderr=writers[1] if capture else None,
                start_new_session=capture,
            )
        except OSError as error:
            _record(command, cwd, environment, umask, capture, started, began, None, error)
            raise _failure(error, command, cwd) from error
        finally:
            _close(writers)  # only the child writes; and the pidfd has room
        popen.returncode = 0  # Popen now takes it for reaped and never waits for it
        _record(command, cwd, environment, umask, capture, started, began, popen.pid)
        exit_fd = _watch(popen.pid)
    except BaseException:
        _close(readers)
        raise
    return Launched(popen.pid, exit_fd, readers[0], readers[1], began, started, own_peak)


def _close(fds: list[int]) -> None:
    for fd in fds:
        if fd >= 0:
            os.close(fd)


def _watch(pid: int) -> int:
    """The exit descriptor of a new child. Without one it would become a zombie, so then it is ended and reaped here."""
    try:
        return exit_descriptor(pid)
    except OSError as error:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise call_error(error, "os.pidfd_open") from error


def _check(environment: Mapping[str, str] | None) -> None:
    for name, value in (environment or {}).items():
        if not name or "=" in name or "\0" in name:
            raise Refused(f"A variable cannot have the name {name!r}")
        if "\0" in value:
            raise Refused(f"The value of {name} holds a NUL character")


def _touch(program: str, cwd: str | None, environment: Mapping[str, str]) -> str:
    """Visit the directory and the program as execve will, and return the program's path.

    `Popen` holds the interpreter's lock while the child, in vfork, changes directory and loads the program. If one of
    them lies on a file system that does not answer, the whole of this process would hang with it. Here only the thread
    does. Errors are left for the launch itself to find, except that nothing of that name is in the path.
    """
    base = cwd or os.curdir
    with contextlib.suppress(OSError):
        os.stat(base)
    if "/" in program:
        _read_head(os.path.join(base, program))
        return program
    for directory in os.get_exec_path(environment):
        candidate = os.path.join(directory, program)
        place = os.path.join(base, candidate)  # an empty or relative entry of PATH is relative to the child's directory
        if _read_head(place) and os.access(place, os.X_OK):
            return candidate if "/" in candidate else os.path.join(os.curdir, candidate)
    return program


def _read_head(path: str) -> bytes | None:
    """The first bytes of a regular file, ``b""`` where it may not be read; None where there is none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except PermissionError:
        return b"" if os.path.isfile(path) else None
    except OSError:
        return None
    try:
        return os.read(fd, _SHEBANG)
    except OSError:  # a directory
        return None
    finally:
        os.close(fd)


def _failure(error: OSError, command: Command, cwd: str | None) -> CallError:
    if cwd is not None and error.filename == cwd:
        return call_error(error, "os.chdir", cwd)
    if error.errno in (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE):
        return call_error(error, "subprocess.Popen")
    hint = None
    if error.errno == errno.ENOENT:
        hint = _missing(command.program, cwd)
    elif error.errno == errno.EACCES:
        hint = "It has no execute bit for you, is not a regular file, or a directory above it is closed to you"
    return call_error(error, "os.execve", command.program, hint)


def _missing(program: str, cwd: str | None) -> str:
    """Why execve says ENOENT: execve(2) says it of a script's interpreter and of a binary's loader as well."""
    if "/" not in program:
        return "No directory of the child's PATH holds a program of that name"
    head = _read_head(os.path.join(cwd or os.curdir, program))
    if head is None:
        return "There is no such file"
    if head.startswith(b"#!"):
        interpreter = os.fsdecode(head[2:].split(b"\n", 1)[0].strip())
        return f"The file is there, but its interpreter is not: {interpreter!r}"
    return "The file is there, but the loader that it names is not"


def _record(
    command: Command,
    cwd: str | None,
    environment: Mapping[str, str] | None,
    umask: int | None,
    capture: bool,
    started: int,
    began: int,
    pid: int | None,
    error: OSError | None = None,
) -> None:
    keywords: list[tuple[str, Any]] = []
    if cwd is not None:
        keywords.append(("cwd", cwd))
    if environment is not None and environment != os.environ:
        keywords.append(("env", Source(_environment_source(environment))))
    if umask is not None:
        keywords.append(("umask", Source(f"0o{umask:03o}")))
    if capture:
        keywords += [
            ("stdin", Source("subprocess.DEVNULL")),
            ("stdout", Source("subprocess.PIPE")),
            ("stderr", Source("subprocess.PIPE")),
            ("start_new_session", True),
        ]
    if command.shell:
        keywords.append(("executable", command.program))
    calls.record(
        "subprocess.Popen",
        list(command.argv),
        keywords=tuple(keywords),
        started=started,
        duration=time.monotonic_ns() - began,
        result=pid,
        error=error,
        change=True,
        note="" if error else "the result is the pid",
    )


def _environment_source(environment: Mapping[str, str]) -> str:
    """`environment` as Python source, told by its difference from this program's."""
    own = os.environ
    removed = sorted(name for name in own if name not in environment)
    changed = {name: value for name, value in environment.items() if own.get(name) != value}
    if len(changed) + len(removed) >= len(environment):
        return repr(dict(environment))
    base = "**os.environ"
    if removed:
        base = f"**{{n: v for n, v in os.environ.items() if n not in {removed!r}}}"
    return "{" + ", ".join([base, *(f"{name!r}: {value!r}" for name, value in changed.items())]) + "}"
