"""What there is to see of a file, and where a chain of symbolic links leads, hop by hop."""

from __future__ import annotations

import asyncio
import os

from osexplorer.model.entry import Kind
from osexplorer.model.errors import CallError, NotFound
from osexplorer.model.preview import Content, Hop, NoContent, Preview
from osexplorer.services.door import Door
from osexplorer.services.lanes import Cancel
from osexplorer.system import preview as system

PATIENCE = 5.0
"""Seconds after which a file that does not answer is given up."""

_MOST_LINKS = 40  # path_resolution(7)


class Previews:
    """Looks into files."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def look(self, path: str, *, asked: bool = False) -> Preview:
        """What there is to see of `path`. Cancelling the wait ends the reading; nothing is raised for a file that
        cannot be shown: the content says why.

        Args:
            asked: whether a person asked for it; otherwise files whose reading can do things are left alone.
        """
        hops: list[Hop] = []
        try:
            async with asyncio.timeout(PATIENCE):
                content = await self._follow(path, hops, asked)
        except TimeoutError:
            content = NoContent(f"It has not answered within {PATIENCE:g} s", "bad")
        return Preview(path, tuple(hops), content)

    async def _follow(self, path: str, hops: list[Hop], asked: bool) -> Content:
        place = path
        seen: set[str] = set()
        try:
            while True:
                step = await self._door.run(system.step, place, at=place)
                if step.target is None:
                    break
                hops.append(Hop(place, step.target))
                seen.add(place)
                place = os.path.join(os.path.dirname(place), step.target)
                if place in seen or len(hops) > _MOST_LINKS:
                    return self._broken(hops, "it leads back to itself" if place in seen else "too many links")
            cancel = Cancel()
            asked = asked or step.kind is Kind.DIRECTORY
            return await self._door.run(system.content, place, cancel.__bool__, asked, at=place, cancel=cancel)
        except CallError as error:
            if hops and error.path == place and error.call == "os.lstat":
                return self._broken(hops, "nothing is there" if isinstance(error, NotFound) else str(error))
            return NoContent(str(error), "bad")

    @staticmethod
    def _broken(hops: list[Hop], why: str) -> Content:
        hops[-1] = hops[-1]._replace(error=why)
        return NoContent(f"The link leads nowhere: {why}", "bad")
