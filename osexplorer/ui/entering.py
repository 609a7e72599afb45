"""The way to another directory in Files, and which keys wait for its end.

Until a directory is entered, the one before is still shown. A key that changes something there was meant for the one
being entered: it waits, and is not carried out at all where that is not entered. No other key waits for longer than it
takes to see that reading takes long, so a file system that does not answer keeps no key from working.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import Enum
from typing import Any

from osexplorer.model.display import display
from osexplorer.model.errors import CallError
from osexplorer.ui.actions import Action

PATIENCE = 0.3
"""Seconds after which Files says that it waits. A key typed before that was typed ahead, for the new directory."""
DEADLINE = 3.0
"""Seconds that a key waits at most, when it is one that changes something."""
_WAYS_OUT = frozenset({"pane.clear", "files.parent", "files.back", "files.forward", "files.home", "files.bookmarks"})


class Hold(Enum):
    """What is to become of a key."""

    GO = "go"
    WAIT = "wait"
    DROP = "drop"
    """It was meant for a directory that was not entered."""


class Entering:
    """Whether a directory is being entered, and what that means for keys. Lives on the event loop."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None
        self._opened: Callable[[], bool] = lambda: False
        self._since = 0.0
        self._missed = float("-inf")
        self._place = self._why = ""

    def begin(self, task: asyncio.Task[Any], place: str, opened: Callable[[], bool]) -> None:
        """A directory is being entered; a way under way before is over.

        Args:
            task: ends when it is listed, complete and in order; fails when it is not entered.
            place: its path, for the person.
            opened: whether its first entries are shown.
        """
        self._task, self._since, self._opened = task, time.monotonic(), opened
        self._place = display(place)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if task is self._task:
            self._task = None
            if not task.cancelled() and isinstance(task.exception(), CallError):
                self._miss(f"{self._place} was not entered")

    def give_up(self) -> bool:
        """Wait no longer for where a link leads; whether that was waited for."""
        if not self.reason or self._task is None:
            return False
        self._task.cancel()
        self._task = None
        return True

    def _miss(self, why: str) -> None:
        """Keys typed before now were meant for a directory that they will not find."""
        self._missed, self._why = time.monotonic(), why

    @property
    def why(self) -> str:
        """Why keys were dropped last, or would be."""
        return self._why

    @property
    def reason(self) -> str:
        """Why what changes something cannot be done now; ``""`` when it can."""
        if self._task is None or self._opened():
            return ""
        return f"{self._place} is still being read; Esc gives up"

    def concerns(self, typed: float) -> bool:
        """Whether a key typed at that time, on the monotonic clock, may have to wait, or to be dropped."""
        return self._task is not None or typed < self._missed

    def overtakes(self, action: Action | None, typed: float) -> bool:
        """Whether a key leads away, typed by somebody who sees that reading takes long: what waits is dropped then."""
        if leads_away(action) and typed >= self._since + PATIENCE:
            self._why = f"{self._place} was left before it was read"
            return True
        return False

    def hold(self, action: Action | None, typed: float) -> Hold:
        """What is to become now of a key.

        Args:
            action: what it leads to; None for nothing that is known.
            typed: when, on the monotonic clock, seconds.
        """
        if typed < self._missed:
            return Hold.GO if leads_away(action) else Hold.DROP
        if self._task is None:
            return Hold.GO
        now, opened = time.monotonic(), self._opened()
        ahead = typed < self._since + PATIENCE
        if opened and not ahead:
            return Hold.GO
        if action is None or not action.acts:
            if opened or not ahead:
                return Hold.GO
            if now < self._since + PATIENCE:
                return Hold.WAIT
            self._miss(f"{self._place} was still being read")
            return Hold.GO
        if now < max(self._since, typed) + DEADLINE:
            return Hold.WAIT
        if opened:
            return Hold.GO
        self._miss(self.reason)
        return Hold.DROP


def leads_away(action: Action | None) -> bool:
    """Whether it goes to another directory or pane, or gives something up."""
    return action is not None and not action.acts and (action.scope == "app" or action.id in _WAYS_OUT)
