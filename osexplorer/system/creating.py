"""Making files, directories and links: what is there already is never touched, and what was made can be unmade."""

from __future__ import annotations

import os
import stat
import time
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import CallError, Refused, call_error
from osexplorer.model.operations import LinkKind, Target
from osexplorer.model.status import FileId
from osexplorer.system import calls
from osexplorer.system.renaming import check, directory

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Made(NamedTuple):
    """What was made."""

    entry: Target
    kind: int
    """As `stat.S_IFMT`."""
    modified: int
    """When, nanoseconds since the epoch, as the file system tells it: an undo leaves alone what was changed since."""
    parents: tuple[Target, ...] = ()
    """The directories above it that had to be made as well, the upper first."""


def make(path: str, *, is_directory: bool) -> Made:
    """Make an empty file, or a directory, with the directories above it that are missing; modes are 666 and 777
    less the umask.

    Raises:
        CallError: Exists: the name is taken; a part of the path is no directory; it may not be made. The directories
            that were made on the way are taken away again.
    """
    parents = _make_parents(os.path.dirname(path))
    try:
        if is_directory:
            calls.change(os.mkdir, path)
        else:
            os.close(calls.change(os.open, path, _FLAGS, 0o666))
        return _made(path, parents)
    except CallError:
        _unmake_parents(parents)
        raise


def _make_parents(path: str) -> tuple[Target, ...]:
    missing: list[str] = []
    while not os.path.lexists(path):
        missing.append(path)
        path = os.path.dirname(path)
    made: list[Target] = []
    for one in reversed(missing):
        try:
            os.mkdir(one)
        except FileExistsError:
            if os.path.isdir(one):  # somebody else has made it meanwhile
                continue
            _unmake_parents(tuple(made))
            raise call_error(NotADirectoryError(20, os.strerror(20)), "os.mkdir", one) from None
        except OSError as error:
            calls.record("os.mkdir", one, started=time.time_ns(), duration=0, error=error, change=True)
            _unmake_parents(tuple(made))
            raise call_error(error, "os.mkdir", one) from error
        calls.record("os.mkdir", one, started=time.time_ns(), duration=0, change=True)
        made.append(_made(one).entry)
    return tuple(made)


def _unmake_parents(parents: tuple[Target, ...]) -> None:
    """Take away directories that were made, as far as they are empty still."""
    for parent in reversed(parents):
        try:
            with directory(os.path.dirname(parent.path)) as above:
                check(parent, above)
                os.rmdir(parent.name, dir_fd=above)
        except (OSError, CallError, Refused):
            return  # it is used by others now


def _made(path: str, parents: tuple[Target, ...] = ()) -> Made:
    status = calls.read(os.lstat, path)
    entry = Target(path, FileId(status.st_dev, status.st_ino))
    return Made(entry, stat.S_IFMT(status.st_mode), status.st_mtime_ns, parents)


def link(source: str, path: str, kind: LinkKind) -> Made:
    """Make `path` a link to `source`: a hard link to the very entry, a link too, or a symbolic one.

    Raises:
        CallError: Exists: the name is taken; EPERM: a hard link to a directory, or to a file of another where
            ``fs.protected_hardlinks`` is set; EXDEV: a hard link across file systems.
    """
    if kind is LinkKind.HARD:
        # With a dir_fd: without, the C library may follow a link. See link(2).
        with directory(os.path.dirname(source)) as from_fd, directory(os.path.dirname(path)) as to_fd:
            name, new = os.path.basename(source), os.path.basename(path)
            note = "follow_symlinks=False"
            calls.change_as(
                (source, path), note, os.link, name, new, src_dir_fd=from_fd, dst_dir_fd=to_fd, follow_symlinks=False
            )
    else:
        calls.change(os.symlink, link_text(source, path, kind), path)
    return _made(path)


def link_text(source: str, path: str, kind: LinkKind) -> str:
    """What a symbolic link at `path` to `source` says.

    A relative one begins at the real directory of the link, for ``..`` in a link does not go back through links.
    """
    if kind is LinkKind.ABSOLUTE:
        return source
    above = os.path.realpath(os.path.dirname(path))
    return os.path.relpath(os.path.join(os.path.realpath(os.path.dirname(source)), os.path.basename(source)), above)


def names_in(directory: str) -> list[str]:
    """The names that are taken in a directory.

    Raises:
        CallError: it cannot be read.
    """
    return calls.read(os.listdir, directory)


def unmake(made: Made) -> None:
    """Take away what was made.

    Raises:
        Refused: another entry is there now, or something was put into it: nothing is taken away.
        CallError: it cannot be taken away.
    """
    path, name = made.entry.path, made.entry.name
    with directory(os.path.dirname(path)) as above:
        check(made.entry, above)
        status = os.stat(name, dir_fd=above, follow_symlinks=False)
        if made.kind == stat.S_IFDIR:
            calls.change_as((path,), "", os.rmdir, name, dir_fd=above)
        else:
            alone = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
            if alone and (status.st_size or status.st_mtime_ns != made.modified):
                raise Refused(f"{display(path)} was written to since it was made: left as it is")
            calls.change_as((path,), "", os.unlink, name, dir_fd=above)
    _unmake_parents(made.parents)
