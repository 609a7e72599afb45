"""Finding entries below a directory: streamed, ended at will, kept until the next search.

find = Find(door)
await find.search("/etc", parse_query("*.conf age<7d"))
[find.found(index) for index in range(len(find))]
"""

from __future__ import annotations

import asyncio
import enum
import os
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from osexplorer.model.entry import EntryStat, Kind
from osexplorer.model.errors import CallError, OSExplorerError
from osexplorer.model.find import Found, Query
from osexplorer.model.fuzzy import Query as Letters
from osexplorer.model.tasks import KEEP_FAILURES, Failure
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.services.found_order import FoundBy, Sieve, arranged
from osexplorer.services.lanes import Cancel
from osexplorer.system import find as system

MOST = 200_000
"""Entries that are kept; the search ends there."""

Steps = Callable[[str, Query], Iterator[system.Step]]
"""What is found below a directory, some at a time."""

_KEPT = 5000


class FindStatus(enum.Enum):
    """How far a search is."""

    NONE = "nothing was searched"
    RUNNING = "searching"
    DONE = "complete"
    STOPPED = "stopped"
    FULL = "stopped: too much was found"
    FAILED = "failed"


class FindState(NamedTuple):
    """A snapshot. What was found is asked for from the service."""

    root: str = ""
    text: str = ""
    """The query as typed."""
    words: str = ""
    """The query in words."""
    status: FindStatus = FindStatus.NONE
    found: int = 0
    shown: int = 0
    """Of what was found, as many fulfil the filter."""
    directories: int = 0
    entries: int = 0
    failures: tuple[Failure, ...] = ()
    skipped: int = 0
    """Mount points that were left out."""
    at: str = ""
    """The directory that is being read."""
    since: float = 0.0
    """When it began, in seconds of the monotonic clock."""
    took: float = 0.0
    """Seconds it took, once it has ended."""
    by: FoundBy = ""
    reverse: bool = False
    revision: int = 0
    """Changes when there are other rows, or in another order."""
    looks: int = 0
    """Changes when more is known of what is shown."""
    error: str = ""
    """Why it failed."""


class Find:
    """One search at a time; what it found stays until the next one.

    Args:
        steps: what searches.
    """

    def __init__(self, door: Door, steps: Steps = system.find) -> None:
        self._door = door
        self._steps = steps
        self.feed: Feed[FindState] = Feed(FindState())
        self.history: list[str] = []
        """Queries, the newest last, each once."""
        self.cursor = 0
        """The row on which the cursor was left."""
        self._all: list[Found] = []
        self._rows: array[int] | None = None
        self._places: dict[int, int] = {}
        self.sieve = Sieve(Letters(""))
        """What is shown."""
        self.stats: dict[int, EntryStat | CallError] = {}
        """By identity, what lstat said of those that were on the screen lately."""
        self._searches = 0
        self._wanted = (0, 0)
        self._looking: asyncio.Task[None] | None = None
        self._searching: asyncio.Task[None] | None = None
        self._arranging: asyncio.Task[None] | None = None

    # -- what was found

    def __len__(self) -> int:
        return len(self._all) if self._rows is None else len(self._rows)

    def found(self, index: int) -> Found:
        """What stands in a row."""
        return self._all[self.key(index)]

    def key(self, index: int) -> int:
        """The identity of a row, the same in any order."""
        return index if self._rows is None else self._rows[index]

    def index(self, key: int) -> int | None:
        """Where the row of that identity stands; None when it is not shown."""
        if self._rows is None:
            return key if 0 <= key < len(self._all) else None
        return self._places.get(key)

    def path_of(self, key: int) -> str:
        """The absolute path of what was found."""
        root, path = self.feed.value.root, self._all[key].path
        return root if path == "." else os.path.join(root, path)

    def kind_of(self, key: int) -> Kind:
        """What it was when it was found."""
        return self._all[key].kind

    # -- searching

    async def search(self, root: str, query: Query) -> None:
        """Search below `root`; returns when it has ended. The search before is given up and forgotten.

        Raises:
            Refused: the query names a user or a group that there is not.
            CallError: `root` cannot be read.
        """
        self.stop()
        self._searches += 1
        if query.text in self.history:
            self.history.remove(query.text)
        self.history.append(query.text)
        self._all, self._rows, self.sieve, self.cursor = [], None, Sieve(Letters("")), 0
        self.stats.clear()
        self._wanted = (0, 0)
        state = FindState(root, query.text, query.words, FindStatus.RUNNING, since=time.monotonic())
        self.feed.publish(state._replace(revision=self.feed.value.revision + 1))
        task = self._searching = asyncio.create_task(self._search(root, query))
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    async def _search(self, root: str, query: Query) -> None:
        failures: list[Failure] = []
        status = FindStatus.STOPPED
        error = ""
        try:
            async with self._door.stream(self._steps, root, query, at=root) as steps:
                async for step in steps:
                    failures += step.failures[: KEEP_FAILURES - len(failures)]
                    self._take(step, tuple(failures))
                    if len(self._all) >= MOST:
                        status = FindStatus.FULL
                        return
            status = FindStatus.DONE
        except OSExplorerError as caught:
            status, error = FindStatus.FAILED, str(caught)
            raise
        finally:
            if self._searching is asyncio.current_task():
                self._searching = None
                took = time.monotonic() - self.feed.value.since
                self._publish(status=status, at="", took=took, error=error)
                self._arrange()

    def _take(self, step: system.Step, failures: tuple[Failure, ...]) -> None:
        room = MOST - len(self._all)
        first = len(self._all)
        self._all += step.found[:room]
        if self._rows is not None:  # new ones stand at the end until the order is made again
            for key in range(first, len(self._all)):
                if self.sieve.fits(self._all[key].path):
                    self._places[key] = len(self._rows)
                    self._rows.append(key)
        self._publish(
            directories=step.directories,
            entries=step.entries,
            skipped=step.skipped,
            failures=failures,
            at=step.at,
            revision=self.feed.value.revision + bool(step.found),
        )

    def stop(self) -> bool:
        """End the search under way; what it has found stays. Whether there was one."""
        if self._searching is None:
            return False
        self._searching.cancel()
        return True

    # -- what is known of each

    def want(self, first: int, last: int) -> None:
        """The rows from `first` up to and without `last` are on the screen: look at them."""
        self._wanted = first, last
        self._look(again=False)

    def look_again(self) -> None:
        """What is on the screen may have changed."""
        self._look(again=True)

    async def stats_of(self, keys: Iterable[int]) -> dict[str, EntryStat | CallError]:
        """By path, what lstat says now about some that were found."""
        keys, root = list(keys), self.feed.value.root
        stats = await self._door.run(system.look, root, [self._all[key].path for key in keys], at=root)
        return dict(zip(map(self.path_of, keys), stats, strict=True))

    def _look(self, again: bool) -> None:
        first, last = self._wanted
        keys = [self.key(index) for index in range(max(first, 0), min(last, len(self)))]
        keys = [key for key in keys if again or key not in self.stats]
        if keys and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look_at(keys))

    async def _look_at(self, keys: list[int]) -> None:
        search, root = self._searches, self.feed.value.root
        try:
            stats = await self._door.run(system.look, root, [self._all[key].path for key in keys], at=root)
        except CallError:  # nothing answers there any more; what the search itself has seen stays on the screen
            return
        if search != self._searches:
            return
        changed = [(key, stat) for key, stat in zip(keys, stats, strict=True) if self.stats.get(key) != stat]
        if len(self.stats) > _KEPT:
            self.stats.clear()
        if changed:
            self.stats.update(changed)
            self._publish(looks=self.feed.value.looks + 1)
        self._looking = None
        self._look(again=False)  # more may have come into sight meanwhile

    # -- how it is shown

    def sort(self, by: FoundBy, reverse: bool) -> None:
        """Show it in another order; ``""`` is that in which it was found."""
        self.sieve = self.sieve._replace(best_first=False)
        self._publish(by=by, reverse=reverse)
        self._arrange()

    def filter(self, text: str) -> None:
        """Show only what has the letters of `text` in its name, the best first, or in its path where there is a slash
        in `text`: see :mod:`osexplorer.model.fuzzy`."""
        self.sieve = Sieve(Letters(text))
        self._arrange()

    def _arrange(self) -> None:
        if self._arranging is not None:
            self._arranging.cancel()
        state = self.feed.value
        if not self.sieve.query and not state.by and not state.reverse:
            self._rows = None
            self._publish(revision=state.revision + 1)
        else:
            self._arranging = asyncio.create_task(self._arrange_aside())

    async def _arrange_aside(self) -> None:
        state = self.feed.value
        count, cancel = len(self._all), Cancel()
        rows, places = await self._door.run(
            arranged,
            *(self._all, count, self.sieve, state.by, state.reverse, cancel),
            lane="arrange",
            cancel=cancel,
        )
        self._rows, self._places = rows, places
        self._publish(revision=self.feed.value.revision + 1)
        if count != len(self._all):
            self._arrange()

    def _publish(self, **changes: Any) -> None:
        self.feed.publish(self.feed.value._replace(found=len(self._all), shown=len(self), **changes))
