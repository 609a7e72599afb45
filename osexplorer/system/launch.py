"""Launching child processes.

A child that differs from this program only in directory, variables and umask is made by `subprocess.Popen` without
`preexec_fn` or `user`, which takes the vfork(2) path (0.8 ms from a large process, against 14 ms with fork). One that
needs more - a user, limits, a terminal - begins as a small interpreter that makes those steps itself: see
:mod:`.trampoline`. The `Popen` is dropped at once: its `poll`, `wait` and `send_signal` reap children and lose what
they used. What is kept is a descriptor that stands for the child, see :mod:`.reaper`.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import NamedTuple

from osexplorer.model.errors import CallError, Refused, call_error
from osexplorer.model.launch import Launch, Place, RunAs, Source, Target
from osexplorer.system import calls, pty, trampoline
from osexplorer.system.descendants import adopt_orphans
from osexplorer.system.launch_errors import popen_failure, step_failure, touch
from osexplorer.system.launch_record import record
from osexplorer.system.reaper import exit_descriptor
from osexplorer.system.room import give_limit_back, make_room, take_back
from osexplorer.system.run_as import found, resolve
from osexplorer.system.usage import peak_rss


class Launched(NamedTuple):
    """A child that was started, with the descriptors that belong to it. Their owner closes them."""

    pid: int
    exit_fd: int
    """Readable once the child has exited."""
    out_fd: int
    """The reading end of its standard output, or the master of its terminal; -1 when not captured."""
    err_fd: int
    """The reading end of its standard error; -1 when not captured, or on a terminal."""
    began: int
    """Monotonic clock, nanoseconds."""
    started: int
    """Wall clock, nanoseconds."""
    own_peak: int
    """This process's own peak memory at the launch, bytes: the floor of the child's ru_maxrss."""
    in_fd: int = -1
    """What is written here the child reads: the end of a pipe, or its terminal; -1 when nothing can be typed. Writing
    to it never blocks."""
    tee_fd: int = -1
    """The file that the output is to be written to as well; -1 for none."""
    run_as: RunAs | None = None
    """As whom it runs, when not as this program."""


class _Descriptors:
    """Those of one launch: the child's three, and this program's ends."""

    def __init__(self) -> None:
        self.child: list[int | None] = [None, None, None]
        """Its standard input, output and errors; None where it has this program's."""
        self.out = self.err = self.into = self.tee = -1
        self._childs: set[int] = set()
        self._ours: set[int] = set()

    def open(self, launch: Launch, run_as: RunAs | None) -> None:
        if not launch.place.captured:
            return
        if launch.terminal:
            self.out, slave = pty.open_terminal(launch.size, None if run_as is None else run_as.uid)
            self._childs.add(slave)
            self._ours.add(self.out)
            self.into = self._keep(os.dup(self.out))
            self.child = [slave, slave, slave]
        else:
            self._open_input(launch)
            self._open_output(launch)
        if launch.target is Target.BOTH:
            self.tee = self._keep(_append_to(launch.target_file))

    def _open_input(self, launch: Launch) -> None:
        if launch.source is Source.TYPED:
            reader, writer = calls.read(os.pipe)
            self._childs.add(reader)
            self.child[0], self.into = reader, self._keep(writer)
            os.set_blocking(writer, False)
        else:
            path = launch.source_file if launch.source is Source.FILE else os.devnull
            self.child[0] = self._give(calls.read(os.open, path, os.O_RDONLY | os.O_NOCTTY))

    def _open_output(self, launch: Launch) -> None:
        if launch.target.kept:
            self.out, self.child[1] = self._pipe()
            self.err, self.child[2] = self._pipe()
        elif launch.target is Target.FILE:
            self.child[1] = self.child[2] = self._give(_append_to(launch.target_file))
        else:
            self.child[1] = self.child[2] = self._give(calls.read(os.open, os.devnull, os.O_WRONLY))

    def _pipe(self) -> tuple[int, int]:
        reader, writer = calls.read(os.pipe)
        return self._keep(reader), self._give(writer)

    def _keep(self, fd: int) -> int:
        self._ours.add(fd)
        return fd

    def _give(self, fd: int) -> int:
        self._childs.add(fd)
        return fd

    def give(self) -> None:
        """Close the child's, which it has now."""
        while self._childs:
            os.close(self._childs.pop())

    def close(self) -> None:
        """Close all: the launch has failed."""
        self.give()
        while self._ours:
            os.close(self._ours.pop())


def launch(launch: Launch, own_group: bool = False) -> Launched:
    """Start what `launch` describes, in any place but :attr:`Place.REPLACE`.

    Args:
        own_group: whether it leads a process group, to which this program's terminal is given before it begins.

    Raises:
        Refused: its parts do not fit together, a variable's name is empty or holds ``=`` or NUL, there is no such user,
            or this program may not become them.
        CallError: ``call`` is ``"os.execve"`` when the program was at fault, ``"os.chdir"`` when the directory was,
            ``"os.open"`` for a file to read from or write to, ``"subprocess.Popen"`` when no process could be made, and
            otherwise the step that failed.
    """
    run_as, environment = _prepare(launch)
    descriptors = _Descriptors()
    own_peak = peak_rss() or 0
    try:
        descriptors.open(launch, run_as)
        make_room(descriptors.out)
        began, started = time.monotonic_ns(), time.time_ns()
        try:
            if own_group or needs_trampoline(launch):
                pid = _jump(launch, run_as, environment, descriptors, own_group)
            else:
                pid = _spawn(launch, environment, descriptors)
        except CallError as error:
            record(launch, run_as, started, began, None, error)
            raise
        finally:
            descriptors.give()  # only the child writes; and the pidfd has room
        if not any(limit.name == "nofile" for limit in launch.limits):
            give_limit_back(pid)
        note = found(pid) if run_as is not None else ""
        record(launch, run_as, started, began, pid, None, note)
        exit_fd = _watch(pid)
        with contextlib.suppress(OSError):  # no descriptor is left: then it is that of a moment before
            own_peak = max(own_peak, peak_rss() or 0)  # it may have grown until the moment of the launch
    except BaseException:
        descriptors.close()
        raise
    return Launched(
        pid,
        exit_fd,
        descriptors.out,
        descriptors.err,
        began,
        started,
        own_peak,
        descriptors.into,
        descriptors.tee,
        run_as,
    )


def replace_us(launch: Launch) -> None:
    """Execute the program in the place of this one, in its process: os.execve. The terminal must have been given back.

    Never returns. What was changed of this process before the step that failed stays changed.

    Raises:
        Refused, CallError: as :func:`launch`.
    """
    run_as, environment = _prepare(launch)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
    take_back()
    adopt_orphans(False)
    try:
        trampoline.become(_steps(launch, run_as, environment, -1, False))
    except trampoline.Failed as failed:
        adopt_orphans()
        raise step_failure(failed, launch.command, launch.cwd, os.get_exec_path(environment)) from None


def needs_trampoline(launch: Launch) -> bool:
    """Whether the child has steps to make that `subprocess.Popen` does not make with vfork(2)."""
    return bool(launch.terminal or launch.changes_user or launch.limits or launch.no_new_privs) or (
        launch.nice is not None
    )


def _prepare(launch: Launch) -> tuple[RunAs | None, Mapping[str, str]]:
    if problem := launch.problem():
        raise Refused(problem)
    _check(launch.environment if launch.environment is not None or not needs_trampoline(launch) else os.environ)
    for limit in launch.limits:
        if not hasattr(resource, f"RLIMIT_{limit.name.upper()}"):
            raise Refused(f"This system has no limit {limit.name}")
    run_as = resolve(launch)
    environment: Mapping[str, str] = os.environ if launch.environment is None else launch.environment
    if run_as is not None and launch.user:
        environment = {**environment, **run_as.variables()}
    if launch.terminal:
        terminal = {**environment, **pty.variables()}
        environment = {name: value for name, value in terminal.items() if name not in pty.FOREIGN}
    return run_as, environment


def _append_to(path: str) -> int:
    """A file to add to, made where it is missing."""
    return calls.change(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOCTTY, 0o666)


def _spawn(launch: Launch, environment: Mapping[str, str], descriptors: _Descriptors) -> int:
    """Start the program at once; returns the pid."""
    command, cwd = launch.command, launch.cwd
    path = os.get_exec_path(environment)
    program = touch(command.program, cwd, path)
    stdin, stdout, stderr = descriptors.child
    try:
        popen = subprocess.Popen(
            command.argv,
            executable=program,
            cwd=cwd,
            env=None if launch.environment is None else environment,
            umask=-1 if launch.umask is None else launch.umask,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=launch.leads,
            pass_fds=_given(launch),
        )
    except OSError as error:
        raise popen_failure(error, command, cwd, path) from error
    popen.returncode = 0  # Popen now takes it for reaped and never waits for it
    return popen.pid


def _jump(
    launch: Launch, run_as: RunAs | None, environment: Mapping[str, str], descriptors: _Descriptors, own_group: bool
) -> int:
    """Start the trampoline, and wait until it has executed the program; returns the pid."""
    stdin, stdout, stderr = descriptors.child
    reader, writer = calls.read(os.pipe)
    try:
        with tempfile.TemporaryFile(prefix="osexplorer-") as steps:
            steps.write(marshal.dumps(_steps(launch, run_as, environment, writer, own_group)))
            steps.seek(0)
            try:
                popen = subprocess.Popen(
                    [sys.executable, "-I", "-S", trampoline.__file__, str(steps.fileno())],
                    env={},  # of the child's variables some would act on this interpreter, with our privileges
                    stdin=stdin,
                    stdout=stdout,
                    stderr=stderr,
                    start_new_session=launch.leads,
                    process_group=0 if own_group else None,
                    pass_fds=(steps.fileno(), writer, *_given(launch)),
                )
            except OSError as error:
                raise call_error(error, "subprocess.Popen") from error
        popen.returncode = 0
        os.close(writer)
        writer = -1
        told = _read_all(reader)
    finally:
        for fd in (reader, writer):
            if fd >= 0:
                os.close(fd)
    if told:
        os.waitpid(popen.pid, 0)
        cwd = launch.cwd or (run_as.home if run_as is not None else None)
        failed = trampoline.Failed(*marshal.loads(told))
        raise step_failure(failed, launch.command, cwd, os.get_exec_path(environment))
    return popen.pid


def _given(launch: Launch) -> tuple[int, ...]:
    """Descriptors above the first three that this program was given by whoever started it, for a child that has its
    place in the foreground: ``<(…)`` of a shell, the tokens of make(1). Those that Python opens are not inheritable."""
    if launch.place is not Place.FOREGROUND:
        return ()
    given = []
    for fd in map(int, os.listdir("/dev/fd")):
        with contextlib.suppress(OSError):  # that of the listing itself, and what another thread has just closed
            if fd > 2 and os.get_inheritable(fd):
                given.append(fd)
    return tuple(given)


def _read_all(fd: int) -> bytes:
    data = b""
    while chunk := os.read(fd, 65536):
        data += chunk
    return data


def _steps(
    launch: Launch, run_as: RunAs | None, environment: Mapping[str, str], status: int, foreground: bool
) -> dict[str, object]:
    """What the trampoline is told."""
    program = launch.command.program
    programs = [program]
    if "/" not in program:
        programs = [os.path.join(place or os.curdir, program) for place in os.get_exec_path(environment)] or [program]
    limits = []
    for limit in launch.limits:
        soft, hard = (resource.RLIM_INFINITY if value is None else value for value in (limit.soft, limit.hard))
        limits.append((getattr(resource, f"RLIMIT_{limit.name.upper()}"), soft, hard))
    cwd = launch.cwd
    if cwd is None and run_as is not None:
        cwd = run_as.home
    return {
        "argv": [os.fsencode(word) for word in launch.command.argv],
        "programs": [os.fsencode(path) for path in programs],
        "env": {os.fsencode(name): os.fsencode(value) for name, value in environment.items()},
        "cwd": None if cwd is None else os.fsencode(cwd),
        "umask": launch.umask,
        "ids": None if run_as is None else (run_as.uid, run_as.gid, run_as.groups),
        "nice": launch.nice,
        "limits": limits,
        "no_new_privs": launch.no_new_privs,
        "terminal": launch.terminal,
        "foreground": foreground,
        "status": status,
    }


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
