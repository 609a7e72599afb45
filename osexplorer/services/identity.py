"""Who we are, for the header: host, users, umask. Read once; umask again after it is changed here."""

from __future__ import annotations

from osexplorer.model.identity import Identity
from osexplorer.services.door import Door
from osexplorer.system import identity as system


async def read_identity(door: Door) -> Identity:
    """This process's identity, as it is now."""
    return await door.run(system.identity, lane="names")
