"""Reading a directory for a listing: its entries, and which of them come first. Plain threads, no event loop.

The first directory is read while Textual is being imported, so nothing heavier than the system layer is imported here.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator
from queue import SimpleQueue
from typing import NamedTuple, TypeAlias

from osexplorer.model.arrangement import LARGEST_FIRST, Arrangement
from osexplorer.model.calls import Call
from osexplorer.model.head import Head
from osexplorer.model.listing import Batch, Directory
from osexplorer.model.settings import Settings
from osexplorer.services.turns import give_way
from osexplorer.system import calls, files

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
    head, count = Head(how), 0
    for item in files.scan(place, ticket):
        if isinstance(item, Directory):
            yield item
        else:
            if count <= LARGE < count + len(item.kinds):
                from osexplorer.system.memory import economize  # with ctypes, which takes 5 ms to import

                economize()
            count += len(item.kinds)
            head.add(item)
            yield Part(item, head.rows())


class Begun:
    """The first reading, begun at once in a thread of its own.

    Args:
        how: the order in which it will be shown.
    """

    def __init__(self, path: str, how: Arrangement) -> None:
        self.path, self.how = path, how
        self._items: SimpleQueue[Item | BaseException | None] = SimpleQueue()
        self._calls: list[Call] = []
        self._unwanted = False
        self._over = threading.Event()
        self._entries = 0
        threading.Thread(target=self._run, name="first reading", daemon=True).start()

    def _run(self) -> None:
        try:
            with calls.recording(self._calls.append):
                place, cursor = files.locate(self.path)
                self._items.put(Located(place, cursor))
                for item in read(place, FIRST_TICKET, self.how._replace(revealed=cursor or "")):
                    self._items.put(item)
                    if isinstance(item, Part):
                        self._entries += len(item.batch.kinds)
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

        Raises:
            CallError: as :func:`osexplorer.system.files.locate` and :func:`read`.
        """
        try:
            while (item := self._items.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self._unwanted = True
            for call in self._calls:
                calls.pass_on(call)
