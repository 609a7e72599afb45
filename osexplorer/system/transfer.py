"""Copying and moving several entries into a directory.

A move is a rename where it can be. Between file systems it is a copy, and the source is deleted only when all of it was
copied, and of it only what is still what was copied.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable

from osexplorer.model.display import display
from osexplorer.model.errors import CallError, OSExplorerError, Refused, call_error
from osexplorer.model.operations import Arrived, Clash, Outcome, Target
from osexplorer.model.status import FileId
from osexplorer.model.tasks import Progress
from osexplorer.system import calls
from osexplorer.system.copying import Copier
from osexplorer.system.counting import Counted
from osexplorer.system.placing import FULL, Place, Skipped, holds, named
from osexplorer.system.removing import refusal, remove_entry
from osexplorer.system.renaming import check, directory, rename
from osexplorer.system.trash import Trashed
from osexplorer.system.walk import OPEN, walk


def clashes(targets: tuple[Target, ...], to: str) -> tuple[str, ...]:
    """The names that are taken in directory `to`, by other entries than those that are to go there.

    Raises:
        CallError: `to` cannot be entered.
    """
    with directory(to) as fd:
        place = Place(fd, to)
        return tuple(target.name for target in targets if place.look(target.name) is not None)


Tell = Callable[[Arrived, tuple[Trashed, ...]], None]
"""Called with what is there, and what it has replaced."""


def _nobody(one: Arrived, replaced: tuple[Trashed, ...]) -> None:
    return


def copy(
    progress: Progress,
    targets: tuple[Target, ...],
    to: str,
    clash: Clash,
    tell: Tell = _nobody,
) -> Outcome:
    """Copy entries into directory `to`, each with all that is in it.

    Args:
        tell: called for each as soon as it is there, however the rest ends; for a directory as soon as that is made.

    Raises:
        CallError: `to` cannot be entered; or it is full, or read-only: what was copied till then stays.
        Cancelled: the task was cancelled; what was copied till then stays, no file of it in half.
    """
    counted = Counted(progress)
    progress.expect(_bytes(progress, targets))
    copier = Copier(counted, clash)

    def one(target: Target, from_fd: int, place: Place) -> Arrived:
        def begun(name: str, identity: FileId) -> None:
            _tell(tell, Arrived(target.path, place.at(name), identity, False), place)
            told.append(identity)

        told: list[FileId] = []
        copier.begun = begun
        there = place.look(target.name)
        got, identity = copier.entry(from_fd, target, place, target.name)
        merged = there is not None and (there.st_dev, there.st_ino) == (identity.device, identity.inode)
        arrived = Arrived(target.path, place.at(got), identity, False, merged)
        if not told:
            _tell(tell, arrived, place)
        return arrived

    return _each(counted, targets, to, one, "shutil.copytree", "with owner, attributes, mode and times")


def move(
    progress: Progress,
    targets: tuple[Target, ...],
    to: str,
    clash: Clash,
    tell: Tell = _nobody,
) -> Outcome:
    """Move entries into directory `to`.

    Args:
        tell: as of :func:`copy`.

    Raises:
        CallError, Cancelled: as :func:`copy`. What was not moved is where it was.
    """
    counted = Counted(progress)
    copier = Copier(counted, clash, durable=True)

    def one(target: Target, from_fd: int, place: Place) -> Arrived:
        if problem := refusal(target):
            raise Refused(problem)
        arrived = _move(copier, target, from_fd, place)
        _tell(tell, arrived, place)
        return arrived

    return _each(counted, targets, to, one, "os.rename", "nothing is overwritten")


def _tell(tell: Tell, arrived: Arrived, place: Place) -> None:
    replaced = tuple(place.replaced)
    place.replaced.clear()
    tell(arrived, replaced)


def _each(
    counted: Counted,
    targets: tuple[Target, ...],
    to: str,
    one: Callable[[Target, int, Place], Arrived],
    call: str,
    note: str,
) -> Outcome:
    arrived: list[Arrived] = []
    with directory(to) as fd:
        place = Place(os.open(".", OPEN, dir_fd=fd), to)
        try:
            for target in targets:
                counted.checkpoint()
                started, begin = time.time_ns(), time.perf_counter_ns()
                failure: CallError | None = None
                goal = place.at(target.name)
                try:
                    with directory(os.path.dirname(target.path)) as from_fd:
                        check(target, from_fd)
                        arrived.append(one(target, from_fd, place))
                    goal = arrived[-1].path
                except Skipped as skipped:
                    counted.skip(target.path, str(skipped) or "its name is taken")
                    continue
                except CallError as error:
                    failure = error
                    counted.fail(target.path, error)
                except Refused as refused:
                    counted.fail(target.path, refused)
                    continue
                spent = time.perf_counter_ns() - begin
                calls.record(
                    call, target.path, goal, started=started, duration=spent, error=failure, change=True, note=note
                )
                if failure is not None and failure.errno in FULL:
                    raise failure
        finally:
            os.close(place.fd)
    return counted.outcome(len(arrived), tuple(arrived))


def _move(copier: Copier, target: Target, from_fd: int, place: Place) -> Arrived:
    counted = copier.counted
    try:
        return _renamed(copier, target, from_fd, place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            at_goal = error.errno in FULL or not os.access(".", os.W_OK | os.X_OK, dir_fd=place.fd, effective_ids=True)
            raise call_error(error, "os.rename", place.at(target.name) if at_goal else target.path) from error
    before = counted.troubles
    counted.expect(_bytes(counted, (target,)))
    got, identity = copier.entry(from_fd, target, place, target.name)
    arrived = Arrived(target.path, place.at(got), identity, False)
    if counted.troubles > before:
        raise Refused(f"{display(target.path)} was not copied whole: all of it is still there")
    os.fsync(place.fd)
    if not remove_entry(counted, target, from_fd, copier.copied):
        raise Refused(f"{display(target.path)} was copied, but not all of it could be deleted")
    return arrived


def _renamed(copier: Copier, target: Target, from_fd: int, place: Place) -> Arrived:
    there, status = place.look(target.name), os.stat(target.name, dir_fd=from_fd, follow_symlinks=False)
    if stat.S_ISDIR(status.st_mode) and holds(place.fd, status.st_dev, status.st_ino):
        raise Refused(f"{display(target.path)} cannot go into itself")
    if os.path.samestat(os.fstat(from_fd), os.fstat(place.fd)):
        raise Skipped("it is there already")
    if there is not None and there.st_dev != status.st_dev:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    both = there is not None and stat.S_ISDIR(there.st_mode) and stat.S_ISDIR(status.st_mode)
    if both and there is not None and copier.clash is Clash.REPLACE:
        _merge(copier, target, from_fd, place)
        return Arrived(target.path, place.at(target.name), FileId(there.st_dev, there.st_ino), False)
    got = named(place, target.name, copier.clash, lambda name: rename(from_fd, target.name, place.fd, name))
    return Arrived(target.path, place.at(got), target.id, True)


def _merge(copier: Copier, target: Target, from_fd: int, place: Place) -> None:
    """Move what is in one directory into another of the same name; what is left of it stays where it is."""
    counted = copier.counted
    inner = os.open(target.name, OPEN, dir_fd=from_fd)
    try:
        below = Place(os.open(target.name, OPEN, dir_fd=place.fd), place.at(target.name))
        try:
            for name in os.listdir(inner):
                counted.checkpoint()
                path = os.path.join(target.path, name)
                try:
                    status = os.stat(name, dir_fd=inner, follow_symlinks=False)
                    child = Target(path, FileId(status.st_dev, status.st_ino))
                    _move(copier, child, inner, below)
                except OSExplorerError as error:
                    counted.fail(path, error)
                except OSError as error:
                    counted.fail(path, call_error(error, "os.rename", path))
        finally:
            os.close(below.fd)
    finally:
        os.close(inner)
    try:
        os.rmdir(target.name, dir_fd=from_fd)
    except OSError as error:
        raise Refused(f"{display(target.path)} was merged, but something in it is left: {error.strerror}") from error


def _bytes(progress: Progress, targets: tuple[Target, ...]) -> int:
    """How much there is to copy; what cannot be looked at is told when it is copied."""
    quiet = _Quiet(progress)
    total = 0
    for target in targets:
        try:
            status = os.lstat(target.path)
            total += status.st_size if stat.S_ISREG(status.st_mode) else 0
            if stat.S_ISDIR(status.st_mode):
                total += sum(
                    visit.status.st_size for visit in walk(target.path, quiet) if stat.S_ISREG(visit.status.st_mode)
                )
        except (OSError, CallError):
            continue
    return total


class _Quiet(Counted):
    """Says nothing of what is only counted."""

    def skip(self, path: str, reason: str = "") -> None:
        self.skipped += 1

    def fail(self, path: str, error: OSExplorerError) -> None:
        self.failed += 1
