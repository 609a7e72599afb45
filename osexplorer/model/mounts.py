"""A mounted file system."""

from __future__ import annotations

from typing import NamedTuple


class Mount(NamedTuple):
    """One line of ``/proc/self/mountinfo``, see proc(5)."""

    point: str
    """Where it is mounted."""
    root: str
    """Which directory of the file system is mounted there."""
    device: str
    """``major:minor``, as in `st_dev`."""
    kind: str
    """File-system type, as ``ext4``."""
    source: str
    """What is mounted, as ``/dev/sda1``."""
    options: frozenset[str]
    """Of the mount and of the file system together."""
    id: int = 0
    """What statx(2) calls `stx_mnt_id`: it tells mounts of one device apart."""
    parent: int = 0
    """The mount that it is mounted on."""
