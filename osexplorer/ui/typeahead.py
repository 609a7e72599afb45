"""Keys that are typed faster than the screen changes go where a person means them to go.

Textual hands each key to what has the keyboard at the moment it arrives. ``!`` opens a dialog a few turns of the event
loop later, so of ``!make`` in one burst (quick fingers, a slow line) the letters would reach the list below, where
``d`` deletes. So keys queue here, and each waits until what the one before it has set off has happened.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING

from textual import events

from osexplorer.ui.actions import Action, key_text
from osexplorer.ui.entering import Hold

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

Typed = events.Key | events.Paste

_CALM_TURNS = 4  # turns of the loop without anything to do: a message may pass from widget to screen to app
_QUICK_TURNS = 50
_KEYS_A_FRAME = 100  # while more are typed ahead: who holds a key down on a slow line sees where it leads
_POLL = 0.005
_PAUSE = 0.5  # seconds between two keys from which they are not of one burst
_DEADLINE = 3.0  # seconds, for a busy machine; in the end a program that does not listen is worse than a stray key


class Pressed(Enum):
    """What became of a key that was to be carried out at once."""

    DONE = "done"
    NOT = "not"
    LATER = "later"
    """It is none of those that can be, and must wait until what others have just been told has happened."""


class TypeAhead:
    """The keys that are still to be handled, in their order.

    Args:
        at_once: carries out a key, by its name, where that is possible without a round of messages.
        handle: hands a key to what has the keyboard. It runs in a task of its own, for the app's own queue must go on:
            the keys of bindings bubble up into it.
        action_of: what a key leads to, by its name, in the list with the keyboard.
    """

    def __init__(
        self,
        app: Host,
        handle: Callable[[Typed], Awaitable[None]],
        at_once: Callable[[str], Pressed],
        action_of: Callable[[str], Action | None],
    ) -> None:
        self._app = app
        self._action_of = action_of
        self._handle = handle
        self._at_once = at_once
        self._typed: deque[Typed] = deque()
        self._typing: asyncio.Task[None] | None = None
        self._since_frame = 0
        self._dropped = float("-inf")
        """When the last of the keys that were dropped was typed."""

    def withholds_frame(self) -> bool:
        """Whether what has changed is better painted later, with what the next keys change."""
        withheld = bool(self._typed) and self._since_frame < _KEYS_A_FRAME
        if not withheld:
            self._since_frame = 0
        return withheld

    def add(self, event: Typed) -> None:
        """A key was typed, or text pasted."""
        self._typed.append(event)
        if self._typing is None or self._typing.done():
            self._typing = asyncio.create_task(self._type())
            self._typing.add_done_callback(self._ended)

    async def _type(self) -> None:
        while self._typed:
            event = self._typed.popleft()
            self._since_frame += 1
            if self._app.entering.concerns(event.time) and not await self._may_go(event):
                continue
            pressed = self._at_once(event.key) if isinstance(event, events.Key) else self._at_once("")
            if pressed is Pressed.LATER:
                await self._settle()
            if pressed is not Pressed.DONE:
                await self._handle(event)
            elif self._is_calm():
                continue
            await self._settle()

    async def _may_go(self, event: Typed) -> bool:
        """Whether a key may be carried out, once it may while a directory is being entered; else it is dropped, with
        those that were typed behind it: a command line of which the ``!`` was dropped is no row of commands."""
        entering, waited = self._app.entering, False
        if event.time - self._dropped < _PAUSE and self._key(event) != "escape":
            self._dropped = event.time
            return False
        while (hold := entering.hold(self._action(event), event.time)) is Hold.WAIT and self._app.is_running:
            waited = True
            for at, later in enumerate(self._typed):
                if entering.overtakes(self._action(later), later.time):
                    self._drop([event, *(self._typed.popleft() for _ in range(at))])
                    self._dropped = float("-inf")
                    return False
            await asyncio.sleep(_POLL)
        if hold is Hold.DROP:
            self._drop([event, *self._typed])
            self._typed.clear()
            return False
        if waited:
            await self._settle()
        return True

    def _key(self, event: Typed) -> str:
        return event.key if isinstance(event, events.Key) else ""

    def _action(self, event: Typed) -> Action | None:
        return self._action_of(self._key(event))

    def _drop(self, typed: list[Typed]) -> None:
        self._dropped = typed[-1].time
        first = key_text(self._key(typed[0])) or "What was pasted"
        more = f" and {len(typed) - 1} more" if len(typed) > 1 else ""
        self._app.say(f"{first}{more} not carried out: {self._app.entering.why}", problem=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._app._handle_exception(error)

    async def _settle(self) -> None:
        """Wait until no widget that keys can reach has anything left to do, and the keyboard is where it is going."""
        end = time.monotonic() + _DEADLINE
        calm = turns = 0
        while calm < _CALM_TURNS and time.monotonic() < end and self._app.is_running:
            await asyncio.sleep(0 if turns < _QUICK_TURNS else 0.001)
            turns += 1
            calm = calm + 1 if self._is_calm() else 0

    def _is_calm(self) -> bool:
        app = self._app
        screen = app.screen
        if not screen.is_mounted or app.is_settling:
            return False
        focused = screen.focused
        if focused is None and screen.AUTO_FOCUS != "" and screen.focus_chain:
            return False
        nodes = focused.ancestors_with_self if focused is not None else (screen, app)
        return all(node.message_queue_size == 0 for node in nodes)
