"""An audit of a tree: what is worth a look about its permissions, streamed; looked at again when it was changed.

audit = Audit(door)
await audit.begin("/srv")
[audit.found(index) for index in range(len(audit))]
"""

from __future__ import annotations

from osexplorer.model.find import Query
from osexplorer.services.door import Door
from osexplorer.services.find import Find
from osexplorer.system import audit as system

_WORDS = "worth a look"


class Audit(Find):
    """One audit at a time; what it found stays until the next one."""

    def __init__(self, door: Door) -> None:
        super().__init__(door, system.audit)

    async def begin(self, root: str, *, cross_mounts: bool = False) -> None:
        """Audit all below `root`; returns when it has ended. The audit before is given up and forgotten.

        Raises:
            CallError: `root` cannot be read.
        """
        await self.search(root, Query(_WORDS, (), cross_mounts, _WORDS))

    async def judge_again(self) -> None:
        """Say of every entry that was found how it is now; none goes away, what was put right is said to be."""
        found = list(self._all)
        now = await self._door.run(system.again, self.feed.value.root, found, at=self.feed.value.root)
        self._all[: len(now)] = now
        self._publish(revision=self.feed.value.revision + 1)
