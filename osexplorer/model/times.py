"""Moments as people type them, to the nanosecond: a date, ``now``, ``-2h``, ``@1700000000.5``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import NamedTuple

from osexplorer.model.errors import Refused

SECOND = 1_000_000_000
EXPECTED = "a date as 2026-11-23 09:15:02.5, now, -2h, +3d, or @ and the seconds since 1970"

_UNITS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_DATE = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE | re.ASCII,
)
_EPOCH = re.compile(r"@([+-]?)(\d+)(?:\.(\d{1,9}))?", re.ASCII)
_SPAN = re.compile(r"(?:now\s*)?([+-])((?:\s*\d+(?:\.\d+)?\s*[a-z]+)+)", re.IGNORECASE | re.ASCII)
_AGO = re.compile(r"((?:\s*\d+(?:\.\d+)?\s*[a-z]+)+)\s+ago", re.IGNORECASE | re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE | re.ASCII)
_LAST_SECOND = 2**63 - 1
_LONGEST = 200
"""Characters; Python refuses to read a number of 4301 digits."""


class Times(NamedTuple):
    """Times of a file, nanoseconds since the epoch."""

    atime: int
    mtime: int


class NewTimes(NamedTuple):
    """Times that files shall get, nanoseconds since the epoch; None leaves a time as it is."""

    atime: int | None = None
    mtime: int | None = None
    current: bool = False
    """Both become the present moment as the kernel sees it, for which permission to write is enough."""

    def after(self, times: Times) -> Times:
        """What `times` become."""
        return Times(
            times.atime if self.atime is None else self.atime, times.mtime if self.mtime is None else self.mtime
        )


def parse_time(text: str, now: int) -> int:
    """Nanoseconds since the epoch of the moment that `text` names; a date without a zone is local time.

    Args:
        now: what ``now`` is and spans count from, nanoseconds since the epoch.

    Raises:
        Refused: it names none, or one that no file can have.
    """
    typed = text.strip()
    if len(typed) > _LONGEST:
        raise Refused(f"That is not {EXPECTED}: it is too long")
    if typed.lower() == "now":
        return now
    if match := _EPOCH.fullmatch(typed):
        sign, seconds, fraction = match.groups()
        found = int(seconds) * SECOND + _fraction(fraction)
        return _bounded(-found if sign == "-" else found, text)
    if match := _SPAN.fullmatch(typed):
        span = _span(match[2], text)
        return _bounded(now + (span if match[1] == "+" else -span), text)
    if match := _AGO.fullmatch(typed):
        return _bounded(now - _span(match[1], text), text)
    if match := _DATE.fullmatch(typed):
        return _date(match)
    raise Refused(f"{text!r} is not {EXPECTED}" if typed else f"Type {EXPECTED}")


def _date(match: re.Match[str]) -> int:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        clock = (int(hour or 0), int(minute or 0), int(second or 0))
        moment = datetime(int(year), int(month), int(day), *clock)
        if zone is not None:
            moment = moment.replace(tzinfo=_zone(zone))
        return int(moment.timestamp()) * SECOND + _fraction(fraction)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused(f"There is no such time: {error}") from error


def _zone(text: str) -> timezone:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59:
        raise ValueError("a zone's minutes are at most 59")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _fraction(digits: str | None) -> int:
    """Nanoseconds of the digits behind the point."""
    return int((digits or "0").ljust(9, "0"))


def _span(parts: str, text: str) -> int:
    total = Fraction(0)
    for number, unit in _PART.findall(parts):
        seconds = _UNITS.get(unit.lower())
        if seconds is None:
            raise Refused(f"{text!r}: {unit} is not one of {', '.join(_UNITS)}")
        total += Fraction(number) * seconds
    return int(total * SECOND)


def _bounded(moment: int, text: str) -> int:
    if abs(moment // SECOND) >= _LAST_SECOND:
        raise Refused(f"{text!r} is further away than the system's clock counts")
    return moment
