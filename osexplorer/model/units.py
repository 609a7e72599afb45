"""How sizes, times and durations read: short, of steady width, and never rounded to a lie."""

from __future__ import annotations

import time

_UNITS = "BKMGTPE"


def plural(count: int, one: str, many: str = "") -> str:
    """The words for so many things: `one` for a single one, else `many`, which is `one` with an s where left out."""
    return one if count == 1 else many or f"{one}s"


def count_text(count: int, one: str, many: str = "") -> str:
    """A number with the words for so many, as :func:`plural`: ``1 entry``, ``1,204 entries``."""
    return f"{count:,} {plural(count, one, many)}"


def size_text(size: int) -> str:
    """Bytes in at most five characters, in powers of 1024 as ``ls -h`` does: ``999B``, ``1.5K``, ``12M``, ``1023G``."""
    if size < 1000:
        return f"{size}B"
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value /= 1024
        unit += 1
    return f"{value:.1f}{_UNITS[unit]}" if value < 9.95 else f"{value:.0f}{_UNITS[unit]}"


def duration_text(seconds: float) -> str:
    """A span of time in at most seven characters: ``0.42s``, ``12.3s``, ``4m07s``, ``3h05m``, ``12d03h``."""
    if seconds < 9.995:
        return f"{max(seconds, 0.0):.2f}s"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02d}h"


def latency_text(nanoseconds: int) -> str:
    """How long a call took, in at most six characters: ``850ns``, ``12.3µs``, ``4.56ms``, ``2.5s``, ``123s``."""
    if nanoseconds < 999.5:
        return f"{max(nanoseconds, 0)}ns"
    value = float(nanoseconds)
    for unit in ("µs", "ms"):
        value /= 1000
        if value < 999.5:
            digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
            return f"{value:.{digits}f}{unit}"
    return f"{value / 1000:.1f}s" if value < 99_950 else f"{value / 1000:.0f}s"


def time_text(nanoseconds: int) -> str:
    """A moment, given in nanoseconds since the epoch, as local time to the minute: ``2026-11-23 09:15``."""
    return _local(nanoseconds, "%Y-%m-%d %H:%M")


def exact_time_text(nanoseconds: int) -> str:
    """A moment to the nanosecond, with the zone: ``2026-11-23 09:15:02.123456789 +0000``, as stat(1) writes it."""
    _, fraction = divmod(nanoseconds, 1_000_000_000)
    return f"{_local(nanoseconds, '%Y-%m-%d %H:%M:%S')}.{fraction:09d} {_local(nanoseconds, '%z')}".rstrip()


def _local(nanoseconds: int, form: str) -> str:
    try:
        return time.strftime(form, time.localtime(nanoseconds // 1_000_000_000))
    except (OverflowError, ValueError, OSError):  # a damaged inode may hold the year 2**40
        return f"@{nanoseconds // 1_000_000_000}"
