"""What a watcher tells about a directory: hints only. What is there is what a scan finds."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Watching(enum.Enum):
    """How changes of a directory are noticed."""

    OFF = "not watched"
    LIVE = "live"
    """The kernel tells of changes at once; the directory's times are checked now and then besides."""
    POLLING = "polling"
    """The directory is looked at now and then."""


class Hint(NamedTuple):
    """Something may have changed in a directory."""

    path: str
    """The watched directory, as it was asked for."""
    watching: Watching
    """How it is watched from now on."""
    reason: str = ""
    """Why it is polled; ``""`` while it is watched live."""
    entries: bool = False
    """Whether entries may have come or gone; otherwise entries that stay have changed."""
    names: frozenset[str] | None = None
    """Names it is about; None where that is not known."""
