"""Ending the whole tree of a child: signals by degrees to every process of it, until none is left."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from osexplorer.model.children import SignalOutcome
from osexplorer.model.descendants import Stat
from osexplorer.model.errors import Exhausted
from osexplorer.model.ladder import KILL, Rung, Stopped, Stopping
from osexplorer.services.door import Door
from osexplorer.system import descendants as system

T = TypeVar("T")

_LANE = "trees"
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.25
_PATIENCE = 10.0
"""Seconds in which what was killed has to be gone: it may be in the kernel, waiting for a device."""


class Stop:
    """One tree on its way to its end.

    Args:
        members: all its processes now, the child itself among them.
        freeze: stops all of them but those given, and returns them.
        progress: is told how far it is.
    """

    def __init__(
        self,
        door: Door,
        members: Callable[[], Awaitable[list[Stat]]],
        freeze: Callable[[set[tuple[int, int]]], Awaitable[list[Stat]]],
        progress: Callable[[Stopping | None], None],
    ) -> None:
        self._door = door
        self._members, self._freeze, self._progress = members, freeze, progress
        self.over: asyncio.Future[Stopped] = asyncio.get_running_loop().create_future()
        """What it came to, for who asks while it is under way."""
        self._hurry = asyncio.Event()
        self._seen: set[tuple[int, int]] = set()
        self._denied: set[tuple[int, int]] = set()

    def hurry(self) -> None:
        """Go on to the next signal now."""
        self._hurry.set()

    async def run(self, ladder: tuple[Rung, ...]) -> Stopped:
        """Send the signals; returns when nothing is left, or the last has been sent and cannot do more.

        Raises:
            CallError: what is left cannot be looked at, or not signalled: not even after some seconds.
        """
        sent: list[int] = []
        try:
            for at, rung in enumerate(ladder):
                self._hurry.clear()
                if rung.number == KILL:
                    worked = await self._kill()
                else:
                    worked = await self._ask(rung, at == len(ladder) - 1)
                if worked:
                    sent.append(rung.number)
            left = await self._look()
        except BaseException:
            self.over.cancel()
            raise
        finally:
            self._progress(None)
        here = tuple(stat.pid for stat in left)
        stopped = Stopped(tuple(sent), len(self._seen) - len(here), here)
        if not self.over.done():  # who waited for it may have given up
            self.over.set_result(stopped)
        return stopped

    async def _look(self) -> list[Stat]:
        """All its processes.

        One empty look proves nothing: what was started after ``/proc`` had been listed, by a process that ended before
        it was asked, is not in it. By the next look it has been adopted.
        """
        members = await self._patiently(self._members) or await self._patiently(self._members)
        self._seen.update(stat.identity for stat in members)
        return members

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """What `call` returns, tried again for a while when something that it needs is used up, as descriptors are.

        Raises:
            Exhausted: it still is.
        """
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return await call()
            except Exhausted:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(_LONGEST_WAIT)

    async def _send(self, members: list[Stat], number: int) -> None:
        outcomes = await self._patiently(lambda: self._door.run(system.signal_all, members, number, lane=_LANE))
        self._denied |= {stat.identity for stat in members if outcomes[stat.pid] is SignalOutcome.DENIED}

    def _tell(self, number: int, left: list[Stat], until: int) -> None:
        denied = sum(stat.identity in self._denied for stat in left)
        self._progress(Stopping(number, len(left), until, denied))

    async def _ask(self, rung: Rung, last: bool) -> bool:
        """Send a signal that may be caught, also to what is started after it, and wait; whether there was anything to
        send it to."""
        asked: set[tuple[int, int]] = set()
        until = time.monotonic_ns() + int(rung.seconds * 1e9)
        wait = _FIRST_WAIT
        while left := await self._look():
            if fresh := [stat for stat in left if stat.identity not in asked]:
                await self._send(fresh, rung.number)
                await self._send([stat for stat in fresh if stat.state == "T"], signal.SIGCONT)
                asked.update(stat.identity for stat in fresh)
            self._tell(rung.number, left, 0 if last else until)
            rest = (until - time.monotonic_ns()) / 1e9
            over = not fresh if last else rest <= 0
            if over or self._hurry.is_set() or all(stat.identity in self._denied for stat in left):
                break
            wait = await self._wait(wait if last else min(wait, rest))
        return bool(asked)

    async def _wait(self, seconds: float) -> float:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return min(seconds * 2, _LONGEST_WAIT)
        return seconds

    async def _kill(self) -> bool:
        """Stop every process of the tree, so that none can start another, until a look finds no more; then kill them
        all. SIGSTOP and SIGKILL cannot be caught. Returns whether there was any."""
        killed = False
        end = time.monotonic() + _PATIENCE
        wait = _FIRST_WAIT
        while time.monotonic() < end:
            frozen = await self._patiently(lambda: self._freeze(self._denied))
            self._seen.update(stat.identity for stat in frozen)
            self._tell(KILL, frozen, 0)
            await self._send(frozen, KILL)
            killed = killed or bool(frozen)
            if not frozen and not [stat for stat in await self._look() if stat.identity not in self._denied]:
                break
            self._hurry.clear()
            wait = await self._wait(wait)
        return killed
