"""Room for bytes outside of memory: a file without a name, of fixed size, written round and round."""

from __future__ import annotations

import os
import tempfile
import threading

from osexplorer.model.display import display

_DIRECTORY_MODE = 0o700


class SpillFile:
    """Keeps the newest `capacity` bytes. The file is made with the first of them, has no name (open(2), O_TMPFILE, or
    unlinked at once), is readable by its owner only, and is gone when this program is, however that ends.

    Args:
        capacity: bytes.
        directory: where, made itself where it is missing; the directory for temporary files when it cannot be used.
    """

    def __init__(self, capacity: int, directory: str | None = None) -> None:
        self.capacity = capacity
        self.problem = ""
        self._directory = directory
        self._lock = threading.Lock()
        self._fd = -1
        self._end = 0
        self._ended = False

    @property
    def first(self) -> int | None:
        """The position of the oldest byte kept; None when the file cannot be used."""
        return None if self.problem or self._ended else max(self._end - self.capacity, 0)

    def write(self, data: bytes) -> int:
        """Add bytes; their position. What went wrong is in :attr:`problem`."""
        with self._lock:
            position = self._end
            if self.problem or self._ended:
                return position
            try:
                if self._fd < 0:
                    self._fd = _nameless(self._directory)
                view = memoryview(data)
                while view:
                    at = self._end % self.capacity
                    done = os.pwrite(self._fd, view[: self.capacity - at], at)
                    self._end += done
                    view = view[done:]
            except OSError as error:  # a full disk, a limit: told where the output is shown
                self.problem = f"{error.strerror} in {display(self._directory or tempfile.gettempdir())}"
            return position

    def read(self, position: int, size: int) -> bytes | None:
        """Bytes written before; None when they have been written over, or the file is closed."""
        with self._lock:
            if self._fd < 0 or self.first is None or position < self.first:
                return None
            parts: list[bytes] = []
            while size > 0:
                at = position % self.capacity
                try:
                    part = os.pread(self._fd, min(size, self.capacity - at), at)
                except OSError:
                    return None
                if not part:
                    return None
                parts.append(part)
                position += len(part)
                size -= len(part)
            return b"".join(parts)

    def close(self) -> None:
        """Give the room back."""
        with self._lock:
            self._ended = True
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1


def _nameless(directory: str | None) -> int:
    """A new file without a name, open for reading and writing."""
    if directory is not None:
        try:
            os.makedirs(directory, _DIRECTORY_MODE, exist_ok=True)
            return _in(directory)
        except OSError:  # a home that is full, read-only, or not there
            pass
    return _in(tempfile.gettempdir())


def _in(directory: str) -> int:
    temporary = getattr(os, "O_TMPFILE", 0)
    if temporary:
        try:
            return os.open(directory, temporary | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError:  # the file system does not know it
            pass
    fd, path = tempfile.mkstemp(prefix=".osexplorer-", dir=directory)
    os.unlink(path)
    return fd
