"""The call log: every change, every failed call, and lately made reads, oldest first."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
from collections import deque
from collections.abc import Iterator

from osexplorer.model.calls import Call
from osexplorer.services.feed import Feed

KEEP = 10_000
"""Changes and failures kept."""

KEEP_READS = 1_000
"""Successful reads kept; they are many, and must not push out the changes."""


class CallLog:
    """Bounded log of calls. Lives on the event loop."""

    def __init__(self, keep: int = KEEP, keep_reads: int = KEEP_READS) -> None:
        self.feed: Feed[int] = Feed(0)
        """Tells of changes and failed calls, by the serial of the newest."""
        self.tells_reads = False
        """Whether :attr:`feed` tells of successful reads too: every look at what is shown is some of them."""
        self._serials = itertools.count(1)
        self._notable: deque[Call] = deque(maxlen=keep)
        self._reads: deque[Call] = deque(maxlen=keep_reads)

    def add(self, call: Call) -> Call:
        """Append a call; returns it with its serial."""
        call = dataclasses.replace(call, serial=next(self._serials))
        notable = bool(call.change or call.errno)
        (self._notable if notable else self._reads).append(call)
        if notable or self.tells_reads:
            self.feed.publish(call.serial)
        return call

    def since(self, serial: int, reads: bool = False) -> list[Call]:
        """What is kept of the calls after the one with that serial, oldest first; costs only as much as there is."""
        found = _newer(self._notable, serial)
        if reads:
            found = heapq.merge(found, _newer(self._reads, serial), key=_newest_first)
        return list(found)[::-1]

    def calls(self, reads: bool = False) -> list[Call]:
        """What is kept, oldest first; with the successful reads or without."""
        if not reads:
            return list(self._notable)
        return list(heapq.merge(self._notable, self._reads, key=lambda call: call.serial))


def _newer(calls: deque[Call], serial: int) -> Iterator[Call]:
    return itertools.takewhile(lambda call: call.serial > serial, reversed(calls))


def _newest_first(call: Call) -> int:
    return -call.serial
