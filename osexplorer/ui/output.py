"""The terminal as a file that survives the terminal's end."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable


class Output:
    """What Textual's writer thread writes to, in place of ``sys.__stderr__``.

    A write that fails ends neither the thread nor, held back in a buffer, the interpreter's exit.

    Args:
        lost: called, in the writer's thread, when the terminal is gone; what is written after is dropped.
    """

    def __init__(self, descriptor: int, encoding: str, lost: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._lost = lost
        self._parts: list[str] = []
        self._size = 0
        self.gone = False

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> None:
        self._parts.append(text)
        self._size += len(text)
        if self._size > 1 << 16:
            self.flush()

    def flush(self) -> None:
        data = memoryview("".join(self._parts).encode(self._encoding, "backslashreplace"))
        self._parts.clear()
        self._size = 0
        while data and not self.gone:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:  # another program on this terminal made it non-blocking
                _wait_until_writable(self._descriptor)
            except OSError:
                self.gone = True
                self._lost()


def _wait_until_writable(descriptor: int) -> None:
    with selectors.SelectSelector() as selector:
        selector.register(descriptor, selectors.EVENT_WRITE)
        selector.select(1.0)
