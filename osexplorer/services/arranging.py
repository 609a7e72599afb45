"""Bringing the rows of a listing into order: at once where they are few, and otherwise in a thread, step by step."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Iterable, Sequence

from osexplorer.model.arrange import Arranged, Known, arrange, arrange_now
from osexplorer.model.arrangement import FIGURES, Arrangement, Glimpse, SortBy
from osexplorer.model.coming import Coming
from osexplorer.model.errors import CallError
from osexplorer.model.listing import STEP, UNKNOWN, Listing
from osexplorer.model.order import RUN
from osexplorer.services.listed import Listed
from osexplorer.system import files as system

AT_ONCE = RUN // 2
"""Entries that are sorted on the event loop: 5 ms."""

_BETWEEN = 0.3
_TELL = 0.1
_TRIES = 10


class Arranging:
    """Part of the files service: keeps the view in the order asked for."""

    def __init__(self, files: Listed) -> None:
        self._files = files
        self._task: asyncio.Task[None] | None = None
        self._known = Known()
        self._gone: set[int] = set()
        self._added: set[int] = set()
        self._coming = Coming(files.listing)
        self._head: Sequence[int] = ()
        self._due: asyncio.TimerHandle | None = None
        self._shown_at = 0.0
        self.ended_at = 0.0
        """When the rows were last brought into order, in seconds of the monotonic clock."""

    @property
    def busy(self) -> bool:
        """Whether the rows are being brought into order."""
        return self._task is not None

    def reset(self) -> None:
        """The listing is another one."""
        self.cancel()
        self._forget()
        self._coming, self._head, self._shown_at = Coming(self._files.listing), (), time.monotonic()

    @property
    def rested(self) -> bool:
        """Whether nothing is being brought into order, nor was a moment ago."""
        return self._task is None and time.monotonic() - self.ended_at > _BETWEEN

    def appended(self) -> None:
        """More rows have been read."""
        self._forget()

    def _forget(self) -> None:
        self._known = Known()
        self._gone.clear()
        self._added.clear()

    def changed(self, gone: Iterable[int], added: Iterable[int]) -> None:
        """Rows have lost their entry, or got one. The order is not renewed before :meth:`start`."""
        self.cancel()
        for row in gone:
            self._added.discard(row)
            self._gone.add(row)
        self._added.update(added)
        self._known = self._known._replace(found=None)
        if len(self._added) > 50 + len(self._files.listing) // 100:  # to sort them all is quicker
            self._forget()

    def moved(self, rows: Iterable[int]) -> None:
        """What the order depends on has changed of these rows."""
        rows = list(rows)
        self.changed(rows, rows)

    def figures_changed(self) -> None:
        """What the order depends on may have changed of any row."""
        if self._known.orders is not None:
            orders = self._known.orders
            self._known = self._known._replace(orders=orders._replace(order=orders.by_name, how=()))

    def cancel(self) -> None:
        """Give up what is under way."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def start(self, head: Sequence[int] = ()) -> None:
        """Bring the rows into their order again; at once when they are few.

        Args:
            head: what comes first, to be shown until the rest is in order too.
        """
        self.cancel()
        files = self._files
        how, few = files.state.arrangement, len(files.listing) <= AT_ONCE
        if few and (how.by not in FIGURES or not len(_unmeasured(files.listing, how.by))):
            self._take(arrange_now(files.listing, how, self._snapshot()), files.listing.serial)
            files.publish(progress=None, activity="")
            return
        if few and not len(files.view):
            files.take(arrange_now(files.listing, how._replace(by="name")).view)
        elif head and not how.filter:
            files.take(self._coming.view(how, head))
            self._coming = Coming(files.listing)  # the rows that it holds are not needed any more
        files.publish(progress=0.0, activity=_activity(how))
        self._task = asyncio.create_task(self._run(files.listing, how))

    async def until_idle(self) -> None:
        """Wait until the rows are in the order asked for."""
        while self._task is not None:
            await asyncio.wait({self._task})

    def come(self, head: Sequence[int]) -> None:
        """More rows have been read, and these come first: show them, if it was not done just now."""
        self._head = head
        self._coming.go_on(self._files.state.arrangement)
        if self._due is None:
            wait = max(self._shown_at + _BETWEEN - time.monotonic(), 0)
            self._due = asyncio.get_running_loop().call_later(wait, self._show_coming)

    def _show_coming(self) -> None:
        files, self._due = self._files, None
        if self._task is None:
            self._shown_at = time.monotonic()
            files.take(self._coming.view(files.state.arrangement, self._head))

    def _snapshot(self) -> Known:
        return self._known._replace(gone=frozenset(self._gone), added=tuple(self._added))

    async def _run(self, listing: Listing, how: Arrangement) -> None:
        files, current = self._files, asyncio.current_task()
        activity, told = _activity(how), time.monotonic()
        try:
            if how.by in FIGURES:
                await self._measure(listing, how.by)
                await files.counted.fill(listing)
            serial = listing.serial
            async with files.door.stream(arrange, listing, how, self._snapshot(), lane="arrange") as steps:
                async for step in steps:
                    if isinstance(step, Arranged):
                        self._take(step, serial)
                    elif isinstance(step, Glimpse):
                        files.take(step.view)
                    elif time.monotonic() - told > _TELL:
                        told = time.monotonic()
                        files.publish(progress=step, activity=activity)
        except CallError:
            files.doubt()  # a scan says what is wrong with the directory
        finally:
            if self._task is current:
                self._task = None
                self.ended_at = time.monotonic()
                files.publish(progress=None, activity="")

    def _take(self, arranged: Arranged, serial: int) -> None:
        self._forget()
        if serial == self._files.listing.serial:  # otherwise more has arrived meanwhile
            self._known = Known(arranged.orders, found=arranged.found)
        self.ended_at = time.monotonic()
        self._files.take(arranged.view)

    async def _measure(self, listing: Listing, by: SortBy) -> None:
        """Look at every entry whose figure the order needs."""
        files = self._files
        for other in [other for other in listing.columns if other != by]:  # 8 MB each for a million
            del listing.columns[other]
        column = listing.add_column(by)
        for _ in range(_TRIES):  # where the directory changes meanwhile, some must be looked at again
            rows = await files.door.run(_unmeasured, listing, by, lane="arrange")
            if not len(rows):
                return
            identity = files.directory.identity if files.directory else None
            place, told = files.state.path, time.monotonic()
            async with files.door.stream(system.figures, place, listing, rows, by, identity, at=place) as parts:
                async for part in parts:
                    if part.serial == listing.serial:
                        listing.owners.setdefault(by, {}).update(part.names)
                        _store(column, rows[part.first : part.first + len(part.figures)], part.figures)
                    if time.monotonic() - told > _TELL:
                        told = time.monotonic()
                        files.publish(progress=part.first / len(rows), activity="looking")


def _activity(how: Arrangement) -> str:
    return "filtering" if how.filter else "sorting"


def _unmeasured(listing: Listing, by: SortBy) -> Sequence[int]:
    """The rows whose figure is not known."""
    column = listing.add_column(by)
    rows = listing.live_rows()
    unknown = array("I")
    for first in range(0, len(rows), STEP):
        unknown.extend([row for row in rows[first : first + STEP] if column[row] == UNKNOWN])
    return rows if len(unknown) == len(rows) else unknown


def _store(column: array[int], rows: Sequence[int], figures: array[int]) -> None:
    if isinstance(rows, range):
        column[rows.start : rows.stop] = figures
    else:
        for row, figure in zip(rows, figures, strict=True):
            column[row] = figure
