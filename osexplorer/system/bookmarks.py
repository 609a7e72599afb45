"""The file of bookmarks: one absolute path a line, escaped as on the screen, so that any name fits in a line.

Other lines (comments) stay as they are. The file is never half written: a new one takes its place, rename(2).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator

from osexplorer.model.display import display, undisplay
from osexplorer.model.errors import CallError, NotFound, Refused, call_error
from osexplorer.system import calls
from osexplorer.system.json_lines import write_all

_LARGEST = 1 << 20


def read_bookmarks(file: str) -> list[str]:
    """The bookmarked paths, in their order; none while there is no file.

    Raises:
        CallError: it is there and cannot be read.
    """
    return [undisplay(line) for line in _lines(file) if line.startswith("/")]


def change_bookmarks(file: str, add: str | None = None, remove: str | None = None) -> list[str]:
    """Add a path at the end or remove one, and return what there is then. Another program's changes are kept.

    Raises:
        CallError: the file cannot be read or written.
        Refused: the file is so large that it cannot be one of bookmarks.
    """
    calls.read(os.makedirs, os.path.dirname(file), 0o700, exist_ok=True)
    file = os.path.realpath(file)  # a link into a directory of dotfiles stays one
    with _locked(file):
        lines = _lines(file)
        if lines and calls.read(os.stat, file).st_size >= _LARGEST:  # what lies beyond would be lost
            raise Refused(f"{display(file)} is larger than 1 MiB: no file of bookmarks; move it away")
        paths = {undisplay(line) for line in lines if line.startswith("/")}
        if remove is not None:
            lines = [line for line in lines if not line.startswith("/") or undisplay(line) != remove]
        if add is not None and add not in paths:
            lines.append(display(add))
        _write(file, "".join(f"{line}\n" for line in lines))
    return [undisplay(line) for line in lines if line.startswith("/")]


def _lines(file: str) -> list[str]:
    try:
        fd = calls.read(os.open, file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except NotFound:
        return []
    try:
        with open(fd, "rb", closefd=False) as opened:
            lines = opened.read(_LARGEST).decode("utf-8", "surrogateescape").split("\n")
    except OSError as error:  # a directory is in its place
        raise call_error(error, "os.read", file) from error
    finally:
        os.close(fd)
    return lines if lines[-1] else lines[:-1]  # an editor may have left out the newline at the end


@contextlib.contextmanager
def _locked(file: str) -> Iterator[None]:
    """Keep other programs of this kind from changing the file; the lock ends with the descriptor, flock(2)."""
    fd = calls.read(os.open, f"{file}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _write(file: str, text: str) -> None:
    new = f"{file}.new"
    fd = calls.read(os.open, new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        write_all(fd, text.encode("utf-8", "surrogateescape"), new)
        calls.read(os.fsync, fd)
    except CallError:  # a full disk: the old file stays
        with contextlib.suppress(CallError):
            calls.read(os.unlink, new)
        raise
    finally:
        os.close(fd)
    calls.change(os.replace, new, file)
