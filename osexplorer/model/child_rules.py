"""What shall happen to a child besides running: a time limit, starting again after a failure or a change of files."""

from __future__ import annotations

import enum
import math
import posixpath
import shlex
from typing import NamedTuple

from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch, parse_seconds, with_home
from osexplorer.model.units import count_text, duration_text

LONGEST_WAIT = 60.0
"""Seconds between a failure and the next start, at most."""
MOST_RESTARTS = 1000


class Overlap(enum.Enum):
    """What becomes of a run that goes on while files change."""

    STOP = "stop"
    """It is ended, and the next one starts then."""
    WAIT = "wait"
    """The next one starts when it has ended by itself."""


class Rules(NamedTuple):
    """All of them; those left at their default do nothing."""

    timeout: float | None = None
    """Seconds after which it is ended: SIGTERM, and after `grace` SIGKILL."""
    grace: float = 3.0
    """Seconds between the two."""
    restarts: int = 0
    """How often it is started again, one failure after the other."""
    backoff: float = 1.0
    """Seconds before the first of these starts; each further one waits twice as long, up to :data:`LONGEST_WAIT`."""
    watched: tuple[str, ...] = ()
    """Files and directories after whose change it runs again; a directory with all below it."""
    debounce: float = 0.2
    """Seconds without a further change before it does."""
    overlap: Overlap = Overlap.STOP
    notify: bool = False
    """Whether its end is told, with a bell."""

    @property
    def again(self) -> bool:
        """Whether it may be started again."""
        return bool(self.restarts or self.watched)

    def wait(self, restart: int) -> float:
        """Seconds before restart number `restart`, from 1."""
        return min(self.backoff * 2.0 ** min(restart - 1, 30), LONGEST_WAIT)

    @property
    def text(self) -> str:
        """In words; ``""`` for none."""
        parts = []
        if self.timeout is not None:
            parts.append(f"at most {span_text(self.timeout)}")
        if self.restarts:
            parts.append(f"restarted up to {count_text(self.restarts, 'time')}, first after {span_text(self.backoff)}")
        if self.watched:
            count = len(self.watched)
            parts.append(f"run again when {count_text(count, 'path changes', 'paths change')}")
        if self.notify:
            parts.append("its end is told")
        return ", ".join(parts)


def rules_of(launch: Launch) -> Rules:
    """Those that a launch brings along."""
    return Rules(timeout=launch.timeout, restarts=launch.restarts, watched=launch.watched)


def span_text(seconds: float) -> str:
    """A span of time as people give one: ``5 s``, ``0.5 s``, ``2m30s``."""
    return f"{seconds:g} s" if seconds < 60 else duration_text(seconds)


def countdown_text(left: float, restart: int, rules: Rules) -> str:
    """What the row says before a restart: ``restarting in 4 s, 2 of 5``."""
    return f"restarting in {max(math.ceil(left), 0)} s, {restart} of {rules.restarts}"


def parse_restarts(text: str) -> int:
    """How often to start again, 0 to :data:`MOST_RESTARTS`.

    Raises:
        Refused: it is no such number.
    """
    try:
        value = int(text.strip() or "0")
    except ValueError:
        value = -1
    if not 0 <= value <= MOST_RESTARTS:
        raise Refused(f"{text!r} is not a number of restarts from 0 to {MOST_RESTARTS}")
    return value


def parse_watched(text: str) -> tuple[str, ...]:
    """Paths, quoted as for a shell.

    Raises:
        Refused: a quote is not closed.
    """
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise Refused(f"{error}: quote paths as for a shell") from None


def watched_path(path: str, directory: str, home: str) -> str:
    """Where a path to watch leads that was typed in `directory`, as the kernel takes it: ``..`` leads out of where a
    symbolic link before it leads to, not out of where the link is.

    Args:
        home: stands for a ``~`` at its beginning.
    """
    parts = [part for part in posixpath.join(directory, with_home(path, home)).split("/") if part not in ("", ".")]
    return "/" + "/".join(parts)


def parse_optional_seconds(text: str) -> float | None:
    """As :func:`~osexplorer.model.launch.parse_seconds`; None for nothing.

    Raises:
        Refused: it is no span of time.
    """
    return parse_seconds(text) if text.strip() else None
