"""Waiting for children: for one, for the first of several, for all of them; told with a notice when it comes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Literal, NamedTuple

from osexplorer.model.children import Child
from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.units import duration_text
from osexplorer.services.child_rules import ChildRules
from osexplorer.services.children import Children
from osexplorer.services.feed import Feed

Kind = Literal["any", "all"]
NOTICES = 100
"""Notices kept."""


class Wait(NamedTuple):
    """Something that is waited for."""

    kind: Kind
    ids: frozenset[int]
    """The children, as they were when the waiting began."""


class Notice(NamedTuple):
    """Something to be told, with a bell."""

    serial: int
    """From 1 on."""
    text: str
    """Foreign text in it has passed ``display()``."""
    problem: bool


class ChildWaits:
    """What is waited for. A child that its rules start again is waited for until that ends. Lives on one event loop."""

    def __init__(self, children: Children, rules: ChildRules) -> None:
        self.feed: Feed[tuple[Wait, ...]] = Feed(())
        self.notices: Feed[tuple[Notice, ...]] = Feed(())
        """The last ones, oldest first."""
        self._children, self._rules = children, rules
        self._serials = itertools.count(1)
        self._waits: list[tuple[Wait, dict[int, Child | None]]] = []
        rules.observe(self._settled)

    def add(self, ids: Iterable[int], kind: Kind) -> Wait:
        """Wait for the first of these children to end, or for all of them. Those that have ended count too.

        Raises:
            Refused: there is nothing to wait for.
        """
        left: dict[int, Child | None] = {}
        for id in ids:
            child = self._children.get(self._rules.newest(id))
            if child is not None:
                left[id] = None if child.alive or self._rules.is_active(id) else child
        if None not in left.values():
            raise Refused("All of them have ended" if left else "There is nothing to wait for")
        wait = Wait(kind, frozenset(left))
        self._waits.append((wait, left))
        self._publish()
        if kind == "any" and (child := next((child for child in left.values() if child is not None), None)):
            self._over(wait, left, child)
        return wait

    def is_waiting(self, ids: Iterable[int], kind: Kind) -> bool:
        """Whether just this is waited for."""
        return any(wait == Wait(kind, frozenset(ids)) for wait, _ in self._waits)

    def drop(self, ids: Iterable[int], kind: Kind) -> None:
        """Wait for this no longer."""
        gone = Wait(kind, frozenset(ids))
        self._waits = [entry for entry in self._waits if entry[0] != gone]
        self._publish()

    def tell(self, text: str, problem: bool = False) -> None:
        """Give a notice."""
        notice = Notice(next(self._serials), text, problem)
        self.notices.publish((*self.notices.value, notice)[-NOTICES:])

    def _settled(self, child: Child, ids: frozenset[int]) -> None:
        if self._rules.get(child.id).notify and not any(ids & wait.ids for wait, _ in self._waits):
            self.tell(end_text(child), not child.ended_well)
        for wait, left in list(self._waits):
            mine = [id for id in left if id in ids]
            if not mine:
                continue
            for id in mine:
                left[id] = child
            if wait.kind == "any" or None not in left.values():
                self._over(wait, left, child)

    def _over(self, wait: Wait, left: dict[int, Child | None], last: Child) -> None:
        self._waits = [entry for entry in self._waits if entry[0] is not wait]
        self._publish()
        ended = [child for child in left.values() if child is not None]
        bad = [child for child in ended if not child.ended_well]
        if len(left) == 1:
            self.tell(end_text(last), bool(bad))
        elif wait.kind == "any":
            self.tell(f"The first of {len(left)} has ended: {end_text(last)}", not last.ended_well)
        elif bad:
            self.tell(f"All {len(left)} have ended, {len(bad)} not well: {end_text(bad[0])}", True)
        else:
            self.tell(f"All {len(left)} have ended well")

    def _publish(self) -> None:
        self.feed.publish(tuple(wait for wait, _ in self._waits))


def end_text(child: Child) -> str:
    """How a child has ended, in words: ``1234 make -j4: exit 2 after 3.2s``."""
    name = f"{child.pid} {display(child.command.line)}" if child.pid else display(child.command.line)
    after = f" after {duration_text(child.duration / 1e9)}" if child.duration is not None and child.pid else ""
    return f"{name}: {child.exit_text}{after}"
