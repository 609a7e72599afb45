"""A file of JSON objects, one a line, that several programs append to at the same time, and that stays small.

A line is written by one write(2) under a lock, flock(2). What is cut off (a full disk, a power cut) spoils that line
only: the next one begins on a line of its own. When there are too many, the newest are written to a new file, which
takes the place of the old one, rename(2): at every moment the whole file is there.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from osexplorer.model.display import display
from osexplorer.model.errors import Refused, call_error
from osexplorer.system import calls

Record = Mapping[str, Any]


class JsonLines:
    """The file at `path`, readable by its owner only.

    Args:
        keep: so many of the newest lines are kept at least, a quarter more at most.
        keep_bytes: when the file is larger, fewer.
    """

    def __init__(self, path: str, keep: int, keep_bytes: int) -> None:
        self.path = path
        self.keep, self.keep_bytes = keep, keep_bytes

    def read(self) -> list[dict[str, Any]]:
        """The newest records, oldest first; lines that are none are left out.

        Raises:
            CallError: the file is there and cannot be read.
            Refused: something else is in its place.
        """
        return self._newest_of(self._lines())

    def append(self, records: Iterable[Record]) -> None:
        """Add records at the end.

        Raises:
            CallError: the file cannot be written.
            Refused: something else is in its place.
        """
        data = b"".join(map(encoded, records))
        if not data:
            return
        with self._locked():
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            fd = calls.read(os.open, self.path, flags, 0o600)
            with open(fd, "r+b", buffering=0) as file:
                _need_regular(fd, self.path)
                before = file.read()
                if before and not before.endswith(b"\n"):
                    data = b"\n" + data
                write_all(fd, data, self.path)
            if before.count(b"\n") + data.count(b"\n") > self.keep + self.keep // 4 or (
                len(before) + len(data) > self.keep_bytes
            ):
                self._replace(_newest((before + data).split(b"\n"), self.keep, self.keep_bytes))

    def change(self, edit: Callable[[list[dict[str, Any]]], Iterable[Record]]) -> list[dict[str, Any]]:
        """Replace the records by what `edit` makes of them, and return that.

        Lines that are no records (comments of a person, lines of a later version) stay as they are, before the others.

        Raises:
            CallError: the file cannot be read or written.
            Refused: something else is in its place.
        """
        with self._locked():
            lines = self._lines()
            foreign = [line for line in lines if line and _record(line) is None]
            new = [dict(record) for record in edit(self._newest_of(lines))]
            self._replace([*foreign, *(encoded(record).rstrip(b"\n") for record in new)])
        return new

    def _newest_of(self, lines: Iterable[bytes]) -> list[dict[str, Any]]:
        return [record for line in lines if (record := _record(line)) is not None][-self.keep :]

    def _lines(self) -> list[bytes]:
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:  # as it should be before the first record: nothing to tell
            return []
        except OSError as error:
            raise call_error(error, "os.open", self.path) from error
        try:
            _need_regular(fd, self.path)
            with open(fd, "rb", closefd=False) as file:
                return file.read(4 * self.keep_bytes).split(b"\n")
        except OSError as error:  # a directory is in its place
            raise call_error(error, "os.read", self.path) from error
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        import fcntl

        calls.read(os.makedirs, os.path.dirname(self.path), 0o700, exist_ok=True)
        fd = calls.read(os.open, f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    def _replace(self, lines: Iterable[bytes]) -> None:
        new = f"{self.path}.new"
        fd = calls.read(os.open, new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            write_all(fd, b"".join(line + b"\n" for line in lines), new)
            calls.read(os.fsync, fd)
        finally:
            os.close(fd)
        calls.read(os.replace, new, self.path)


def _need_regular(fd: int, path: str) -> None:
    """A directory is told by the read; a FIFO, a socket or a device has nothing to give back.

    Raises:
        Refused: something else is in the place of the file.
    """
    mode = os.fstat(fd).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise Refused(f"{display(path)} is no regular file, and nothing can be kept in it; move it away")


def encoded(record: Record) -> bytes:
    """A record as a line."""
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def write_all(fd: int, data: bytes, path: str) -> None:
    """Write all of it.

    Raises:
        CallError: not all of it could be written.
    """
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(fd, rest) :]
    except OSError as error:
        raise call_error(error, "os.write", path) from error


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # an empty line, one that was cut off, one that is not ours
        return None
    return record if isinstance(record, dict) else None


def _newest(lines: list[bytes], keep: int, keep_bytes: int) -> list[bytes]:
    """The newest that fit into three quarters of the room, so that it is not full again at once."""
    kept: list[bytes] = []
    room = keep_bytes * 3 // 4
    for line in reversed(lines):
        if _record(line) is None:
            continue
        room -= len(line) + 1
        if len(kept) == keep or room < 0:
            break
        kept.append(line)
    return kept[::-1]
