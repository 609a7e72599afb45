"""Waiting for descriptors, whatever their numbers: select(2) takes none above 1023."""

from __future__ import annotations

import select


def readable(seconds: float | None, *descriptors: int) -> bool:
    """Wait until one of them can be read or has ended, so many seconds at most; without an end for None."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if seconds is None else seconds * 1000))
