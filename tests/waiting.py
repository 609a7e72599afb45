"""Waiting for a state, never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

DEADLINE = 20.0
"""Seconds after which a state that has not come is a failure; generous, for it is only a failure path."""


async def until(condition: Callable[[], object], what: str = "the condition", deadline: float = DEADLINE) -> None:
    """Let the event loop run until `condition` is true."""
    end = time.monotonic() + deadline
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline:g} s in vain for {what}")
        await asyncio.sleep(0.001)
