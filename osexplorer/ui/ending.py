"""The end of the program when a signal asks for it, or when what should end does not.

A signal that would end the process asks the app to exit instead, so that the terminal is restored (Textual leaves it
raw on SIGTERM and SIGHUP). A thread of its own watches that the exit then comes: a loop that is stuck, a pane that
waits for a dead mount or a terminal that no longer reads cannot hold the process.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

GRACE = 3.0
"""Seconds between the request to end and the end by force."""

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
"""Signals whose default action would end the process with the terminal raw."""

_WAITED_ON_BY_SHELLS = (signal.SIGINT, signal.SIGQUIT)
"""What a terminal sends to a foreground child and to us; meant for the child."""


class Ended(BaseException):
    """A signal came while a blocking function had the terminal; raised inside that function to end it."""


class Ending:
    """Turns signals into an exit, and enforces it.

    Args:
        loop: the running event loop.
        end: asks the app to exit with a status; called on the loop.
        restore: restores the terminal at once, from any thread.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, end: Callable[[int], None], restore: Callable[[], None]
    ) -> None:
        self.status: int | None = None
        """The exit status once the end was asked for: 128 plus the signal's number."""
        self._loop = loop
        self._end = end
        self._restore = restore
        self._lent = False
        self._asked, self._ask = os.pipe()
        os.set_blocking(self._ask, False)
        for number in SIGNALS:
            if signal.getsignal(number) is signal.SIG_IGN:  # nohup, or a shell's background job: stays so
                continue
            loop.add_signal_handler(number, self._ask_the_app)  # has the signal wake the loop
            signal.signal(number, self._arrived)  # runs also while the loop is busy
        threading.Thread(target=self._watch, name="ending", daemon=True).start()

    def asked(self) -> bool:
        """Whether the program is to end."""
        return self.status is not None

    def hang_up(self) -> None:
        """The terminal is gone: end as SIGHUP would. Callable from any thread."""
        self.request(128 + signal.SIGHUP)
        try:
            self._loop.call_soon_threadsafe(self._ask_the_app)
        except RuntimeError:  # the loop was closed: the end is near anyway
            return

    def request(self, status: int) -> None:
        """From now on the process has `GRACE` seconds to end; the first status asked for is the one it gets."""
        if self.status is None:
            self.status = status
        self._tell(b"!")

    def release(self) -> None:
        """The program came to its end by itself: stop watching."""
        self._tell(b".")

    @contextmanager
    def lent(self) -> Iterator[None]:
        """While a blocking function has the terminal: its Ctrl+C is not for us, any other end interrupts it.

        Raises:
            Ended: a signal came that ends the process.
        """
        self._lent = True
        try:
            if self.status is not None:
                raise Ended
            yield
        finally:
            self._lent = False

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if self._lent and number in _WAITED_ON_BY_SHELLS:
            return
        self.request(128 + number)
        if self._lent:
            self._lent = False
            raise Ended

    def _ask_the_app(self) -> None:
        if self.status is not None:
            self._end(self.status)

    def _tell(self, byte: bytes) -> None:
        try:
            os.write(self._ask, byte)
        except BlockingIOError:  # thousands of signals; the watcher knows by now
            return

    def _watch(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._asked, selectors.EVENT_READ)
            if os.read(self._asked, 1) == b".":
                return
            force_at = time.monotonic() + GRACE
            while selector.select(max(0.0, force_at - time.monotonic())):
                if os.read(self._asked, 1) == b".":
                    return
        giving_back = threading.Thread(target=self._restore, daemon=True)
        giving_back.start()
        giving_back.join(1.0)  # a terminal that reads nothing would block it for ever
        os._exit(self.status if self.status is not None else 1)
