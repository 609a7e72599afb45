"""What the children write, read by one thread for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from osexplorer.model.output import OutputView
from osexplorer.services.door import Door
from osexplorer.system import detach
from osexplorer.system import output_files as kept
from osexplorer.system.output import OutputNews, OutputReader, Tap

_LANE = "output files"


class Output:
    """The pipes of all children. `heard` is called on the event loop, every 50 ms at most, with what has changed.

    Args:
        directory: where output goes that memory has no room for; the directory for temporary files when None.
    """

    def __init__(self, door: Door, heard: Callable[[list[OutputNews]], None], directory: str | None = None) -> None:
        self._directory = directory
        self._door = door
        self._heard = heard
        self._reader: OutputReader | None = None
        self._pump: asyncio.Task[None] | None = None

    def add(self, id: int, out_fd: int, err_fd: int, *, tee_fd: int = -1, tap: Tap | None = None) -> None:
        """Read these two descriptors of child `id` from now on; as :meth:`OutputReader.add`."""
        if self._reader is None:
            self._reader = OutputReader(self._directory)
            self._pump = asyncio.create_task(self._door.run(self._reader.pump, self._deliverer(), lane="output"))
        self._reader.add(id, out_fd, err_fd, tee_fd=tee_fd, tap=tap)

    def view(self, id: int) -> OutputView:
        """What is kept of a child's output now."""
        return self._reader.view(id) if self._reader is not None else OutputView()

    def pipes(self, id: int) -> frozenset[int]:
        """The inodes of the pipes that a child may still write to."""
        return self._reader.pipes(id) if self._reader is not None else frozenset()

    async def load(self, id: int, start: int, stop: int) -> None:
        """Read these lines of a child's output into memory."""
        await self._door.run(self.view(id).load, start, stop, lane=_LANE)

    async def find(self, id: int, text: str, start: int, backwards: bool = False) -> int | None:
        """As :meth:`OutputView.find`, off the loop; the line's number counted from the first ever written, as is
        `start`."""
        view = self.view(id)
        base = view.dropped_lines
        found = await self._door.run(view.find, text, start - base, backwards, lane=_LANE)
        return None if found is None else found + base

    async def newest(self, id: int, most: int) -> tuple[bytes, bool]:
        """The newest `most` bytes of what is kept, and whether that is all."""
        view = self.view(id)
        data = await self._door.run(view.newest, most, lane=_LANE)
        return data, len(data) == view.total

    async def save(self, id: int, path: str) -> int:
        """Write all that is kept to a new file; returns how many bytes.

        Raises:
            CallError: it exists already, or cannot be written.
        """
        return await self._door.run(kept.save, self.view(id), path, at=path)

    async def to_read(self, id: int) -> str:
        """A temporary file with all that is kept, for a pager; :meth:`read` throws it away.

        Raises:
            CallError: it cannot be made.
        """
        return await self._door.run(kept.to_read, self.view(id), lane=_LANE)

    async def read(self, path: str) -> None:
        """Throw away a file of :meth:`to_read`."""
        await self._door.run(kept.throw_away, path, lane=_LANE)

    def discard(self, id: int) -> None:
        """Forget a child's output, and close its pipes."""
        if self._reader is not None:
            self._reader.discard(id)

    async def detach(self, id: int, pid: int, directory: str | None, file: str) -> str:
        """Hand the pipes of a child to a process that outlives this one; returns the file they go to, or ``""``.

        Raises:
            CallError: the file could not be made, or the process.
        """
        if self._reader is None:
            return ""
        return await self._door.run(detach.drain, self._reader, id, pid, directory, file, lane="children")

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
