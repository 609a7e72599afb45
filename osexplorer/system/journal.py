"""The journal of a change of a tree: written ahead of what it describes, on disk, and read backwards to undo it.

A file begins with a line of JSON. Then follow records, each ended by a zero byte, which no name can hold:

    d DEVICE INODE PATH             what follows is in this directory
    mINODE OLD NEW NAME             a mode, octal
    oINODE MODE UID GID MODE UID GID CAPABILITIES NAME      mode and owner before and after; capabilities in hex, or -
    vINODE KIND BEFORE AFTER NAME   an ACL, an attribute, times or flags (KIND a, x, t, f), see held_values
    rINODE NAME/ORIGIN              an entry that was at the path /ORIGIN
    tINODE NAME/ORIGIN              an entry in the trash that was at the path /ORIGIN
    uINODE KIND MTIME NAME          an entry that was made, and its time; -1 for a directory that was made for another
    cINODE NAME                     a copy
    e NANOSECONDS                   the change came to its end then

Records reach the kernel before the change that they describe is made, so they survive the end of this program, however
it comes; fdatasync(2) follows at least every second, so that a power cut loses no more of them than that.
"""

from __future__ import annotations

import contextlib
import errno
import json
import mmap
import os
import sys
import time
from collections.abc import Iterator
from operator import itemgetter

from osexplorer.model.display import display
from osexplorer.model.errors import Refused, call_error
from osexplorer.model.recursive import Journal
from osexplorer.places import state_directory

_KEEP = 300
_KEEP_BYTES = 512 << 20
_SYNC_SECONDS = 1.0
_SYNC_BYTES = 8 << 20
_SUFFIX = ".journal"
_RECORDS = frozenset((b"m", b"o", b"v", b"r", b"t", b"u", b"c"))
_NO_JOURNAL = (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError)
_LETTER = itemgetter(slice(1))
_COARSE = 5  # CLOCK_REALTIME_COARSE of linux/time.h, which Python does not name


def _directory() -> str:
    base = state_directory()
    if base is None:
        raise Refused("There is no home directory to keep the journal for undo in; set XDG_STATE_HOME")
    return os.path.join(base, "undo")


class Writer:
    """A journal being written.

    Args:
        title: what the change is; foreign text in it has passed ``display()``.

    Raises:
        Refused: there is no place for it.
        CallError: it cannot be written.
    """

    def __init__(self, title: str) -> None:
        directory = _directory()
        self.began = time.time_ns()
        self.path = os.path.join(directory, f"{self.began}-{os.getpid()}{_SUFFIX}")
        self.records = 0
        try:
            os.makedirs(directory, mode=0o700, exist_ok=True)
            _prune(directory)
            self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._lock()
        except OSError as error:
            hint = "Undo needs it; set XDG_STATE_HOME to a place that can be written"
            raise call_error(error, "os.open", self.path, hint) from error
        self._synced = time.monotonic()
        self._unsynced = 0
        head = {"version": 1, "title": title, "began": self.began}
        self._write(json.dumps(head).encode() + b"\n\0")
        os.fsync(self._fd)
        parent = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)

    def _lock(self) -> None:
        """While this is held, nobody undoes what is being done."""
        import fcntl

        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def add(self, device: int, inode: int, path: str, records: list[str]) -> None:
        """Append what is about to be done in directory `path`.

        Raises:
            CallError: it cannot be written; then the change must not be made.
        """
        self._write(os.fsencode("\0".join((f"d {device} {inode} {path}", *records, ""))))
        self.records += len(records)

    def _write(self, data: bytes) -> None:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._fd, left) :]
            self._unsynced += len(data)
            now = time.monotonic()
            if self._unsynced > _SYNC_BYTES or now - self._synced > _SYNC_SECONDS:
                os.fdatasync(self._fd) if hasattr(os, "fdatasync") else os.fsync(self._fd)
                self._synced, self._unsynced = now, 0
        except OSError as error:
            raise call_error(error, "os.write", self.path) from error

    def close(self) -> str | None:
        """End it; returns its path, or None when nothing is in it, and it is gone again."""
        try:
            if not self.records:
                os.unlink(self.path)
                return None
            self._write(f"e {_end_of_times()}\0".encode())
            os.fsync(self._fd)
        except OSError as error:
            raise call_error(error, "os.fsync", self.path) from error
        finally:
            os.close(self._fd)
        return self.path


def _end_of_times() -> int:
    """A moment that every time stamp of a file until now is at or before, and every later one after.

    The clock that file systems stamp with goes in steps of some milliseconds, see time(7): the next one is waited for.
    """
    now = time.time_ns()
    if sys.platform.startswith("linux"):
        while time.clock_gettime_ns(_COARSE) <= now:
            time.sleep(0.0005)
    return now


def _prune(directory: str) -> None:
    """Remove the oldest, so that the rest stays within bounds."""
    names = sorted((name for name in os.listdir(directory) if _SUFFIX in name), reverse=True)
    total = 0
    for at, name in enumerate(names):
        path = os.path.join(directory, name)
        with contextlib.suppress(FileNotFoundError):
            total += os.stat(path).st_size
            if at >= _KEEP or (at and total > _KEEP_BYTES):
                os.unlink(path)


def journals() -> tuple[Journal, ...]:
    """The changes that can be undone, newest first; empty where there is no place for them."""
    base = state_directory()
    directory = os.path.join(base, "undo") if base is not None else ""
    try:
        names = sorted((name for name in os.listdir(directory) if name.endswith(_SUFFIX)), reverse=True)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return ()
        raise call_error(error, "os.listdir", directory) from error
    found = []
    for name in names:
        path = os.path.join(directory, name)
        with contextlib.suppress(*_NO_JOURNAL), open(path, "rb", opener=_open_at_once) as file:
            head = json.loads(file.readline(1 << 20))
            found.append(Journal(path, str(head["title"]), int(head["began"])))
    return tuple(found)


def _open_at_once(path: str, flags: int) -> int:
    """Open, not waiting for whoever writes into a FIFO that was put in the place of a journal."""
    return os.open(path, flags | os.O_NONBLOCK)


class Section:
    """What was done in one directory, one batch of it.

    Raises:
        Refused: no directory is named: the journal was damaged.
    """

    def __init__(self, head: bytes, records: list[bytes]) -> None:
        try:
            _, device, inode, path = head.split(b" ", 3)
            self.device, self.inode, self.path = int(device), int(inode), os.fsdecode(path)
        except ValueError as error:
            told = display(os.fsdecode(head[:80]))
            raise Refused(f"The journal is damaged here: {told}; what comes before it was not undone") from error
        self.records = records
        """In the order in which it was done."""


class Reader:
    """A journal being undone, locked against a second undo.

    Raises:
        Refused: the change still goes on, or the file is no journal.
        CallError: it cannot be read.
    """

    def __init__(self, path: str) -> None:
        import fcntl

        self.path = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise call_error(error, "os.open", path) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._data = mmap.mmap(self._fd, 0, access=mmap.ACCESS_READ)
        except BlockingIOError:
            os.close(self._fd)
            raise Refused("That change still goes on, or is being undone already") from None
        except (OSError, ValueError) as error:
            os.close(self._fd)
            raise Refused(f"The journal cannot be read: {error}") from error
        self.ended = self._ended()

    def _ended(self) -> int:
        """When the change came to its end; for one that was cut off, when the last record was written."""
        at = self._data.rfind(b"\0e ")
        if at >= 0:
            with contextlib.suppress(ValueError):
                return int(self._data[at + 3 : len(self._data) - 1])
        return os.fstat(self._fd).st_mtime_ns

    def sections(self) -> Iterator[Section]:
        """The sections, last one first; a record that was cut off was not acted on, and is left out."""
        end = self._data.rfind(b"\0") + 1
        while (at := self._data.rfind(b"\0d ", 0, end)) >= 0:
            head, *records = self._data[at + 1 : end - 1].split(b"\0")
            if not _RECORDS.issuperset(map(_LETTER, records)):
                records = [record for record in records if record[:1] in _RECORDS]
            yield Section(head, records)
            end = at + 1

    def close(self, *, undone: bool, refused: bool) -> None:
        """Let go of it. What was undone cannot be undone again: it is removed, or put aside where some was refused."""
        self._data.close()
        try:
            if undone and refused:
                os.rename(self.path, self.path.removesuffix(_SUFFIX) + f"{_SUFFIX}.undone")
            elif undone:
                os.unlink(self.path)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise call_error(error, "os.unlink", self.path) from error
        finally:
            os.close(self._fd)
