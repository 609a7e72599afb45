"""The directories that the tree service knows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from osexplorer.model.errors import CallError
from osexplorer.model.listing import Directory
from osexplorer.model.order import name_keys
from osexplorer.model.tree import Branch


class Node:
    """A directory. Its `path` is the way it was reached by, links included."""

    __slots__ = (
        *("above", "children", "depth", "directory", "error", "expanded", "link", "loading", "name", "path"),
        *("outdated", "unreadable", "wanted"),
    )

    def __init__(self, path: str, name: str, above: Node | None, link: bool = False) -> None:
        self.path, self.name, self.above, self.link = path, name, above, link
        self.depth: int = 0 if above is None else above.depth + 1
        self.unreadable = False
        self.children: list[Node] | None = None
        self.expanded = False
        self.wanted = False  # on the way to what was revealed: shown although hidden, or its parent unreadable
        self.loading: asyncio.Task[None] | None = None
        self.outdated = False  # it has changed while it was being read: what comes of that may be from before
        self.error: CallError | None = None
        self.directory: Directory | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether it is being read, and nothing is known of it yet."""
        return self.loading is not None and self.children is None

    @property
    def is_loop(self) -> bool:
        """Whether it is one of those above it once more."""
        node, directory = self.above, self.directory
        while node is not None and directory is not None:
            if node.directory is not None and node.directory.identity == directory.identity:
                return True
            node = node.above
        return False


def branch_of(node: Node) -> Branch:
    """How far it is read."""
    if node.is_awaited:
        return Branch.LOADING
    if node.error is not None:
        return Branch.FAILED
    if not node.expanded:
        return Branch.COLLAPSED
    return Branch.EXPANDED if node.children else Branch.EMPTY


def in_order(nodes: Sequence[Node]) -> list[Node]:
    """By their names."""
    keys = name_keys([node.name for node in nodes])
    return [nodes[at] for at in sorted(range(len(nodes)), key=keys.__getitem__)]
