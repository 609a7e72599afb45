"""Reading directories: names and types first, everything else only for the entries that are asked for.

An entry is always looked at by its name in an open directory (openat(2), fstatat(2)), so that a directory which is
swapped for another one meanwhile is noticed.
"""

from __future__ import annotations

import errno
import os
import stat as _stat
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from osexplorer.model.arrangement import SortBy
from osexplorer.model.entry import EntryStat, Kind, Target, kind_of
from osexplorer.model.errors import CallError, NotFound, call_error
from osexplorer.model.listing import FAILED, Batch, Directory, Listing
from osexplorer.model.units import count_text
from osexplorer.system import calls
from osexplorer.system.identity import group_name, user_name
from osexplorer.system.mounts import remote_names
from osexplorer.system.statx import birth_time

T = TypeVar("T")

FIRST = 200
"""Entries in the first batch: more than one screen."""

LARGEST = 16384
"""Entries in one batch at most."""

INTERVAL = 0.1
"""Seconds between the batches that follow, where they are not full before."""

_CHECK = 256
O_PATH = getattr(os, "O_PATH", os.O_RDONLY)  # Linux: needs no read permission, see open(2)
_PATH_MAX = 4096


def absolute(path: str) -> str:
    """The path from the root, without ``.``, ``..`` and double slashes; symbolic links in it stay.

    Behind a link ``..`` is the directory above the one that it leads to, as the kernel goes; then the link is resolved.
    Behind what is no directory ``..`` stays, for the kernel to refuse it.

    Raises:
        CallError: it is relative, and the working directory is gone (os.getcwd).
    """
    if not path.startswith("/"):
        path = os.path.join(calls.read(os.getcwd), path)
    if ".." not in path:
        return os.path.normpath("/" + path.lstrip("/"))
    done = "/"
    parts = [part for part in path.split("/") if part not in ("", ".")]
    for at, part in enumerate(parts):
        if part != "..":
            done = os.path.join(done, part)
            continue
        if not os.path.isdir(done):
            return os.path.join(done, *parts[at:])
        done = os.path.dirname(os.path.realpath(done) if os.path.islink(done) else done)
    return done


def locate(path: str) -> tuple[str, str | None]:
    """The directory to show for a path, and the name in it to point at: None for a directory, which is shown itself.

    Raises:
        CallError: there is nothing of that name (os.stat), or something ends in a slash that is no directory.
    """
    place = absolute(path)
    asked = f"{place}/" if path.endswith("/") else place
    try:
        status = os.stat(asked)
    except OSError as error:
        parent, name = os.path.split(place)
        try:  # a link that leads nowhere is an entry too
            os.lstat(asked)
        except OSError:
            raise _failed(error, "os.stat", asked) from error
        return parent, name
    if _stat.S_ISDIR(status.st_mode):
        return place, None
    return os.path.split(place)


def look(path: str) -> Directory:
    """The directory now, by its path. Not recorded: it is asked every other second.

    Raises:
        CallError: it is not there (os.stat).
    """
    try:
        return _directory(os.stat(path))
    except OSError as error:
        raise call_error(error, "os.stat", path) from error


def scan(path: str, ticket: int) -> Iterator[Directory | Batch]:
    """Read a directory: first what it is, then its entries, some hundred at once and more of them every 0.1 s.

    Names and types only, without a stat of any entry. Entries of other kinds than directory, file and link come as
    :attr:`Kind.OTHER`.

    Raises:
        CallError: it cannot be opened (os.open), or reading it failed on the way (os.scandir): earlier batches hold.
    """
    started, begin = time.time_ns(), time.perf_counter_ns()
    descriptor = open_directory(path)
    total = 0
    try:
        yield _directory(os.fstat(descriptor))
        for batch in _batches(descriptor, ticket):
            total += len(batch.kinds)
            yield batch
    except OSError as error:
        spent = time.perf_counter_ns() - begin
        note = f"after {count_text(total, 'entry', 'entries')}"
        calls.record("os.scandir", path, started=started, duration=spent, error=error, note=note)
        raise call_error(error, "os.scandir", path) from error
    finally:
        os.close(descriptor)
    spent = time.perf_counter_ns() - begin
    calls.record("os.scandir", path, started=started, duration=spent, note=count_text(total, "entry", "entries"))


def _batches(descriptor: int, ticket: int) -> Iterator[Batch]:
    directory, file, symlink, other = Kind.DIRECTORY.value, Kind.FILE.value, Kind.SYMLINK.value, Kind.OTHER.value
    names: list[str] = []
    kinds = bytearray()
    inodes: array[int] = array("Q")
    size, due, base = FIRST, time.monotonic() + INTERVAL, 0
    with os.scandir(descriptor) as entries:
        for entry in entries:
            names.append(entry.name)
            if entry.is_file(follow_symlinks=False):
                kinds.append(file)
            elif entry.is_dir(follow_symlinks=False):
                kinds.append(directory)
            else:
                kinds.append(symlink if entry.is_symlink() else other)
            inodes.append(entry.inode())
            if len(names) >= size:
                if size != FIRST and size < LARGEST and time.monotonic() < due:
                    size += _CHECK
                    continue
                batch = Batch.of(ticket, names, bytes(kinds), inodes, base)
                base += len(batch.packed.data)
                yield batch
                names, kinds, inodes = [], bytearray(), array("Q")
                size, due = _CHECK, time.monotonic() + INTERVAL
    if names:
        yield Batch.of(ticket, names, bytes(kinds), inodes, base)


def stat_entries(
    path: str, names: Sequence[str], identity: tuple[int, int] | None = None, births: bool = False
) -> list[EntryStat | CallError]:
    """What lstat says about entries of a directory, in their order; for each that fails, why.

    Where a link leads is not followed here, for that may be another file system: see :func:`follow_links`.

    Args:
        identity: device and inode that the directory must still have.
        births: ask for the times of birth too, by another call each.

    Raises:
        CallError: the directory cannot be opened (os.open).
        NotFound: another directory stands at this path now.
    """
    started, begin = time.time_ns(), time.perf_counter_ns()
    descriptor = open_directory(path, O_PATH)
    try:
        _same(descriptor, path, identity)
        result = [_stat_entry(descriptor, path, name, births) for name in names]
    finally:
        os.close(descriptor)
    spent = time.perf_counter_ns() - begin
    calls.record("os.lstat", path, started=started, duration=spent, note=count_text(len(names), "entry", "entries"))
    return result


def _stat_entry(descriptor: int, path: str, name: str, births: bool) -> EntryStat | CallError:
    try:
        status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        birth = birth_time(descriptor, name) if births else None
    except OSError as error:
        return call_error(error, "os.lstat", os.path.join(path, name))
    link = None
    if _stat.S_ISLNK(status.st_mode):
        try:
            link = os.readlink(name, dir_fd=descriptor)
        except OSError as error:
            if error.errno == errno.ENOENT:
                return call_error(error, "os.readlink", os.path.join(path, name))
    return EntryStat(
        mode=status.st_mode,
        size=status.st_size,
        uid=status.st_uid,
        gid=status.st_gid,
        owner=user_name(status.st_uid),
        group=group_name(status.st_gid),
        mtime=status.st_mtime_ns,
        ctime=status.st_ctime_ns,
        links=status.st_nlink,
        device=status.st_dev,
        inode=status.st_ino,
        rdev=status.st_rdev,
        link=link,
        atime=status.st_atime_ns,
        btime=birth,
    )


def entries(path: str, names: Iterable[str], identity: tuple[int, int] | None) -> dict[str, tuple[int, int] | None]:
    """Kind and inode of what has each of these names in a directory now; None where there is nothing.

    Raises:
        CallError: the directory cannot be opened (os.open), or another one stands at this path now.
    """
    descriptor = open_directory(path, O_PATH)
    found: dict[str, tuple[int, int] | None] = {}
    try:
        _same(descriptor, path, identity)
        for name in names:
            try:
                status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            except FileNotFoundError:
                found[name] = None
            except OSError:
                continue
            else:
                found[name] = kind_of(status.st_mode), status.st_ino
    finally:
        os.close(descriptor)
    return found


def follow_links(path: str, names: Sequence[str]) -> list[Target]:
    """Where symbolic links in a directory lead in the end.

    Raises:
        CallError: the directory cannot be opened (os.open).
    """
    descriptor = open_directory(path, O_PATH)
    try:
        return [_target(descriptor, name) for name in names]
    finally:
        os.close(descriptor)


def _target(descriptor: int, name: str) -> Target:
    try:
        status = os.stat(name, dir_fd=descriptor)
    except OSError as error:
        return Target(None, errno=error.errno or 0)
    return Target(kind_of(status.st_mode), status.st_mode)


class Figures(NamedTuple):
    """Figures of some entries, to sort by."""

    first: int
    """Which of the rows asked for the first is of."""
    figures: array[int]
    """``FAILED`` for an entry without one."""
    serial: int
    """:attr:`Listing.serial` before they were looked at: where it is another one now, the rows may be others' too."""
    names: dict[int, str]
    """Of owners or groups the names of new numbers."""


def figures(
    path: str, listing: Listing, rows: Sequence[int], by: SortBy, identity: tuple[int, int] | None = None
) -> Iterator[Figures]:
    """One figure of each row, to sort by: some at a time. What is mounted there from elsewhere is not asked, for it may
    not answer: it has none.

    Raises:
        CallError: the directory cannot be opened (os.open), or another one stands at this path now.
    """
    started, begin = time.time_ns(), time.perf_counter_ns()
    named = {"uid": user_name, "gid": group_name}.get(by)
    known: set[int] = set()
    apart = remote_names(path)
    descriptor = open_directory(path, O_PATH)
    try:
        _same(descriptor, path, identity)
        for first in range(0, len(rows), _FIGURES_AT_ONCE):
            serial = listing.serial
            found = _figures(descriptor, listing.names.take(rows[first : first + _FIGURES_AT_ONCE]), by, apart)
            names = {}
            if named is not None:
                names = {number: named(number) for number in set(found) - known if number >= 0}
                known.update(names)
            yield Figures(first, found, serial, names)
    finally:
        os.close(descriptor)
    spent = time.perf_counter_ns() - begin
    note = f"{count_text(len(rows), 'entry', 'entries')}, to sort by {by}"
    calls.record("os.lstat", path, started=started, duration=spent, note=note)


_FIGURES_AT_ONCE = 4096


def _figures(descriptor: int, names: Sequence[str], by: SortBy, apart: frozenset[str]) -> array[int]:
    found = array("q")
    figure = _FIGURES.get(by)
    for name in names:
        if name in apart:
            found.append(FAILED)
            continue
        try:
            if figure is None:
                found.append(birth_time(descriptor, name) or 0)
            else:
                found.append(figure(os.stat(name, dir_fd=descriptor, follow_symlinks=False)))
        except OSError:
            found.append(FAILED)
    return found


_FIGURES: dict[str, Callable[[os.stat_result], int]] = {
    "size": lambda status: status.st_size,
    "mtime": lambda status: status.st_mtime_ns,
    "ctime": lambda status: status.st_ctime_ns,
    "atime": lambda status: status.st_atime_ns,
    "mode": lambda status: _stat.S_IMODE(status.st_mode),
    "uid": lambda status: status.st_uid,
    "gid": lambda status: status.st_gid,
    "links": lambda status: status.st_nlink,
}


def open_directory(path: str, flags: int = os.O_RDONLY) -> int:
    """A descriptor of a directory, also where the path is longer than the kernel takes at once.

    Raises:
        CallError: it cannot be opened (os.open).
    """
    flags |= os.O_DIRECTORY | os.O_CLOEXEC
    if len(os.fsencode(path)) < _PATH_MAX:
        return _quiet(os.open, path, flags)
    parts = path.split("/")
    descriptor = _quiet(os.open, "/" if path.startswith("/") else ".", O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in filter(None, parts):
        try:
            deeper = os.open(part, O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=descriptor)
        except OSError as error:
            raise _failed(error, "os.open", path) from error
        finally:
            os.close(descriptor)
        descriptor = deeper
    try:
        return os.open(".", flags, dir_fd=descriptor)
    except OSError as error:
        raise _failed(error, "os.open", path) from error
    finally:
        os.close(descriptor)


def _same(descriptor: int, path: str, identity: tuple[int, int] | None) -> None:
    status = os.fstat(descriptor)
    if identity is not None and identity != (status.st_dev, status.st_ino):
        raise NotFound(errno.ENOENT, "another directory is there now", "os.open", path)


def _directory(status: os.stat_result) -> Directory:
    return Directory(status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, time.time_ns())


def _quiet(function: Callable[..., T], path: str, *args: Any) -> T:
    """Make a call that is recorded only when it fails: the summary of the loop around it tells of the others."""
    try:
        return function(path, *args)
    except OSError as error:
        raise _failed(error, calls.function_name(function), path, *args) from error


def _failed(error: OSError, call: str, path: str, *args: Any) -> CallError:
    calls.record(call, path, *args, started=time.time_ns(), duration=0, error=error)
    return call_error(error, call, path)
