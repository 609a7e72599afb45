"""Environments that a person has given a name, for launches in this run, the next one, and others beside it."""

from __future__ import annotations

from osexplorer.model.environment import Variables
from osexplorer.model.errors import Refused
from osexplorer.model.profiles import Profile, from_json, profile_of, to_json
from osexplorer.services.door import Door
from osexplorer.services.named import Named, checked_name


class Profiles(Named[Profile]):
    """By name, what differs from the variables that a run was started with. The file is its owner's only.

    Args:
        directory: where the file is; the user's own place for such when None.
    """

    def __init__(self, door: Door, directory: str | None = None) -> None:
        super().__init__(door, "profiles.jsonl", from_json, directory)

    async def save(self, name: str, variables: Variables) -> Profile:
        """Keep what is altered now under this name, in place of what had the name before.

        Raises:
            Refused: there is no name, nothing is altered, or there is no home directory to keep it in.
            CallError: the file cannot be read or written.
        """
        profile = profile_of(checked_name(name), variables)
        if not profile.changes:
            raise Refused("No variable is altered: a profile keeps what differs from the start")
        await self._change(profile.name, to_json(profile))
        return profile
