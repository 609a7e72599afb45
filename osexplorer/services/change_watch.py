"""Tells when files change: events say that something may have, a look at the files says what has.

Events alone are not relied on: they are dropped when there are many, and some file systems send none (see
`services/watch.py`). So the files are looked at every few seconds as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from osexplorer.model.errors import OSExplorerError
from osexplorer.model.watch import Hint, Watching
from osexplorer.services.door import Door
from osexplorer.services.watch import Watch
from osexplorer.system import watch_paths as system

LIVE_SECONDS = 10.0
"""How often the files are looked at where events come."""
POLL_SECONDS = 2.0
"""How often where none come."""


class ChangeWatch:
    """Watches paths until it is closed. Lives on one event loop.

    Args:
        paths: absolute; of a directory all below it.
        debounce: seconds without a further event after which `changed` is called.
        changed: called on the event loop with the paths that changed.
    """

    def __init__(self, door: Door, paths: Sequence[str], debounce: float, changed: Callable[[list[str]], None]) -> None:
        self._door = door
        self._paths, self._debounce, self._changed = tuple(paths), debounce, changed
        self._watch = Watch(door, self._hinted)
        self._stirred = asyncio.Event()
        self._polling: set[str] = set()
        self.whole = True
        """Whether all files are watched; not so where there are very many."""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once changes are noticed."""
        self._task = asyncio.create_task(self._run())

    def close(self) -> None:
        """Watch no longer."""
        self._task.cancel()
        self._watch.close()

    def _hinted(self, hint: Hint) -> None:
        if hint.watching is Watching.POLLING:
            self._polling.add(hint.path)
        else:
            self._polling.discard(hint.path)
        self._stirred.set()

    async def _run(self) -> None:
        before = await self._look()
        self._watch.set(before.directories)
        if not self.ready.done():
            self.ready.set_result(None)
        while True:
            try:
                async with asyncio.timeout(POLL_SECONDS if self._polling else LIVE_SECONDS):
                    await self._stirred.wait()
            except TimeoutError:
                pass
            else:
                await self._settle()
            now = await self._look()
            self._watch.set(now.directories)
            changed, before = system.changes(before, now), now
            if changed:
                self._changed(changed)

    async def _settle(self) -> None:
        """Wait until no more events come, but ten times as long at most."""
        for _ in range(10):
            self._stirred.clear()
            try:
                async with asyncio.timeout(self._debounce):
                    await self._stirred.wait()
            except TimeoutError:
                return
        self._stirred.clear()

    async def _look(self) -> system.Seen:
        while True:
            try:
                seen = await self._door.run(system.look, self._paths, at=self._paths[0])
            except OSExplorerError:  # the lane is full of calls that do not come back
                await asyncio.sleep(POLL_SECONDS)
                continue
            self.whole = seen.whole
            return seen
