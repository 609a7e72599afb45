"""Keeping a listing true: hints and clocks say when to look, a scan or a stat says what is there."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import time
from array import array
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, TypeVar

from osexplorer.model.difference import Compared, Comparison, named
from osexplorer.model.errors import CallError, Denied, Unavailable
from osexplorer.model.files import Status
from osexplorer.model.listing import UNKNOWN, Batch, Difference, Directory, Listing
from osexplorer.model.watch import Hint, Watching
from osexplorer.services import beat
from osexplorer.services.listed import Listed
from osexplorer.services.watch import Watch
from osexplorer.system import files as system

T = TypeVar("T")

VERIFY = 2.0
"""Seconds between checks of the directory's times and of what is on the screen."""

REST = 0.15
"""Seconds between two scans at least; and four times as long as the last one took."""

QUIET = 0.5
"""Seconds without news after which the rest is over; up to twice as long where a scan takes as long as that."""

LARGE = 20_000
"""With more entries than this, names that are told of are looked at alone, before the directory is read again."""

PART = 2_000
"""Changed entries that are taken over at once: 5 ms."""

PATIENCE = 5.0
"""Seconds without an answer after which the listing is called stale."""

LONG = 1.5
"""Seconds after which it is told that, and since when, the directory is being read again."""

_SHORT_REST = 0.05
_GIVEN_UP = 10
_FEW = 32


def differences(path: str, listing: Listing) -> Iterator[Directory | Compared | None]:
    """Read a directory again and compare: what it is, then now and then nothing, at last the result.

    Raises:
        CallError: as :func:`osexplorer.system.files.scan`.
    """
    comparison = Comparison(listing)
    for item in system.scan(path, listing.ticket):
        if isinstance(item, Batch):
            comparison.add(item)
            yield None
        else:
            yield item
    yield comparison.finish()


class Refresh:
    """Part of the files service: decides when to read the directory again, and takes over what has changed."""

    def __init__(self, files: Listed, *, live: bool) -> None:
        self._files = files
        self._live = live
        self._watch = Watch(files.door, self._told)
        self._clock: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._scanning: asyncio.Task[Any] | None = None
        self._woken = asyncio.Event()
        self._asked: list[asyncio.Future[None]] = []
        self._refused: Directory | None = None
        self._clear()

    def _clear(self) -> None:
        self._dirty = self._entries = self._figures = False
        self._names: frozenset[str] | None = frozenset()
        self._alone: frozenset[str] = frozenset()
        self._given_up = 0
        self._rest_until = 0.0
        self._quiet = QUIET
        self._news = 0.0

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
        self._clear()
        self._refused = None
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
        self._names = None if names is None or self._names is None else self._names | names
        if entries and names and len(self._files.listing) > LARGE:
            self._alone |= names
            if self._scanning is not None and self._given_up < _GIVEN_UP:
                self._given_up += 1
                self._scanning.cancel()
        else:
            self._entries = self._entries or entries
        if entries or names is not None:  # and not the clock alone
            self._news = time.monotonic()
            self._woken.set()
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
        looked = asyncio.get_running_loop().create_future()
        self._asked.append(looked)
        self.soon(entries=True)
        while self._task is not None and not looked.done():  # not until nothing is dirty: that may never be
            await asyncio.wait({self._task, looked}, return_when=asyncio.FIRST_COMPLETED)
        await self._files.arranging.until_idle()
        await self._files.looks.until_idle()

    async def _work(self) -> None:
        try:
            while self._dirty:
                if self._alone:
                    await self._look_alone()
                elif (rest := self._rest_until - time.monotonic()) > 0:
                    self._woken.clear()
                    try:
                        quiet = max(self._news + self._quiet - time.monotonic(), 0)
                        await asyncio.wait_for(self._woken.wait(), min(rest, quiet))
                    except TimeoutError:  # nothing more has come: what is shown may stay, so make it true at once
                        self._rest_until = 0.0
                else:
                    await self._look()
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _look(self) -> None:
        """Read the directory again, if it may have changed, and what is known of its entries."""
        entries, names, figures = self._entries, self._names, self._figures
        asked, self._asked = self._asked, []
        self._dirty = self._entries = self._figures = False
        self._names = frozenset()
        begun = time.monotonic()
        if entries or await self._has_changed():
            await self._scan()
        self._look_again(names, figures)
        ended = time.monotonic()
        self._rest_until = ended + max(REST, 4 * (ended - begun))
        self._quiet = min(max(QUIET, ended - begun), 2 * QUIET)
        if self._entries:  # it came to nothing, and will be done again
            self._asked += asked
            return
        for looked in asked:
            if not looked.done():
                looked.set_result(None)

    async def _look_alone(self) -> None:
        """Look at the names that were told of. Later, all of them: the watcher may have missed some."""
        files, names = self._files, self._alone
        listing, path = files.listing, files.state.path
        self._alone = frozenset()
        self._entries = True
        self._rest_until = max(self._rest_until, time.monotonic() + 4 * REST)
        identity = files.directory.identity if files.directory else None
        try:
            found = await self._patiently(files.door.run(system.entries, path, names, identity, at=path))
        except CallError:  # which the scan will say more about
            self._rest_until = 0.0
            return
        difference = await files.door.run(named, listing, found, lane="arrange")
        if difference:
            self._apply(listing, difference)
            files.arranging.start()
        self._look_again(names, figures=False)
        self._names = frozenset() if self._names is None else self._names - names
        await asyncio.sleep(_SHORT_REST)

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
            directory, compared = await self._patiently(self._compared(path, listing))
        except CallError as error:
            if error.call == "os.scandir":
                files.publish(status=Status.PARTIAL, error=error)
                return
            self._is_stale(error)
            if isinstance(error, Denied):  # until it is changed, asking again gives the same answer
                with contextlib.suppress(CallError):
                    self._refused = await files.door.run(system.look, path, at=path)
            return
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            self._dirty = self._entries = True  # names to look at alone were told of meanwhile
            return
        self._given_up = 0
        other = files.directory is not None and directory.identity != files.directory.identity
        if other or files.state.status is Status.STALE:
            self._watch.renew()
        files.directory = directory
        if compared.difference:
            rows = array("I")
            for part in compared.difference.parts(PART):
                rows.extend(self._apply(listing, part))
                await asyncio.sleep(0)
            listing.was_scanned(compared.order(rows))
            files.arranging.start()
        elif compared.scanned is not None:
            listing.was_scanned(compared.scanned)
        files.publish(status=Status.READY, error=None)
        await self._repack(listing)

    async def _compared(self, path: str, listing: Listing) -> tuple[Directory, Compared]:
        directory = compared = None
        self._scanning = asyncio.current_task()
        try:
            async with self._files.door.stream(differences, path, listing, at=path) as items:
                async for item in items:
                    if isinstance(item, Directory):
                        directory = item
                    elif item is not None:
                        compared = item
        finally:
            self._scanning = None
        assert directory is not None and compared is not None
        return directory, compared

    def _apply(self, listing: Listing, difference: Difference) -> Sequence[int]:
        """Take over what has changed; returns the rows of the added entries."""
        arranging = self._files.arranging
        arranging.cancel()
        rows = listing.apply(difference)
        others = [row for row, _ in difference.kinds]
        arranging.changed([*difference.gone, *others], [*rows, *others])
        return rows

    async def _repack(self, listing: Listing) -> None:
        """Names that were replaced often take much memory."""
        if listing.names.moved > max(LARGE, len(listing) // 10):
            serial = listing.serial
            names = await self._files.door.run(listing.names.repacked, lane="arrange")
            if serial == listing.serial:
                listing.names = names

    def _is_stale(self, error: CallError) -> None:
        state = self._files.state
        if state.status is not Status.STALE or state.error is None or state.error.errno != error.errno:
            self._files.publish(status=Status.STALE, error=error)

    async def _patiently(self, call: Coroutine[Any, Any, T]) -> T:
        """Wait for a call; when it takes long, say so, and go on waiting."""
        begun, files = time.monotonic(), self._files
        task = asyncio.ensure_future(call)
        try:
            done, _ = await asyncio.wait({task}, timeout=LONG)
            if not done:
                files.publish(again=begun)
                done, _ = await asyncio.wait({task}, timeout=max(PATIENCE - LONG, 0))
            if not done:
                path = self._files.state.path
                text = f"no answer for {PATIENCE:g} s"
                self._is_stale(Unavailable(errno.ETIMEDOUT, text, "os.stat", path, "The file system may be gone"))
            return await task
        finally:
            task.cancel()
            if files.state.again:
                files.publish(again=0.0)

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
        self._files.arranging.figures_changed()
        self._files.arranging.start()

    async def _verify(self) -> None:
        """Look now and then whether or not anybody told of a change."""
        while True:
            await beat.rest(VERIFY)
            if self._files.feed.watched:
                polling = self._files.state.watching is Watching.POLLING
                self.soon(entries=polling and self._is_without_times(), names=None, figures=polling)

    def _is_without_times(self) -> bool:
        """Whether the directory's times tell nothing: made-up directories as those of /proc."""
        return self._files.state.watching_reason.startswith(("proc ", "sysfs ", "cgroup"))
