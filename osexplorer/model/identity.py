"""Who a process runs as."""

from __future__ import annotations

from typing import NamedTuple


class Identity(NamedTuple):
    """Users, groups, umask and host of this process; see credentials(7)."""

    host: str
    uid: int
    euid: int
    gid: int
    egid: int
    groups: tuple[int, ...]
    """Supplementary groups."""
    user: str
    """Name of the real user; the number as text where there is no passwd entry."""
    effective_user: str
    group: str
    effective_group: str
    umask: int
