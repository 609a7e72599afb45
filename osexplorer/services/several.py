"""One change of several files, each as it was shown. One failure does not stop the rest; one undo takes all back."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, cast

from osexplorer.model.display import display
from osexplorer.model.errors import HalfDone, LeftAlone, OSExplorerError, Refused
from osexplorer.model.files_changed import FilesChanged
from osexplorer.model.status import FileId
from osexplorer.model.tasks import Failure
from osexplorer.model.units import count_text
from osexplorer.services.door import Door
from osexplorer.services.undo import Undo
from osexplorer.system import kept_changes
from osexplorer.system import status as status_system
from osexplorer.system.kept_changes import Done

Targets = Sequence[tuple[str, FileId]]
"""Path and identity of each file, as it was shown."""


class Change(Protocol):
    """A change that was made: what the file was and what it is."""

    @property
    def before(self) -> Any: ...

    @property
    def after(self) -> Any: ...


C = TypeVar("C", bound=Change)


class Made(NamedTuple, Generic[C]):
    """What was made of a change of several files."""

    done: list[tuple[str, C]]
    """Where and what; a place is free of links where they were followed."""
    unchanged: list[str]
    failures: list[Failure]
    differing: list[str]
    """What became something else than was asked for, or stayed as it was, without an error."""

    @property
    def what(self) -> str:
        """The file, or how many: fit for a title."""
        return name_of(self.done[0][0]) if len(self.done) == 1 else f"{len(self.done)} files"

    @property
    def result(self) -> FilesChanged:
        """The same for whoever asked."""
        done = tuple(path for path, _ in self.done)
        return FilesChanged(done, tuple(self.unchanged), tuple(self.failures), tuple(self.differing))


async def change_each(
    door: Door,
    targets: Targets,
    change: Callable[..., C],
    arguments: Sequence[tuple[Any, ...]],
    *,
    follow: bool,
    **keywords: Any,
) -> Made[C]:
    """Call ``change(path, identity, *arguments[at], **keywords)`` for each of `targets`.

    Args:
        follow: each identity is what the path leads to in the end; else a link itself is changed.
    """
    made: Made[C] = Made([], [], [], [])
    for (path, identity), more in zip(targets, arguments, strict=True):
        try:
            place = await door.run(status_system.resolve, path, at=path) if follow else path
            done = await door.run(change, place, identity, *more, at=place, **keywords)
        except HalfDone as error:
            made.failures.append(Failure(path, str(error)))
            made.done.append((place, cast(C, error.done)))
            continue
        except OSExplorerError as error:
            made.failures.append(Failure(path, str(error)))
            continue
        differs = getattr(done, "asked", done.after) != done.after  # not every change can turn out otherwise
        if differs:
            made.differing.append(path)
        if done.after != done.before:
            made.done.append((place, done))
        elif not differs:
            made.unchanged.append(path)
    return made


async def leave_way_back(
    door: Door, undo: Undo, title: str, changes: Sequence[tuple[str, Done]], back: Callable[[], Awaitable[str]]
) -> None:
    """Leave the way back of a change with `undo`, and on disk, for a later run of this program.

    Where it cannot be kept on disk (no home directory, a full disk), this run can take it back all the same.

    Args:
        back: takes all of it back, and returns what was done, in words; raises where anything is left.
    """
    keeping = asyncio.create_task(door.run(kept_changes.keep, title, changes, lane="journal"))

    async def take_back() -> str:
        text = await back()
        await asyncio.wait({keeping})
        kept = None if keeping.cancelled() or keeping.exception() is not None else keeping.result()
        if kept is not None:
            await door.run(kept_changes.forget, kept, lane="journal")
        return text

    undo.push(title, take_back)  # at once: whoever sees the change can take it back
    with contextlib.suppress(OSExplorerError):  # as said above
        await keeping


def put_each_back(
    door: Door, made: Made[C], back: Callable[[str, C], object], what: str
) -> Callable[[], Awaitable[str]]:
    """The way back of a change of several files: ``back(path, change)`` for each that is not put back yet.

    In the opposite order, for a directory's bits may be in the way of its entries. Called again, it tries what failed
    once more, and nothing else.

    Args:
        what: what is put back, as ``"mode"``.

    Returns:
        what raises the first failure (an ``OSExplorerError``) where it could put nothing back, ``LeftAlone`` where the
        rest was changed since, and ``Refused`` where trying again can put back more.
    """
    left = list(made.done)
    count = len(left)

    async def put_back() -> str:
        failed: list[tuple[str, C]] = []
        errors: list[OSExplorerError] = []
        tried = len(left)
        for path, done in reversed(left):
            try:
                await door.run(back, path, done, at=path)
            except OSExplorerError as error:
                failed.insert(0, (path, done))
                errors.append(error)
        if len(failed) == tried:
            raise errors[0]
        left[:] = failed
        if count == 1:
            return f"{what} of {made.what} put back"
        text = f"{what} of {count_text(tried - len(failed), 'file')} put back"
        if not failed:
            return text
        text += f"; {count_text(len(failed), 'left as it is', 'left as they are')}: {errors[0]}"
        if all(isinstance(error, Refused) for error in errors):
            raise LeftAlone(text)
        raise Refused(f"{text}. Undo again to try what failed once more")

    return put_back


def name_of(path: str) -> str:
    """The last part of a path, fit for a title."""
    return display(os.path.basename(path.rstrip("/")) or path)
