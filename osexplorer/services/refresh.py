"""Keeping a listing true: hints and clocks say when to look, a scan or a stat says what is there."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from osexplorer.model.errors import CallError, Denied, Unavailable
from osexplorer.model.files import Status
from osexplorer.model.listing import UNKNOWN, Batch, Difference, Directory, Listing, compare
from osexplorer.model.watch import Hint, Watching
from osexplorer.services.watch import Watch
from osexplorer.system import files as system

if TYPE_CHECKING:
    from osexplorer.services.files import Files

T = TypeVar("T")

VERIFY = 2.0
"""Seconds between checks of the directory's times and of what is on the screen."""

REST = 0.25
"""Seconds between two scans at least; and four times as long as the last one took."""

PART = 5_000
"""Changed entries that are taken over at once: 5 ms."""

PATIENCE = 5.0
"""Seconds without an answer after which the listing is called stale."""

_FEW = 32


def difference(path: str, listing: Listing) -> tuple[Directory, Difference]:
    """Read a directory again and compare. Blocks; made for a thread.

    Raises:
        CallError: as :func:`osexplorer.system.files.scan`.
    """
    items = system.scan(path, listing.ticket)
    directory = next(items)
    assert isinstance(directory, Directory)
    return directory, compare(listing, (item for item in items if isinstance(item, Batch)))


class Refresh:
    """Part of the files service: decides when to read the directory again, and takes over what has changed."""

    def __init__(self, files: Files, *, live: bool) -> None:
        self._files = files
        self._live = live
        self._watch = Watch(files.door, self._told)
        self._clock: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._dirty = False
        self._entries = False
        self._names: frozenset[str] | None = frozenset()
        self._figures = False
        self._refused: Directory | None = None
        self._rest_until = 0.0

    def begin(self) -> None:
        """The listing is complete: keep it true from now on."""
        if self._live:
            self._watch.set([self._files.state.path])
            if self._clock is None:
                self._clock = asyncio.create_task(self._verify())

    def stop(self) -> None:
        """Another directory is being entered."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._dirty = self._entries = False
        self._names = frozenset()
        self._refused = None
        self._rest_until = 0.0
        self._watch.set([])
        self._files.publish(watching=Watching.OFF, watching_reason="")

    def close(self) -> None:
        """End everything."""
        self.stop()
        self._watch.close()
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _told(self, hint: Hint) -> None:
        if hint.path != self._files.state.path:
            return
        self._files.publish(watching=hint.watching, watching_reason=hint.reason)
        begun = not hint.entries and hint.names is None
        self.soon(entries=hint.entries, names=frozenset() if begun else hint.names)

    def soon(self, *, entries: bool, names: frozenset[str] | None = None, figures: bool = True) -> None:
        """Something may have changed: look as soon as it is time again.

        Args:
            entries: whether some may have come or gone.
            names: the ones that may have changed; None for any.
            figures: with any name: whether an order by figures must measure them all again.
        """
        self._dirty = True
        self._figures = self._figures or (names is None and figures)
        self._entries = self._entries or entries
        self._names = None if names is None or self._names is None else self._names | names
        if self._task is None and self._files.state.status not in (Status.NONE, Status.LOADING, Status.FAILED):
            self._task = asyncio.create_task(self._work())

    async def now(self) -> None:
        """Read the directory again at once, and look again at what is wanted.

        Raises:
            CallError: it cannot be read.
        """
        state = self._files.state
        if state.status is Status.FAILED:
            await self._files.show(state.path)
            return
        self._rest_until = 0.0
        self.soon(entries=True)
        while self._task is not None:
            await asyncio.wait({self._task})
        await self._files.until_arranged()
        await self._files.looks.until_idle()

    async def _work(self) -> None:
        try:
            while self._dirty:
                await asyncio.sleep(self._rest_until - time.monotonic())
                entries, names, figures = self._entries, self._names, self._figures
                self._dirty = self._entries = self._figures = False
                self._names = frozenset()
                begun = time.monotonic()
                if entries or await self._has_changed():
                    await self._scan()
                self._look_again(names, figures)
                ended = time.monotonic()
                self._rest_until = ended + max(REST, 4 * (ended - begun))
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _has_changed(self) -> bool:
        """Whether the directory's times, or its being there, say that it must be read again."""
        files = self._files
        before = files.directory
        try:
            now = await self._patiently(files.door.run(system.look, files.state.path, at=files.state.path))
        except CallError as error:
            self._is_stale(error)
            return False
        if files.state.status is Status.STALE:
            return self._refused is None or self._refused.changed(now)
        return before is None or before.changed(now)

    async def _scan(self) -> None:
        files = self._files
        listing, path = files.listing, files.state.path
        self._refused = None
        try:
            directory, found = await self._patiently(files.door.run(difference, path, listing, at=path))
        except CallError as error:
            if error.call == "os.scandir":
                files.publish(status=Status.PARTIAL, error=error)
                return
            self._is_stale(error)
            if isinstance(error, Denied):  # until it is changed, asking again gives the same answer
                with contextlib.suppress(CallError):
                    self._refused = await files.door.run(system.look, path, at=path)
            return
        other = files.directory is not None and directory.identity != files.directory.identity
        if other or files.state.status is Status.STALE:
            self._watch.renew()
        files.directory = directory
        if found:
            for part in found.parts(PART):
                listing.apply(part)
                await asyncio.sleep(0)
            files.rows_changed()
        files.publish(status=Status.READY, error=None)

    def _is_stale(self, error: CallError) -> None:
        state = self._files.state
        if state.status is not Status.STALE or state.error is None or state.error.errno != error.errno:
            self._files.publish(status=Status.STALE, error=error)

    async def _patiently(self, call: Coroutine[Any, Any, T]) -> T:
        """Wait for a call; when it takes long, say so, and go on waiting."""
        task = asyncio.ensure_future(call)
        try:
            done, _ = await asyncio.wait({task}, timeout=PATIENCE)
            if not done:
                path = self._files.state.path
                text = f"no answer for {PATIENCE:g} s"
                self._is_stale(Unavailable(errno.ETIMEDOUT, text, "os.stat", path, "The file system may be gone"))
            return await task
        finally:
            task.cancel()

    def _look_again(self, names: frozenset[str] | None, figures: bool) -> None:
        files = self._files
        if names != frozenset():
            files.looks.renew()
        if files.state.arrangement.by in files.listing.columns and (figures or names):
            self._forget_figures(None if figures else names)

    def _forget_figures(self, names: frozenset[str] | None) -> None:
        """The order depends on figures that may have changed."""
        listing = self._files.listing
        if names is None or len(names) > _FEW:
            listing.columns.clear()
        else:
            rows = [row for name in names if (row := listing.find(name)) is not None]
            for column in listing.columns.values():
                for row in rows:
                    column[row] = UNKNOWN
        self._files.arrange()

    async def _verify(self) -> None:
        """Look now and then whether or not anybody told of a change."""
        while True:
            await asyncio.sleep(VERIFY)
            if self._files.feed.watched:
                polling = self._files.state.watching is Watching.POLLING
                self.soon(entries=polling and self._is_without_times(), names=None, figures=polling)

    def _is_without_times(self) -> bool:
        """Whether the directory's times tell nothing: made-up directories as those of /proc."""
        return self._files.state.watching_reason.startswith(("proc ", "sysfs ", "cgroup"))
