"""What is typed for a child, on its way to it."""

from __future__ import annotations

import asyncio

from osexplorer.model.errors import CallError, Refused
from osexplorer.services.door import Door
from osexplorer.system import child_input as system
from osexplorer.system import pty

LIMIT = 4 * 1024 * 1024
"""Bytes that may wait for a child that does not read."""

_AT_ONCE = 64 * 1024


class ChildInput:
    """The writing end of a child's standard input, or of its terminal. Lives on one event loop.

    Args:
        fd: belongs to it from now on.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._waiting = bytearray()
        self._ending = False
        self.problem = ""
        """Why nothing can be written any more, when it was the child that ended it."""
        self._room = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def open(self) -> bool:
        """Whether something can still be written."""
        return self._fd >= 0 and not self._ending

    @property
    def waiting(self) -> int:
        """Bytes that the child has not taken yet."""
        return len(self._waiting)

    def write(self, data: bytes) -> None:
        """Hand bytes to the child, as soon as it has room for them.

        Raises:
            Refused: it is closed, or the child has not read for so long that there is no more room here.
        """
        if not self.open:
            raise Refused(f"Its input is closed{': ' if self.problem else ''}{self.problem}")
        if len(self._waiting) + len(data) > LIMIT:
            raise Refused("It has not read what is waiting already")
        idle = not self._waiting
        self._waiting += data
        if idle and data:
            self._write()
            if self._waiting and self._fd >= 0:
                self._loop.add_writer(self._fd, self._write)

    async def send_file(self, door: Door, path: str) -> int:
        """Hand the child all of a file, as fast as it takes it; returns how many bytes.

        Raises:
            Refused: it was closed before the end of the file.
            CallError: the file cannot be read.
        """
        size = 0
        async with door.stream(system.parts, path, at=path) as parts:
            async for part in parts:
                while self.open and self.waiting + len(part) > LIMIT:
                    self._room.clear()
                    await self._room.wait()
                self.write(part)
                size += len(part)
        return size

    def resize(self, size: tuple[int, int]) -> None:
        """Give the terminal this many columns and rows; its foreground processes get SIGWINCH."""
        if self._fd >= 0:
            pty.resize(self._fd, size)

    def end(self) -> None:
        """Close it once all that waits is written."""
        self._ending = True
        if not self._waiting:
            self.close()

    def close(self) -> None:
        """Close it at once; what waits is lost."""
        if self._fd >= 0:
            self._loop.remove_writer(self._fd)
            system.close(self._fd)
            self._fd = -1
        self._waiting.clear()
        self._room.set()

    def _write(self) -> None:
        try:
            while self._waiting:
                written = system.write(self._fd, bytes(self._waiting[:_AT_ONCE]))
                if not written:
                    return
                del self._waiting[:written]
                self._room.set()
        except CallError as error:  # nobody reads it any more
            self.problem = f"{error.code}, nobody reads it any more"
            self.close()
            return
        self._loop.remove_writer(self._fd)
        if self._ending:
            self.close()
