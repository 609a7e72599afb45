"""Which directories are to be watched: said by one thread, and read by the one that watches."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress

from osexplorer.system.readiness import readable


class Wanted:
    """The directories to watch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: tuple[str, ...] = ()
        self._serial = 0
        self._seen = 0
        self._closed = False
        self._pipe: tuple[int, int] | None = None

    # -- for who says

    def set(self, paths: Iterable[str]) -> None:
        """Watch these and no others. The same again builds the watcher anew."""
        with self._lock:
            self._paths = tuple(paths)
            self._serial += 1
            self._wake()

    def close(self) -> None:
        """End watching."""
        with self._lock:
            self._closed = True
            self._wake()

    def _wake(self) -> None:
        if self._pipe is not None:
            with suppress(BlockingIOError):  # it is full: that wakes as well
                os.write(self._pipe[1], b".")

    # -- for who watches

    def open(self) -> None:
        """The thread that watches begins."""
        with self._lock:
            self._pipe = os.pipe()
            for fd in self._pipe:
                os.set_blocking(fd, False)

    def end(self) -> None:
        """The thread that watches ends."""
        with self._lock:
            if self._pipe is not None:
                for fd in self._pipe:
                    os.close(fd)
                self._pipe = None

    @property
    def wake_fd(self) -> int:
        """Readable when there is something newer."""
        assert self._pipe is not None
        return self._pipe[0]

    def is_set(self) -> bool:
        """Whether there is something newer than what :meth:`take` gave; watchfiles asks this at every step."""
        return self._closed or self._serial != self._seen

    def take(self) -> tuple[str, ...] | None:
        """The directories, waiting until there are some; None at the end."""
        while True:
            with self._lock:
                self._drain()
                self._seen = self._serial
                if self._closed:
                    return None
                if self._paths:
                    return self._paths
            self.rest(None)

    def take_others(self, before: tuple[str, ...]) -> tuple[str, ...] | None:
        """Other directories that are wanted now, if any; None where the same shall be watched anew, or none at all."""
        with self._lock:
            if self._closed or self._serial == self._seen or not self._paths or self._paths == before:
                return None
            self._drain()
            self._seen = self._serial
            return self._paths

    def again(self) -> None:
        """What was taken shall be taken again."""
        self._seen = -1

    def _drain(self) -> None:
        try:
            while os.read(self.wake_fd, 512):
                continue
        except BlockingIOError:
            return

    def rest(self, seconds: float | None) -> None:
        """Wait a little, or without an end, unless something newer comes."""
        if not self.is_set():
            readable(seconds, self.wake_fd)
