"""The listing of one directory: streamed, sorted without stopping anything, looked at where it is seen, kept live.

    files = Files(door)
    await files.show("/usr/bin")
    for index in range(len(files.view)): files.view.name(index)

Entries come with name and type only. What :meth:`Files.want` names is looked at (lstat) in the background, and a page
before and behind it; nothing else is, unless the order needs it.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import time
from array import array
from collections.abc import Iterable, Sequence

from osexplorer.model.arrangement import Arrangement, SortBy
from osexplorer.model.errors import Abandoned, CallError, Unavailable
from osexplorer.model.files import FilesState, Status
from osexplorer.model.listing import Directory, Listing, View
from osexplorer.services import arranging, reading
from osexplorer.services.arranging import Arranging
from osexplorer.services.counted_sizes import CountedSizes
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.services.looks import Looks
from osexplorer.services.reading import Begun, Located, Part
from osexplorer.services.refresh import Refresh
from osexplorer.system import files as system


class Files:
    """The directory that is listed, and how.

    Args:
        live: notice changes on disk by itself.
        begun: a reading that is under way already, for the first directory.
    """

    def __init__(
        self, door: Door, *, live: bool = True, arrangement: Arrangement | None = None, begun: Begun | None = None
    ) -> None:
        self.door = door
        self.feed: Feed[FilesState] = Feed(FilesState(arrangement=arrangement or Arrangement()))
        self.listing = Listing(0)
        self.directory: Directory | None = None
        self._view = View(self.listing, array("I"))
        self._tickets = itertools.count(reading.FIRST_TICKET)
        self._begun = begun
        self._loading: asyncio.Task[None] | None = None
        self._cursor_name: str | None = None
        self.looks = Looks(self)
        self.arranging = Arranging(self)
        self.counted = CountedSizes(self)
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
        self.publish(arrangement=arrangement)

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
        self.publish(pending=path, since=time.monotonic())
        if not self.state.ticket:  # nothing is shown yet: what went wrong before is over
            self.publish(status=Status.NONE, error=None)
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
        """Show it in another order; returns when it is. With a filter, what fits best is not put first any more.

        Args:
            reverse: None turns the order round when it is sorted by `by` already.
        """
        now = self.state.arrangement
        if reverse is None:
            reverse = not now.reverse if by == now.by else False
        first = now.directories_first if directories_first is None else directories_first
        if by == "btime" != now.by:
            self.looks.renew()
        await self._show_as(now._replace(by=by, reverse=reverse, directories_first=first, ranked=not now.filter))

    async def filter(self, text: str, *, exact: bool = False) -> None:
        """Show only names that fit `text`, the best first: see :mod:`osexplorer.model.fuzzy`. ``""`` shows all.

        Of very many the first are shown at once, the others when all have been gone through.

        Args:
            exact: only names that contain the text as it is, in the order of the listing.
        """
        await self._show_as(self.state.arrangement._replace(filter=text, exact=exact, ranked=True))

    async def set_hidden(self, hidden: bool) -> None:
        """Show names that begin with a dot, or not."""
        await self._show_as(self.state.arrangement._replace(hidden=hidden))

    async def _show_as(self, arrangement: Arrangement) -> None:
        self.publish(arrangement=arrangement)
        self.arranging.start()
        await self.arranging.until_idle()

    def want(self, first: int, last: int) -> None:
        """The rows from `first` up to and without `last` are on the screen: look at them soon."""
        self.looks.want(first, last)

    # -- loading

    async def _load(self, path: str, cursor: str | None, ticket: int) -> None:
        listing, entered, directory, place = Listing(ticket), False, None, path
        head: Sequence[int] = ()
        begun = self._take_begun(path, cursor)
        try:
            if begun is not None and begun.is_at_hand(arranging.AT_ONCE):
                stream = self.door.replay(begun.items)
            elif begun is not None:
                stream = self.door.stream(begun.items, at=path)
            else:
                place, name = await self.door.run(system.locate, path, at=path)
                cursor = name or cursor
                how = self.state.arrangement._replace(revealed=cursor or "")
                stream = self.door.stream(reading.read, place, ticket, how, at=place)
            async with stream as items:
                async for item in items:
                    if isinstance(item, Located):
                        place, cursor = item
                    elif isinstance(item, Directory):
                        directory = item
                    else:
                        listing.append(item.batch)
                        if not entered:
                            self._enter(listing, place, directory, cursor)
                            entered = True
                        head = item.head
                        self._arrived(item)
        except CallError as error:
            if not entered:
                self._not_entered(path, error)
                raise
            self.publish(status=Status.PARTIAL, error=error, since=0.0)
        else:
            if not entered:
                self._enter(listing, place, directory, None)
            self.publish(status=Status.READY, since=0.0)
        self._refresh.begin()
        self.arranging.start(head)
        await self.arranging.until_idle()

    def _take_begun(self, path: str, cursor: str | None) -> Begun | None:
        """The reading under way, where it is the one that is asked for now."""
        begun, self._begun = self._begun, None
        return begun if begun is not None and begun.path == path and cursor is None else None

    def _enter(self, listing: Listing, place: str, directory: Directory | None, cursor: str | None) -> None:
        """The first entries are here: the listing becomes the one that is shown."""
        self._refresh.stop()
        self.listing, self.directory = listing, directory
        self.arranging.reset()
        self._view = View(listing, array("I"))
        self._cursor_name = cursor
        self.looks.start()
        self.publish(
            path=place,
            ticket=listing.ticket,
            status=Status.LOADING,
            error=None,
            arrangement=self.state.arrangement._replace(filter="", revealed=cursor or "", ranked=True),
            cursor=None,
            pending=None,
        )

    def _arrived(self, part: Part) -> None:
        self.arranging.appended()
        if self._cursor_name is not None and self.state.cursor is None and self._cursor_name in part.batch.names:
            self.publish(cursor=self.key_of(self._cursor_name))
        if len(self.listing) <= arranging.AT_ONCE:
            self.arranging.start()
        elif not self.state.arrangement.filter:
            self.arranging.come(part.head)
        elif self.arranging.rested:
            self.arranging.start()

    def _not_entered(self, path: str, error: CallError) -> None:
        if self.state.ticket:
            self.publish(pending=None, since=0.0)
        else:
            self.publish(path=path, status=Status.FAILED, error=error, pending=None, since=0.0)

    def _cancel(self) -> None:
        if self._loading is not None and not self._loading.done():
            self._give_up(self._loading)

    def _give_up(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        if self.state.status is Status.LOADING:
            self.publish(status=Status.PARTIAL, error=None, pending=None, since=0.0)
            self.arranging.start()
            self._refresh.begin()
        elif not self.state.ticket and self.state.pending is not None:
            path, text = self.state.pending, "given up before it has answered"
            self._not_entered(path, Unavailable(errno.ETIMEDOUT, text, "os.open", path, "A refresh reads it again"))
        else:
            self.publish(pending=None, since=0.0)

    # -- for the parts of this service

    def take(self, view: View) -> None:
        """Show these rows."""
        self._view = view
        self.publish(revision=self.state.revision + 1)
        self.looks.start()

    def looked(self) -> None:
        """More is known of the rows."""
        self.publish(looks=self.state.looks + 1)

    def doubt(self) -> None:
        """An entry was not there: the listing must be read again."""
        self._refresh.soon(entries=True, names=frozenset())

    def publish(self, **changes: object) -> None:
        """Publish a state that differs in these fields."""
        state = self.feed.value._replace(total=self.listing.count, shown=len(self._view), **changes)  # type: ignore[arg-type]
        if state != self.feed.value:
            self.feed.publish(state)
