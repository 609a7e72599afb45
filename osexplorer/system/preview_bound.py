"""How much of a file is read to show it, and for how long: the one measure for files, archives and pictures."""

from __future__ import annotations

import time
from collections.abc import Callable

MOST_BYTES = 256 * 1024
"""Bytes that are read of a file to show them."""

MOST_ENTRIES = 2000
"""Entries of a directory or an archive that are shown."""

SECONDS = 1.0
"""After so long a reading ends with what it has."""


class Bound:
    """When a reading has to end.

    Args:
        cancelled: whether nobody waits for it any more.
        seconds: how long it may take.
    """

    def __init__(self, cancelled: Callable[[], bool] = lambda: False, seconds: float = SECONDS) -> None:
        self._cancelled = cancelled
        self._end = time.monotonic() + seconds

    def reached(self) -> bool:
        """Whether it must end now."""
        return self._cancelled() or time.monotonic() > self._end
