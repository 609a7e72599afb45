"""Why a child could not be started, in the words of the call that failed."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Sequence

from osexplorer.model.command_line import Command
from osexplorer.model.errors import NO_PROCESS, CallError, call_error
from osexplorer.system.trampoline import Failed

_SHEBANG = 256  # bytes of a script that the kernel looks at, execve(2)

_HINTS = {
    "os.setpriority": "Only root may lower the niceness",
    "resource.setrlimit": "A limit goes no higher than the hard one of this program, save for root",
    "os.setgroups": "Only root may change the groups, and in a user namespace not even root may everywhere",
    "os.setresgid": "Only root may change the group",
    "os.setresuid": "Only root may change the user",
    "/proc/self/status": "The kernel took the change of user, yet tells another identity: nothing was executed",
    "fcntl.ioctl": "The child could not get its terminal",
}


def touch(program: str, cwd: str | None, path: list[str]) -> str:
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
    for directory in path:
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


def popen_failure(error: OSError, command: Command, cwd: str | None, path: Sequence[str]) -> CallError:
    """What `subprocess.Popen` raised, told as the call that the child made."""
    if cwd is not None and error.filename == cwd:
        return call_error(error, "os.chdir", cwd)
    if error.errno in (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE):
        return call_error(error, "subprocess.Popen", hint=NO_PROCESS if error.errno == errno.EAGAIN else None)
    return exec_failure(error, command, cwd, path)


def step_failure(failed: Failed, command: Command, cwd: str | None, path: Sequence[str]) -> CallError:
    """What a step of the trampoline ran into."""
    error = OSError(failed.errno, os.strerror(failed.errno))
    about = os.fsdecode(failed.about)
    if failed.step == "os.execve":
        if failed.errno == errno.EAGAIN:
            hint = (
                "The user it runs as has as many processes as the limit nproc allows (ulimit -u, RLIMIT_NPROC); end "
                "some of them, or set a higher one in the form"
            )
            return call_error(error, failed.step, command.program, hint)
        return exec_failure(error, command, cwd, path)
    if failed.step == "os.chdir":
        return call_error(error, failed.step, about)
    return call_error(error, failed.step, "", _HINTS.get(failed.step, "") + (f": {about}" if about else ""))


def exec_failure(error: OSError, command: Command, cwd: str | None, path: Sequence[str]) -> CallError:
    """What execve(2) said, with a hint at its reason.

    A directory of PATH that may not be searched answers EACCES, whatever is sought in it. To shells a name that no
    directory is known to hold is one not found, and so it is here.
    """
    hint = None
    if error.errno == errno.EACCES and "/" not in command.program and not _held(command.program, cwd, path):
        hint = "No directory of the child's PATH that can be searched holds a program of that name"
        return call_error(OSError(errno.ENOENT, os.strerror(errno.ENOENT)), "os.execve", command.program, hint)
    if error.errno == errno.ENOENT:
        hint = _missing(command.program, cwd)
    elif error.errno == errno.EACCES:
        hint = "It has no execute bit for who runs it, is no regular file, or a directory above it is closed to them"
    return call_error(error, "os.execve", command.program, hint)


def _held(program: str, cwd: str | None, path: Sequence[str]) -> bool:
    """Whether a directory of the path is seen to hold something of that name."""
    return any(os.path.lexists(os.path.join(cwd or os.curdir, directory, program)) for directory in path)


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
