"""Making, renaming, linking, copying, moving and removing entries, each with a way back where there is one.

operations = Operations(door, undo, tasks)
path = await operations.make("/srv/new/notes.txt")
operations.take(targets, cut=False)
outcome = await operations.paste("/srv/elsewhere", Clash.KEEP_BOTH).result()
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from osexplorer.model.display import display
from osexplorer.model.errors import LeftAlone, OSExplorerError, Refused
from osexplorer.model.operations import (
    Arrived,
    Clash,
    Clipboard,
    LinkKind,
    Outcome,
    Renaming,
    Target,
    name_problem,
    path_problem,
    plan_renames,
)
from osexplorer.model.status import FileId
from osexplorer.model.tasks import Progress
from osexplorer.model.units import count_text
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.services.several import leave_way_back, name_of
from osexplorer.services.taking_back import Single, way_back
from osexplorer.services.tasks import TaskHandle, Tasks
from osexplorer.services.undo import Undo
from osexplorer.system import creating, files, kept_changes, removing, renaming, transfer, trash
from osexplorer.system.counting import Counted
from osexplorer.system.kept_operations import Copied, MadeAbove, Moved, Operation


class Operations:
    """Changes of which entries there are.

    Args:
        undo: where every change that has a way back leaves it.
        tasks: where those go on that can take long.
    """

    def __init__(self, door: Door, undo: Undo, tasks: Tasks) -> None:
        self._door, self._undo, self._tasks = door, undo, tasks
        self.clipboard: Feed[Clipboard] = Feed(Clipboard())

    # -- one entry

    async def make(self, path: str) -> str:
        """Make an empty file, or a directory where `path` ends in a slash; missing directories above it too.

        Returns its path, without the slash.

        Raises:
            Refused: it is no path for something new.
            CallError: the name is taken, or it may not be made there.
        """
        if problem := path_problem(path):
            raise Refused(problem)
        place = await self._door.run(files.absolute, path, at=path)
        made = await self._door.run(creating.make, place, is_directory=path.endswith("/"), at=place)
        more = f" and {len(made.parents)} above it" if made.parents else ""
        above = [(parent.path, MadeAbove(parent.id)) for parent in made.parents]
        await self._leave(f"make {name_of(place)}{more}", [*above, (place, made)], lambda: self._unmake(made))
        return place

    async def link(self, source: str, path: str, kind: LinkKind) -> str:
        """Make `path` a link to `source`.

        Raises:
            Refused: the name cannot be.
            CallError: the name is taken, or the link may not be made.
        """
        if problem := name_problem(os.path.basename(path)):
            raise Refused(problem)
        made = await self._door.run(creating.link, source, path, kind, at=path)
        await self._leave(f"link {name_of(path)}", [(path, made)], lambda: self._unmake(made))
        return path

    async def link_text(self, source: str, path: str, kind: LinkKind) -> str:
        """What a symbolic link at `path` to `source` would say."""
        return await self._door.run(creating.link_text, source, path, kind, at=path)

    async def _unmake(self, made: creating.Made) -> str:
        try:
            await self._door.run(creating.unmake, made, at=made.entry.path)
        except Refused as error:  # and will be so
            raise LeftAlone(str(error)) from error
        return f"{name_of(made.entry.path)} is taken away again"

    async def rename(self, target: Target, name: str) -> str:
        """Give an entry another name in its directory; returns its new path.

        Raises:
            Refused: the name cannot be, or another entry is at its path now.
            CallError: the name is taken; nothing is overwritten.
        """
        if problem := name_problem(name):
            raise Refused(problem)
        new = os.path.join(os.path.dirname(target.path), name)
        if new == target.path:
            return new
        await self._door.run(renaming.move, target, new, at=new)
        title = f"rename {name_of(target.path)} → {name_of(new)}"
        done = (new, Moved(target.id, target.path))
        await self._leave(title, [done], way_back(self._door, [done]))
        return new

    async def rename_all(self, targets: Sequence[Target], names: Sequence[str], taken: Sequence[str] = ()) -> int:
        """Give several entries of one directory other names, swaps and chains included; returns how many got another.

        Either all get theirs, or, when one cannot, those before it get theirs back.

        Args:
            taken: the names there are in the directory, where they are known.

        Raises:
            Refused: a name cannot be, is wanted twice, or belongs to an entry that keeps it. Nothing is changed.
            CallError, Refused: as :meth:`rename`.
        """
        directory = os.path.dirname(targets[0].path)
        taken = taken or await self._door.run(creating.names_in, directory, at=directory)
        try:
            steps = plan_renames({one.name: name for one, name in zip(targets, names, strict=True)}, taken)
        except ValueError as error:
            raise Refused(str(error)) from None
        ids = {one.name: one.id for one in targets}
        changed = sum(one.name != name for one, name in zip(targets, names, strict=True))
        title = f"rename {count_text(changed, 'entry', 'entries')}"
        keeper = kept_changes.Keeper(title)
        done: list[tuple[str, Single]] = []
        keep = True
        try:
            for step in steps:
                one = await self._step(directory, step, ids, keeper)
                done.append(one)
        except OSExplorerError as error:
            try:
                await way_back(self._door, done)()
            except OSExplorerError as second:
                raise Refused(f"{error}. Those before it did not all get their names back: {second}") from error
            keep = False
            raise
        finally:
            if keep and done:
                journal = await self._door.run(keeper.close, lane="journal")
                self._push(title, journal, way_back(self._door, done))
            else:
                await self._door.run(keeper.give_up, lane="journal")
        return changed

    async def _step(
        self, directory: str, step: Renaming, ids: dict[str, FileId], keeper: kept_changes.Keeper
    ) -> tuple[str, Single]:
        """One renaming, on disk before it is done: what it is now, and where it was."""
        new, identity = os.path.join(directory, step.new), ids.pop(step.old)
        moved = Moved(identity, os.path.join(directory, step.old))
        await self._door.run(_move_kept, keeper, new, moved, at=directory)
        ids[step.new] = identity
        return new, moved

    # -- several, as tasks

    def take(self, targets: Sequence[Target], *, cut: bool) -> None:
        """Keep entries to be pasted: copied, or moved where they were cut."""
        self.clipboard.publish(Clipboard(tuple(targets), cut))

    async def clashes(self, to: str) -> tuple[str, ...]:
        """The names on the clipboard that are taken in directory `to`.

        Raises:
            CallError: `to` cannot be entered.
        """
        return await self._door.run(transfer.clashes, self.clipboard.value.targets, to, at=to)

    def paste(self, to: str, clash: Clash) -> TaskHandle[Outcome]:
        """Begin to copy, or move, what is on the clipboard into directory `to`.

        Entries that were cut leave the clipboard when all of them have arrived.
        """
        board = self.clipboard.value
        work, verb = (transfer.move, "Move") if board.cut else (transfer.copy, "Copy")
        done = "moved" if board.cut else "copied"
        title = f"{verb} {_names(board.targets)} to {display(to)}"
        carried = _Carried(_first_lower(title))
        handle = self._tasks.start(
            title,
            carried.work,
            work,
            board.targets,
            to,
            clash,
            at=to,
            unit="bytes",
            describe=lambda outcome: outcome.text(done),
        )
        self._afterwards(self._pasted(handle, board, carried))
        return handle

    async def _pasted(self, handle: TaskHandle[Outcome], board: Clipboard, carried: _Carried) -> None:
        """However it ended: what has arrived by then can be taken back."""
        with contextlib.suppress(OSExplorerError):  # whoever holds the handle is told
            outcome = await handle.result()
            if board.cut and len(outcome.arrived) == len(board.targets) and self.clipboard.value == board:
                self.clipboard.publish(Clipboard())
        if carried.one_way:
            why = "what was merged, or moved to another file system, has no way back"
            self._undo.push_one_way(carried.title, why)
        elif carried.done:
            self._push(carried.title, carried.journal, way_back(self._door, carried.done))

    def discard(self, targets: Sequence[Target]) -> TaskHandle[Outcome]:
        """Begin to put entries into the trash."""
        title = f"Put {_names(targets)} into the trash"
        put = _Put(_first_lower(title))
        handle = self._tasks.start(title, put.work, tuple(targets), at=targets[0].path, describe=_in_trash)
        self._afterwards(self._noted(handle, put))
        return handle

    async def _noted(self, handle: TaskHandle[Outcome], put: _Put) -> None:
        """However it ended: what is in the trash by then can be put back."""
        with contextlib.suppress(OSExplorerError):  # whoever holds the handle is told
            await handle.result()
        if put.there:
            done = [(os.path.join(one.files, one.name), one) for one in put.there]
            self._push(put.title, put.journal, way_back(self._door, done))

    def delete(self, targets: Sequence[Target]) -> TaskHandle[Outcome]:
        """Begin to delete entries for good. There is no way back."""
        title = f"Delete {_names(targets)}"
        handle = self._tasks.start(
            title,
            removing.remove,
            tuple(targets),
            at=targets[0].path,
            describe=lambda outcome: outcome.text("deleted"),
        )
        self._afterwards(self._deleted(handle, _first_lower(title)))
        return handle

    async def _deleted(self, handle: TaskHandle[Outcome], title: str) -> None:
        """However it ended: whoever undoes next means this."""
        with contextlib.suppress(OSExplorerError):  # whoever holds the handle is told
            await handle.result()
        task = self._tasks.get(handle.id)
        if task is not None and task.done:
            self._undo.push_one_way(title, "what is deleted is gone")

    async def _leave(
        self, title: str, changes: Sequence[tuple[str, Operation]], back: Callable[[], Awaitable[str]]
    ) -> None:
        """Leave the way back of what was done: for this run, and on disk for a later one."""
        await leave_way_back(self._door, self._undo, title, changes, back)

    def _push(self, title: str, journal: str | None, back: Callable[[], Awaitable[str]]) -> None:
        """Leave the way back of what a task did, which is on disk already."""

        async def take_back() -> str:
            try:
                text = await back()
            except LeftAlone:  # trying again would put back no more
                await forget()
                raise
            await forget()
            return text

        async def forget() -> None:
            if journal is not None:
                await self._door.run(kept_changes.forget, journal, lane="journal")

        self._undo.push(title, take_back)

    def _afterwards(self, work: Coroutine[Any, Any, None]) -> None:
        self._undo.expect(asyncio.create_task(work))


def _move_kept(keeper: kept_changes.Keeper, new: str, moved: Moved) -> None:
    keeper.add(new, moved)  # ahead: an entry that is where it was is known to be back
    renaming.move(Target(moved.origin, moved.id), new)


class _Carried:
    """What a copy or a move has done so far. Filled in a thread, and read when that has come to its end."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.done: list[tuple[str, Single]] = []
        self.one_way = False
        """Whether there is no way back: what was merged, or moved to another file system, cannot be told apart."""
        self.journal: str | None = None

    def work(
        self, progress: Progress, carry: Callable[..., Outcome], targets: tuple[Target, ...], to: str, clash: Clash
    ) -> Outcome:
        """Carry them, and keep on disk what has arrived, and what it has replaced."""
        keeper, moves = kept_changes.Keeper(self.title), carry is transfer.move

        def tell(one: Arrived, replaced: tuple[trash.Trashed, ...]) -> None:
            if one.merged or one.moved is not moves:
                self.one_way = True
                keeper.give_up()
            for away in replaced:
                self._add(keeper, os.path.join(away.files, away.name), away)
            self._add(keeper, one.path, Moved(one.id, one.source) if moves else Copied(one.id))

        try:
            return carry(progress, targets, to, clash, tell)
        finally:
            self.journal = keeper.close()

    def _add(self, keeper: kept_changes.Keeper, path: str, what: Single) -> None:
        self.done.append((path, what))
        keeper.add(path, what)


class _Put:
    """What a task has put into the trash so far. Filled in a thread, and read when that has come to its end."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.there: list[trash.Trashed] = []
        self.journal: str | None = None

    def work(self, progress: Progress, targets: tuple[Target, ...]) -> Outcome:
        """Put them there, and keep on disk what is there."""
        counted, keeper = Counted(progress), kept_changes.Keeper(self.title)
        progress.expect(len(targets))
        try:
            for target in targets:
                counted.checkpoint()
                try:
                    if problem := removing.refusal(target):
                        raise Refused(problem)
                    put = trash.put(target)
                    self.there.append(put)
                    keeper.add(os.path.join(put.files, put.name), put)
                    counted.advance(1, target.path)
                except OSExplorerError as error:
                    counted.fail(target.path, error)
            return counted.outcome(len(self.there))
        finally:
            self.journal = keeper.close()


def _in_trash(outcome: Outcome) -> str:
    return outcome.text("in the trash")


def _names(targets: Sequence[Target]) -> str:
    first = name_of(targets[0].path)
    return first if len(targets) == 1 else f"{first} and {len(targets) - 1:,} more"


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]
