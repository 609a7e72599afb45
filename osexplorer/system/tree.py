"""The directories in a directory."""

from __future__ import annotations

import os
from typing import NamedTuple

from osexplorer.model.entry import Kind
from osexplorer.model.listing import Batch, Directory
from osexplorer.system import files, mounts


class Directories(NamedTuple):
    """What a tree shows below a directory."""

    directory: Directory
    """The one that was read."""
    names: list[str]
    """Directories."""
    links: list[tuple[str, str]]
    """Symbolic links, each with its text: they may lead to directories."""
    unreadable: frozenset[str]
    """Directories that we may not list or not enter."""


LINKS = 1000
"""More links than these in one directory are left out: each costs a look at another place."""

ASKED = 1000
"""Of so many directories in one it is asked beforehand whether they can be listed."""


def directories(path: str) -> Directories:
    """The directories in a directory, and the links that may lead to some; what is mounted there is not touched.

    Raises:
        CallError: as :func:`osexplorer.system.files.scan`.
    """
    items = files.scan(path, 0)
    directory = next(items)
    assert isinstance(directory, Directory)
    found = Directories(directory, [], [], frozenset())
    for batch in items:
        if isinstance(batch, Batch):
            for name, kind in zip(batch.names, batch.kinds, strict=True):
                if kind == Kind.DIRECTORY:
                    found.names.append(name)
                elif kind == Kind.SYMLINK and len(found.links) < LINKS:
                    try:
                        found.links.append((name, os.readlink(os.path.join(path, name))))
                    except OSError:  # gone meanwhile
                        continue
    return found._replace(unreadable=_unreadable(path, found.names[:ASKED]))


def _unreadable(path: str, names: list[str]) -> frozenset[str]:
    """Those that faccessat(2) says we may not list or enter. A mount is not asked: it may not answer."""
    points, real = mount_points(), os.path.realpath(path)
    descriptor = files.open_directory(path, files.O_PATH)
    try:
        asked = [name for name in names if os.path.join(real, name) not in points]
        return frozenset(name for name in asked if not os.access(name, _LIST, dir_fd=descriptor, **_EFFECTIVE))
    finally:
        os.close(descriptor)


_LIST = os.R_OK | os.X_OK
_EFFECTIVE = {"effective_ids": True} if os.access in os.supports_effective_ids else {}


def mount_points() -> frozenset[str]:
    """Where file systems are mounted."""
    return frozenset(mount.point for mount in mounts.mounts())
