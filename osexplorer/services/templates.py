"""Launches that a person has given a name, to be launched again: in this run, the next one, and others beside it."""

from __future__ import annotations

import time

from osexplorer.model.child_history import Past, from_json, to_json
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch
from osexplorer.model.launch_record import options_json
from osexplorer.services.door import Door
from osexplorer.services.named import Named, checked_name


class Templates(Named[Past]):
    """By name, what is launched.

    Args:
        directory: where the file is; the user's own place for such when None.
    """

    def __init__(self, door: Door, directory: str | None = None) -> None:
        super().__init__(door, "templates.jsonl", from_json, directory)

    async def save(self, name: str, launch: Launch) -> None:
        """Keep it under this name, in place of what had the name before. Its variables are not kept.

        Raises:
            Refused: there is no name, or no home directory to keep it in, or the command is too long.
            CallError: the file cannot be read or written.
        """
        name = checked_name(name)
        past = Past(
            name, launch.command, launch.cwd or "", launch.umask, 0, time.time_ns(), options=options_json(launch)
        )
        record = to_json(past)
        if record.get("cut"):
            raise Refused("The command is too long to be kept")
        await self._change(name, record)
