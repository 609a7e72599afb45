"""A call that can wait until keys are done with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Delayed:
    """A call that is made some time after it was asked for.

    Args:
        call: what is called.
        seconds: how long after.
        anew: whether asking again, before it was made, begins the time anew.
    """

    def __init__(self, call: Callable[[], None], seconds: float, *, anew: bool = False) -> None:
        self._call = call
        self._seconds = seconds
        self._anew = anew
        self._waiting: asyncio.TimerHandle | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the call was asked for and is still to be made."""
        return self._waiting is not None

    def soon(self) -> None:
        """Ask for the call."""
        if self._waiting is not None:
            if not self._anew:
                return
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().call_later(self._seconds, self.now)

    def now(self) -> None:
        """Make the call now, and not later."""
        self.drop()
        self._call()

    def drop(self) -> None:
        """Do not make the call."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
