"""Looking for entries below a directory: no link is followed, errors are collected, what is found is told at once."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import compress
from typing import NamedTuple

from osexplorer.model.entry import EntryStat, Kind, kind_of
from osexplorer.model.errors import CallError, OSExplorerError, Refused, call_error
from osexplorer.model.find import Condition, Found, Query
from osexplorer.model.tasks import KEEP_FAILURES, Failure
from osexplorer.system import calls
from osexplorer.system.files import stat_entries
from osexplorer.system.matching import Matcher
from osexplorer.system.mounts import is_remote, mounts, remote_names
from osexplorer.system.walk import OPEN, Level, directories

INTERVAL = 0.1
"""Seconds between two steps."""

_CHECK = 128
_TOGETHER = 1000


class Step(NamedTuple):
    """What has come up since the last step, and how far it is."""

    found: list[Found]
    directories: int
    """Read so far."""
    entries: int
    """Looked at so far."""
    failures: list[Failure]
    """New ones."""
    skipped: int
    """Mount points left out so far."""
    at: str
    """The directory that is being read."""


class Troubles:
    """Takes what the walk reports."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.count = 0
        self.skipped = 0

    def checkpoint(self) -> None:
        return

    def advance(self, done: int = 1, current: str | None = None) -> None:
        return

    def expect(self, total: int) -> None:
        return

    def say(self, result: str) -> None:
        return

    def skip(self, path: str, reason: str = "") -> None:
        self.skipped += 1

    def fail(self, path: str, error: OSExplorerError) -> None:
        self.count += 1
        if self.count <= KEEP_FAILURES:
            reason = (
                f"{error.code} ({error.strerror}) from {error.call}" if isinstance(error, CallError) else str(error)
            )
            self.failures.append(Failure(path, reason))


def find(root: str, query: Query) -> Iterator[Step]:
    """Entries below `root` that fulfil the query, some at a time, at least every 0.1 s while the system answers.

    Raises:
        Refused: the query names a user or a group that there is not, or a regular expression takes too long.
        CallError: `root` cannot be opened.
    """
    expressions = query.of("expression")
    with Matcher(expressions) if expressions else nullcontext() as matcher:
        troubles = Troubles()
        finder = Finder(query, troubles, matcher)
        yield from steps(root, finder, troubles, query.cross_mounts, f"to find {query.text!r}")


def steps(root: str, finder: Finder, troubles: Troubles, cross_mounts: bool, purpose: str) -> Iterator[Step]:
    """What a finder finds below `root`, some at a time, at least every 0.1 s while the system answers.

    Raises:
        CallError: `root` cannot be opened.
    """
    started, begin = time.time_ns(), time.perf_counter_ns()
    due = time.monotonic() + INTERVAL
    prefix = len(root.rstrip("/")) + 1
    count = 0
    for level in directories(root, troubles, cross_mounts=cross_mounts):
        count += 1
        for _ in finder.read(level, level.path[prefix:]):
            if time.monotonic() >= due:
                yield finder.step(count, level.path)
                due = time.monotonic() + INTERVAL
    yield finder.step(count, "")
    calls.record(
        "os.walk",
        root,
        started=started,
        duration=time.perf_counter_ns() - begin,
        note=f"{purpose}: {count} directories read, {finder.entries} entries looked at",
    )


def look(root: str, paths: Sequence[str]) -> list[EntryStat | CallError]:
    """What lstat says now about entries below `root`, in their order; for each that fails, why."""
    names: dict[str, list[int]] = {}
    for at, path in enumerate(paths):
        names.setdefault(os.path.dirname(path), []).append(at)
    found: dict[int, EntryStat | CallError] = {}
    for directory, places in names.items():
        wanted = [os.path.basename(paths[at]) for at in places]
        try:
            stats = stat_entries(os.path.join(root, directory), wanted)
        except CallError as error:
            stats = [error for _ in places]
        found.update(zip(places, stats, strict=True))
    return [found[at] for at in range(len(paths))]


class Finder:
    """Reads directories and keeps what fulfils the query."""

    def __init__(self, query: Query, troubles: Troubles, matcher: Matcher | None = None) -> None:
        self.entries = 0
        self._troubles = troubles
        self._found: list[Found] = []
        self._names = query.of("name")
        self._paths = query.of("path", "depth")
        self._kinds = query.of("kind")
        self._stats = [_test(one) for one in query.of("stat", "owner", "group")]
        self._looks = query.of("empty", "broken")
        self._now = time.time_ns()
        self._matcher = matcher
        self._some_are_remote = not query.cross_mounts and any(is_remote(mount.kind) for mount in mounts())

    def step(self, directories: int, at: str) -> Step:
        """What has come up since the last one."""
        found, self._found = self._found, []
        failures, self._troubles.failures = self._troubles.failures, []
        return Step(found, directories, self.entries, failures, self._troubles.skipped, at)

    def read(self, level: Level, below: str) -> Iterator[None]:
        """Look at the entries of a directory; yields now and then.

        Args:
            below: its path below the root.
        """
        todo, look = level.todo, self.look
        depth = below.count("/") + 2 if below else 1
        held: list[os.DirEntry[str]] = []  # until their names have been matched
        apart = remote_names(level.path) if self._some_are_remote else ()
        try:
            with os.scandir(level.fd) as entries:
                for entry in entries:
                    self.entries += 1
                    if entry.name in apart:  # not even looked at: it may not answer
                        self._troubles.skip(f"{level.path}/{entry.name}")
                        continue
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            todo.append(entry.name)
                        if self._matcher is None:
                            look(entry, level.fd, below, depth)
                        elif self._is_named(entry.name):
                            held.append(entry)
                            if len(held) >= _TOGETHER:
                                yield from self._matched(held, level, below, depth)
                                held = []
                    except OSError as error:  # it is gone again, mostly
                        self._gone(entry, level, error)
                    if not self.entries % _CHECK:
                        yield
            yield from self._matched(held, level, below, depth)
        except OSError as error:
            self._troubles.fail(level.path, call_error(error, "os.scandir", level.path))
        yield

    def _matched(self, held: list[os.DirEntry[str]], level: Level, below: str, depth: int) -> Iterator[None]:
        """Look at those whose names match."""
        if self._matcher is None or not held:
            return
        for flags in self._matcher.match([entry.name for entry in held]):
            if flags is None:
                yield
                continue
            for entry in compress(held, flags):
                try:
                    self.look(entry, level.fd, below, depth)
                except OSError as error:
                    self._gone(entry, level, error)

    def _gone(self, entry: os.DirEntry[str], level: Level, error: OSError) -> None:
        path = f"{level.path}/{entry.name}"
        self._troubles.fail(path, call_error(error, "os.lstat", path))

    def _is_named(self, name: str) -> bool:
        """Whether the conditions on the name hold that cost nothing."""
        for one in self._names:
            assert one.on_text is not None
            if one.on_text(name) is one.negated:
                return False
        return True

    def look(self, entry: os.DirEntry[str], fd: int, below: str, depth: int) -> None:
        """Keep the entry if every condition holds; those that cost nothing come first."""
        name = entry.name
        if self._names and not self._is_named(name):
            return
        path = f"{below}/{name}" if below else name
        for one in self._paths:
            holds = one.on_number(depth) if one.on_number is not None else one.on_text is not None and one.on_text(path)
            if holds is one.negated:
                return
        status: os.stat_result | None = None
        if self._kinds:
            kind = _quick_kind(entry)
            if kind is None:
                status = entry.stat(follow_symlinks=False)
                kind = kind_of(status.st_mode)
            if any((kind in one.kinds) is one.negated for one in self._kinds):
                return
        if status is None:
            status = entry.stat(follow_symlinks=False)
        for test, negated in self._stats:
            if test(status, self._now) is negated:
                return
        for one in self._looks:
            holds = _is_empty(fd, name, status) if one.stage == "empty" else _is_broken(fd, name, status)
            if holds is one.negated:
                return
        self.keep(path, status)

    def keep(self, path: str, status: os.stat_result, about: str = "") -> None:
        """It is found."""
        self._found.append(found_as(path, status, about))


def found_as(path: str, status: os.stat_result, about: str = "") -> Found:
    """An entry by what lstat(2) says of it."""
    mode, size = status.st_mode, status.st_size
    owner, times = (status.st_uid, status.st_gid), (status.st_mtime_ns, status.st_ctime_ns, status.st_atime_ns)
    return Found(path, kind_of(mode), mode, size, *owner, *times, status.st_nlink, about)


def _quick_kind(entry: os.DirEntry[str]) -> Kind | None:
    """What the directory itself says of the kind of an entry; None where it does not tell."""
    if entry.is_file(follow_symlinks=False):
        return Kind.FILE
    if entry.is_dir(follow_symlinks=False):
        return Kind.DIRECTORY
    return Kind.SYMLINK if entry.is_symlink() else None


def _is_empty(fd: int, name: str, status: os.stat_result) -> bool:
    """Whether a file has no bytes or a directory no entries; nothing else is empty."""
    if stat.S_ISREG(status.st_mode):
        return status.st_size == 0
    if not stat.S_ISDIR(status.st_mode):
        return False
    directory = os.open(name, OPEN, dir_fd=fd)
    try:
        with os.scandir(directory) as entries:
            return next(entries, None) is None
    finally:
        os.close(directory)


def _is_broken(fd: int, name: str, status: os.stat_result) -> bool:
    if not stat.S_ISLNK(status.st_mode):
        return False
    try:
        os.stat(name, dir_fd=fd)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as error:
        if error.errno == errno.ELOOP:
            return True
        raise
    return False


def _test(one: Condition) -> tuple[Callable[[os.stat_result, int], bool], bool]:
    """The test of a condition on lstat(2), and whether it is turned round.

    Raises:
        Refused: there is no such user or group.
    """
    if one.on_stat is not None:
        return one.on_stat, one.negated
    try:
        if one.stage == "owner":
            uid = int(one.who) if one.who.isdecimal() else pwd.getpwnam(one.who).pw_uid
            return lambda status, now: status.st_uid == uid, one.negated
        gid = int(one.who) if one.who.isdecimal() else grp.getgrnam(one.who).gr_gid
    except KeyError:
        raise Refused(f"There is no {'user' if one.stage == 'owner' else 'group'} {one.who!r}") from None
    return lambda status, now: status.st_gid == gid, one.negated
