"""Launches that a person has given a name, to be launched again: in this run, the next one, and others beside it."""

from __future__ import annotations

import os
import time

from osexplorer.model.child_history import Past, from_json, to_json
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch
from osexplorer.model.launch_record import options_json
from osexplorer.places import state_directory
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.system.json_lines import JsonLines

MOST = 500
_LANE = "state"


class Templates:
    """By name, what is launched; :attr:`feed` has those known last, by name.

    Args:
        directory: where the file is; the user's own place for such when None.
    """

    def __init__(self, door: Door, directory: str | None = None) -> None:
        self.feed: Feed[tuple[tuple[str, Past], ...]] = Feed(())
        base = directory if directory is not None else state_directory()
        self._door = door
        self._file = JsonLines(os.path.join(base, "templates.jsonl"), MOST, 4 << 20) if base is not None else None

    async def read(self) -> tuple[tuple[str, Past], ...]:
        """Read them again: another run may have changed them.

        Raises:
            CallError: the file cannot be read.
        """
        if self._file is None:
            return ()
        return self._publish(await self._door.run(self._file.read, lane=_LANE))

    async def save(self, name: str, launch: Launch) -> None:
        """Keep it under this name, in place of what had the name before. Its variables are not kept.

        Raises:
            Refused: there is no name, or no home directory to keep it in.
            CallError: the file cannot be read or written.
        """
        name = name.strip()
        if not name:
            raise Refused("Type a name")
        past = Past(
            name, launch.command, launch.cwd or "", launch.umask, 0, time.time_ns(), options=options_json(launch)
        )
        record = to_json(past)
        if record.get("cut"):
            raise Refused("The command is too long to be kept")
        await self._change(name, record)

    async def remove(self, name: str) -> None:
        """Forget what has this name.

        Raises:
            Refused, CallError: as :meth:`save`.
        """
        await self._change(name, None)

    async def _change(self, name: str, record: dict[str, object] | None) -> None:
        if self._file is None:
            raise Refused("There is no home directory to keep templates in")
        new = [] if record is None else [record]
        records = await self._door.run(
            self._file.change,
            lambda old: [*(other for other in old if other.get("key") != name), *new],
            lane=_LANE,
        )
        self._publish(records)

    def _publish(self, records: list[dict[str, object]]) -> tuple[tuple[str, Past], ...]:
        found: dict[str, Past] = {}
        for record in records:
            try:
                past = from_json(record)
            except (KeyError, TypeError, ValueError):  # of another version
                continue
            found[past.key] = past
        self.feed.publish(tuple(sorted(found.items())))
        return self.feed.value
