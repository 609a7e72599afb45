"""The directories that were listed in this run, for going back and forward."""

from __future__ import annotations

from osexplorer.model.errors import NotFound, OSExplorerError
from osexplorer.model.history import History
from osexplorer.services.feed import Feed
from osexplorer.services.files import Files


class Visited:
    """Leads the files service back and forward. :attr:`feed` has the history."""

    def __init__(self, files: Files) -> None:
        self.feed: Feed[History] = Feed(History())
        self._files = files
        self._steps = 0

    def entered(self, path: str) -> None:
        """A directory is listed now."""
        history, steps = self.feed.value, self._steps
        self._steps = 0
        new = history.step(steps) if steps and history.place(steps) == path else history.visit(path)
        if new != history:
            self.feed.publish(new)

    async def go(self, by: int, cursor: str | None = None) -> None:
        """List the directory so many steps on, or back; nothing where there is none. One that is gone is forgotten.

        Args:
            cursor: name of the entry to point at there.

        Raises:
            CallError, Abandoned: as :meth:`~osexplorer.services.files.Files.show`.
        """
        path = self.feed.value.place(by)
        if path is None:
            return
        self._steps = by
        try:
            await self._files.show(path, cursor)
        except OSExplorerError as error:
            self._steps = 0
            if isinstance(error, NotFound):
                self.feed.publish(self.feed.value.without(path))
            raise
