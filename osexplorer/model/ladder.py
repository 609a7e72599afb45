"""Ending a tree of processes by degrees: which signals, and how long each is given to work."""

from __future__ import annotations

import re
import signal
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.signals import parse_signal, signal_name

DEFAULT_LADDER = "TERM 5, KILL"
_LONGEST = 3600.0
_RUNG = re.compile(r"(\S+)(?:\s+(\d+(?:\.\d+)?)\s*s?)?")


class Rung(NamedTuple):
    """One signal, and what it is given."""

    number: int
    seconds: float
    """Until the next; 0 for the last, which is waited for as long as it takes."""


def parse_ladder(text: str) -> tuple[Rung, ...]:
    """What ``INT 2, TERM 5, KILL`` means: signals, each but the last with the seconds before the next.

    Raises:
        Refused: it means nothing; the text says why.
    """
    rungs = []
    words = [part.strip() for part in text.split(",") if part.strip()]
    if not words:
        raise Refused("No signal was named")
    for at, word in enumerate(words):
        match = _RUNG.fullmatch(word)
        if match is None:
            raise Refused(f"{display(word)}: a signal and seconds are wanted, as TERM 5")
        number = parse_signal(match[1])
        last = at == len(words) - 1
        if not number:
            raise Refused("0 delivers nothing")
        if match[2] is None and not last:
            raise Refused(f"{match[1]} needs the seconds that it is given, as {match[1]} 5")
        seconds = 0.0 if last else float(match[2])
        if seconds > _LONGEST:
            raise Refused(f"{match[2]} seconds are more than an hour")
        rungs.append(Rung(number, seconds))
    return tuple(rungs)


def ladder_text(ladder: tuple[Rung, ...]) -> str:
    """``INT, 2 s later TERM, 5 s later KILL``."""
    words = []
    for at, rung in enumerate(ladder):
        lead = f"{ladder[at - 1].seconds:g} s later " if at else ""
        words.append(f"{lead}{signal_name(rung.number).removeprefix('SIG')}")
    return ", ".join(words)


class Stopping(NamedTuple):
    """How far the ending of a tree is."""

    number: int
    """The signal sent last."""
    left: int
    """Processes left, the child itself among them."""
    until: int
    """When the next signal comes, on the monotonic clock, nanoseconds; 0 when this is the last."""
    denied: int = 0
    """How many of those left may not be signalled."""

    def text(self, now: int) -> str:
        """``TERM, 3 left, 4s``."""
        left = f"{self.left} left"
        wait = f", {max((self.until - now) // 1_000_000_000, 0)}s" if self.until else ""
        return f"{signal_name(self.number).removeprefix('SIG')}, {left}{wait}"


class Stopped(NamedTuple):
    """What the ending of a tree came to."""

    sent: tuple[int, ...]
    """The signals that were sent, in order; none when nothing was there."""
    ended: int
    """Processes that were there and are gone."""
    left: tuple[int, ...]
    """The numbers of those that are still there: they may not be signalled, or do not die."""


KILL = int(signal.SIGKILL)
