"""Samples of what running processes use, every second while somebody watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from osexplorer.model.children import Sample
from osexplorer.services.door import Door
from osexplorer.system import usage

SAMPLE_SECONDS = 1.0
"""How often."""


class Sampler:
    """Samples the processes that `pids` names, as long as there are any, and hands the samples to `sampled`.

    Args:
        watched: whether anybody looks; if not, the round is left out.
    """

    def __init__(
        self,
        door: Door,
        pids: Callable[[], Iterable[int]],
        watched: Callable[[], bool],
        sampled: Callable[[dict[int, Sample]], None],
    ) -> None:
        self._door = door
        self._pids = pids
        self._watched = watched
        self._sampled = sampled
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, if it does not run; the first sample is taken at once."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._sample())

    def stop(self) -> None:
        """Sample no more."""
        if self._task is not None:
            self._task.cancel()

    async def _sample(self) -> None:
        while pids := list(self._pids()):
            if self._watched():
                self._sampled(await self._door.run(usage.samples, pids, lane="children"))
            await asyncio.sleep(SAMPLE_SECONDS)
