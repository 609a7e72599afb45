"""Giving something a name in a directory, and what to do where the name is taken."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator

from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError, Refused, call_error
from osexplorer.model.operations import Clash, Target, other_names
from osexplorer.model.status import FileId
from osexplorer.system import trash
from osexplorer.system.renaming import exchange
from osexplorer.system.walk import OPEN

_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)
_NAMES_TRIED = 10_000

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What ends a copy: whatever follows would fail as well."""

OF_WRITING = (*FULL, errno.EFBIG)
"""What is said of the file written to, where one call reads one and writes the other."""


@contextlib.contextmanager
def about(call: str, path: str) -> Iterator[None]:
    """What fails within is told of `path`; that a name is taken is left to who asked for it.

    Raises:
        CallError: as `call` on `path`.
        FileExistsError: the name is taken.
    """
    try:
        yield
    except (FileExistsError, OSExplorerError):
        raise
    except OSError as error:
        raise call_error(error, call, path) from error


class Skipped(Exception):
    """The entry stays where it is, for the reason given, or else because the name is taken."""


class Place:
    """An open directory that things are copied to.

    Args:
        fd: of the directory.
        path: what people see it as.

    Attributes:
        replaced: what had names there that were wanted, and is in the trash now.
    """

    def __init__(self, fd: int, path: str) -> None:
        self.fd = fd
        self.path = path
        self.replaced: list[trash.Trashed] = []

    def at(self, name: str) -> str:
        """The path of that name in it."""
        return os.path.join(self.path, name)

    def look(self, name: str) -> os.stat_result | None:
        """What has the name; None for nothing."""
        try:
            return os.stat(name, dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None


def named(place: Place, name: str, clash: Clash, take: Callable[[str], None], own: str | None = None) -> str:
    """Let `take` give something a name in `place` that is free, or is made so as `clash` says; returns the name it got.

    Args:
        take: raises FileExistsError when the name is taken.
        own: the name in `place` under which it waits, so that it can change places with what has the name.

    Raises:
        Skipped: the name is taken.
        Refused: what has the name cannot go to the trash.
        OSError: as `take`.
    """
    names = other_names(name)
    wanted = name
    before = len(place.replaced)
    for _ in range(_NAMES_TRIED):
        try:
            take(wanted)
            return wanted
        except FileExistsError:
            if clash is Clash.SKIP:
                raise Skipped from None
            if clash is Clash.KEEP_BOTH:
                wanted = next(names)
            elif (there := place.look(wanted)) is not None and _put_away(place, wanted, there, own):
                return wanted
        except OSError:
            while len(place.replaced) > before:  # it is not replaced after all
                trash.restore(place.replaced.pop())
            raise
    raise FileExistsError(errno.EEXIST, "Every name near it is taken")


def _put_away(place: Place, name: str, there: os.stat_result, own: str | None) -> bool:
    """Put what has the name into the trash; whether what waits as `own` has the name by now."""
    identity = FileId(there.st_dev, there.st_ino)
    if own is not None:
        try:
            exchange(place.fd, own, place.fd, name)
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
        else:
            try:
                place.replaced.append(trash.put(Target(place.at(own), identity), place.at(name)))
            except BaseException as error:
                _change_back(place, own, name, error)
                raise
            return True
    place.replaced.append(trash.put(Target(place.at(name), identity)))
    return False


def _change_back(place: Place, own: str, name: str, error: BaseException) -> None:
    try:
        exchange(place.fd, own, place.fd, name)
    except OSError as second:
        where = f"what was there is {display(place.at(own))} now, for it could not be put back ({second.strerror})"
        raise Refused(f"{display(place.at(name))} was replaced, but {where}: {error}") from error


def holds(fd: int, device: int, inode: int) -> bool:
    """Whether the open directory is that one, or lies below it, by whatever way it was reached."""
    here = os.dup(fd)
    try:
        while True:
            status = os.fstat(here)
            if (status.st_dev, status.st_ino) == (device, inode):
                return True
            above = os.open("..", OPEN | getattr(os, "O_PATH", 0), dir_fd=here)
            os.close(here)
            here = above
            if os.path.samestat(os.fstat(here), status):
                return False
    finally:
        os.close(here)
