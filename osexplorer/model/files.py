"""The state of the files service: what is listed, how far it is, and what stands in the way."""

from __future__ import annotations

import enum
from typing import NamedTuple

from osexplorer.model.arrangement import Arrangement
from osexplorer.model.errors import CallError
from osexplorer.model.watch import Watching


class Status(enum.Enum):
    """How far the listing of a directory can be trusted."""

    NONE = "nothing is listed"
    LOADING = "loading"
    READY = "complete"
    PARTIAL = "partial"
    """Reading stopped on the way: an error, or the wait was given up."""
    STALE = "stale"
    """What was: the directory cannot be read now."""
    FAILED = "failed"
    """The first directory that was asked for cannot be shown, and there is no other one to stay in."""


class FilesState(NamedTuple):
    """A snapshot. The rows themselves are asked for from the service's view."""

    path: str = ""
    """The directory listed, or, after a failure without one, asked for."""
    ticket: int = 0
    """Another one for each directory entered; keys of rows hold within one."""
    status: Status = Status.NONE
    error: CallError | None = None
    """Why it is partial, stale or failed; None for a load that was given up."""
    total: int = 0
    """Entries, those that are not shown included."""
    shown: int = 0
    """Rows."""
    arrangement: Arrangement = Arrangement()
    revision: int = 0
    """Changes when there are other rows, or in another order."""
    looks: int = 0
    """Changes when more is known of the rows."""
    cursor: int | None = None
    """Key of the row to point at: the one asked for."""
    pending: str | None = None
    """The directory that is being opened, while the one listed is still another."""
    since: float = 0.0
    """When the load began, in seconds of the monotonic clock."""
    again: float = 0.0
    """When it was asked again for what is listed, on the same clock; 0 unless that takes long."""
    progress: float | None = None
    """How much of the arranging is done, 0 to 1; None when nothing is being arranged."""
    activity: str = ""
    """What is done for it: ``"sorting"``, ``"filtering"`` or ``"looking"``."""
    watching: Watching = Watching.OFF
    watching_reason: str = ""
    """Why it is polled."""
