"""What the children write, read by one thread for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from osexplorer.model.output import OutputView
from osexplorer.services.door import Door
from osexplorer.system import detach
from osexplorer.system.output import OutputNews, OutputReader, Tap


class Output:
    """The pipes of all children. `heard` is called on the event loop, every 50 ms at most, with what has changed."""

    def __init__(self, door: Door, heard: Callable[[list[OutputNews]], None]) -> None:
        self._door = door
        self._heard = heard
        self._reader: OutputReader | None = None
        self._pump: asyncio.Task[None] | None = None

    def add(self, id: int, out_fd: int, err_fd: int, *, tee_fd: int = -1, tap: Tap | None = None) -> None:
        """Read these two descriptors of child `id` from now on; as :meth:`OutputReader.add`."""
        if self._reader is None:
            self._reader = OutputReader()
            self._pump = asyncio.create_task(self._door.run(self._reader.pump, self._deliverer(), lane="output"))
        self._reader.add(id, out_fd, err_fd, tee_fd=tee_fd, tap=tap)

    def view(self, id: int) -> OutputView:
        """What is kept of a child's output now."""
        return self._reader.view(id) if self._reader is not None else OutputView()

    def discard(self, id: int) -> None:
        """Forget a child's output, and close its pipes."""
        if self._reader is not None:
            self._reader.discard(id)

    async def detach(self, id: int, pid: int, directory: str | None) -> str:
        """Hand the pipes of a child to a process that outlives this one; returns the file they go to, or ``""``.

        Raises:
            CallError: the file could not be made, or the process.
        """
        if self._reader is None:
            return ""
        return await self._door.run(detach.drain, self._reader, id, pid, directory, lane="children")

    async def close(self) -> None:
        """Close every pipe and end the thread."""
        if self._reader is not None and self._pump is not None:
            self._reader.stop()
            await asyncio.wait([self._pump])

    def _deliverer(self) -> Callable[[list[OutputNews]], None]:
        loop = asyncio.get_running_loop()

        def deliver(news: list[OutputNews]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody is left to hear
                loop.call_soon_threadsafe(self._heard, news)

        return deliver
