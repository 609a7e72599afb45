"""Looking (lstat) at the entries of a listing that are on the screen, and one page before and behind them."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from osexplorer.model.arrangement import FIGURES, figure_of
from osexplorer.model.entry import EntryStat, Kind, Target
from osexplorer.model.errors import CallError, NotFound, Unavailable
from osexplorer.services.listed import Listed
from osexplorer.system import files as system

if TYPE_CHECKING:
    from osexplorer.model.listing import Listing

KEEP = 10_000
"""Entries whose lstat is kept; those far from the screen are dropped beyond that."""

PATIENCE = 2.0
"""Seconds that are waited for where links lead, and for what is mounted on an entry."""


class Looks:
    """Part of the files service: keeps `listing.stats` filled for the rows that are wanted."""

    def __init__(self, files: Listed) -> None:
        self._files = files
        self._wanted = (0, 0)
        self._task: asyncio.Task[None] | None = None
        self._listing: Listing | None = None
        self._old: set[int] = set()
        self._following: dict[int, asyncio.Task[None]] = {}
        self._apart: dict[int, asyncio.Task[None]] = {}

    def want(self, first: int, last: int) -> None:
        """Rows of the view from `first` up to and without `last` are on the screen."""
        self._wanted = (first, last)
        self.start()

    def renew(self) -> None:
        """What is known may no longer hold: look again at what is wanted."""
        self._old = set(self._files.listing.stats)
        self.start()

    async def stats_of(self, keys: Iterable[int]) -> dict[str, EntryStat | CallError]:
        """By path, what lstat says about entries: what is known of them, or else what a look now tells.

        Raises:
            CallError: the directory cannot be opened any more.
        """
        files, listing = self._files, self._files.listing
        path, identity = files.state.path, files.directory.identity if files.directory else None
        rows = [row for key in keys if (row := listing.row(key)) is not None]
        unknown = [row for row in rows if not isinstance(listing.stats.get(row), EntryStat)]
        found = {row: listing.stats[row] for row in rows if row in listing.stats}
        names = {row: listing.names[row] for row in rows}
        if unknown:
            new = await files.door.run(system.stat_entries, path, [names[row] for row in unknown], identity, at=path)
            found.update(zip(unknown, new, strict=True))
        return {os.path.join(path, names[row]): found[row] for row in rows}

    async def until_idle(self) -> None:
        """Wait until everything wanted was looked at; for links into places that do not answer only a while."""
        while self._task is not None:
            await asyncio.wait({self._task})
        if pending := {*self._following.values(), *self._apart.values()}:
            await asyncio.wait(pending, timeout=PATIENCE)

    def start(self) -> None:
        """Look at what is wanted and not known, if there is any."""
        listing = self._files.listing
        if listing is not self._listing:
            for task in (*self._following.values(), *self._apart.values()):
                task.cancel()
            self._following.clear()
            self._apart.clear()
            self._old.clear()
            self._listing = listing
            if self._task is not None:
                self._task.cancel()
                self._task = None
        if self._task is None and self._missing():
            self._task = asyncio.create_task(self._run(listing))

    def _missing(self) -> list[int]:
        """Rows to look at next: those on the screen, or else, half a page before they come, those a page around.

        Who scrolls line by line has them looked at half a page at a time.
        """
        first, last = self._wanted
        page = last - first
        if rows := self._missing_from(first, last):
            return rows
        if self._missing_from(first - page // 2, last + page // 2):
            return self._missing_from(first - page, last + page)
        return []

    def _missing_from(self, low: int, high: int) -> list[int]:
        return [row for row in self._files.view.rows[max(low, 0) : max(high, 0)] if self._is_missing(row)]

    def _is_missing(self, row: int) -> bool:
        listing = self._files.listing
        return (row not in listing.stats or row in self._old) and listing.alive(row) and row not in self._apart

    async def _run(self, listing: Listing) -> None:
        files = self._files
        try:
            while rows := self._missing():
                self._old.difference_update(rows)
                if not (rows := self._near(listing, rows)):
                    continue
                names = listing.names.take(rows)
                try:
                    stats = await self._look(names, at=files.state.path)
                except CallError as error:
                    for row in rows:
                        if row not in listing.stats:
                            listing.set_stat(row, error)
                    files.looked()
                    files.doubt()
                    return
                self._take(listing, rows, names, stats)
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _look(self, names: Sequence[str], at: str) -> list[EntryStat | CallError]:
        files = self._files
        identity = files.directory.identity if files.directory else None
        births = files.state.arrangement.by == "btime"
        return await files.door.run(system.stat_entries, files.state.path, names, identity, births, at=at)

    def _near(self, listing: Listing, rows: list[int]) -> list[int]:
        """Those rows that are on the directory's own file system. Each of the others is looked at by itself, in the
        lane of what is mounted there: a dead one holds up no other."""
        files, near = self._files, []
        here = files.door.lane_of(files.state.path)
        for row, name in zip(rows, listing.names.take(rows), strict=True):
            place = os.path.join(files.state.path, name)
            if listing.kinds[row] == Kind.DIRECTORY and files.door.lane_of(place) != here:
                self._apart[row] = asyncio.create_task(self._look_apart(listing, row, name, place))
            else:
                near.append(row)
        return near

    async def _look_apart(self, listing: Listing, row: int, name: str, place: str) -> None:
        look = asyncio.ensure_future(self._look([name], at=place))
        try:
            await asyncio.wait({look}, timeout=PATIENCE)
            if not look.done() and row not in listing.stats:
                text = f"no answer for {PATIENCE:g} s"
                error = Unavailable(errno.ETIMEDOUT, text, "os.lstat", place, "The file system there may be gone")
                self._take(listing, [row], [name], [error])
            self._take(listing, [row], [name], await look)
        except CallError as error:
            self._take(listing, [row], [name], [error])
        finally:
            look.cancel()
            if self._apart.get(row) is asyncio.current_task():
                del self._apart[row]

    def _take(self, listing: Listing, rows: list[int], names: list[str], stats: list[EntryStat | CallError]) -> None:
        changed = vanished = False
        moved: list[int] = []
        links: list[tuple[int, str, str]] = []
        by = self._files.state.arrangement.by
        column = listing.columns.get(by)
        for row, name, stat in zip(rows, names, stats, strict=True):
            if not listing.alive(row) or listing.names[row] != name:
                continue
            before = listing.stats.get(row)
            if isinstance(stat, EntryStat):
                if stat.link is not None:
                    links.append((row, name, stat.link))
                    if isinstance(before, EntryStat) and before.link == stat.link:
                        stat = stat._replace(target=before.target)
                if column is not None and by in FIGURES and not (by == "btime" and stat.btime is None):
                    listing.owners.get("uid", {})[stat.uid] = stat.owner
                    listing.owners.get("gid", {})[stat.gid] = stat.group
                    figure = figure_of(stat, by)
                    if (
                        by == "size"
                        and stat.kind is Kind.DIRECTORY
                        and (size := self._files.counted.size(name)) is not None
                    ):
                        figure = size
                    if column[row] != figure:
                        column[row] = figure
                        moved.append(row)
            else:
                vanished = vanished or (isinstance(stat, NotFound) and not _alike(before, stat))
            if not _alike(before, stat):
                listing.set_stat(row, stat)
                changed = True
        self._follow(listing, links)
        self._forget(listing)
        if changed:
            self._files.looked()
        if moved:
            self._files.arranging.moved(moved)
            self._files.arranging.start()
        if vanished:
            self._files.doubt()

    def _follow(self, listing: Listing, links: list[tuple[int, str, str]]) -> None:
        """Find out where links lead, in the lane of the mount they lead to: a dead one holds up no other."""
        path = self._files.state.path
        lanes: dict[str, tuple[str, list[int], list[str]]] = {}
        for row, name, link in links:
            if row not in self._following:
                target = os.path.normpath(os.path.join(path, link))
                _, rows, names = lanes.setdefault(self._files.door.lane_of(target), (target, [], []))
                rows.append(row)
                names.append(name)
        for target, rows, names in lanes.values():
            task = asyncio.create_task(self._follow_in_lane(listing, path, target, rows, names))
            self._following.update(dict.fromkeys(rows, task))

    async def _follow_in_lane(self, listing: Listing, path: str, at: str, rows: list[int], names: list[str]) -> None:
        try:
            targets = await self._files.door.run(system.follow_links, path, names, at=at)
        except CallError as error:
            targets = [Target(None, errno=error.errno or 0)] * len(rows)
        finally:
            for row in rows:
                if self._following.get(row) is asyncio.current_task():
                    del self._following[row]
        changed = False
        for row, name, target in zip(rows, names, targets, strict=True):
            stat = listing.stats.get(row)
            if isinstance(stat, EntryStat) and listing.names[row] == name and stat.target != target:
                listing.set_stat(row, stat._replace(target=target))
                changed = True
        if changed and listing is self._files.listing:
            self._files.looked()

    def _forget(self, listing: Listing) -> None:
        if len(listing.stats) > KEEP:
            first, last = self._wanted
            page = last - first
            near = set(self._files.view.rows[max(first - page, 0) : last + page])
            for row in [row for row in listing.stats if row not in near]:
                del listing.stats[row]


def _alike(one: EntryStat | CallError | None, other: EntryStat | CallError) -> bool:
    if isinstance(one, CallError) and isinstance(other, CallError):
        return one.errno == other.errno
    return one == other
