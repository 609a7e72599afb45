"""Holding exactly the file that was shown while it is changed, however its name has been used since.

The file is opened with ``O_PATH | O_NOFOLLOW``, which neither needs permission on it nor disturbs a FIFO or a device,
and compared with the identity that the caller saw; then it is changed through ``/proc/self/fd``, which leads to that
very file, the way that glibc's ``fchmodat`` goes too; see open(2), proc(5), symlink(7). macOS has no ``O_PATH``: there
the name is compared just before the change, and a link is changed itself.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import Refused, Unsupported, call_error
from osexplorer.model.status import FileId
from osexplorer.system import calls
from osexplorer.system.status import file_id

_VIA_PATH = "through an O_PATH descriptor"
_VIA_OPEN = "through an open descriptor, as /proc is not mounted"


class Held(NamedTuple):
    """A file that has proven to be the one that was meant."""

    path: str
    fd: int
    """Opened with ``O_PATH``; -1 on macOS."""
    found: os.stat_result
    id: FileId

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link itself."""
        return stat.S_ISLNK(self.found.st_mode)

    @property
    def place(self) -> str:
        """A path that leads to this very file, for calls that only look."""
        return f"/proc/self/fd/{self.fd}" if self.fd >= 0 else self.path

    def now(self) -> os.stat_result:
        """Its stat as it is now."""
        return os.fstat(self.fd) if self.fd >= 0 else os.lstat(self.path)

    def change(self, function: Callable[..., Any], *args: Any, **keywords: Any) -> None:
        """Make a call that takes a path first; it is recorded with the path that was shown.

        Raises:
            Refused: the name leads to another file now.
            CallError: the call failed.
        """
        itself = {"follow_symlinks": False} if self.is_link else {}
        shown = calls.Shown((self.path, *args), tuple({**keywords, **itself}.items()))
        if self.fd < 0:
            calls.change(function, self.path, *args, **{**keywords, "follow_symlinks": False})
        elif os.path.lexists(self.place):
            calls.change_as(shown, _VIA_PATH, function, self.place, *args, **keywords)
        else:
            with self.opened() as fd:
                calls.change_as(shown, _VIA_OPEN, function, fd, *args, **keywords)

    @contextmanager
    def opened(self) -> Iterator[int]:
        """This very file opened for reading: for ioctl(2), and for everything where ``/proc`` is not mounted.

        Raises:
            Refused: the name leads to another file now.
            CallError: it may not be read, or is neither file nor directory.
        """
        if not (stat.S_ISREG(self.found.st_mode) or stat.S_ISDIR(self.found.st_mode)):
            raise Unsupported(
                errno.ENOTSUP,
                os.strerror(errno.ENOTSUP),
                "os.open",
                self.path,
                "Only files and directories can be opened without side effects; for other kinds, mount /proc",
            )
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
        if self.fd >= 0 and os.path.lexists(self.place):
            try:
                fd = os.open(self.place, flags)  # whatever has its name meanwhile
            except OSError as error:
                raise call_error(error, "os.open", self.path) from error
        else:
            fd = calls.read(os.open, self.path, flags | os.O_NOFOLLOW)
        try:
            if not os.path.samestat(os.fstat(fd), self.found):
                raise _replaced(self.path)
            yield fd
        finally:
            os.close(fd)


def _replaced(path: str) -> Refused:
    return Refused(f"{display(path)} was replaced since it was shown: another file has that name now")


def _checked(path: str, identity: FileId, found: FileId) -> FileId:
    if not identity.same_file(found):
        raise _replaced(path)
    return found


if sys.platform == "linux":

    @contextmanager
    def held_at(path: str, identity: FileId) -> Iterator[Held]:
        """Hold what is at `path`, a link itself.

        Raises:
            Refused: it is not the file `identity`.
            CallError: it cannot be reached.
        """
        fd = calls.read(os.open, path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            found = os.fstat(fd)
            yield Held(path, fd, found, _checked(path, identity, file_id(fd, found)))
        finally:
            os.close(fd)

else:

    @contextmanager
    def held_at(path: str, identity: FileId) -> Iterator[Held]:
        found = calls.read(os.lstat, path)
        yield Held(path, -1, found, _checked(path, identity, file_id(path, found)))
