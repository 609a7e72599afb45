"""Names as a text for an editor: a file of our own, a line for each, and what is in it afterwards."""

from __future__ import annotations

import os
from collections.abc import Sequence

from osexplorer.model.errors import Refused
from osexplorer.model.operations import Target, names_of, names_text, plan_renames
from osexplorer.services.door import Door
from osexplorer.system import name_file


async def write(door: Door, names: Sequence[str]) -> str:
    """A file with these names, a line each, for an editor; returns its path.

    Raises:
        CallError: it cannot be made.
    """
    return await door.run(name_file.write, names_text(names), lane="names")


async def read(door: Door, path: str, targets: Sequence[Target]) -> tuple[str, ...]:
    """The names in such a file as they are now, one for each of `targets`. The file stays.

    Raises:
        Refused: it has not a line for each, or not names that they can have.
        CallError: it cannot be read.
    """
    text = await door.run(name_file.read, path, lane="names")
    try:
        names = names_of(text, len(targets))
        renames: dict[str, dict[str, str]] = {}
        for target, name in zip(targets, names, strict=True):
            renames.setdefault(os.path.dirname(target.path), {})[target.name] = name
        for one in renames.values():
            plan_renames(one)
    except ValueError as error:
        raise Refused(str(error)) from None
    return names


async def remove(door: Door, path: str) -> None:
    """The file has served.

    Raises:
        CallError: it cannot be removed.
    """
    await door.run(name_file.remove, path, lane="names")
