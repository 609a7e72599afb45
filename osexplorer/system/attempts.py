"""Trying an access for real, as anybody, by calls that have no effect.

For another user, a thread of its own takes on that user's file-system identity (setfsuid(2), with which the kernel
also drops the capabilities that override permissions), asks, and ends.
"""

from __future__ import annotations

import errno
import os
import platform
import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from osexplorer.model.access_rules import Node
from osexplorer.model.credentials import Credentials
from osexplorer.model.why import Attempt, Question, Trail

_ACCESS = {Question.READ: os.R_OK, Question.WRITE: os.W_OK, Question.EXECUTE: os.X_OK}
_SYS_FACCESSAT2 = 439
_SYS_EXECVEAT = {"x86_64": 322, "aarch64": 281, "riscv64": 281}
_SYS_SETGROUPS = {"x86_64": 116, "aarch64": 159, "riscv64": 159}
_AT_FDCWD = -100
_AT_EACCESS = 0x200
_AT_EXECVE_CHECK = 0x10000  # Linux 6.14
_RMDIR = "rmdir(2), without effect on what is no directory,"
_PATH = getattr(os, "O_PATH", 0) | os.O_CLOEXEC


def attempt(question: Question, trail: Trail, who: Credentials, own: Credentials) -> Attempt | None:
    """What the kernel says; None where no call would answer without an effect, or it cannot be asked as that user."""
    call = _call(question, trail)
    if call is None:
        return None
    if who == own:
        return call()
    setgroups = _SYS_SETGROUPS.get(platform.machine())
    if sys.platform != "linux" or setgroups is None or os.geteuid() != 0 or who.uid == 0:
        return None
    answers: list[Attempt | None] = []
    thread = threading.Thread(target=lambda: answers.append(_as(who, setgroups, call)), daemon=True)
    thread.start()
    thread.join()
    return answers[0] if answers else None


def _call(question: Question, trail: Trail) -> Callable[[], Attempt | None] | None:
    """The call that answers a question."""
    final, path = trail.final, trail.path
    if question is Question.CREATE:
        if final is not None or trail.parent is None or trail.error != errno.ENOENT:
            return None
        return lambda: _access(os.path.dirname(path.rstrip("/")), os.W_OK | os.X_OK)
    if question is Question.DELETE:
        if final is None or trail.parent is None or final.is_directory or "mount point" in final.attributes:
            return None
        node = final
        return lambda: _remove(path.rstrip("/"), node)
    if final is not None and not _tells(question, final):
        return None
    if question is Question.EXECUTE and final is not None and final.is_regular:
        return lambda: _execute(path)
    mode = _ACCESS[question]
    if question is Question.WRITE and final is not None and final.is_directory:
        mode |= os.X_OK
    return lambda: _access(path, mode)


def _tells(question: Question, final: Node) -> bool:
    """Whether access(2) looks at all that the real call does: it knows neither of append-only nor of nodev."""
    if question is Question.EXECUTE:
        return final.is_regular or final.is_directory
    special = not (final.is_regular or final.is_directory)
    return not (special and final.mounted("nodev")) and not {"append-only", "verity"} & {*final.attributes}


def _access(path: str, mode: int) -> Attempt | None:
    """access(2), by the effective user."""
    if sys.platform != "linux":
        return Attempt(os.access(path, mode, effective_ids=os.access in os.supports_effective_ids))
    number = _system_call(_SYS_FACCESSAT2, _AT_FDCWD, os.fsencode(path), mode, _AT_EACCESS)
    if number == errno.ENOSYS:
        return Attempt(os.access(path, mode, effective_ids=os.access in os.supports_effective_ids))
    return Attempt(number == 0, number)


def _execute(path: str) -> Attempt | None:
    """execveat(2) that only checks; access(2) where the kernel has not got that."""
    number = _SYS_EXECVEAT.get(platform.machine())
    if sys.platform == "linux" and number is not None:
        import ctypes

        arguments = (ctypes.c_char_p * 2)(b"checked", None)
        nothing = (ctypes.c_char_p * 1)(None)
        said = _system_call(number, _AT_FDCWD, os.fsencode(path), arguments, nothing, _AT_EXECVE_CHECK)
        if said not in (errno.EINVAL, errno.ENOSYS, errno.EPERM):  # not known, or not let through by a sandbox
            return Attempt(said == 0, said, "execveat(2) with AT_EXECVE_CHECK")
    return _access(path, os.X_OK)


def _remove(path: str, node: Node) -> Attempt | None:
    """rmdir(2) of what is no directory: on Linux ENOTDIR is said after all that permits or forbids removing it."""
    if sys.platform != "linux":
        return None
    above, name = os.path.split(path)
    try:
        directory = os.open(above, _PATH | os.O_DIRECTORY)
    except OSError as error:
        return Attempt(False, error.errno or errno.EIO, "openat(2) of its directory")
    try:
        now = os.stat(name, dir_fd=directory, follow_symlinks=False)
        if (now.st_dev, now.st_ino, now.st_mode) != (node.id.device, node.id.inode, node.mode):
            return None
        os.rmdir(name, dir_fd=directory)
    except NotADirectoryError:
        return Attempt(True, 0, _RMDIR)
    except OSError as error:
        return Attempt(False, error.errno or errno.EIO, _RMDIR)
    finally:
        os.close(directory)
    return None


def _as(who: Credentials, setgroups: int, call: Callable[[], Attempt | None]) -> Attempt | None:
    """Ask as `who`, in a thread that ends after it: these calls change the identity of one thread only."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    for setter in (library.setfsuid, library.setfsgid):
        setter.argtypes, setter.restype = (ctypes.c_uint32,), ctypes.c_uint32
    groups = sorted(who.groups)
    if library.syscall(setgroups, len(groups), (ctypes.c_uint32 * len(groups))(*groups)) != 0:
        return None
    library.setfsgid(who.gid)
    library.setfsuid(who.uid)
    asked = 2**32 - 1  # changes nothing and tells what is set
    if (library.setfsuid(asked), library.setfsgid(asked)) != (who.uid, who.gid):
        return None
    return call()


@cache
def _library() -> Any:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def _system_call(number: int, *arguments: Any) -> int:
    """The errno of a system call, 0 for success."""
    import ctypes

    return 0 if _library().syscall(number, *arguments) >= 0 else ctypes.get_errno()
