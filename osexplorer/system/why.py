"""Walk a path as the kernel does, collecting what bears on access; and try an access for real, as anybody."""

from __future__ import annotations

import errno
import os
import platform
import sys
import threading

from osexplorer.model.access_rules import Node
from osexplorer.model.acl import Tag, parse_acl
from osexplorer.model.credentials import Credentials
from osexplorer.model.errors import CallError
from osexplorer.model.status import ACL_ATTRIBUTE, FileId
from osexplorer.model.why import Attempt, Passed, Question, Trail
from osexplorer.system import calls, mounts
from osexplorer.system.identity import group_name, user_name
from osexplorer.system.statx import statx

_MOST_LINKS = 40
_PROTECTED_SYMLINKS = "/proc/sys/fs/protected_symlinks"


def node(path: str) -> Node:
    """What bears on access to `path`, a link not followed.

    Raises:
        CallError: lstat failed.
    """
    found = calls.read(os.lstat, path)
    extra = statx(path)
    if extra is not None and (extra.device, extra.inode) != (found.st_dev, found.st_ino):
        extra = None
    target = None
    acl = None
    if found.st_mode & 0o170000 == 0o120000:
        target = calls.read(os.readlink, path)
    elif hasattr(os, "getxattr"):
        try:
            acl = parse_acl(os.getxattr(path, ACL_ATTRIBUTE, follow_symlinks=False))
        except OSError:  # none, or a file system without: the mode says all
            acl = None
    names = tuple(
        ("user", one.id, user_name(one.id)) if one.tag is Tag.USER else ("group", one.id, group_name(one.id))
        for one in acl or ()
        if one.id is not None
    )
    return Node(
        path=path,
        id=FileId(found.st_dev, found.st_ino, extra.btime if extra else None),
        mode=found.st_mode,
        uid=found.st_uid,
        gid=found.st_gid,
        user=user_name(found.st_uid),
        group=group_name(found.st_gid),
        acl=acl,
        attributes=extra.attributes if extra else (),
        mount=mounts.mount_of(extra.mount_id if extra else 0, path),
        target=target,
        names=names,
    )


def walk(path: str, *, follow: bool) -> Trail:
    """Walk the absolute form of `path`, name by name.

    Args:
        follow: whether a symbolic link at its end is followed; one before a trailing slash always is.
    """
    path = path if os.path.isabs(path) else os.path.join(os.getcwd(), path)
    protected = _protected_symlinks()
    names = _names(path)
    if not follow and names[:1] == [""]:
        names.pop(0)
    passed: list[Passed] = []
    here: list[Node] = [calls.read(node, "/")]
    links = 0

    def end(number: int, at: str, parent: Node | None = None) -> Trail:
        return Trail(path, tuple(passed), parent, None, number, at, protected)

    try:
        while names:
            name = names.pop()
            directory = here[-1]
            if not directory.is_directory:
                return end(errno.ENOTDIR, directory.path)
            if not name:
                continue
            passed.append(Passed(directory, name))
            if name in (".", ".."):
                here = here[:-1] or here if name == ".." else here
                continue
            found = node(os.path.join(directory.path, name))
            if found.target is not None and (names or follow):
                links += 1
                passed.append(Passed(found, parent=None if any(names) else directory))
                if links > _MOST_LINKS:
                    return end(errno.ELOOP, found.path)
                names += _names(found.target)
                here = here[:1] if found.target.startswith("/") else here
                continue
            here.append(found)
    except CallError as error:
        last = here[-1] if not names and error.errno == errno.ENOENT else None
        return end(error.errno or errno.EIO, error.path, last)
    final = here[-1]
    if path.endswith("/") and not final.is_directory:
        return end(errno.ENOTDIR, final.path)
    parent = here[-2] if len(here) > 1 else None
    return Trail(path, tuple(passed), parent, final, protected_symlinks=protected)


def _names(path: str) -> list[str]:
    """The names in a path, the last one first; before them ``""`` for a slash at its end, which wants a directory."""
    names = [name for name in reversed(path.split("/")) if name]
    return ["", *names] if path.endswith("/") and names else names


def _protected_symlinks() -> bool:
    try:
        with open(_PROTECTED_SYMLINKS, "rb") as file:
            return file.read().strip() == b"1"
    except OSError:
        return False


_ACCESS = {Question.READ: os.R_OK, Question.WRITE: os.W_OK, Question.EXECUTE: os.X_OK}
_SYS_FACCESSAT2 = 439
_SYS_SETGROUPS = {"x86_64": 116, "aarch64": 159, "riscv64": 159}
_AT_FDCWD = -100
_AT_EACCESS = 0x200


def attempt(question: Question, trail: Trail, who: Credentials, own: Credentials) -> Attempt | None:
    """What access(2) says; None where that would not answer the question, or cannot be asked as that user.

    For another user, a thread of its own takes on that user's file-system identity (setfsuid(2), with which the kernel
    also drops the capabilities that override permissions), asks, and ends.
    """
    mode = _ACCESS.get(question)
    if mode is None or (trail.final is not None and not _tells(question, trail.final)):
        return None
    if question is Question.WRITE and trail.final is not None and trail.final.is_directory:
        mode |= os.X_OK
    if who == own:
        allowed = os.access(trail.path, mode, effective_ids=os.access in os.supports_effective_ids)
        return Attempt(allowed)
    setgroups = _SYS_SETGROUPS.get(platform.machine())
    if sys.platform != "linux" or setgroups is None or os.geteuid() != 0 or who.uid == 0:
        return None
    answers: list[Attempt | None] = []
    thread = threading.Thread(target=lambda: answers.append(_attempt_as(who, trail.path, mode, setgroups)), daemon=True)
    thread.start()
    thread.join()
    return answers[0] if answers else None


def _tells(question: Question, final: Node) -> bool:
    """Whether access(2) looks at all that the real call does: it knows neither of append-only nor of nodev."""
    if question is Question.EXECUTE:
        return final.is_regular or final.is_directory
    special = not (final.is_regular or final.is_directory)
    return not (special and final.mounted("nodev")) and "append-only" not in final.attributes


def _attempt_as(who: Credentials, path: str, mode: int, setgroups: int) -> Attempt | None:
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
    if library.syscall(_SYS_FACCESSAT2, _AT_FDCWD, os.fsencode(path), mode, _AT_EACCESS) == 0:
        return Attempt(True)
    number = ctypes.get_errno()
    return None if number == errno.ENOSYS else Attempt(False, number)
