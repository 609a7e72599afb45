"""The tree of directories, read as far as it is expanded. It never descends through a symbolic link by itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator
from typing import Any

from osexplorer.model.entry import Kind
from osexplorer.model.errors import Abandoned, CallError
from osexplorer.model.tree import TreeRow, TreeState
from osexplorer.model.units import count_text
from osexplorer.model.watch import Hint
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.services.tree_node import Node, branch_of, in_order
from osexplorer.services.watch import Watch
from osexplorer.system import files as system_files
from osexplorer.system import tree as system

WATCHED = 5000
"""Expanded directories that are watched, those nearest the root first."""

MOST = 5000
"""Directories that are expanded at once at most."""

_TOGETHER = 64


class Tree:
    """Directories from a root on, flattened to rows.

    Args:
        live: notice directories that come and go in expanded ones.
    """

    def __init__(self, door: Door, root: str = "/", *, live: bool = True) -> None:
        self.door = door
        self.feed: Feed[TreeState] = Feed(TreeState(root=root))
        self._root = Node(root, root, None)
        self._nodes: list[tuple[Node, tuple[bool, ...]]] = [(self._root, ())]
        self._places: dict[str, int] = {root: 0}
        self._mounts: frozenset[str] = frozenset()
        self._live = live
        self._watch = Watch(door, self._told)
        self._jobs: set[asyncio.Task[None]] = set()
        self._expanding: asyncio.Task[str] | None = None
        self._reading_many = False

    # -- rows

    def __len__(self) -> int:
        return len(self._nodes)

    def row(self, index: int) -> TreeRow:
        """The row at a place."""
        node, last = self._nodes[index]
        return TreeRow(
            node.path,
            node.name,
            node.depth,
            branch_of(node),
            link=node.link,
            mount=node.path in self._mounts,
            error=node.error,
            unreadable=node.unreadable,
            loop=node.is_loop,
            last=last,
        )

    def index(self, path: str) -> int | None:
        """Where a directory stands; None when it is not shown."""
        return self._places.get(path)

    # -- what one can do

    async def expand(self, path: str) -> None:
        """Show the directories in one that is shown; returns when they are read. A failure is kept in its row."""
        node = self._shown(path)
        if node is not None:
            node.expanded = True
            await self._load(node)

    def collapse(self, path: str) -> None:
        """Show them no more."""
        node = self._shown(path)
        if node is not None and node.expanded:
            node.expanded = False
            node.error = None
            self._flatten()

    async def expand_to(self, path: str, depth: int) -> str:
        """Expand a directory that is shown and those below it, so that `depth` levels below it are seen.

        Links, mount points, and directories that are among those above them once more stay collapsed: each of them is
        only expanded by itself.

        Returns:
            What was left out, in words; ``""`` for nothing.

        Raises:
            Abandoned: :meth:`stop_expanding` was called, or another directory was expanded this way.
        """
        self.stop_expanding()
        node = self._shown(path)
        if node is None:
            return ""
        task = self._expanding = asyncio.create_task(self._expand_levels(node, depth))
        await asyncio.wait({task})
        if task.cancelled():
            raise Abandoned(f"Expanding what is below {path} was given up")
        return task.result()

    async def _expand_levels(self, top: Node, depth: int) -> str:
        level, count, mounted = [top], 0, 0
        try:
            for _ in range(depth):
                below: list[Node] = []
                for first in range(0, len(level), _TOGETHER):
                    part = level[first : min(first + _TOGETHER, first + MOST - count)]
                    if not part:
                        return f"stopped at {MOST:,} directories"
                    count += len(part)
                    self._reading_many = True
                    for node in part:
                        node.expanded = True
                    await asyncio.gather(*(self._load(node) for node in part))
                    self._reading_many = False
                    self._flatten()
                    below += [child for node in part if not node.is_loop for child in self._seen(node)]
                mounted += sum(child.path in self._mounts for child in below)
                level = [child for child in below if not child.link and child.path not in self._mounts]
        finally:
            self._reading_many = False
            self._expanding = None
            self._flatten()
        return "" if not mounted else f"{count_text(mounted, 'mounted file system')} left collapsed"

    @property
    def is_expanding(self) -> bool:
        """Whether :meth:`expand_to` is under way."""
        return self._expanding is not None

    @property
    def waited_for(self) -> str | None:
        """A directory that is shown and has not answered yet; None when there is none."""
        return next((node.path for node, _ in self._nodes if node.is_awaited), None)

    def abandon(self) -> bool:
        """Give up reading what has not answered yet; whether there was any."""
        awaited = [node for node, _ in self._nodes if node.is_awaited]
        for node in awaited:
            node.expanded = False
            if node.loading is not None:
                node.loading.cancel()
        return bool(awaited)

    def stop_expanding(self) -> bool:
        """Give up :meth:`expand_to`; whether it was under way. What was expanded stays so."""
        if self._expanding is None:
            return False
        self._expanding.cancel()
        self._expanding = None
        return True

    def collapse_all(self) -> None:
        """Show nothing but what is in the root, and the way to the directory last revealed."""
        current = self.feed.value.current
        for node in self._walk():
            way = current is not None and current.startswith(node.path.rstrip("/") + "/")
            node.expanded = node is self._root or way
        self._flatten()

    async def reveal(self, path: str) -> None:
        """Expand all directories above `path`, so that it has a row; hidden ones on the way are shown too."""
        root = self._root
        if path != root.path and not path.startswith(root.path.rstrip("/") + "/"):
            return
        node = root
        rest = path[len(root.path) :].strip("/")
        way = [root]
        for name in filter(None, rest.split("/")):
            if not node.expanded or node.children is None:
                node.expanded = True
                await self._load(node)
            node = self._child(node, name)
            node.wanted = True
            way.append(node)
        self._forget_wanted(set(way))
        self._flatten(current=path)

    async def refresh(self) -> None:
        """Read every expanded directory again."""
        await asyncio.gather(*(self._load(node) for node in self._walk() if node.expanded))

    def set_hidden(self, hidden: bool) -> None:
        """Show directories whose name begins with a dot, or not."""
        self._flatten(hidden=hidden)

    def close(self) -> None:
        """Stop all work."""
        self._watch.close()
        for job in [*self._jobs, *(node.loading for node in self._walk() if node.loading)]:
            job.cancel()

    # -- reading

    async def _load_anew(self, node: Node) -> None:
        """Read a directory that has changed: once more when it is being read already, for that may have been before."""
        node.outdated = node.loading is not None
        await self._load(node)

    async def _load(self, node: Node) -> None:
        if node.loading is None:
            node.loading = asyncio.create_task(self._read(node))
            if node.children is None and not self._reading_many:
                self._flatten()
        await asyncio.wait({node.loading})

    async def _read(self, node: Node) -> None:
        try:
            found = await self.door.run(system.directories, node.path, at=node.path)
            self._mounts = await self.door.run(system.mount_points, lane="names")
        except CallError as error:
            node.error = error
            node.children = [child for child in node.children or [] if child.wanted]
        else:
            node.error, node.directory = None, found.directory
            links = await self._links_to_directories(node, found.links)
            self._adopt(node, found.names, links)
            for child in node.children or []:
                child.unreadable = child.name in found.unreadable
        finally:
            node.loading = None
            if not self._reading_many:
                self._flatten()
            if node.outdated:
                node.outdated = False
                if node.expanded:
                    self._do(self._load(node))

    async def _links_to_directories(self, node: Node, links: list[tuple[str, str]]) -> list[str]:
        """The links that lead to directories. Those that lead to another mount are looked at later, by themselves."""
        here = self.door.lane_of(node.path)
        near: list[str] = []
        far: dict[str, list[str]] = {}
        for name, text in links:
            target = _end_of(node.path, text)
            if self.door.lane_of(target) == here:
                near.append(name)
            else:
                far.setdefault(target, []).append(name)
        for target, names in far.items():
            self._do(self._add_links(node, target, names))
        return await self._directories_of(node, near, node.path)

    async def _add_links(self, node: Node, target: str, names: list[str]) -> None:
        names = await self._directories_of(node, names, target)
        if names and node.children is not None:
            known = {child.name for child in node.children}
            new = [name for name in names if name not in known]
            node.children = in_order([*node.children, *(self._make(node, name, True) for name in new)])
            self._flatten()

    async def _directories_of(self, node: Node, names: list[str], at: str) -> list[str]:
        if not names:
            return []
        try:
            targets = await self.door.run(system_files.follow_links, node.path, names, at=at)
        except CallError:
            return []  # the links are shown in the listing, with what is wrong
        return [name for name, target in zip(names, targets, strict=True) if target.kind is Kind.DIRECTORY]

    def _adopt(self, node: Node, names: list[str], links: list[str]) -> None:
        """Take over what is there now; directories that stay keep what is known below them."""
        before = {child.name: child for child in node.children or []}
        there = set(names) | set(links)
        children = [before.get(name) or self._make(node, name, False) for name in names]
        children += [before.get(name) or self._make(node, name, True) for name in links]
        children += [child for name, child in before.items() if name not in there and child.link and child.wanted]
        node.children = in_order(children)

    def _make(self, parent: Node, name: str, link: bool) -> Node:
        return Node(os.path.join(parent.path, name), name, parent, link)

    def _child(self, node: Node, name: str) -> Node:
        """The child of that name; added when the directory could not tell of it."""
        for child in node.children or []:
            if child.name == name:
                return child
        child = self._make(node, name, False)
        node.children = in_order([*(node.children or []), child])
        return child

    def _told(self, hint: Hint) -> None:
        node = self._shown(hint.path)
        if node is not None and node.expanded:
            about = hint.names and any(child.name in hint.names for child in node.children or [])
            self._do(self._load_anew(node) if hint.entries or about else self._check(node))

    async def _check(self, node: Node) -> None:
        """Read a directory again if it has changed since: between that and the beginning of its watch, say."""
        try:
            now = await self.door.run(system_files.look, node.path, at=node.path)
        except CallError:
            await self._load_anew(node)
            return
        if node.directory is not None and node.directory.changed(now):
            await self._load_anew(node)

    def _do(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    # -- flattening

    def _shown(self, path: str) -> Node | None:
        place = self._places.get(path)
        return None if place is None else self._nodes[place][0]

    def _walk(self) -> Iterator[Node]:
        """Every node that was read, shown or not."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.children or []

    def _forget_wanted(self, way: set[Node]) -> None:
        for node in self._walk():
            if node.wanted and node not in way:
                node.wanted = False

    def _seen(self, node: Node, hidden: bool | None = None) -> list[Node]:
        """The directories in one that are shown."""
        hidden = self.feed.value.hidden if hidden is None else hidden
        return [child for child in node.children or [] if hidden or child.wanted or child.name[:1] != "."]

    def _flatten(self, hidden: bool | None = None, current: str | None = None) -> None:
        state = self.feed.value
        hidden = state.hidden if hidden is None else hidden
        nodes: list[tuple[Node, tuple[bool, ...]]] = []
        waiting: list[tuple[Node, tuple[bool, ...]]] = [(self._root, ())]
        while waiting:
            node, last = waiting.pop()
            nodes.append((node, last))
            if node.expanded and node.children:
                children = self._seen(node, hidden)
                final = len(children) - 1
                waiting += [(children[at], (*last, at == final)) for at in range(final, -1, -1)]
        self._nodes = nodes
        self._places = {node.path: place for place, (node, _) in enumerate(nodes)}
        if self._live:
            expanded = sorted((node.depth, node.path) for node, _ in nodes if node.expanded and node.error is None)
            self._watch.set(path for _, path in expanded[:WATCHED])
        self.feed.publish(
            state._replace(
                rows=len(nodes),
                revision=state.revision + 1,
                hidden=hidden,
                current=state.current if current is None else current,
            )
        )


def _end_of(path: str, link: str) -> str:
    return os.path.normpath(os.path.join(path, link))
