"""Counting what lies below a directory."""

from __future__ import annotations

import os
import stat
import time
from array import array
from collections.abc import Callable

from osexplorer.model.entry import Kind, kind_of
from osexplorer.model.errors import OSExplorerError, call_error
from osexplorer.model.measure import Counted, Measurement, UseRow, measurement_text, summed
from osexplorer.model.tasks import Cancelled, Progress
from osexplorer.system import calls
from osexplorer.system.mounts import remote_names
from osexplorer.system.walk import Level, directories

MOST_DIRECTORIES = 200_000
"""Directories that are told apart; what lies deeper counts for the one above."""

MOST_FILES = 1000
"""Files of one directory that are told apart when its entries are listed."""

INTERVAL = 0.2
"""Seconds between two states that are told while counting."""

_BLOCK = 512  # st_blocks is in these, whatever the file system's own block, stat(2)


class _Count:
    """Counts directory by directory, and passes on to the task what cannot be read."""

    def __init__(self, root: str, progress: Progress) -> None:
        self.root, self._progress = root.rstrip("/") or "/", progress
        self.index: dict[str, int] = {}
        self.parents: array[int] = array("q")
        self.size: array[int] = array("q")
        self.allocated: array[int] = array("q")
        self.entries: array[int] = array("q")
        self.mtimes: array[int] = array("q")
        self.partial = bytearray()
        self.files = self.directories = self.others = 0
        self._own = 0
        self._seen: set[tuple[int, int]] = set()

    # -- what the walk reports

    def checkpoint(self) -> None:
        self._progress.checkpoint()

    def advance(self, done: int = 1, current: str | None = None) -> None:
        self._progress.advance(done, current)

    def expect(self, total: int) -> None:
        self._progress.expect(total)

    def say(self, result: str) -> None:
        self._progress.say(result)

    def skip(self, path: str, reason: str = "") -> None:
        self._progress.skip(path, reason)

    def fail(self, path: str, error: OSExplorerError) -> None:
        self._progress.fail(path, error)
        at = self._place(path)
        self.partial[at] = 1
        if path not in self.index:
            try:
                self.allocated[at] += os.lstat(path).st_blocks * _BLOCK
            except OSError:  # it is gone, or too deep for a path
                return

    # -- counting

    def _place(self, path: str) -> int:
        """Where the directory, or the nearest one above it that is told apart, stands."""
        while (at := self.index.get(path)) is None:
            path = os.path.dirname(path)
        return at

    def _enter(self, level: Level) -> int:
        status = os.fstat(level.fd)
        blocks = status.st_blocks * _BLOCK
        if not self.index:
            self._own, above = blocks, 0
        else:
            above = self._place(os.path.dirname(level.path))
            if len(self.index) >= MOST_DIRECTORIES:
                self.allocated[above] += blocks
                return above
        at = self.index[level.path.rstrip("/") or "/"] = len(self.parents)
        self.parents.append(above)
        self.size.append(0)
        self.allocated.append(blocks)
        self.entries.append(0)
        self.mtimes.append(status.st_mtime_ns)
        self.partial.append(0)
        return at

    def read(self, level: Level) -> None:
        """Count the entries of a directory. The loop does only what every file needs."""
        at, todo = self._enter(level), level.todo
        regular, is_regular, seen = 0, stat.S_ISREG, self._seen
        size = blocks = count = 0
        try:
            with os.scandir(level.fd) as entries:
                for entry in entries:
                    count += 1
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.name)
                        continue
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except OSError as error:  # it is gone again, mostly
                        path = os.path.join(level.path, entry.name)
                        self.fail(path, call_error(error, "os.lstat", path))
                        count -= 1
                        continue
                    mode = status.st_mode
                    if is_regular(mode):
                        regular += 1
                    if status.st_nlink > 1:
                        identity = status.st_dev, status.st_ino
                        if identity in seen:
                            continue
                        seen.add(identity)
                    blocks += status.st_blocks
                    if is_regular(mode):
                        size += status.st_size
                    if not count & 0xFFF:
                        self.checkpoint()
        except OSError as error:
            self.fail(level.path, call_error(error, "os.scandir", level.path))
        self.size[at] += size
        self.allocated[at] += blocks * _BLOCK
        self.entries[at] += count
        self.files += regular
        self.directories += len(todo)
        self.others += count - regular - len(todo)
        self.advance(count, level.path)

    @property
    def measurement(self) -> Measurement:
        """What was counted up to now."""
        counts = self.files, self.directories, self.others
        return Measurement(*counts, sum(self.size), sum(self.allocated) - self._own)

    def counted(self, complete: bool) -> Counted:
        """What was counted up to now, for each directory with all below it."""
        totals = summed(self.parents, self.size, self.allocated, self.entries, self.partial)
        return Counted(
            self.root, self.index, *totals, self.mtimes[: len(totals[0])], self.measurement, time.time_ns(), complete
        )


def measure(
    progress: Progress,
    root: str,
    cross_mounts: bool = False,
    tell: Callable[[Counted], None] = lambda counted: None,
) -> Counted:
    """Count entries and bytes below `root`.

    Args:
        tell: called now and then with what is known; what is counted then is marked as partial.

    Raises:
        CallError: `root` cannot be opened; anything below that cannot be read is reported to `progress`.
        Cancelled: the task was cancelled.
    """
    started, begin = time.time_ns(), time.perf_counter_ns()
    count = _Count(root, progress)
    due = time.monotonic() + INTERVAL
    for level in directories(count.root, count, cross_mounts=cross_mounts):
        count.read(level)
        if (now := time.monotonic()) >= due:
            tell(count.counted(complete=False))
            progress.say(measurement_text(count.measurement))
            after = time.monotonic()
            due = after + max(INTERVAL, 10 * (after - now))
    counted = count.counted(complete=True)
    tell(counted)
    calls.record(
        "os.walk",
        root,
        started=started,
        duration=time.perf_counter_ns() - begin,
        note=f"by descriptors: {counted.measurement.directories + 1} directories, "
        f"{counted.measurement.entries} entries examined",
    )
    return counted


def changed_directory(counted: Counted, cancelled: Callable[[], bool] = lambda: False) -> bool:
    """Whether entries came, went or were renamed since, in any directory that was counted."""
    for path, at in counted.index.items():
        if cancelled():
            return False
        try:
            if os.lstat(path).st_mtime_ns != counted.mtimes[at]:
                return True
        except OSError:
            return True
    return False


def recounted(counted: Counted, cancelled: Callable[[], bool] = lambda: False) -> Counted | None:
    """The same counted again; None where it is what it was. That a file has grown, nothing else tells.

    Raises:
        CallError: the directory cannot be opened any more.
    """
    count = _Count(counted.root, _Unseen(cancelled))
    try:
        for level in directories(counted.root, count):
            count.read(level)
    except Cancelled:
        return None
    now = count.counted(complete=True)
    return None if _figures(now) == _figures(counted) else now


def _figures(counted: Counted) -> tuple[object, ...]:
    return counted.index, counted.size, counted.allocated, counted.entries, counted.mtimes, counted.partial


class _Unseen:
    """The progress of what nobody follows; what cannot be read was told when it was counted first."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled

    def checkpoint(self) -> None:
        if self._cancelled():
            raise Cancelled

    def advance(self, done: int = 1, current: str | None = None) -> None:
        return

    def expect(self, total: int) -> None:
        return

    def say(self, result: str) -> None:
        return

    def skip(self, path: str, reason: str = "") -> None:
        return

    def fail(self, path: str, error: OSExplorerError) -> None:
        return


def rows(path: str, counted: Counted) -> list[UseRow]:
    """The entries of directory `path` with what each takes, a directory with all below it; of very many files the
    largest, and one row for the others.

    Raises:
        CallError: it cannot be read (os.scandir).
    """
    found: list[UseRow] = []
    files: list[UseRow] = []
    apart = remote_names(path)
    for name in calls.read(os.listdir, path):
        place = os.path.join(path, name)
        if name in apart:  # it may not answer, and was left out
            found.append(UseRow(name, Kind.DIRECTORY, 0, 0, 0, True))
            continue
        try:
            status = os.lstat(place)
        except OSError:  # it is gone again
            continue
        kind, blocks = kind_of(status.st_mode), status.st_blocks * _BLOCK
        if kind is not Kind.DIRECTORY:
            files.append(UseRow(name, kind, status.st_size, blocks, 0))
        elif (use := counted.use(place)) is not None:
            found.append(UseRow(name, kind, use.size, use.allocated, use.entries, use.partial))
        else:
            found.append(UseRow(name, kind, 0, blocks, 0, True))
    files.sort(key=lambda row: row.allocated, reverse=True)
    rest = files[MOST_FILES:]
    if rest:
        size, allocated = sum(row.size for row in rest), sum(row.allocated for row in rest)
        found.append(UseRow("", Kind.FILE, size, allocated, len(rest)))
    return [*found, *files[:MOST_FILES]]
