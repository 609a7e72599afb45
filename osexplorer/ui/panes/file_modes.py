"""Changes of the modes of files in the listing."""

from __future__ import annotations

from collections.abc import Mapping

from osexplorer.model.entry import EntryStat
from osexplorer.model.errors import CallError
from osexplorer.model.files_changed import FilesChanged
from osexplorer.model.mode_change import bits_change
from osexplorer.model.status import FileId
from osexplorer.model.tasks import Failure
from osexplorer.services.session import Session

_OWNER_EXECUTE = 0o100


async def toggle_execute(session: Session, found: Mapping[str, EntryStat | CallError]) -> FilesChanged | None:
    """Turn the owner's execute bit of one file on or off; of several on, unless all have it.

    Args:
        found: by path, what lstat says.

    Returns:
        What became of several, or of one that cannot be looked at; None for one that was changed.

    Raises:
        Refused, CallError: the one file was replaced or cannot be changed.
    """
    known = {path: stat for path, stat in found.items() if isinstance(stat, EntryStat)}
    targets = [(path, FileId(stat.device, stat.inode)) for path, stat in known.items()]
    done = None
    if len(found) == 1 and targets:
        await session.permissions.toggle_execute(*targets[0])
    elif found:
        lacking = any(not stat.mode & _OWNER_EXECUTE for stat in known.values())
        change = bits_change(_OWNER_EXECUTE) if lacking else bits_change(0, _OWNER_EXECUTE)
        unknown = [Failure(path, str(error)) for path, error in found.items() if isinstance(error, CallError)]
        done = await session.permissions.set_modes(targets, change)
        done = done._replace(failures=(*unknown, *done.failures))
    session.files.changed(known)
    return done
