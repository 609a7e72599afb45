"""The changes that can be taken back, newest first."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from osexplorer.model.errors import LeftAlone, NotFound, Refused
from osexplorer.services.feed import Feed

KEEP = 1000
_PATIENCE = 1.0
"""Seconds that an undo waits, at most, for a change that is being made."""


class Undoable(NamedTuple):
    """A change that was made, and how to take it back."""

    title: str
    """What was done, as ``chmod 644 → 755 notes.txt``; foreign text in it has passed ``display()``."""
    back: Callable[[], Awaitable[str]]
    """Takes it back; returns what was done, in words. Raises ``Refused`` when the target has changed since."""


class Undo:
    """A stack of changes. A change whose way back fails stays on it, so that it can be tried again.

    One whose target is gone or another by now, and is so when it is tried again, leaves it: it is in the way of others.
    """

    def __init__(self) -> None:
        self._changes: deque[Undoable] = deque(maxlen=KEEP)
        self._undoing = asyncio.Lock()
        self._coming: set[asyncio.Task[Any]] = set()
        self._told = ""
        """Why the last change could not be taken back, when that was tried."""
        self.feed: Feed[str] = Feed("")
        """The title of the change that :meth:`undo` would take back; ``""`` for none."""

    def push(self, title: str, back: Callable[[], Awaitable[str]]) -> None:
        """Remember a change that was just made."""
        self._changes.append(Undoable(title, back))
        self.feed.publish(title)

    def push_one_way(self, title: str, why: str) -> None:
        """Remember a change that has no way back: who wants to undo means this one, and is told, not an older one."""

        async def back() -> str:
            older = [one.title for one in self._changes if one is not change]
            text = f"{title}: {why}"
            raise LeftAlone(f"{text}. Undo again to take back the change before it: {older[-1]}" if older else text)

        change = Undoable(title, back)
        self._changes.append(change)
        self.feed.publish(title)

    def expect(self, work: asyncio.Task[Any]) -> None:
        """A change is being made, and `work` pushes it when it is: who wants to undo in the meantime means that one."""
        self._coming.add(work)
        work.add_done_callback(self._coming.discard)

    @property
    def expects(self) -> bool:
        """Whether there is, or soon will be, a change of this run to take back."""
        return bool(self._coming or self._changes)

    async def undo(self) -> str:
        """Take back the last change; returns what was done. Several requests at once are met one after the other.

        Where one is being made it is waited for, but not for long: a copy may take hours.

        Raises:
            LeftAlone: some of it was changed since; the rest is taken back, and the change is forgotten. Or it has no
                way back.
            Refused: there is nothing to take back, or its target is no longer what it was.
            CallError: the system refused; the change stays undoable.
        """
        async with self._undoing:
            if self._coming:
                await asyncio.wait(tuple(self._coming), timeout=_PATIENCE)
            if not self._changes:
                raise Refused("Nothing to undo")
            change = self._changes[-1]
            try:
                done = await change.back()
            except LeftAlone:
                self._forget(change)
                raise
            except (Refused, NotFound) as error:
                told, self._told = self._told, str(error)
                if told != self._told:
                    raise
                self._forget(change)
                raise LeftAlone(f"{error}. It is left as it is: undo again means the change before it") from error
            self._forget(change)
            return done

    def _forget(self, change: Undoable) -> None:
        with contextlib.suppress(ValueError):  # pushed out by newer changes meanwhile
            self._changes.remove(change)
        self.feed.publish(self._changes[-1].title if self._changes else "")
