"""One process in full: the files of ``/proc/PID`` (proc(5)); elsewhere psutil.

Reading ``cmdline``, ``environ`` and ``exe`` may wait for the target's memory lock, so the services call this in a lane
of its own.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import TypeVar

from osexplorer.model.errors import Gone, call_error, errno_name
from osexplorer.model.process_details import (
    OpenFile,
    ProcessDetails,
    parse_argv,
    parse_environ,
    parse_fdinfo,
    parse_io,
    parse_limits,
    parse_status,
)
from osexplorer.model.processes import ProcessId, parse_stat
from osexplorer.system import calls

T = TypeVar("T")

if sys.platform == "linux":

    def process_id(pid: int) -> ProcessId:
        """The process that has this number now.

        Raises:
            Gone: none has.
        """
        return ProcessId(pid, _born(pid))

    def details(process: ProcessId) -> ProcessDetails:
        """Everything of one process; what we may not read is in `errors`.

        Raises:
            Gone: it exited, or its number is another's by now.
        """
        place = f"/proc/{process.pid}"
        _check(process)
        errors: dict[str, str] = {}

        def get(field: str, read: Callable[[], T], otherwise: T) -> T:
            try:
                return read()
            except OSError as error:
                errors[field] = f"{errno_name(error.errno or 0)} ({error.strerror})"
                return otherwise

        found = ProcessDetails(
            id=process,
            argv=get("argv", lambda: parse_argv(_bytes(f"{place}/cmdline")), ()),
            exe=get("exe", lambda: os.readlink(f"{place}/exe"), ""),
            cwd=get("cwd", lambda: os.readlink(f"{place}/cwd"), ""),
            root=get("root", lambda: os.readlink(f"{place}/root"), ""),
            environ=get("environ", lambda: parse_environ(_bytes(f"{place}/environ")), ()),
            descriptors=get("descriptors", lambda: len(os.listdir(f"{place}/fd")), None),
            limits=get("limits", lambda: parse_limits(_text(f"{place}/limits")), ()),
            io=get("io", lambda: parse_io(_text(f"{place}/io")), ()),
            status=get("status", lambda: parse_status(_text(f"{place}/status")), ()),
            cgroup=get("cgroup", lambda: _text(f"{place}/cgroup").rstrip("\n"), ""),
            errors=errors,
        )
        _check(process)
        return found

    def open_files(process: ProcessId) -> tuple[OpenFile, ...]:
        """The descriptors a process has open.

        Raises:
            Gone: it exited, or its number is another's by now.
            Denied: its descriptors are not ours to see.
        """
        place = f"/proc/{process.pid}"
        _check(process)
        files = []
        for fd in sorted(map(int, calls.read(os.listdir, f"{place}/fd"))):
            try:
                target = os.readlink(f"{place}/fd/{fd}")
                access, position = parse_fdinfo(_text(f"{place}/fdinfo/{fd}"))
            except FileNotFoundError:  # closed meanwhile
                continue
            except OSError as error:
                raise call_error(error, "os.readlink", f"{place}/fd/{fd}") from error
            files.append(OpenFile(fd, target, access, position))
        _check(process)
        return tuple(files)

    def _check(process: ProcessId) -> None:
        if _born(process.pid) != process.born:
            raise no_such_process(process.pid)

    def _born(pid: int) -> int:
        try:
            return parse_stat(_bytes(f"/proc/{pid}/stat")).start
        except (FileNotFoundError, ProcessLookupError) as error:
            raise no_such_process(pid) from error
        except OSError as error:
            raise call_error(error, "open", f"/proc/{pid}/stat") from error

else:

    def process_id(pid: int) -> ProcessId:
        """The process that has this number now.

        Raises:
            Gone: none has.
        """
        import psutil

        from osexplorer.system.processes_psutil import born

        try:
            return ProcessId(pid, born(psutil.Process(pid)))
        except psutil.NoSuchProcess as error:
            raise no_such_process(pid) from error

    def details(process: ProcessId) -> ProcessDetails:
        """What psutil tells of one process; what we may not read is in `errors`.

        Raises:
            Gone: it exited, or its number is another's by now.
        """
        import psutil

        if process_id(process.pid) != process:
            raise no_such_process(process.pid)
        errors: dict[str, str] = {}
        known = psutil.Process(process.pid)

        def get(field: str, read: Callable[[], T], otherwise: T) -> T:
            try:
                return read()
            except psutil.AccessDenied:
                errors[field] = "EACCES (Permission denied)"
            except psutil.ZombieProcess:
                errors[field] = "ESRCH (It has exited)"
            except psutil.NoSuchProcess as error:
                raise no_such_process(process.pid) from error
            return otherwise

        return ProcessDetails(
            id=process,
            argv=get("argv", lambda: tuple(known.cmdline()), ()),
            exe=get("exe", known.exe, ""),
            cwd=get("cwd", known.cwd, ""),
            root="",
            environ=get("environ", lambda: tuple(known.environ().items()), ()),
            descriptors=get("descriptors", known.num_fds, None),
            limits=(),
            io=(),
            status=get("status", lambda: (("State", str(known.status())),), ()),
            cgroup="",
            errors=errors,
        )

    def open_files(process: ProcessId) -> tuple[OpenFile, ...]:
        """The regular files a process has open; psutil tells no more.

        Raises:
            Gone: it exited, or its number is another's by now.
            Denied: its descriptors are not ours to see.
        """
        import psutil

        if process_id(process.pid) != process:
            raise no_such_process(process.pid)
        try:
            files = psutil.Process(process.pid).open_files()
        except psutil.AccessDenied as error:
            denied = PermissionError(errno.EACCES, "Permission denied")
            raise call_error(denied, "psutil.Process.open_files") from error
        except psutil.NoSuchProcess as error:
            raise no_such_process(process.pid) from error
        return tuple(OpenFile(file.fd, file.path, "", None) for file in files)


def no_such_process(pid: int) -> Gone:
    """The error for a process that is no more."""
    return Gone(errno.ESRCH, os.strerror(errno.ESRCH), "os.pidfd_open", "", f"Process {pid} has already exited")


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _text(path: str) -> str:
    return _bytes(path).decode("utf-8", "surrogateescape")
