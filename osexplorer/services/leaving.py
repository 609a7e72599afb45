"""What becomes of running children when this program ends: all are ended, or all are left running."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from osexplorer.model.children import ChildState
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.ladder import Rung
from osexplorer.places import state_directory
from osexplorer.services.child_history import ChildHistory
from osexplorer.services.children import Children

PATIENCE = 3.0
"""Seconds between SIGTERM and SIGKILL."""

_HURRY = 1.0


async def terminate_all(children: Children, patience: float = PATIENCE, *, earlier: bool = True) -> int:
    """End every running child with its whole tree: SIGTERM, and SIGKILL for what is left after `patience` seconds.

    With `earlier` off, those are spared that an earlier run has left running, and those that were launched to outlive
    this program.

    Returns how many had to be killed. A stopped child is continued, so that it can act on SIGTERM.
    """
    await children.settle()
    ids = _running(children, earlier)
    if children.tells_trees:
        ladder = (Rung(signal.SIGTERM, patience), Rung(signal.SIGKILL, 0.0))
        ended = await asyncio.gather(*(children.stop(id, ladder) for id in ids))
        await children.wait(id for id, one in zip(ids, ended, strict=True) if not one.left)
        return sum(signal.SIGKILL in one.sent for one in ended)
    await _signal(children, ids, signal.SIGTERM)
    await _signal(children, ids, signal.SIGCONT)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await children.wait(ids)
    left = [id for id in _running(children, earlier) if id in set(ids)]
    await _signal(children, left, signal.SIGKILL)
    await children.wait(left)
    return len(left)


async def detach_all(children: Children, directory: str | None = None) -> dict[int, str]:
    """Leave every child running, and whatever it has started; returns by child the file that its further output goes
    to.

    Raises:
        CallError: a file could not be made, or a process.
    """
    await children.settle()
    files = {child.id: await children.detach(child.id, directory) for child in children.feed.value}
    return {id: path for id, path in files.items() if path}


async def leave_all(history: ChildHistory) -> dict[int, str]:
    """As :func:`detach_all`, in the user's own place for such files, and noted for the next start to find.

    Raises:
        CallError: a file could not be made, or a process.
    """
    files = await detach_all(history.children, output_directory())
    for id, path in files.items():
        history.goes_to(id, path)
    return files


async def leave_behind(history: ChildHistory) -> None:
    """The program is over, whatever the reason: what runs is left running, and what is known of it is on disk.

    There may be nobody left to be told of what goes wrong, and little time: what takes long is given up.
    """
    with contextlib.suppress(TimeoutError, OSExplorerError):
        async with asyncio.timeout(_HURRY):
            await leave_all(history)
    with contextlib.suppress(TimeoutError, OSExplorerError):
        async with asyncio.timeout(_HURRY):
            await history.close()


def output_directory() -> str | None:
    """Where the output of children goes that outlive this program; None for a user without a home directory."""
    base = state_directory()
    return os.path.join(base, "output") if base is not None else None


def _running(children: Children, earlier: bool) -> list[int]:
    running = [
        child
        for child in children.feed.value
        if (child.alive and child.state is not ChildState.STARTING) or child.descendants
    ]
    return [child.id for child in running if earlier or not (child.earlier or child.outlives)]


async def _signal(children: Children, ids: list[int], number: int) -> None:
    for id in ids:
        try:
            await children.signal(id, number, group=True)
        except Refused:  # it shares this program's own group
            await children.signal(id, number)
