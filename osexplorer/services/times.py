"""Access and modification time of files, each change of which can be taken back.

times = FileTimes(door, undo)
moment = parse_time("2026-11-23 09:15", time.time_ns())
done = await times.set([(status.path, status.id)], NewTimes(mtime=moment))
"""

from __future__ import annotations

from osexplorer.model.files_changed import FilesChanged
from osexplorer.model.times import NewTimes, Times
from osexplorer.services.door import Door
from osexplorer.services.several import Targets, change_each, leave_way_back, put_each_back
from osexplorer.services.undo import Undo
from osexplorer.system import times as system

_SHORTER = "have not exactly these times: the file system does not count so finely, or so far"


class FileTimes:
    """Sets times, of symbolic links their own.

    Args:
        undo: where every change leaves its way back.
    """

    def __init__(self, door: Door, undo: Undo) -> None:
        self._door = door
        self._undo = undo

    async def like(self, path: str) -> Times:
        """The times of what `path` leads to.

        Raises:
            CallError: it cannot be looked at.
        """
        return await self._door.run(system.times_of, path, at=path)

    async def set(self, targets: Targets, wanted: NewTimes) -> FilesChanged:
        """Set the times of several files; one that fails does not stop the others, one undo takes all of it back."""
        made = await change_each(self._door, targets, system.set_times, [(wanted,)] * len(targets), follow=False)
        if made.done:
            await leave_way_back(
                self._door,
                self._undo,
                f"utime {made.what}",
                made.done,
                put_each_back(self._door, made, system.put_times_back, "times"),
            )
        return made.result._replace(difference=_SHORTER)
