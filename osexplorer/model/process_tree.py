"""Processes as a tree of parents and children."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from osexplorer.model.processes import Process


class Branch(NamedTuple):
    """A process in its place in the tree."""

    process: Process
    depth: int
    prefix: str
    """Lines drawn before it, as ``│ ├ ``."""
    context: bool
    """Whether it is there only because a process below it matches the filter."""


def tree(rows: Sequence[Process], matches: Callable[[Process], bool] | None = None) -> list[Branch]:
    """`rows` as a tree, parents before children, siblings in the order given.

    A process whose parent is not among the rows stands at the top. The list is not taken at one instant, so numbers
    may have been used again and form a circle: its first member in the order given then stands at the top.

    Args:
        matches: keep only these and their ancestors.
    """
    if matches is None:
        kept, wanted = rows, None
    else:
        wanted = {row.pid for row in rows if matches(row)}
        kept = _with_ancestors(rows, wanted)
    present = {row.pid for row in kept}
    children: dict[int, list[Process]] = {}
    roots = []
    for row in kept:
        if row.ppid in present and row.ppid != row.pid:
            children.setdefault(row.ppid, []).append(row)
        else:
            roots.append(row)
    branches: list[Branch] = []
    seen: set[int] = set()

    def grow(root: Process) -> None:
        # (process, depth, what its own line begins with, what the lines of its children begin with)
        stack = [(root, 0, "", "")]
        while stack:
            process, depth, prefix, below = stack.pop()
            if process.pid in seen:
                continue
            seen.add(process.pid)
            branches.append(Branch(process, depth, prefix, wanted is not None and process.pid not in wanted))
            under = [child for child in children.get(process.pid, ()) if child.pid not in seen]
            for at in range(len(under) - 1, -1, -1):
                last = at == len(under) - 1
                stack.append((under[at], depth + 1, below + ("└ " if last else "├ "), below + ("  " if last else "│ ")))

    for root in roots:
        grow(root)
    for row in kept:
        if row.pid not in seen:
            grow(row)
    return branches


def _with_ancestors(rows: Sequence[Process], wanted: set[int]) -> list[Process]:
    parent = {row.pid: row.ppid for row in rows}
    keep = set(wanted)
    for pid in wanted:
        above = parent.get(pid)
        while above in parent and above not in keep:
            keep.add(above)
            above = parent[above]
    return [row for row in rows if row.pid in keep]


def ancestors(rows: Sequence[Process], pid: int) -> list[int]:
    """The numbers of the parent of process `pid`, of its parent and so on, as far as the rows tell."""
    parents = {row.pid: row.ppid for row in rows}
    found: list[int] = []
    while (pid := parents.get(pid, 0)) and pid not in found:
        found.append(pid)
    return found
