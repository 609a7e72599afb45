"""The trees of the children: which process belongs to which, what all of them use, and the orphans among them."""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from osexplorer.model.children import Child, Sample, SignalOutcome
from osexplorer.model.descendants import STRAY, AdoptedEnd, Descendant, Root, Stat, Whose, owner_of, whose
from osexplorer.model.errors import CallError
from osexplorer.services import beat
from osexplorer.services.door import Door
from osexplorer.system import descendants as system
from osexplorer.system import usage

LOOK_SECONDS = 1.0
"""How often, while somebody watches and there is anything to see."""

_LANE = "trees"
_AGAIN_SECONDS = 0.05
_CALM_SECONDS = 0.03
"""How long what was adopted waits to be reaped: rows show their ends first, and many ends are one look."""
_COMMANDS = 10_000
_QUIET = 3
"""Looks in a row that have to find nothing new before a tree is held to be stopped."""
_PASSES = 5_000


class Round(NamedTuple):
    """What one look told."""

    samples: dict[int, Sample]
    """Of the children that run, by pid."""
    trees: dict[int, tuple[Descendant, ...]]
    """By the child's id; :data:`STRAY` for adopted processes of which nothing tells whose they are."""
    holders: dict[int, tuple[tuple[int, str], ...]]
    """By the id of a child that has ended: who can still write to its output, pid and name."""


class Trees:
    """Looks at every process there is, when asked, every second while somebody watches, and when a descendant ends.

    Args:
        children: all of them.
        unreaped: the numbers of those that nobody has waited for yet.
        launching: since when the oldest launch under way is, on the monotonic clock; None when there is none.
        pipes: the numbers of the pipes that a child may still write to.
        watched: whether anybody looks.
        told: gets what was found.
        ended: gets each adopted process that was waited for, with the id of the child whose it was; in rows.
    """

    def __init__(
        self,
        door: Door,
        *,
        children: Callable[[], Iterable[Child]],
        unreaped: Callable[[], set[int]],
        launching: Callable[[], int | None],
        pipes: Callable[[int], frozenset[int]],
        watched: Callable[[], bool],
        told: Callable[[Round], None],
        ended: Callable[[list[tuple[int, AdoptedEnd]]], None],
    ) -> None:
        self._door = door
        self._children, self._unreaped, self._launching = children, unreaped, launching
        self._pipes, self._watched, self._told, self._ended = pipes, watched, told, ended
        self._lock = asyncio.Lock()
        self._next: asyncio.Task[Round] | None = None
        self._known: dict[tuple[int, int], int] = {}
        """By identity: whose it is. What has ended stays until it is waited for."""
        self._names: dict[tuple[int, int], str] = {}
        """By identity, of all in :attr:`_known`: its command line."""
        self._before: dict[tuple[int, int], tuple[int, int]] = {}
        """By identity: when it was looked at, and the clock ticks it had used."""
        self._peaks: dict[int, tuple[int, int | None]] = {}
        """By the pid of a child: the ticks it had used, and its peak memory then."""
        self._commands: dict[tuple[int, int, str, int], str] = {}
        self._orphans: frozenset[int] = frozenset()
        self._anything = False
        self._stirred = False
        self._settling: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._soon: asyncio.Task[None] | None = None
        self._adopts = False

    # -- looking

    def adopt(self) -> None:
        """A child is about to be launched: adopt what it will leave behind."""
        if not self._adopts:
            self._adopts = system.adopt_orphans()

    def start(self) -> None:
        """Look from time to time, as long as there is anything to see."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())

    def stop(self) -> None:
        """Look no more."""
        for task in (self._looking, self._settling, self._soon, self._next):
            if task is not None:
                task.cancel()

    async def _look_on(self) -> None:
        while self._anything or any(child.alive for child in self._children()):
            if self._watched():
                with contextlib.suppress(CallError):  # recorded; what was seen last stands until the next look
                    await self.look()
                if self._orphans:
                    self.stir()
            await beat.rest(LOOK_SECONDS)

    def look_soon(self) -> None:
        """Look, without waiting for it, and go on looking as long as there is anything to see."""
        if self._soon is None or self._soon.done():
            self._soon = asyncio.create_task(self._look_and_go_on())

    async def _look_and_go_on(self) -> None:
        with contextlib.suppress(CallError):  # as below, where it is done again
            await self.look()
        self.start()

    async def look(self) -> Round:
        """Look now. Who asks before the look begins shares it.

        Raises:
            CallError: processes cannot be looked at now, as without descriptors (EMFILE).
        """
        if self._next is None:
            self._next = asyncio.create_task(self._look_once())
        return await asyncio.shield(self._next)

    async def _look_once(self) -> Round:
        async with self._lock:
            self._next = None
            children = list(self._children())
            pipes = {child.id: self._pipes(child.id) for child in children if child.output_open}
            round, self._peaks, self._before, self._known, self._names = await self._door.run(
                self._look, children, pipes, lane=_LANE
            )
        self._anything = bool(round.trees or round.holders)
        self._told(round)
        return round

    def _look(
        self, children: list[Child], pipes: dict[int, frozenset[int]]
    ) -> tuple[
        Round,
        dict[int, tuple[int, int | None]],
        dict[tuple[int, int], tuple[int, int]],
        dict[tuple[int, int], int],
        dict[tuple[int, int], str],
    ]:
        """In a thread."""
        alive = {child.pid for child in children if child.alive and child.pid}
        if not system.TOLD:
            return Round(usage.samples(sorted(alive)), {}, {}), {}, {}, {}, {}
        look = system.look()
        _, found = self._found(look, children, alive, pipes)
        trees = {id: self._measured(tree, look.at) for id, tree in found.trees.items()}
        if found.strays:
            trees[STRAY] = self._measured(tuple(Descendant(stat, 1, True, True) for stat in found.strays), look.at)
        samples, peaks = self._samples(look, alive)
        marks = {(one.pid, one.stat.born): (look.at, one.stat.ticks) for tree in trees.values() for one in tree}
        known = {one.stat.identity: id for id, tree in trees.items() if id != STRAY for one in tree}
        names = {one.stat.identity: one.command for tree in trees.values() for one in tree}
        for identity in look.zombies:
            if identity in self._known:
                known[identity] = self._known[identity]
            if identity in self._names:
                names[identity] = self._names[identity]
        holders = {}
        for child in children:
            if not child.alive and (inodes := pipes.get(child.id)):
                first = [one.pid for one in trees.get(child.id, ())]
                holders[child.id] = tuple(system.holders(inodes, first))
        return Round(samples, trees, holders), peaks, marks, known, names

    async def freeze(self, id: int, spare: set[tuple[int, int]]) -> list[Stat]:
        """Stop every process of a child's tree, so that none can start another, until no more are found; returns them.

        Args:
            spare: those that may not be signalled; the ones found out are added.

        Raises:
            CallError: as :meth:`look`; some may have been stopped then.
        """
        children = list(self._children())
        pipes = {child.id: self._pipes(child.id) for child in children if child.output_open}
        return await self._door.run(self._freeze, id, children, pipes, spare, lane=_LANE)

    def _freeze(
        self, id: int, children: list[Child], pipes: dict[int, frozenset[int]], spare: set[tuple[int, int]]
    ) -> list[Stat]:
        """In a thread: what forks all the time leaves no time for more."""
        frozen: dict[tuple[int, int], Stat] = {}
        missed: set[int] = set()  # each once: one that has ended and is not waited for yet is listed again
        quiet = passes = 0
        root = next((child for child in children if child.id == id), None)
        while quiet < _QUIET and passes < _PASSES and root is not None:
            passes += 1
            quiet += 1
            look = system.look_below([root.pid] if root.alive else [])
            alive = {child.pid for child in children if child.alive and child.pid}
            owned, strays = self._owned(look, id, root, children, alive, pipes)
            ended = look.missed.union(stray.pid for stray in strays if not system.runs(stray)) - missed
            if ended:  # something got away before it could be told whose it is: no quiet pass
                quiet = 0
                missed |= ended
            for stat in owned:
                if stat.identity in frozen or stat.identity in spare:
                    continue
                quiet = 0
                outcome = system.signal_one(stat, signal.SIGSTOP)
                if outcome is SignalOutcome.SENT:
                    frozen[stat.identity] = stat
                    self._known[stat.identity] = id
                elif outcome is SignalOutcome.DENIED:
                    spare.add(stat.identity)
        return list(frozen.values())

    def _owned(
        self,
        look: system.Look,
        id: int,
        root: Child,
        children: list[Child],
        alive: set[int],
        pipes: dict[int, frozenset[int]],
    ) -> tuple[list[Stat], tuple[Stat, ...]]:
        """The processes of one tree, the child itself first; and the adopted ones that may be anybody's."""
        roots, found = self._found(look, children, alive, pipes)
        own = look.stats.get(root.pid) if root.alive else None
        born = next((one.born for one in roots if one.id == id), 0)
        first = [own] if own is not None and own.born >= born else []
        return [*first, *(one.stat for one in found.trees.get(id, ()))], found.strays

    def _found(
        self, look: system.Look, children: list[Child], alive: set[int], pipes: dict[int, frozenset[int]]
    ) -> tuple[list[Root], Whose]:
        roots = _roots(children)
        adopted = [pid for pid in look.adopted if pid not in alive]
        found = whose(look.stats, roots, system.own(), adopted, self._known)
        if owners := self._strays(found, children, roots, pipes):
            found = whose(look.stats, roots, system.own(), adopted, {**self._known, **owners})
        return roots, found

    def _strays(
        self, found: Whose, children: list[Child], roots: list[Root], pipes: dict[int, frozenset[int]]
    ) -> dict[tuple[int, int], int]:
        """Whose the adopted ones are that left session, group and all: who writes to a child's output is of its tree,
        and so is one that can be of no other. What may be a child that is just being launched is nobody's."""
        since, mine = self._launching(), self._unreaped()  # now: as long as the look took, more was launched
        young = math.inf if since is None else system.ticks_at(since) - 1
        owners = {}
        for stat in found.strays:
            if stat.born >= young or stat.pid in mine:
                continue
            held = system.pipes_of(stat.pid)
            owner = next((id for id, inodes in pipes.items() if inodes & held), STRAY)
            if owner := owner or _only_possible(stat, roots, children):
                owners[stat.identity] = owner
        return owners

    def _measured(self, tree: tuple[Descendant, ...], at: int) -> tuple[Descendant, ...]:
        return tuple(
            one._replace(
                cpu=self._cpu(one.stat, at), seconds=one.stat.ticks / system.TICKS, command=self._command(one.stat)
            )
            for one in tree
        )

    def _command(self, stat: Stat) -> str:
        """Its command line, read once for each program that it executes."""
        key = (*stat.identity, stat.name, stat.stack)
        if key not in self._commands:
            if len(self._commands) > _COMMANDS:
                self._commands.clear()
            self._commands[key] = system.command_of(stat)
        return self._commands[key]

    def _cpu(self, stat: Stat, at: int) -> float | None:
        before = self._before.get(stat.identity)
        if before is None or at <= before[0]:
            return None
        return max(stat.ticks - before[1], 0) / system.TICKS / ((at - before[0]) / 1e9)

    def _samples(
        self, look: system.Look, alive: set[int]
    ) -> tuple[dict[int, Sample], dict[int, tuple[int, int | None]]]:
        samples, peaks = {}, {}
        for pid in alive:
            stat = look.stats.get(pid)
            if stat is None:
                continue
            ticks, peak = self._peaks.get(pid, (-1, None))
            if stat.ticks != ticks:  # what has not run has not grown
                try:
                    peak = usage.peak_rss(pid)
                except OSError:
                    continue
            peaks[pid] = (stat.ticks, peak)
            stopped = stat.state in "Tt"
            samples[pid] = Sample(look.at, stopped, stat.ticks / system.TICKS, stat.rss, peak)
        return samples, peaks

    # -- waiting for what was adopted

    def stir(self) -> None:
        """A child, or what was adopted, has ended or stopped: reap what is no child, and look what is left."""
        if not self._adopts:
            return
        self._stirred = True
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        while self._stirred:
            await asyncio.sleep(_CALM_SECONDS)
            self._stirred = False
            now = time.monotonic_ns()
            since = self._launching()
            before = system.ticks_at(now if since is None else min(since, now))
            try:
                async with self._lock:  # what a look forgets meanwhile would have nobody it belonged to
                    settled = await self._door.run(system.reap_adopted, self._unreaped(), before, lane=_LANE)
                    ends = self._owned_ends(settled.ends)
            except CallError:  # recorded
                asyncio.get_running_loop().call_later(LOOK_SECONDS, self.stir)
                continue
            if settled.young:  # it cannot be told yet from one that is being launched
                asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self.stir)
            if ends:
                self._ended(ends)
            if settled.orphans != self._orphans or settled.ends:
                self._orphans = settled.orphans
                await self._look_and_go_on()

    def _owned_ends(self, ends: Iterable[tuple[Stat, int]]) -> list[tuple[int, AdoptedEnd]]:
        """Whose these were; those of which nothing tells it are left out."""
        children = [child for child in self._children() if child.pid]
        roots = _roots(children)
        found = []
        for stat, status in ends:
            owner = owner_of(stat, roots, self._known) or _only_possible(stat, roots, children)
            if owner:
                name = self._names.get(stat.identity) or stat.name
                found.append((owner, AdoptedEnd(stat, status, stat.ticks / system.TICKS, name)))
        return found


def _roots(children: Iterable[Child]) -> list[Root]:
    return [Root(child.id, child.pid, system.ticks_at(child.began) - 1, child.alive) for child in children if child.pid]


def _only_possible(stat: Stat, roots: list[Root], children: Iterable[Child]) -> int:
    """The one child that ran when the process was started; :data:`STRAY` where there were several."""
    may = [
        root.id
        for root, child in zip(roots, (child for child in children if child.pid), strict=True)
        if root.born <= stat.born and (child.alive or system.ticks_at(child.ended) + 1 >= stat.born)
    ]
    return may[0] if len(may) == 1 else STRAY
