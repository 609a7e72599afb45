"""Paths as a person types them."""

from __future__ import annotations

from osexplorer.model.typed_path import Completion, absolute, expand
from osexplorer.services.door import Door
from osexplorer.services.environment import Environment
from osexplorer.system import typed_path as system


class TypedPaths:
    """Resolves and completes what is typed, with the variables of the environment service."""

    def __init__(self, door: Door, environment: Environment) -> None:
        self._door = door
        self._environment = environment

    async def resolve(self, text: str, here: str) -> str:
        """The absolute path that is meant; whether anything is there is not asked.

        Args:
            here: the directory that a relative path begins at.
        """
        variables = self._environment.variables.now
        return await self._door.run(system.resolve, text, here, variables, at=self._about(text, here))

    async def complete(self, text: str, here: str) -> Completion:
        """What could stand at the end of `text`."""
        variables = self._environment.variables.now
        return await self._door.run(system.complete, text, here, variables, at=self._about(text, here))

    def _about(self, text: str, here: str) -> str:
        """The path that it most likely is, told without asking the system: it decides the lane."""
        return absolute(expand(text, self._environment.variables.now, lambda user: None), here)
