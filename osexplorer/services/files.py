"""The listing of one directory: streamed, sorted without stopping anything, looked at where it is seen, kept live.

    files = Files(door)
    await files.show("/usr/bin")
    for index in range(len(files.view)): files.view.name(index)

Entries come with name and type only. What :meth:`Files.want` names is looked at (lstat) in the background, and a page
before and behind it; nothing else is, unless the order needs it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from array import array
from collections.abc import Iterable

from osexplorer.model.arrange import FIGURES, Arranged, Arrangement, SortBy, arrange, arrange_now
from osexplorer.model.errors import Abandoned, CallError
from osexplorer.model.files import FilesState, Status
from osexplorer.model.listing import Batch, Directory, Listing, View
from osexplorer.model.order import RUN
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.services.looks import Looks
from osexplorer.services.refresh import Refresh
from osexplorer.system import files as system

AT_ONCE = RUN // 2
"""Entries that are sorted on the event loop: 3 ms."""

_BETWEEN = 2.0
_TELL = 0.1


class Files:
    """The directory that is listed, and how.

    Args:
        live: notice changes on disk by itself.
    """

    def __init__(self, door: Door, *, live: bool = True, arrangement: Arrangement | None = None) -> None:
        self.door = door
        self.feed: Feed[FilesState] = Feed(FilesState(arrangement=arrangement or Arrangement()))
        self.listing = Listing(0)
        self.directory: Directory | None = None
        self._view = View(self.listing, array("I"))
        self._tickets = itertools.count(1)
        self._by_name: array[int] | None = None
        self._loading: asyncio.Task[None] | None = None
        self._arranging: asyncio.Task[None] | None = None
        self._arranged_at = 0.0
        self._cursor_name: str | None = None
        self.looks = Looks(self)
        self._refresh = Refresh(self, live=live)

    # -- what is there

    @property
    def state(self) -> FilesState:
        """The newest snapshot."""
        return self.feed.value

    @property
    def view(self) -> View:
        """The rows in their order. Another order, or other rows, make another view; `state.revision` tells."""
        return self._view

    def path_of(self, key: int) -> str | None:
        """The path of the entry with that key; None when it is gone."""
        row = self.listing.row(key)
        return None if row is None else os.path.join(self.state.path, self.listing.names[row])

    def key_of(self, name: str) -> int | None:
        """The key of the entry of that name; None when there is none."""
        row = self.listing.find(name)
        return None if row is None else self.listing.key(row)

    # -- going somewhere

    def begin_with(self, arrangement: Arrangement) -> None:
        """How directories are shown from now on, before the first one is."""
        self._publish(arrangement=arrangement)

    async def show(self, path: str, cursor: str | None = None) -> None:
        """List a directory; returns when it is complete and in order.

        The directory listed before stays until the first entries of the new one are there, and stays for good when it
        cannot be opened. A file's path lists its directory, with the cursor on the file.

        Args:
            cursor: name of the entry to point at.

        Raises:
            CallError: it is not there, or cannot be read.
            Abandoned: another one was asked for meanwhile, or :meth:`abandon` was called.
        """
        self._cancel()
        ticket = next(self._tickets)
        self._publish(pending=path, since=time.monotonic())
        task = self._loading = asyncio.create_task(self._load(path, cursor, ticket))
        try:
            await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                self._give_up(task)
                raise
            raise Abandoned(f"Listing {path} was given up") from None

    async def up(self) -> None:
        """List the parent, with the cursor on where we came from; nothing at the root.

        Raises:
            CallError, Abandoned: as :meth:`show`.
        """
        parent, name = os.path.split(self.state.path)
        if name:
            await self.show(parent, name)

    def abandon(self) -> bool:
        """Give up the load under way; whether there was one. What has arrived stays, marked as partial."""
        if self._loading is None or self._loading.done():
            return False
        self._give_up(self._loading)
        return True

    async def refresh(self) -> None:
        """Read the directory again, and look again at what is seen; returns when it is done."""
        await self._refresh.now()

    def changed(self, paths: Iterable[str]) -> None:
        """Something of ours has changed these paths: look at them again without waiting to be told."""
        here = {os.path.basename(path) for path in paths if os.path.dirname(path) == self.state.path}
        if here:
            self._refresh.soon(entries=False, names=frozenset(here))

    def close(self) -> None:
        """Stop all work."""
        self._cancel()
        self._refresh.close()

    # -- how it is shown

    async def sort(self, by: SortBy, *, reverse: bool | None = None, directories_first: bool | None = None) -> None:
        """Show it in another order; returns when it is.

        Args:
            reverse: None turns the order round when it is sorted by `by` already.
        """
        now = self.state.arrangement
        if reverse is None:
            reverse = not now.reverse if by == now.by else False
        first = now.directories_first if directories_first is None else directories_first
        await self._show_as(now._replace(by=by, reverse=reverse, directories_first=first))

    async def filter(self, text: str) -> None:
        """Show only names that contain `text`; case counts only where `text` has a capital letter. ``""`` shows all."""
        await self._show_as(self.state.arrangement._replace(filter=text))

    async def set_hidden(self, hidden: bool) -> None:
        """Show names that begin with a dot, or not."""
        await self._show_as(self.state.arrangement._replace(hidden=hidden))

    async def _show_as(self, arrangement: Arrangement) -> None:
        self._publish(arrangement=arrangement)
        self.arrange()
        await self.until_arranged()

    def want(self, first: int, last: int) -> None:
        """The rows from `first` up to and without `last` are on the screen: look at them soon."""
        self.looks.want(first, last)

    # -- loading

    async def _load(self, path: str, cursor: str | None, ticket: int) -> None:
        listing, entered, directory = Listing(ticket), False, None
        try:
            place, name = await self.door.run(system.locate, path, at=path)
            async with self.door.stream(system.scan, place, ticket, at=place) as items:
                async for item in items:
                    if isinstance(item, Directory):
                        directory = item
                        continue
                    listing.append(item)
                    if not entered:
                        self._enter(listing, place, directory, name or cursor)
                        entered = True
                    self._arrived(item)
        except CallError as error:
            if not entered:
                self._not_entered(path, error)
                raise
            self._publish(status=Status.PARTIAL, error=error, since=0.0)
        else:
            if not entered:
                self._enter(listing, place, directory, None)
            self._publish(status=Status.READY, since=0.0)
        self.arrange()
        await self.until_arranged()
        self._refresh.begin()

    def _enter(self, listing: Listing, place: str, directory: Directory | None, cursor: str | None) -> None:
        """The first entries are here: the listing becomes the one that is shown."""
        self._refresh.stop()
        if self._arranging is not None:
            self._arranging.cancel()
            self._arranging = None
        self.listing, self.directory = listing, directory
        self._view = View(listing, array("I"))
        self._by_name = None
        self._cursor_name = cursor
        self.looks.start()
        self._publish(
            path=place,
            ticket=listing.ticket,
            status=Status.LOADING,
            error=None,
            arrangement=self.state.arrangement._replace(filter="", revealed=cursor or ""),
            cursor=None,
            pending=None,
        )

    def _arrived(self, batch: Batch) -> None:
        self._by_name = None
        if self._cursor_name in batch.names:
            self._publish(cursor=self.key_of(self._cursor_name))
        if self.listing.count <= AT_ONCE or (
            self._arranging is None and time.monotonic() - max(self._arranged_at, self.state.since) > _BETWEEN
        ):
            self.arrange()
        else:
            self._publish()

    def _not_entered(self, path: str, error: CallError) -> None:
        if self.state.ticket:
            self._publish(pending=None, since=0.0)
        else:
            self._publish(path=path, status=Status.FAILED, error=error, pending=None, since=0.0)

    def _cancel(self) -> None:
        if self._loading is not None and not self._loading.done():
            self._give_up(self._loading)

    def _give_up(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        if self.state.status is Status.LOADING:
            self._publish(status=Status.PARTIAL, error=None, pending=None, since=0.0)
            self.arrange()
            self._refresh.begin()
        else:
            self._publish(pending=None, since=0.0)

    # -- arranging

    def arrange(self) -> None:
        """Bring the rows into their order again; at once when they are few."""
        if self._arranging is not None:
            self._arranging.cancel()
            self._arranging = None
        by = self.state.arrangement.by
        if len(self.listing.names) <= AT_ONCE and (by not in FIGURES or not self.listing.unmeasured(by)[0]):
            self._take(arrange_now(self.listing, self.state.arrangement, self._by_name))
        else:
            if not len(self._view) and len(self.listing.names) <= AT_ONCE:
                self._take(arrange_now(self.listing, self.state.arrangement._replace(by="name")))
            self._arranging = asyncio.create_task(self._arrange_aside())

    async def until_arranged(self) -> None:
        """Wait until the rows are in the order asked for."""
        while self._arranging is not None:
            await asyncio.wait({self._arranging})

    async def _arrange_aside(self) -> None:
        listing, how = self.listing, self.state.arrangement
        current = asyncio.current_task()
        told = time.monotonic()
        self._publish(progress=0.0)
        try:
            if how.by in FIGURES:
                await self._measure(listing, how.by)
            rows = len(listing.names)
            async with self.door.stream(arrange, listing, how, self._by_name, lane="arrange") as steps:
                async for step in steps:
                    if isinstance(step, Arranged):
                        if rows != len(listing.names):
                            step = step._replace(by_name=None)  # more has arrived meanwhile
                        self._take(step)
                    elif time.monotonic() - told > _TELL:
                        told = time.monotonic()
                        self._publish(progress=step)
        except CallError:
            self._refresh.soon(entries=True)  # which says what is wrong with the directory
        finally:
            if self._arranging is current:
                self._arranging = None
                self._arranged_at = time.monotonic()
                self._publish(progress=None)

    def _take(self, arranged: Arranged) -> None:
        self._view, self._by_name = arranged.view, arranged.by_name
        self._arranged_at = time.monotonic()
        self._publish(revision=self.state.revision + 1, progress=None)
        self.looks.start()

    async def _measure(self, listing: Listing, by: SortBy) -> None:
        """Look at every entry whose figure the order needs."""
        column = listing.add_column(by)
        rows, names = await self.door.run(listing.unmeasured, by, lane="arrange")
        if not rows:
            return
        identity = self.directory.identity if self.directory else None
        place, done = self.state.path, 0
        async with self.door.stream(system.figures, place, names, by, identity, at=place) as parts:
            async for part in parts:
                for at, figure in enumerate(part, done):
                    if listing.names[row := rows[at]] == names[at]:
                        column[row] = figure
                done += len(part)
                self._publish(progress=done / len(rows))

    # -- for the parts of this service

    def rows_changed(self) -> None:
        """The listing has other rows."""
        self._by_name = None
        self.arrange()

    def looked(self) -> None:
        """More is known of the rows."""
        self._publish(looks=self.state.looks + 1)

    def doubt(self) -> None:
        """An entry was not there: the listing must be read again."""
        self._refresh.soon(entries=True, names=frozenset())

    def publish(self, **changes: object) -> None:
        """Publish a state that differs in these fields."""
        self._publish(**changes)

    def _publish(self, **changes: object) -> None:
        state = self.feed.value._replace(total=self.listing.count, shown=len(self._view), **changes)  # type: ignore[arg-type]
        if state != self.feed.value:
            self.feed.publish(state)
