"""The list of children: the newest snapshot of each, what belongs to it besides, and who is told of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from osexplorer.model.children import Child
from osexplorer.services.child_input import ChildInput
from osexplorer.services.child_terminal import ChildTerminal
from osexplorer.services.feed import Feed
from osexplorer.system.launch import Launched


class Held:
    """What belongs to a child besides its snapshot."""

    __slots__ = (
        "asked",
        "captured",
        "environment",
        "exit_fd",
        "here",
        "input",
        "launching",
        "news",
        "reaped",
        "terminal",
    )

    def __init__(self, environment: Mapping[str, str] | None, captured: bool) -> None:
        self.environment = dict(environment) if environment is not None else None
        self.captured = captured
        self.exit_fd = -1
        self.input: ChildInput | None = None
        self.terminal: ChildTerminal | None = None
        self.here: Launched | None = None
        """What has, or had until it stopped, this program's terminal."""
        self.reaped = False
        self.asked: set[int] = set()
        self.launching: asyncio.Task[Child] | None = None
        self.news: Feed[int] = Feed(0)


class ChildList:
    """All children by id, oldest first in :attr:`feed`."""

    def __init__(self) -> None:
        self.feed: Feed[tuple[Child, ...]] = Feed(())
        self._children: dict[int, Child] = {}
        self._held: dict[int, Held] = {}
        self._observers: list[Callable[[Child], None]] = []
        self._closed = False

    @property
    def running(self) -> int:
        """How many have not ended."""
        return sum(child.alive for child in self._children.values())

    def observe(self, told: Callable[[Child], None]) -> None:
        """Call `told` on the event loop whenever a child starts, stops, ends or closes its output: each such change,
        not only the newest snapshot as the feed does."""
        self._observers.append(told)

    def get(self, id: int) -> Child | None:
        """The newest snapshot of one child; None once it has been removed."""
        return self._children.get(id)

    def remark(self, id: int, note: str, timed_out: bool = False) -> None:
        """Say in the child's row what its rules do; once its time was up, that stays so."""
        child = self._children.get(id)
        if child is not None:
            self._set(id, note=note, timed_out=child.timed_out or timed_out)

    def asked(self, id: int) -> frozenset[int]:
        """The signals that were sent to a child from here."""
        held = self._held.get(id)
        return frozenset(held.asked) if held is not None else frozenset()

    def environment(self, id: int) -> dict[str, str] | None:
        """The variables a child was given; None for this program's own."""
        held = self._held.get(id)
        return held.environment if held is not None else None

    async def wait(self, ids: Iterable[int]) -> None:
        """Wait until each of these children has ended."""
        wanted = set(ids)
        async for children in self.feed.watch():
            if not any(child.alive and child.id in wanted for child in children):
                return

    def _set(self, id: int, *, publish: bool = True, **changes: Any) -> Child:
        before = self._children[id]
        child = self._children[id] = before._replace(**changes)
        if (child.state, child.output_open) != (before.state, before.output_open):
            for told in self._observers:
                told(child)
        if publish:
            self._publish()
        return child

    def _publish(self) -> None:
        self.feed.publish(tuple(self._children.values()))
