"""What becomes of running children when this program ends: all are ended, or all are left running."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from osexplorer.model.children import ChildState
from osexplorer.model.errors import Refused
from osexplorer.services.children import Children

PATIENCE = 3.0
"""Seconds between SIGTERM and SIGKILL."""


async def terminate_all(children: Children, patience: float = PATIENCE) -> int:
    """End every running child and its group: SIGTERM, and SIGKILL for what is left after `patience` seconds.

    Returns how many had to be killed. A stopped child is continued, so that it can act on SIGTERM.
    """
    await children.settle()
    ids = _running(children)
    await _signal(children, ids, signal.SIGTERM)
    await _signal(children, ids, signal.SIGCONT)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await children.wait(ids)
    left = [id for id in _running(children) if id in set(ids)]
    await _signal(children, left, signal.SIGKILL)
    await children.wait(left)
    return len(left)


async def detach_all(children: Children, directory: str | None = None) -> list[str]:
    """Leave every child running, and whatever it has started; returns the files that their further output goes to.

    Raises:
        CallError: a file could not be made, or a process.
    """
    await children.settle()
    files = [await children.detach(child.id, directory) for child in children.feed.value]
    return [path for path in files if path]


def _running(children: Children) -> list[int]:
    return [child.id for child in children.feed.value if child.alive and child.state is not ChildState.STARTING]


async def _signal(children: Children, ids: list[int], number: int) -> None:
    for id in ids:
        try:
            await children.signal(id, number, group=True)
        except Refused:  # it shares this program's own group
            await children.signal(id, number)
