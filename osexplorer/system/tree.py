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


LINKS = 1000
"""More links than these in one directory are left out: each costs a look at another place."""


def directories(path: str) -> Directories:
    """The directories in a directory, and the links that may lead to some; no stat of any of them.

    Raises:
        CallError: as :func:`osexplorer.system.files.scan`.
    """
    items = files.scan(path, 0)
    directory = next(items)
    assert isinstance(directory, Directory)
    found = Directories(directory, [], [])
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
    return found


def mount_points() -> frozenset[str]:
    """Where file systems are mounted."""
    return frozenset(mount.point for mount in mounts.mounts())
