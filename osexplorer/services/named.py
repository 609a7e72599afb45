"""Things that a person has given a name, kept in a file that several runs share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from osexplorer.model.errors import Refused
from osexplorer.places import state_directory
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.system.json_lines import JsonLines

MOST = 500
_LANE = "state"

T = TypeVar("T")


class Named(Generic[T]):
    """By name, what is kept; :attr:`feed` has those known last, by name.

    Args:
        file: the name of the file.
        decode: makes one of a record; raises KeyError, TypeError, ValueError or OverflowError for one of another
            version.
        directory: where the file is; the user's own place for such when None.
    """

    def __init__(
        self, door: Door, file: str, decode: Callable[[Mapping[str, Any]], T], directory: str | None = None
    ) -> None:
        self.feed: Feed[tuple[tuple[str, T], ...]] = Feed(())
        base = directory if directory is not None else state_directory()
        self._door, self._decode = door, decode
        self._file = JsonLines(os.path.join(base, file), MOST, 4 << 20) if base is not None else None

    async def read(self) -> tuple[tuple[str, T], ...]:
        """Read them again: another run may have changed them.

        Raises:
            CallError: the file cannot be read.
        """
        if self._file is None:
            return ()
        return self._publish(await self._door.run(self._file.read, lane=_LANE))

    async def remove(self, name: str) -> None:
        """Forget what has this name.

        Raises:
            Refused: there is no home directory to keep anything in.
            CallError: the file cannot be read or written.
        """
        await self._change(name, None)

    async def _change(self, name: str, record: Mapping[str, Any] | None) -> None:
        if self._file is None:
            raise Refused("There is no home directory to keep it in")
        new = [] if record is None else [record]
        records = await self._door.run(
            self._file.change,
            lambda old: [*(other for other in old if other.get("key") != name), *new],
            lane=_LANE,
        )
        self._publish(records)

    def _publish(self, records: list[dict[str, Any]]) -> tuple[tuple[str, T], ...]:
        found: dict[str, T] = {}
        for record in records:
            try:
                one = self._decode(record)
            except (KeyError, TypeError, ValueError, OverflowError):  # of another version
                continue
            found[record["key"]] = one
        self.feed.publish(tuple(sorted(found.items(), key=lambda item: item[0])))
        return self.feed.value


def checked_name(name: str) -> str:
    """The name without blanks around it.

    Raises:
        Refused: there is none.
    """
    name = name.strip()
    if not name:
        raise Refused("Type a name")
    return name
