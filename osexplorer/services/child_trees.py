"""The children with their trees: what all processes of each use, signals to all of them, and the end of all of them."""

from __future__ import annotations

import asyncio

from osexplorer.model.children import SignalOutcome
from osexplorer.model.descendants import STRAY, AdoptedEnd, Descendant, Stat
from osexplorer.model.ladder import Rung, Stopped, Stopping
from osexplorer.services.child_list import ChildList
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.services.output import Output
from osexplorer.services.stopping import Stop
from osexplorer.services.trees import Round, Trees
from osexplorer.system import descendants as system

_LANE = "trees"
_HOLDER_SECONDS = 0.1
"""How long after a child's end its output may stay open before it is asked who holds it."""


class ChildTrees(ChildList):
    """The list of children, each with the processes of its tree."""

    def __init__(self, door: Door, output: Output) -> None:
        super().__init__()
        self.strays: Feed[tuple[Descendant, ...]] = Feed(())
        """Processes that were adopted, of which nothing tells whose they are."""
        self._door = door
        self._stops: dict[int, Stop] = {}
        self._trees = Trees(
            door,
            children=lambda: list(self._children.values()),
            unreaped=self._unreaped,
            launching=self._oldest_launch,
            pipes=output.pipes,
            watched=lambda: self.feed.watched,
            told=self._told,
            ended=self._adopted_ended,
        )

    def _unreaped(self) -> set[int]:
        """Asked from threads too: what changes meanwhile is taken as it was."""
        held = list(self._held.items())
        return {child.pid for id, one in held if (child := self._children.get(id)) and child.pid and not one.reaped}

    def _oldest_launch(self) -> int | None:
        """As `_unreaped`."""
        held = [id for id, one in list(self._held.items()) if one.launching is not None]
        return min((child.began for id in held if (child := self._children.get(id))), default=None)

    def _told(self, round: Round) -> None:
        for id, child in list(self._children.items()):
            sample = round.samples.get(child.pid) if child.alive else None
            tree = round.trees.get(id, ())
            holders = round.holders.get(id, ())
            new = child.sampled(sample) if sample is not None else child
            if new is not child or tree != child.descendants or holders != child.holders:
                self._children[id] = new.with_tree(tree, holders, sample is not None)
        strays = round.trees.get(STRAY, ())
        if strays != self.strays.value:
            self.strays.publish(strays)
        self._publish()

    def _adopted_ended(self, ends: list[tuple[int, AdoptedEnd]]) -> None:
        for id, end in ends:
            if (child := self._children.get(id)) is not None:
                self._children[id] = child.with_end(end)
        self._publish()

    def _tree_may_be_left(self, id: int) -> None:
        """A child has ended: reap what it leaves behind, and find who still holds its output."""
        self._trees.stir()
        child = self._children[id]
        if child.descendants or child.output_open:
            asyncio.get_running_loop().call_later(_HOLDER_SECONDS, self._look_for_holder, id)

    def _look_for_holder(self, id: int) -> None:
        child = self._children.get(id)
        if child is not None and not self._closed and (child.descendants or child.output_open):
            self._trees.look_soon()

    async def members(self, id: int) -> list[Stat]:
        """Every process of a child's tree that runs now, itself first."""
        await self._trees.look()
        child = self._children.get(id)
        if child is None:
            return []
        members = [one.stat for one in child.descendants]
        if child.alive and child.pid:
            own = await self._door.run(system.stat_of, child.pid, lane=_LANE)
            members[:0] = [own] if own is not None and own.running else []
        return members

    async def signal_tree(self, id: int, number: int) -> dict[int, SignalOutcome]:
        """Send a signal to every process of a child's tree; what became of each, by pid.

        Raises:
            CallError: neither permission nor absence is the reason (EINVAL: no such signal).
        """
        members = await self.members(id)
        return await self._door.run(system.signal_all, members, number, lane=_LANE)

    async def signal_process(self, process: Stat, number: int) -> SignalOutcome:
        """Send a signal to one process of a tree.

        Raises:
            CallError: neither permission nor absence is the reason (EINVAL: no such signal).
        """
        return await self._door.run(system.signal_one, process, number, lane=_LANE)

    async def stop(self, id: int, ladder: tuple[Rung, ...]) -> Stopped:
        """End a child with its whole tree: the signals of `ladder` in turn, to every process, until none is left.

        Asked again meanwhile, it goes on to the next signal at once. Its row tells how far it is.
        """
        under_way = self._stops.get(id)
        if under_way is not None:
            under_way.hurry()
            return await asyncio.shield(under_way.over)
        stop = self._stops[id] = Stop(
            self._door,
            lambda: self.members(id),
            lambda spare: self._trees.freeze(id, spare),
            lambda told: self._stopping(id, told),
        )
        try:
            return await stop.run(ladder)
        finally:
            del self._stops[id]

    @property
    def tells_trees(self) -> bool:
        """Whether this system tells which processes a child has started."""
        return system.TOLD

    def _stopping(self, id: int, told: Stopping | None) -> None:
        if id in self._children:
            self._set(id, stopping=told)
            if told is not None:
                self._held[id].asked.add(told.number)
