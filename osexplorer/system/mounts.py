"""Mounted file systems, and on which of them a path lies, found without touching the path.

Linux: ``/proc/self/mountinfo``, see proc(5). Elsewhere there is one lane for all paths.
"""

from __future__ import annotations

import os
import re
import threading
import time
from functools import lru_cache

from osexplorer.model.display import display
from osexplorer.model.mounts import Mount

_MOUNTINFO = "/proc/self/mountinfo"
_FRESH_SECONDS = 2.0
_OCTAL = re.compile(r"\\([0-7]{3})")

_lock = threading.Lock()
_table: tuple[float, str, tuple[Mount, ...]] = (float("-inf"), "", ())


def mounts(*, fresh: bool = False) -> tuple[Mount, ...]:
    """The mounts that this process sees, in mount order; empty where the system does not tell.

    Args:
        fresh: read them now; else they may be 2 s old.
    """
    global _table
    with _lock:
        read_at, text, parsed = _table
        if not fresh and time.monotonic() - read_at < _FRESH_SECONDS:
            return parsed
        try:
            with open(_MOUNTINFO, encoding="utf-8", errors="surrogateescape") as file:
                new = file.read()
        except OSError:
            new = ""
        if new != text:
            parsed = tuple(_parse(line) for line in new.splitlines() if line)
            _points.cache_clear()
        _table = (time.monotonic(), new, parsed)
        return parsed


def mount_point(path: str) -> str:
    """The mount point that `path` lies on by its name alone (symbolic links are not followed); ``"/"`` if unknown."""
    points = _points(mounts())
    place = os.path.normpath(path if path.startswith("/") else os.path.join("/", path))
    while place not in points and place != "/":
        place = os.path.dirname(place)
    return place


def mount_problem(path: str) -> str:
    """Why an entry cannot go elsewhere as a whole: it is a mount point, or holds one; in words, ``""`` for no reason.

    Links above it are followed, for a mount point has one path only.
    """
    above, name = os.path.split(path.rstrip("/"))
    real = os.path.join(os.path.realpath(above), name)
    points = [mount.point for mount in mounts(fresh=True)]
    if real in points:
        return f"{display(path)} is a mount point: unmount it first"
    inside = next((point for point in points if point.startswith(f"{real}/")), None)
    return f"{display(path)} holds a mount point: unmount {display(inside)} first" if inside is not None else ""


def mount_of(mount_id: int, path: str) -> Mount | None:
    """The mount with that id, as statx(2) tells it for a file; for id 0 the one that `path` lies on by its name."""
    table = mounts()
    if mount_id:
        return next((mount for mount in table if mount.id == mount_id), None)
    point = mount_point(os.path.abspath(path))
    return next((mount for mount in reversed(table) if mount.point == point), None)


def mounted_on(mount: Mount, path: str) -> Mount | None:
    """What is mounted on a file that is reached by another path too, by which nothing covers it.

    Args:
        mount: the one that the file lies on.
        path: its own, no link in it.
    """
    wanted = (mount.device, _inside(mount, path))
    by_id = {one.id: one for one in mounts()}
    for one in by_id.values():
        below = by_id.get(one.parent)
        if below is not None and (below.device, _inside(below, one.point)) == wanted:
            return one
    return None


def _inside(mount: Mount, path: str) -> str:
    """The path of a file in its file system, by that of its mount."""
    return os.path.normpath(os.path.join(mount.root, os.path.relpath(path, mount.point)))


REMOTE = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "virtiofs", "vboxsf", "fuse")
)
"""File systems that somebody else serves: they may change without a word, or not answer."""


def is_remote(kind: str) -> bool:
    """Whether a file system of that type, as mountinfo calls it, is served by somebody else."""
    return kind in REMOTE or kind.startswith("fuse.")


def remote_names(directory: str) -> frozenset[str]:
    """Names of entries of a directory on which something is mounted that may not answer."""
    place = os.path.realpath(directory)
    points = (mount.point for mount in mounts() if is_remote(mount.kind))
    return frozenset(os.path.basename(point) for point in points if os.path.dirname(point) == place)


@lru_cache(maxsize=2)
def _points(table: tuple[Mount, ...]) -> frozenset[str]:
    return frozenset(mount.point for mount in table)


def _parse(line: str) -> Mount:
    """One line of mountinfo: ``36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw``."""
    fields, _, rest = line.partition(" - ")
    parts = fields.split(" ")
    kind, source, options = (*rest.split(" "), "", "", "")[:3]
    return Mount(
        point=unescape(parts[4]),
        root=unescape(parts[3]),
        device=parts[2],
        kind=kind,
        source=unescape(source),
        options=frozenset(parts[5].split(",")) | frozenset(options.split(",")),
        id=int(parts[0]),
        parent=int(parts[1]),
    )


def unescape(field: str) -> str:
    """Undo the kernel's octal escapes of space, tab, newline and backslash."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), field) if "\\" in field else field
