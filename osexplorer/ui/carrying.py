"""Copying, cutting, and removing what is chosen in a list of entries, be it a listing or what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from osexplorer.model.display import display
from osexplorer.model.entry import EntryStat
from osexplorer.model.errors import CallError, OSExplorerError, Refused
from osexplorer.services.session import Session

if TYPE_CHECKING:
    from osexplorer.model.operations import Outcome, Target
    from osexplorer.services.tasks import TaskHandle
    from osexplorer.ui.rowlist import RowList

T = TypeVar("T")

_PATIENCE = 0.5
_MOST_NAMED = 10


def targets_of(found: dict[str, EntryStat | CallError]) -> list[Target]:
    """Entries as they are now.

    Raises:
        CallError: one of them cannot be looked at.
    """
    from osexplorer.model.operations import Target
    from osexplorer.model.status import FileId

    targets = []
    for path, stat in found.items():
        if not isinstance(stat, EntryStat):
            raise stat
        targets.append(Target(path, FileId(stat.device, stat.inode)))
    return targets


class Carrying:
    """Mix it in behind a pane or a dialog that has these."""

    if TYPE_CHECKING:
        app: Any
        session: Session

        @property
        def rows(self) -> RowList:
            """The list."""

        def work(self, job: Coroutine[Any, Any, T], then: Callable[[T], None] | None = None) -> asyncio.Task[T]:
            """Run a service call in the background; tell a failure, and hand the result on."""

        def say(self, text: str, problem: bool = False) -> None:
            """Tell the person something."""

    async def targets(self) -> list[Target]:
        """The marked entries in their order, or else the one under the cursor, as they are now.

        Raises:
            CallError: one of them cannot be looked at.
        """
        raise NotImplementedError

    async def carried(self) -> None:
        """Something was removed: look what there is now."""

    def show_clipboard_text(self) -> None:
        """What is to be pasted is something else."""

    # -- copy, cut

    def action_copy(self) -> None:
        """Keep the chosen entries, to be copied elsewhere."""
        self.work(self._take(cut=False))

    def action_cut(self) -> None:
        """Keep the chosen entries, to be moved elsewhere."""
        self.work(self._take(cut=True))

    async def _take(self, *, cut: bool) -> None:
        targets = await self.targets()
        if not targets:
            return
        self.session.operations.take(targets, cut=cut)
        self.rows.clear_marks()
        self.show_clipboard_text()
        names = display(targets[0].name) if len(targets) == 1 else f"{len(targets):,} entries"
        self.say(f"{names} to {'move' if cut else 'copy'}: p pastes in the directory that is shown then")

    # -- remove

    def action_trash(self) -> None:
        """Put the chosen entries into the trash; ``u`` takes them back."""
        self.work(self._trash())

    async def _trash(self) -> None:
        targets = await self.targets()
        if targets:
            self.rows.clear_marks()
            await self.wait_for(self.session.operations.discard(targets), "in the trash")
            await self.carried()

    def action_delete(self) -> None:
        """Delete the chosen entries for good; asks."""
        self.work(self.targets(), self._ask_to_delete)

    def _ask_to_delete(self, targets: list[Target]) -> None:
        from osexplorer.ui.dialogs.confirm import Confirm

        if not targets:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.work(self._delete(targets))

        lines = [display(one.path) for one in targets[:_MOST_NAMED]]
        if len(targets) > _MOST_NAMED:
            lines.append(f"and {len(targets) - _MOST_NAMED:,} more")
        lines += [
            "",
            "Directories go with all that is in them, links without what they lead to. Nothing brings it back.",
        ]
        what = "this entry" if len(targets) == 1 else f"{len(targets):,} entries"
        self.app.push_screen(Confirm(f"Delete {what} for good?", "\n".join(lines)), answered)

    async def _delete(self, targets: list[Target]) -> None:
        self.rows.clear_marks()
        await self.wait_for(self.session.operations.delete(targets), "deleted")
        await self.carried()

    async def wait_for(self, handle: TaskHandle[Outcome], verb: str) -> Outcome:
        """The outcome, told; where it takes a while, tell where it can be followed.

        Raises:
            Refused: it came to no end; with what was done before.
        """
        waiting = asyncio.ensure_future(handle.result())
        done, _ = await asyncio.wait({waiting}, timeout=_PATIENCE)
        if not done and (task := self.session.tasks.get(handle.id)) is not None:
            self.say(f"{task.title}: 7 shows how far it is")
        try:
            outcome = await waiting
        except OSExplorerError as error:
            from osexplorer.model.units import count_text, size_text

            task = self.session.tasks.get(handle.id)
            if task is None or not task.done:
                raise
            amount = size_text(task.done) if task.unit == "bytes" else count_text(task.done, "entry", "entries")
            raise Refused(f"{error}. Before that: {amount} {verb}") from error
        self.say(outcome.text(verb), problem=bool(outcome.failed))
        return outcome
