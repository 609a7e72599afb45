"""What the system keeps about a file: lstat(2), stat(2), readlink(2), access(2), statx(2), listxattr(2)."""

from __future__ import annotations

import os
import stat
import sys
from typing import Any

from osexplorer.model.errors import CallError
from osexplorer.model.mounts import Mount
from osexplorer.model.status import Access, FileId, Link, Status
from osexplorer.system import calls, mounts
from osexplorer.system.extended import extended
from osexplorer.system.identity import group_name, user_name
from osexplorer.system.statx import Extra, statx

_MOST_LINKS = 40
"""How many links the kernel follows on one path, see path_resolution(7)."""

_EFFECTIVE = os.access in os.supports_effective_ids
_KERNEL_MADE = frozenset({"proc", "sysfs", "debugfs", "tracefs", "securityfs", "configfs", "cgroup", "cgroup2"})
"""File systems on which reading a file can do things; their files are not read to see whether they are scripts."""

if sys.platform == "darwin":
    _FLAGS = (
        (stat.UF_IMMUTABLE | stat.SF_IMMUTABLE, "immutable"),
        (stat.UF_APPEND | stat.SF_APPEND, "append-only"),
        (stat.UF_HIDDEN, "hidden"),
        (stat.UF_NODUMP, "no-dump"),
        (stat.UF_COMPRESSED, "compressed"),
    )

    def _attributes(found: os.stat_result, extra: Extra | None) -> tuple[str, ...]:
        return tuple(name for flag, name in _FLAGS if found.st_flags & flag)

    def _btime(found: os.stat_result, extra: Extra | None) -> int | None:
        return int(found.st_birthtime * 1_000_000_000)

    def _xattrs(path: str, *, follow: bool) -> tuple[str, ...]:
        return ()

else:

    def _attributes(found: os.stat_result, extra: Extra | None) -> tuple[str, ...]:
        return extra.attributes if extra else ()

    def _btime(found: os.stat_result, extra: Extra | None) -> int | None:
        return extra.btime if extra else None

    def _xattrs(path: str, *, follow: bool) -> tuple[str, ...]:
        try:
            return tuple(os.listxattr(path, follow_symlinks=follow))
        except OSError:  # not supported there, not allowed, or gone: the attributes are an extra
            return ()


def status(path: str, *, follow: bool = False) -> Status:
    """Everything about `path`; of a symbolic link itself, and of what it leads to, unless `follow`.

    Raises:
        CallError: stat or lstat failed.
    """
    found = calls.read(os.stat, path) if follow else calls.read(os.lstat, path)
    return _status(path, found, follow=follow)


def _status(path: str, found: os.stat_result, *, follow: bool) -> Status:
    extra = statx(path, follow=follow)
    if extra is not None and (extra.device, extra.inode) != (found.st_dev, found.st_ino):
        extra = None  # replaced between the two calls
    mount = mounts.mount_of(extra.mount_id if extra else 0, path)
    names = _xattrs(path, follow=follow)
    quiet = mount is not None and mount.kind not in _KERNEL_MADE
    common = Status(
        path=path,
        mode=found.st_mode,
        uid=found.st_uid,
        gid=found.st_gid,
        user=user_name(found.st_uid),
        group=group_name(found.st_gid),
        size=found.st_size,
        blocks=found.st_blocks,
        block_size=found.st_blksize,
        device=found.st_dev,
        inode=found.st_ino,
        links=found.st_nlink,
        rdev=found.st_rdev,
        atime=found.st_atime_ns,
        mtime=found.st_mtime_ns,
        ctime=found.st_ctime_ns,
        btime=_btime(found, extra),
        attributes=_attributes(found, extra),
        xattrs=names,
        extended=extended(path, found, names, follow=follow, quiet=quiet),
        mount=mount,
        read_only=mount is not None and "ro" in mount.options,
        script=_is_script(path, found, mount),
    )
    if not stat.S_ISLNK(found.st_mode):
        return common._replace(access=access(path))
    chain = link_chain(path)
    try:
        target = status(path, follow=True)
    except CallError as error:
        return common._replace(chain=chain, target_error=error)
    return common._replace(chain=chain, target=target, access=target.access)


def access(path: str) -> Access:
    """What we may do with `path`, links followed, with our effective user and groups where the system can tell.

    access(2) counts everything: mode, ACL, capabilities, a read-only mount, the immutable flag.
    """
    read, write, execute = (os.access(path, what, effective_ids=_EFFECTIVE) for what in (os.R_OK, os.W_OK, os.X_OK))
    return Access(read, write, execute)


def link_chain(path: str) -> tuple[Link, ...]:
    """Every step from the symbolic link `path` on, up to what is no link, is not there, or was passed before."""
    chain: list[Link] = []
    seen = set()
    place = path
    while place not in seen and len(chain) < _MOST_LINKS:
        seen.add(place)
        try:
            target = os.readlink(place)
        except OSError:  # no link, or not there: the end of the way, which stat explains
            break
        chain.append(Link(place, target))
        place = os.path.join(os.path.dirname(place), target)
    return tuple(chain)


def resolve(path: str) -> str:
    """The absolute path of what `path` leads to, free of symbolic links. See realpath(3).

    Raises:
        CallError: it leads nowhere.
    """
    return calls.read(os.path.realpath, path, strict=True)


def file_id(path: str | int, found: os.stat_result) -> FileId:
    """The identity of what is at `path` (a link itself) or behind a descriptor, of which `found` is the stat."""
    extra = statx(path)
    if extra is not None and (extra.device, extra.inode) != (found.st_dev, found.st_ino):
        extra = None
    return FileId(found.st_dev, found.st_ino, _btime(found, extra))


def pulse(path: str) -> tuple[Any, ...]:
    """What changes when the status of `path` does; cheap, and not recorded. Errors are part of it."""
    first = _pulse(path, follow=False)
    return (first, _pulse(path, follow=True)) if stat.S_ISLNK(first[0]) else (first,)


def pulses(paths: tuple[str, ...]) -> tuple[Any, ...]:
    """The pulse of each path."""
    return tuple(map(pulse, paths))


def statuses(paths: tuple[str, ...]) -> tuple[Status | CallError, ...]:
    """The status of each path, or why there is none."""
    return tuple(map(_status_or_error, paths))


def _status_or_error(path: str) -> Status | CallError:
    try:
        return status(path)
    except CallError as error:
        return error


def _pulse(path: str, *, follow: bool) -> tuple[int, ...]:
    try:
        found = os.stat(path, follow_symlinks=follow)
    except OSError as error:
        return (0, error.errno or 0)
    times = (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns)
    return (*found[:7], found.st_blocks, *times)


def _is_script(path: str, found: os.stat_result, mount: Mount | None) -> bool | None:
    """Whether a regular file begins with ``#!``, found without touching its access time; None when not looked."""
    no_atime = getattr(os, "O_NOATIME", None)
    if not stat.S_ISREG(found.st_mode) or not found.st_size or no_atime is None:
        return None
    if mount is None or mount.kind in _KERNEL_MADE:
        return None
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | no_atime)
    except OSError:  # not ours, or not readable: then its mode is not ours to change either
        return None
    try:
        now = os.fstat(fd)
        if (now.st_dev, now.st_ino, stat.S_ISREG(now.st_mode)) != (found.st_dev, found.st_ino, True):
            return None
        return os.read(fd, 2) == b"#!"
    except OSError:
        return None
    finally:
        os.close(fd)
