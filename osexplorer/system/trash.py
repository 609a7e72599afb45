"""The trash of the desktop, by the FreeDesktop.org Trash specification 1.0, and back out of it.

An entry goes into the trash of its own file system, by a rename: never a copy, which would not be the same file any
more. What is found where a trash should be is trusted only when it is a directory of ours that nobody else can write
to, no link, on the same file system; otherwise another user could make root write, or lose, files elsewhere.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
import time
import urllib.parse
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import CallError, Refused, call_error
from osexplorer.model.operations import MOST_NAME, Target
from osexplorer.system import calls
from osexplorer.system.mounts import mount_problem
from osexplorer.system.renaming import check, directory, rename

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_INFO = ".trashinfo"
_NO_TRASH = "There is no trash on its file system that can be trusted: D deletes for good"


class Trashed(NamedTuple):
    """An entry in the trash."""

    origin: Target
    """What it was, and where."""
    files: str
    """The directory it is in now."""
    info: str
    """The directory of its ``.trashinfo``; ``""`` where none is kept."""
    name: str
    """Its name there."""


class _Trash(NamedTuple):
    files_fd: int
    info_fd: int
    """-1 where the system keeps no such files (macOS)."""
    files: str
    info: str
    top: str
    """What the paths in the info files begin at; ``""`` for whole paths."""


def put(target: Target, origin: str | None = None) -> Trashed:
    """Put an entry into the trash.

    Args:
        origin: where it came from and goes back to, if it has another name by now.

    Raises:
        Refused: another entry is at its path now; it is a mount point, or holds one; or there is no trash for it.
            Nothing is changed.
        CallError: it may not be moved.
    """
    with directory(os.path.dirname(target.path)) as above:
        check(target, above)
        if problem := mount_problem(target.path):
            raise Refused(problem)
        trash = _trash(target.path, os.fstat(above).st_dev)
        try:
            return _put(target, above, trash, target._replace(path=origin or target.path))
        finally:
            os.close(trash.files_fd)
            if trash.info_fd >= 0:
                os.close(trash.info_fd)


def _put(target: Target, above: int, trash: _Trash, origin: Target) -> Trashed:
    started, begin = time.time_ns(), time.perf_counter_ns()
    name = _reserve(origin, trash)
    failure: OSError | None = None
    try:
        rename(above, target.name, trash.files_fd, name)
    except OSError as error:
        failure = error
        if trash.info_fd >= 0:
            os.unlink(name + _INFO, dir_fd=trash.info_fd)
    place = os.path.join(trash.files, name)
    spent = time.perf_counter_ns() - begin
    calls.record("os.rename", target.path, place, started=started, duration=spent, error=failure, change=True)
    if failure is not None:
        if failure.errno == errno.EXDEV:
            raise Refused(f"{display(target.path)}: {_NO_TRASH}") from failure
        raise call_error(failure, "os.rename", target.path) from failure
    return Trashed(origin, trash.files, trash.info, name)


def _reserve(target: Target, trash: _Trash) -> str:
    """A free name in the trash, taken by its info file before anything is moved."""
    path = os.path.relpath(target.path, trash.top) if trash.top else target.path
    quoted = urllib.parse.quote(os.fsencode(path), safe="/")
    text = f"[Trash Info]\nPath={quoted}\nDeletionDate={time.strftime('%Y-%m-%dT%H:%M:%S')}\n".encode()
    for name in _names(target.name):
        if _is_there(trash.files_fd, name):
            continue
        if trash.info_fd < 0:
            return name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            fd = os.open(name + _INFO, flags, 0o600, dir_fd=trash.info_fd)
        except FileExistsError:
            continue
        except OSError as error:
            raise call_error(error, "os.open", os.path.join(trash.info, name + _INFO)) from error
        try:
            os.write(fd, text)
        except OSError as error:
            os.unlink(name + _INFO, dir_fd=trash.info_fd)
            raise call_error(error, "os.write", os.path.join(trash.info, name + _INFO)) from error
        finally:
            os.close(fd)
        return name
    raise Refused(f"No name is free in the trash for {display(target.path)}")


def _names(name: str) -> list[str]:
    """The name itself, then some that nobody else is likely to have."""
    raw = os.fsencode(name)
    tails = [b"", *(b"." + secrets.token_hex(4).encode() for _ in range(20))]
    return [os.fsdecode(raw[: MOST_NAME - len(_INFO) - len(tail)] + tail) for tail in tails]


def _is_there(directory_fd: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=directory_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def restore(trashed: Trashed) -> None:
    """Put an entry back where it was.

    Raises:
        Refused: another entry is in its place in the trash.
        CallError: Exists: its name is taken again; NotFound: it, or its directory, is gone.
    """
    origin = trashed.origin
    there = Target(os.path.join(trashed.files, trashed.name), origin.id)
    started, begin = time.time_ns(), time.perf_counter_ns()
    with directory(trashed.files) as files, directory(os.path.dirname(origin.path)) as above:
        check(there, files)
        failure: OSError | None = None
        try:
            rename(files, trashed.name, above, origin.name)
        except OSError as error:
            failure = error
        spent = time.perf_counter_ns() - begin
        calls.record("os.rename", there.path, origin.path, started=started, duration=spent, error=failure, change=True)
        if failure is not None:
            taken = failure.errno == errno.EEXIST
            raise call_error(failure, "os.rename", origin.path if taken else there.path) from failure
    if trashed.info:
        with contextlib.suppress(OSError, CallError), directory(trashed.info) as info:
            os.unlink(trashed.name + _INFO, dir_fd=info)


# -- which trash


def _trash(path: str, device: int) -> _Trash:
    """The trash of the file system `device`.

    Raises:
        Refused: there is none that can be trusted, and none can be made.
    """
    home = _home_trash()
    if home is not None:
        try:
            found = _opened(home, device, "")
        except OSError:
            found = None
        if found is not None:
            return found
    if sys.platform != "darwin":
        top = _top(path, device)
        for find, name in ((_shared, ".Trash"), (_opened, f".Trash-{os.geteuid()}")):
            try:
                found = find(os.path.join(top, name), device, top)
            except OSError:
                found = None
            if found is not None:
                return found
    raise Refused(f"{display(path)}: {_NO_TRASH}")


def _home_trash() -> str | None:
    if sys.platform == "darwin":
        place = os.path.join(os.path.expanduser("~"), ".Trash")
    else:
        base = os.environ.get("XDG_DATA_HOME", "")
        if not os.path.isabs(base):
            base = os.path.join(os.path.expanduser("~"), ".local", "share")
        place = os.path.join(base, "Trash")
    return place if os.path.isabs(place) else None


def _top(path: str, device: int) -> str:
    """The highest directory above `path` that is on its file system."""
    top = os.path.realpath(os.path.dirname(path))
    while top != "/" and os.lstat(os.path.dirname(top)).st_dev == device:
        top = os.path.dirname(top)
    return top


def _shared(place: str, device: int, top: str) -> _Trash | None:
    """Our directory in the trash that an administrator has made for everybody: sticky, and no link."""
    status = os.lstat(place)
    if not stat.S_ISDIR(status.st_mode) or not status.st_mode & stat.S_ISVTX:
        return None
    return _opened(os.path.join(place, str(os.geteuid())), device, top)


def _opened(place: str, device: int, top: str) -> _Trash | None:
    """The two directories of a trash; None where they are not ours alone, or are on another file system."""
    if not top:
        above = os.path.dirname(place)
        while not os.path.isdir(above):
            above = os.path.dirname(above)
        if os.stat(above).st_dev != device:
            return None
        os.makedirs(os.path.dirname(place), 0o700, exist_ok=True)
    root = _own(place, None, device)
    if root is None:
        return None
    try:
        if sys.platform == "darwin":
            return _Trash(os.dup(root), -1, place, "", "")
        files, info = _own("files", root, device), _own("info", root, device)
        if files is not None and info is not None:
            return _Trash(files, info, os.path.join(place, "files"), os.path.join(place, "info"), top)
        for fd in (files, info):
            if fd is not None:
                os.close(fd)
        return None
    finally:
        os.close(root)


def _own(name: str, directory_fd: int | None, device: int) -> int | None:
    """A descriptor of a directory that is ours, that others cannot write to, and that is on that file system."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=directory_fd)
    fd = os.open(name, _DIRECTORY, dir_fd=directory_fd)
    status = os.fstat(fd)
    if status.st_uid == os.geteuid() and not status.st_mode & 0o022 and status.st_dev == device:
        return fd
    os.close(fd)
    return None
