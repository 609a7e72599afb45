"""Looks that are made every so often, all at the same moments.

    while True:
        await beat.rest(2.0)
        look()

To wake a program that rests costs more than most of what it then does: its code and its data have left the caches.
So what looks every second looks in the same moment as what looks every other, as timers of the kernel are rounded to
come together (``round_jiffies()``, timer_slack_ns in proc(5)).
"""

from __future__ import annotations

import asyncio
import math


class Rest:
    """A rest that can be ended early."""

    def __init__(self) -> None:
        self._ended: asyncio.Future[None] | None = None
        self._woken = False

    async def until_beat(self, seconds: float) -> None:
        """Rest until a moment that is a multiple of `seconds`: as long as that, or half as long or half as much again
        where the rests before had another length. Not at all when :meth:`end` was called since the last rest.

        Args:
            seconds: more than 0.
        """
        if self._woken:
            self._woken = False
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        ended = self._ended = loop.create_future()
        timer = loop.call_at(next_beat(loop.time(), seconds), _end, ended)
        try:
            await ended
            self._woken = False
        finally:
            timer.cancel()
            self._ended = None

    def end(self) -> None:
        """End the rest that is being taken, or the next one."""
        self._woken = True
        if self._ended is not None:
            _end(self._ended)


async def rest(seconds: float) -> None:
    """As :meth:`Rest.until_beat`, for whoever is not woken."""
    await Rest().until_beat(seconds)


def next_beat(now: float, seconds: float) -> float:
    """The multiple of `seconds` that is nearest to a rest as long as that from `now`."""
    return math.floor(now / seconds + 1.5) * seconds


def _end(rest: asyncio.Future[None]) -> None:
    if not rest.done():
        rest.set_result(None)
