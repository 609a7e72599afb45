"""Reading a directory for a listing: its entries, and which of them come first. Plain threads, no event loop.

The first directory is read while Textual is being imported, so nothing heavier than the system layer is imported here.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from queue import SimpleQueue
from typing import NamedTuple, TypeAlias, TypeVar

from osexplorer.model.arrangement import LARGEST_FIRST, Arrangement
from osexplorer.model.calls import Call
from osexplorer.model.errors import CallError
from osexplorer.model.head import Head
from osexplorer.model.listing import Batch, Directory
from osexplorer.model.settings import Settings
from osexplorer.services.turns import give_way
from osexplorer.system import calls, files
from osexplorer.system.apart import Apart, can_fork

FIRST_TICKET = 1
"""Of the first directory that is listed."""


LARGE = 50_000
"""With more entries than this, memory is worth some care."""


class Located(NamedTuple):
    """What a path led to."""

    place: str
    """The directory to list."""
    cursor: str | None
    """The entry in it to point at."""


class Part(NamedTuple):
    """Some entries, and what comes first among all so far."""

    batch: Batch
    head: array[int]
    """Rows in order, counted from the first entry."""


T = TypeVar("T")
Raw: TypeAlias = Located | Directory | Batch
Item: TypeAlias = Located | Directory | Part


def first_arrangement(settings: Settings) -> Arrangement:
    """How directories are shown at first."""
    return Arrangement(
        by=settings.sort,
        reverse=settings.sort in LARGEST_FIRST,
        directories_first=settings.directories_first,
        hidden=settings.show_hidden,
        names=settings.names,
    )


def read(place: str, ticket: int, how: Arrangement) -> Iterator[Item]:
    """Look at a directory, and read its entries.

    Raises:
        CallError: as :func:`osexplorer.system.files.scan`.
    """
    return _with_heads(_sparing(files.scan(place, ticket)), how)


def _with_heads(items: Iterable[Raw], how: Arrangement) -> Iterator[Item]:
    """The items, with what comes first among the entries."""
    head = Head(how)
    for item in items:
        if isinstance(item, Batch):
            head.add(item)
            yield Part(item, head.rows())
        else:
            if isinstance(item, Located):
                head = Head(how._replace(revealed=item.cursor or ""))
            yield item


def _sparing(items: Iterable[T]) -> Iterator[T]:
    """The same items; where they are many entries, this process takes care with its memory from then on."""
    count = 0
    for item in items:
        yield item
        if isinstance(item, Batch):
            before, count = count, count + len(item.kinds)
            if before <= LARGE < count:
                from osexplorer.system.memory import economize  # with ctypes, which takes 5 ms to import

                economize()


class Begun:
    """The first reading, begun at once.

    Args:
        how: the order in which it will be shown.
        apart: in a process of its own, where there can be one, and not in a thread: that would have half an interpreter
            while Textual is imported.
    """

    def __init__(self, path: str, how: Arrangement, *, apart: bool = False) -> None:
        self.path, self.how = path, how
        self._items: SimpleQueue[Raw | BaseException | None] = SimpleQueue()
        self._calls: list[Call] = []
        self._unwanted = False
        self._over = threading.Event()
        self._entries = 0
        self._source: Iterable[Raw | list[Call]] = self._read()
        if apart and can_fork():
            with suppress(CallError):  # a limit on processes: a thread does the same
                self._source = Apart(self._read, path)
        threading.Thread(target=self._run, name="first reading", daemon=True).start()

    def _read(self) -> Iterator[Raw | list[Call]]:
        """The items, and at the end the calls that were made."""
        made: list[Call] = []
        try:
            with calls.recording(made.append):
                place, cursor = files.locate(self.path)
                yield Located(place, cursor)
                yield from files.scan(place, FIRST_TICKET)
        except CallError:
            yield made
            raise
        yield made

    def _run(self) -> None:
        try:
            with closing(iter(self._source)) as items:  # type: ignore[type-var]
                for item in _sparing(items):
                    if isinstance(item, list):
                        self._calls += item
                        continue
                    self._items.put(item)
                    if isinstance(item, Batch):
                        self._entries += len(item.kinds)
                    give_way()
                    if self._unwanted:
                        return
        except BaseException as error:  # noqa: BLE001 - raised again for whoever asks
            self._items.put(error)
        else:
            self._items.put(None)
        self._over.set()

    def is_at_hand(self, most: int) -> bool:
        """Whether all has been read, or reading has failed, and it is not more than so many entries.

        Then :meth:`items` does not block, nor take long.
        """
        return self._over.is_set() and self._entries <= most

    def wait(self, timeout: float) -> bool:
        """Wait until all has been read, or reading has failed; whether it has within so many seconds."""
        return self._over.wait(timeout)

    def items(self) -> Iterator[Item]:
        """Where the path led to, and what :func:`read` gives; for one reader.

        What comes first is found out here, while the next entries are being read: a seventh of the time that reading
        takes.

        Raises:
            CallError: as :func:`osexplorer.system.files.locate` and :func:`read`.
        """
        return _with_heads(self._taken(), self.how)

    def _taken(self) -> Iterator[Raw]:
        try:
            while (item := self._items.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self._unwanted = True
            for call in self._calls:
                calls.pass_on(call)
