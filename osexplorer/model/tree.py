"""The tree of directories as rows: flattened, and only as far as it is expanded."""

from __future__ import annotations

import enum
from typing import NamedTuple

from osexplorer.model.errors import CallError


class Branch(enum.Enum):
    """What is known of the directories below one."""

    COLLAPSED = "collapsed"
    """Whether there are any below is not known."""
    LOADING = "loading"
    EXPANDED = "expanded"
    EMPTY = "empty"
    """Expanded; there is none below."""
    FAILED = "failed"


class TreeRow(NamedTuple):
    """One directory."""

    path: str
    name: str
    """Raw; ``/`` for the root."""
    depth: int
    branch: Branch
    link: bool = False
    """Whether it is a symbolic link that leads to a directory."""
    mount: bool = False
    """Whether a file system is mounted there."""
    error: CallError | None = None
    """Why it cannot be read."""
    unreadable: bool = False
    """Whether we may not list it, as far as its permissions tell before anybody tries."""
    loop: bool = False
    """Whether it is one of the directories above it once more, by a link or a bind mount."""
    last: tuple[bool, ...] = ()
    """For itself and every directory above it but the root, root first: whether it is the last of its parent's."""


class TreeState(NamedTuple):
    """A snapshot. The rows themselves are asked for from the service."""

    root: str = ""
    rows: int = 0
    revision: int = 0
    """Changes when anything that the rows show has changed."""
    hidden: bool = False
    """Whether directories whose name begins with a dot are shown; the way to `current` is shown in any case."""
    current: str | None = None
    """The directory last revealed."""
