"""The variables that children inherit: set, deleted, renamed, put back; every change can be taken back.

    environment = Environment(door, undo)
    await environment.set("LANG", "C")
    child = await children.launch("date", environment=environment.for_child())

The changes are made to this program's own variables. A process that runs already keeps what it was started with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from osexplorer.model.display import display
from osexplorer.model.environment import Variables, check, problem_with_name
from osexplorer.model.errors import Refused
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.services.undo import Undo
from osexplorer.system import environment as system

_LANE = "environment"


class Environment:
    """The variables of this program, and through them those of its children.

    Every method that changes something raises ``Refused``, before any change, for a name or a value that cannot be,
    and ``CallError`` when the system refuses it.
    """

    def __init__(self, door: Door, undo: Undo) -> None:
        self._door = door
        self._undo = undo
        self._changing = asyncio.Lock()
        variables = system.variables()
        self.feed: Feed[Variables] = Feed(Variables(variables, variables, system.limits()))

    @property
    def variables(self) -> Variables:
        """The variables now."""
        return self.feed.value

    @property
    def is_changing(self) -> bool:
        """Whether a change has begun and is not made yet."""
        return self._changing.locked()

    def for_child(self) -> dict[str, str]:
        """All that a child launched now gets; a copy."""
        return dict(self.variables.now)

    async def set(self, name: str, value: str) -> None:
        """Give a variable a value; a new one is added. The value it has already is no change."""
        async with self._changing:
            check(self.variables, name, value)
            before = self.variables.now.get(name)
            if before == value:
                return
            await self._apply(name, value)
            self._remember(f"set {display(name)}", name, before, value)

    async def delete(self, name: str) -> None:
        """Delete a variable.

        Raises:
            Refused: it is not set.
        """
        async with self._changing:
            before = self._value(name)
            await self._apply(name, None)
            self._remember(f"unset {display(name)}", name, before, None)

    async def rename(self, old: str, new: str) -> None:
        """Give a variable another name; its value stays.

        Raises:
            Refused: the old name is not set, or the new one is.
        """
        async with self._changing:
            value = self._value(old)
            if problem := problem_with_name(new):
                raise Refused(problem)
            if old == new:
                return
            if new in self.variables.now:
                raise Refused(f"{display(new)} is set already; delete it first")
            check(self.variables.with_value(old, None), new, value)
            await self._rename(old, new, value)

        async def back() -> str:
            async with self._changing:
                self._expect(new, value)
                self._expect(old, None)
                await self._rename(new, old, value)
            return f"{display(new)} is {display(old)} again"

        self._undo.push(f"rename {display(old)} → {display(new)}", back)

    async def restore(self, name: str) -> None:
        """Give a variable the value that this program was started with, or delete one that was added since."""
        started = self.variables.started.get(name)
        if started is None:
            await self.delete(name)
        else:
            await self.set(name, started)

    async def become(self, wanted: Mapping[str, str], name: str) -> None:
        """Make all variables these; taken back as one change.

        Args:
            name: what they are called, for the undo.
        """
        async with self._changing:
            before = dict(self.variables.now)
            sound = replace(self.variables, now={})
            for variable, value in wanted.items():
                check(sound, variable, value)
                sound = sound.with_value(variable, value)
            if before == dict(wanted):
                return
            await self._all(wanted)

        async def back() -> str:
            async with self._changing:
                if dict(self.variables.now) != dict(wanted):
                    raise Refused("The variables have been changed since")
                await self._all(before)
            return "The variables are as they were again"

        self._undo.push(f"use environment {display(name)}", back)

    async def _all(self, wanted: Mapping[str, str]) -> None:
        now = self.variables.now
        for name in [name for name in now if name not in wanted]:
            await self._apply(name, None)
        for name, value in wanted.items():
            if now.get(name) != value:
                await self._apply(name, value)

    async def entry_kind(self, path: str) -> str:
        """What an entry of a list of paths leads to: ``"directory"``, ``"file"``, ``"missing"``, or an errno's name.

        ``""`` for a relative path, and for an empty one: those depend on the working directory of whoever looks.
        """
        if not path.startswith("/"):
            return ""
        return await self._door.run(system.entry_kind, path, at=path)

    # -- one change after the other

    def _value(self, name: str) -> str:
        value = self.variables.now.get(name)
        if value is None:
            raise Refused(f"{display(name)} is not set")
        return value

    async def _apply(self, name: str, value: str | None) -> None:
        try:
            if value is None:
                await self._door.run(system.unset, name, lane=_LANE)
            else:
                await self._door.run(system.put, name, value, lane=_LANE)
        finally:
            self.feed.publish(replace(self.variables, now=system.variables()))

    async def _rename(self, old: str, new: str, value: str) -> None:
        await self._apply(new, value)
        await self._apply(old, None)

    def _remember(self, title: str, name: str, before: str | None, after: str | None) -> None:
        async def back() -> str:
            async with self._changing:
                self._expect(name, after)
                await self._apply(name, before)
            return f"{display(name)} is {'not set' if before is None else 'as it was'} again"

        self._undo.push(title, back)

    def _expect(self, name: str, value: str | None) -> None:
        if self.variables.now.get(name) != value:
            raise Refused(f"{display(name)} has been changed since")
