"""Taking turns: threads that compute leave the interpreter to the event loop while it has something to do.

Python gives each of the threads that want to run its share, so with two that compute a frame takes three times as long
to draw. A computing thread that calls :func:`give_way` between its steps makes that its last step alone.
"""

from __future__ import annotations

import asyncio
import selectors
import signal
import time
from collections.abc import Callable
from typing import Any, TypeVarTuple

_Ts = TypeVarTuple("_Ts")

_PATIENCE = 0.02
"""Seconds that a thread gives way at most: where the loop is never at rest, the work goes on all the same."""

_NAP = 0.0005


class _Selector(selectors.DefaultSelector):
    """Knows whether its loop waits for something to happen."""

    _waiting = False

    def rests(self) -> bool:
        """Whether it does."""
        return self._waiting

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:  # there is more to do at once
            return super().select(timeout)
        self._waiting = True
        try:
            return super().select(timeout)
        finally:
            self._waiting = False

    def close(self) -> None:
        super().close()
        self._waiting = True


class _Loop(asyncio.SelectorEventLoop):
    """Says nothing when more signals come at once than its pipe holds: unread ones wake it all the same, and the end of
    some hundred children at once is no fault to be printed across the screen."""

    def add_signal_handler(self, sig: int, callback: Callable[[*_Ts], Any], *args: *_Ts) -> None:
        super().add_signal_handler(sig, callback, *args)
        signal.set_wakeup_fd(self._csock.fileno(), warn_on_full_buffer=False)  # type: ignore[attr-defined]


_selector: _Selector | None = None


def new_loop() -> asyncio.AbstractEventLoop:
    """An event loop to which computing threads give way from now on."""
    global _selector
    _selector = _Selector()
    return _Loop(_selector)


def give_way() -> None:
    """Wait until the event loop rests, but not for long. For threads, between two steps of some milliseconds."""
    selector = _selector
    if selector is None or selector.rests():
        return
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        time.sleep(_NAP)
        if selector.rests():
            return
