"""A value that changes, and its readers: how every service hands out its state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Feed(Generic[T]):
    """The latest snapshot of a service's state.

    A slow reader never makes a queue grow: it finds the newest value when it comes back. Values are immutable.

    Args:
        on_first: called when a reader comes and there was none, for a sampler that rests meanwhile.
    """

    def __init__(self, value: T, on_first: Callable[[], None] | None = None) -> None:
        self._value = value
        self._on_first = on_first
        self._serial = 0
        self._waiters: set[asyncio.Future[None]] = set()
        self._readers = 0

    @property
    def value(self) -> T:
        """The newest value."""
        return self._value

    @property
    def watched(self) -> bool:
        """Whether anybody reads: a sampler without readers may rest."""
        return self._readers > 0

    def publish(self, value: T) -> None:
        """Replace the value and wake the readers. Call it on the event loop."""
        self._value = value
        self._serial += 1
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def watch(self) -> AsyncGenerator[T, None]:
        """Yield the value now, then each newer one; values that came and went meanwhile are passed over."""
        self._readers += 1
        if self._readers == 1 and self._on_first is not None:
            self._on_first()
        try:
            seen = -1
            while True:
                if seen == self._serial:
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiters.add(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiters.discard(waiter)
                seen = self._serial
                yield self._value
        finally:
            self._readers -= 1
