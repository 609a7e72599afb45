"""The processes that a child has started, and those that they have started: its tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

STRAY = 0
"""In place of a child's id: an adopted process of which nothing tells whose it is."""


class Stat(NamedTuple):
    """A process as ``/proc/PID/stat`` tells of it, see proc(5)."""

    pid: int
    born: int
    """Clock ticks after the boot; with the pid, it tells one process from a later one of the same number."""
    ppid: int
    group: int
    session: int
    state: str
    name: str
    """At most 15 bytes of it."""
    ticks: int
    """Clock ticks of processor time, user and system, its own and that of the children it waited for excluded."""
    rss: int
    """Resident memory, bytes."""
    stack: int = 0
    """Where its stack begins, which changes with each program that it executes; 0 where that is not told."""

    @property
    def identity(self) -> tuple[int, int]:
        """What no other process has."""
        return self.pid, self.born

    @property
    def running(self) -> bool:
        """Whether it has not ended: a zombie has."""
        return self.state not in "ZX"


class Root(NamedTuple):
    """A child whose tree is looked for."""

    id: int
    pid: int
    born: int
    """Clock ticks after the boot at which it was launched, or a little earlier."""
    alive: bool


class Descendant(NamedTuple):
    """A process below a child, in its place in the tree."""

    stat: Stat
    depth: int
    """1 for what the child itself has started, or what this program has adopted."""
    adopted: bool
    """Whether the process that started it is gone."""
    escaped: bool
    """Whether it is in another session than the child: signals to the child's group or session do not reach it."""
    cpu: float | None = None
    """Processors in use, 1.0 for one whole core, since the last look; None at the first."""
    seconds: float = 0.0
    """Processor time so far."""
    command: str = ""
    """Its command line, or its name where that cannot be read."""

    @property
    def pid(self) -> int:
        return self.stat.pid


class AdoptedEnd(NamedTuple):
    """A process below a child that this program had adopted, and has waited for."""

    stat: Stat
    """As it was last, when it had ended."""
    status: int
    """The 16-bit status of wait(2)."""
    seconds: float
    """Processor time it has used."""
    command: str
    """Its command line, or its name where it ended before that was read."""


class Whose(NamedTuple):
    """The trees of all children at one moment."""

    trees: dict[int, tuple[Descendant, ...]]
    """By the child's id, or :data:`STRAY`; parents before what they have started."""
    strays: tuple[Stat, ...]
    """Adopted processes of which this does not tell whose they are."""


def whose(
    stats: Mapping[int, Stat],
    roots: Iterable[Root],
    own: int,
    adopted: Iterable[int],
    known: Mapping[tuple[int, int], int],
) -> Whose:
    """Which process belongs to which child.

    A process is a child's when the child, or a process of its tree, is its parent; when it was its before; or when it
    is in the session or group that the child leads.

    Args:
        stats: every process there is, by its number.
        roots: the children.
        own: this program's process.
        adopted: processes that have this program as their parent and are none of the children.
        known: whose a process was when it was last looked at, by its identity.
    """
    children: dict[int, list[Stat]] = {}
    for stat in stats.values():
        children.setdefault(stat.ppid, []).append(stat)
    tops: dict[int, list[Stat]] = {}
    placed: set[int] = {own}
    leads: dict[int, Root] = {}
    for root in roots:
        leads[root.pid] = root
        if root.alive:
            placed.add(root.pid)
            tops.setdefault(root.id, []).extend(children.get(root.pid, ()))
    strays = []
    orphans = {pid: stats[pid] for pid in adopted if pid in stats}
    for stat in orphans.values():
        owner = known.get(stat.identity) or _by_session(stat, leads)
        if owner:
            tops.setdefault(owner, []).append(stat)
        else:
            strays.append(stat)
    # Without a subreaper orphans go to init: they are known from before.
    for identity, owner in known.items():
        lost = stats.get(identity[0])
        if lost is not None and lost.born == identity[1] and lost.ppid == 1 and lost.pid not in orphans:
            orphans[lost.pid] = lost
            tops.setdefault(owner, []).append(lost)
    sessions = {root.id: root.pid for root in leads.values()}
    trees = {id: tuple(_grown(top, children, placed, orphans, sessions.get(id, 0))) for id, top in tops.items() if top}
    left = tuple(stat for stat in strays if stat.pid not in placed)  # an adopted one may have got a parent since
    return Whose({id: tree for id, tree in trees.items() if tree}, left)


def _by_session(stat: Stat, leads: Mapping[int, Root]) -> int:
    for leader in (stat.session, stat.group):
        root = leads.get(leader)
        if root is not None and stat.born >= root.born:
            return root.id
    return STRAY


def owner_of(stat: Stat, roots: Iterable[Root], known: Mapping[tuple[int, int], int]) -> int:
    """Whose an adopted process is, by what was known of it before, or by its session or group; else :data:`STRAY`."""
    return known.get(stat.identity) or _by_session(stat, {root.pid: root for root in roots})


def _grown(
    tops: list[Stat],
    children: Mapping[int, list[Stat]],
    placed: set[int],
    orphans: Mapping[int, Stat],
    session: int,
) -> Iterable[Descendant]:
    stack = [(stat, 1) for stat in sorted(tops, key=_order, reverse=True)]
    while stack:
        stat, depth = stack.pop()
        if stat.pid in placed:
            continue
        placed.add(stat.pid)
        yield Descendant(stat, depth, stat.pid in orphans, session != 0 and stat.session != session)
        stack += [(child, depth + 1) for child in sorted(children.get(stat.pid, ()), key=_order, reverse=True)]


def _order(stat: Stat) -> tuple[int, int]:
    return stat.born, stat.pid
