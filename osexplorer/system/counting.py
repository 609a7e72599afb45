"""A task's progress that also counts here what went wrong, for work that has to know whether all of it was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from osexplorer.model.errors import OSExplorerError
from osexplorer.model.operations import Arrived, Outcome
from osexplorer.model.tasks import Progress


class Counted:
    """Passes everything on to `progress`, and keeps the counts.

    Attributes:
        skipped: things that were left out on purpose.
        failed: things that could not be done.
        first: the first failure, in words.
        lost: how many copies are without what, by its name in words.
        torn: the paths of files that were written to while they were copied.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.skipped = self.failed = 0
        self.first = ""
        self.lost: Counter[str] = Counter()
        self.torn: list[str] = []

    @property
    def troubles(self) -> int:
        """How much was not done."""
        return self.skipped + self.failed

    def checkpoint(self) -> None:
        """See :class:`~osexplorer.model.tasks.Progress`; so are the others."""
        self._progress.checkpoint()

    def advance(self, done: int = 1, current: str | None = None) -> None:
        self._progress.advance(done, current)

    def expect(self, total: int) -> None:
        self._progress.expect(total)

    def skip(self, path: str, reason: str = "") -> None:
        self.skipped += 1
        self._progress.skip(path, reason)

    def fail(self, path: str, error: OSExplorerError) -> None:
        self.failed += 1
        self.first = self.first or str(error)
        self._progress.fail(path, error)

    def lose(self, what: Iterable[str]) -> None:
        """A copy was made, but without that."""
        self.lost.update(what)

    def tear(self, path: str) -> None:
        """A copy was made, but its source was written to meanwhile: it may hold some of both."""
        self.torn.append(path)

    def say(self, result: str) -> None:
        self._progress.say(result)

    def outcome(self, done: int, arrived: tuple[Arrived, ...] = ()) -> Outcome:
        """What became of all."""
        return Outcome(done, self.skipped, self.failed, arrived, self.first, tuple(self.lost.items()), tuple(self.torn))
