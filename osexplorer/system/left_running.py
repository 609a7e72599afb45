"""Which children run, on disk, so that the next start finds those that outlive this program, however it ends.

Each run of the program appends to a file of its own, and holds a lock on it, flock(2), which the kernel takes away with
the process: a file that can be locked is one of a run that is over. Whoever locks it first takes over what is in it.
Nothing is synced to the disk: only a crash of the machine loses what write(2) has accepted, and it ends the children
as well.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from osexplorer.model.child_history import Born
from osexplorer.model.errors import NotFound, Refused, call_error
from osexplorer.system import calls
from osexplorer.system.json_lines import encoded, write_all

_SUFFIX = ".running"
_LARGEST = 64 << 20
_ROOM = 200
"""Ended ones in the file, at most, before it is written anew without them."""

if sys.platform == "linux":

    def born(pid: int) -> Born | None:
        """Which process the number means now; None when there is none."""
        try:
            ticks = _ticks(pid)
        except OSError:
            return None
        return Born(_boot(), pid, ticks)

    def hold(process: Born) -> int:
        """A pidfd of that very process, pidfd_open(2); its owner closes it.

        Raises:
            Gone: it is no more; another one may have its number by now.
            CallError: out of descriptors.
        """
        gone = call_error(ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH)), "os.pidfd_open")
        if process.boot != _boot():
            raise gone
        fd = calls.read(os.pidfd_open, process.pid)
        try:
            if _ticks(process.pid) == process.ticks:  # the number cannot have passed on between: it is held now
                return fd
        except OSError:
            pass
        os.close(fd)
        raise gone

    def _ticks(pid: int) -> int:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.read(fd, 4096)
        finally:
            os.close(fd)
        fields = data[data.rfind(b")") + 2 :].split()  # the name before it may hold anything
        if fields[0] in b"ZX":
            raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
        return int(fields[19])

    def _boot() -> str:
        fd = os.open("/proc/sys/kernel/random/boot_id", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(fd, 64).decode("ascii").strip()
        finally:
            os.close(fd)

else:

    def born(pid: int) -> Born | None:
        """None: nothing here names a process for good, so none can be found again."""
        return None

    def hold(process: Born) -> int:
        """There are no pidfds here.

        Raises:
            Refused: always.
        """
        raise Refused("Children of an earlier run can be held on Linux only")


class Register:
    """The file of this run. Made when the first child is noted, removed when none is left.

    Args:
        directory: where the files of all runs are.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._fd = -1
        self._path = ""
        self._running: dict[str, dict[str, Any]] = {}
        self._ended = 0

    @property
    def running(self) -> list[str]:
        """The keys of those noted and not ended."""
        return list(self._running)

    def add(self, key: str, record: dict[str, Any]) -> None:
        """Note a child, or something else about one.

        Raises:
            CallError: it cannot be written.
        """
        if self._fd < 0:
            self._fd, self._path = self._make()
        self._running[key] = record
        write_all(self._fd, encoded({"key": key, "child": record}), self._path)

    def end(self, key: str) -> None:
        """It has ended.

        Raises:
            CallError: it cannot be written.
        """
        if self._running.pop(key, None) is None:
            return
        self._ended += 1
        if self._ended > _ROOM and self._ended > 4 * len(self._running):
            self._renew()
        else:
            write_all(self._fd, encoded({"key": key}), self._path)

    def close(self) -> None:
        """Let go of the file; it stays while children in it run, for the next start."""
        if self._fd < 0:
            return
        if not self._running:
            with contextlib.suppress(NotFound):
                calls.read(os.unlink, self._path)
        os.close(self._fd)
        self._fd = -1

    def _renew(self) -> None:
        """Write the file anew, without those that have ended."""
        fd, path = self._make()
        write_all(fd, b"".join(encoded({"key": key, "child": child}) for key, child in self._running.items()), path)
        with contextlib.suppress(NotFound):
            calls.read(os.unlink, self._path)
        os.close(self._fd)
        self._fd, self._path, self._ended = fd, path, 0

    def _make(self) -> tuple[int, str]:
        import fcntl

        calls.read(os.makedirs, self._directory, 0o700, exist_ok=True)
        path = os.path.join(self._directory, f"{time.time_ns():x}-{os.getpid()}{_SUFFIX}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        # Under a name that nobody takes over until it is locked.
        hidden = f"{path}.new"
        fd = calls.read(os.open, hidden, flags, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            calls.read(os.rename, hidden, path)
        except BaseException:
            os.close(fd)
            raise
        return fd, path

    def take_over(self) -> dict[str, dict[str, Any]]:
        """What runs that are over have left noted as running, by key; it is noted in the file of this run from now on.

        Raises:
            CallError: the directory or a file cannot be read or written.
        """
        found: dict[str, dict[str, Any]] = {}
        for path, fd in self._left():
            try:
                with open(os.dup(fd), "rb", buffering=0) as file:
                    left = _still(file.read(_LARGEST))
                for key, record in left.items():
                    self.add(key, record)
                with contextlib.suppress(NotFound):
                    calls.read(os.unlink, path)
                found |= left
            finally:
                os.close(fd)
        return found

    def _left(self) -> Iterator[tuple[str, int]]:
        """The files of runs that are over, each open and locked."""
        import fcntl

        try:
            names = sorted(os.listdir(self._directory))
        except FileNotFoundError:  # as it should be at the very first start: nothing to tell
            return
        except OSError as error:
            raise call_error(error, "os.listdir", self._directory) from error
        for name in names:
            path = os.path.join(self._directory, name)
            if not name.endswith(_SUFFIX) or path == self._path:
                continue
            try:
                fd = calls.read(os.open, path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except NotFound:
                continue
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                status = os.stat(path, follow_symlinks=False)
            except (BlockingIOError, FileNotFoundError):  # its run goes on, or another has taken it over
                os.close(fd)
                continue
            if (status.st_dev, status.st_ino) != (os.fstat(fd).st_dev, os.fstat(fd).st_ino):
                os.close(fd)
                continue
            yield path, fd


def _still(data: bytes) -> dict[str, dict[str, Any]]:
    """Which are noted as running at the end of a file."""
    running: dict[str, dict[str, Any]] = {}
    for line in data.split(b"\n"):
        try:
            record = json.loads(line)
            key, child = str(record["key"]), record.get("child")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):  # empty, cut off, not ours
            continue
        if isinstance(child, dict):
            running[key] = child
        else:
            running.pop(key, None)
    return running
