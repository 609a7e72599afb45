"""Long work as it goes: how far it is, how fast, what it left out and what went wrong."""

from __future__ import annotations

import enum
from typing import NamedTuple, Protocol

from osexplorer.model.errors import OSExplorerError

KEEP_FAILURES = 1000
"""Failures kept in a list; all are counted."""


class Cancelled(OSExplorerError):
    """Raised inside work whose task was cancelled; it tidies up and lets this pass."""


class TaskState(enum.Enum):
    """Where a task is in its life."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    DONE = "done"
    FAILED = "failed"
    """It could not go on at all; single failures do not make a task fail."""


class Failure(NamedTuple):
    """One thing that could not be done, while the rest went on."""

    path: str
    reason: str
    """What happened, as ``EACCES (Permission denied) from os.scandir``."""


class Task(NamedTuple):
    """A snapshot of one task."""

    id: int
    title: str
    """What it does, as ``Measure /home``; foreign text in it has passed ``display()``."""
    unit: str
    """What `done` and `total` count: ``"entries"``, ``"bytes"``."""
    began: int
    """Monotonic clock, nanoseconds."""
    state: TaskState = TaskState.RUNNING
    done: int = 0
    total: int | None = None
    """None where it is not known."""
    skipped: int = 0
    """Left out on purpose, as another file system."""
    failed: int = 0
    failures: tuple[Failure, ...] = ()
    """The first of them."""
    rate: float = 0.0
    """Units a second, lately."""
    duration: int | None = None
    """Nanoseconds from start to end, pauses included; None while it goes on."""
    current: str = ""
    """What it is at, as a path, raw; ``""`` for nothing to tell."""
    result: str = ""
    """What came of it, in words; while it goes on, what is known so far."""

    @property
    def unfinished(self) -> bool:
        """Whether it still goes on, or could."""
        return self.state in (TaskState.RUNNING, TaskState.PAUSED, TaskState.CANCELLING)

    @property
    def fraction(self) -> float | None:
        """How much of it is done, 0 to 1; None where the total is not known."""
        return min(self.done / self.total, 1.0) if self.total else None

    @property
    def left(self) -> float | None:
        """Seconds that the rest takes at the present rate; None where that cannot be told."""
        if self.total is None or self.rate <= 0 or not self.unfinished:
            return None
        return max(self.total - self.done, 0) / self.rate

    def elapsed(self, now: int) -> int:
        """Nanoseconds since it began, or till it ended; `now` on the monotonic clock."""
        return self.duration if self.duration is not None else max(now - self.began, 0)


class Progress(Protocol):
    """What long work in the system layer reports to and asks. Called from the thread that does the work."""

    def checkpoint(self) -> None:
        """To be called between steps, often: waits while the task is paused.

        Raises:
            Cancelled: the task was cancelled.
        """

    def advance(self, done: int = 1, current: str | None = None) -> None:
        """So many units more are done; `current` is what it is at."""

    def expect(self, total: int) -> None:
        """So many units there are in all."""

    def skip(self, path: str, reason: str = "") -> None:
        """This was left out on purpose."""

    def fail(self, path: str, error: OSExplorerError) -> None:
        """This could not be done; the work goes on."""

    def say(self, result: str) -> None:
        """What is known so far, in words."""
