"""Watching directories, not what is below them, by watchfiles.

watchfiles drops queue overflows without a word, fails for good at a name that is not UTF-8, and hears nothing more of a
directory that was removed and made again. So what comes from here are hints, a failed watcher is built anew with a hint
that anything may have changed, and whoever relies on it checks the directory's times as well.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from osexplorer.model.watch import Hint, Watching
from osexplorer.system.mounts import mount_point, mounts

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

STEP = 20
"""Milliseconds without another event that end a batch."""

DEBOUNCE = 100
"""Milliseconds after which a batch ends in any case."""

MANY = 256
"""More names than this are not told one by one."""

_REST = 0.25
_DELETED, _MODIFIED = 3, 2

# File systems whose changes do not all come through this kernel, or that send no events: see inotify(7).
_SOUNDLESS = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "virtiofs", "vboxsf"),
        *("proc", "sysfs", "cgroup", "cgroup2", "debugfs", "tracefs", "configfs", "securityfs", "pstore", "devpts"),
    )
)


class Wanted:
    """The directories to watch, set by one thread and read by the one that watches."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paths: tuple[str, ...] = ()
        self._serial = 0
        self._seen = 0
        self._closed = False

    def set(self, paths: Iterable[str]) -> None:
        """Watch these and no others. The same again builds the watcher anew."""
        with self._changed:
            self._paths = tuple(paths)
            self._serial += 1
            self._changed.notify_all()

    def close(self) -> None:
        """End watching."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def is_set(self) -> bool:
        """Whether there is something newer than what :meth:`take` gave; watchfiles asks this at every step."""
        return self._closed or self._serial != self._seen

    def take(self) -> tuple[str, ...] | None:
        """The directories, waiting until there are some; None at the end."""
        with self._changed:
            while not self._closed and not self._paths:
                self._seen = self._serial
                self._changed.wait()
            self._seen = self._serial
            return None if self._closed else self._paths

    def rest(self, seconds: float) -> None:
        """Wait a little, unless something newer comes."""
        with self._changed:
            if not self.is_set():
                self._changed.wait(seconds)


def follow(wanted: Wanted) -> Iterator[Hint]:
    """Watch what is wanted until it is closed, and tell of changes."""
    from watchfiles._rust_notify import WatchfilesRustInternalError

    while (paths := wanted.take()) is not None:
        watcher, failed = _open(paths)
        for path in paths:
            reason = failed.get(path, "")
            yield Hint(path, Watching.POLLING if reason else Watching.LIVE, reason)
        if watcher is None:
            while not wanted.is_set():
                wanted.rest(60)
            continue
        live = [path for path in paths if path not in failed]
        with watcher:
            while not wanted.is_set():
                try:
                    events = watcher.watch(DEBOUNCE, STEP, 0, wanted)
                except WatchfilesRustInternalError:
                    for path in live:
                        yield Hint(path, Watching.LIVE, entries=True)
                    wanted.rest(_REST)
                    break
                if isinstance(events, set):
                    yield from _hints(events, live)
                    if any(change == _DELETED and place in live for change, place in events):
                        wanted.rest(_REST)
                        break  # its watch is gone, and another directory may take its place


def _open(paths: tuple[str, ...]) -> tuple[RustNotify | None, dict[str, str]]:
    """A watcher for as many of the directories as can be watched, and why the others cannot."""
    failed = {path: reason for path in paths if (reason := _soundless(path))}
    while live := [path for path in paths if path not in failed]:
        try:
            return _notify(live), failed
        except OSError:
            before = len(failed)
            failed.update(_failures(live))
            if len(failed) == before:
                failed.update(dict.fromkeys(live, "the watcher cannot be started"))
    return None, failed


def _failures(paths: list[str]) -> dict[str, str]:
    """Try each directory alone."""
    failed = {}
    for path in paths:
        try:
            _notify([path]).close()
        except OSError as error:
            failed[path] = str(error).partition(" about [")[0]
    return failed


def _notify(paths: list[str]) -> RustNotify:
    from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

    try:
        return RustNotify(paths, False, False, 300, False, False)
    except WatchfilesRustInternalError as error:  # out of inotify instances, for one
        raise OSError(str(error)) from error


def _soundless(path: str) -> str:
    """Why no events can be relied on here; ``""`` where they can."""
    if not _is_utf8(path):
        return "the path is not UTF-8"
    point = mount_point(os.path.realpath(path))
    kind = next((mount.kind for mount in reversed(mounts()) if mount.point == point), "")
    if kind in _SOUNDLESS or kind.startswith("fuse."):
        return f"{kind} does not tell of all changes"
    return ""


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _hints(events: set[tuple[int, str]], paths: list[str]) -> Iterator[Hint]:
    """One hint a directory, whatever the number of events."""
    names: dict[str, set[str]] = {}
    entries: set[str] = set()
    for change, place in events:
        parent, name = os.path.split(place)
        if parent in paths:
            names.setdefault(parent, set()).add(name)
            if change != _MODIFIED:
                entries.add(parent)
        if place in paths:  # the directory itself: its mode, or it is gone
            names.setdefault(place, set())
            if change == _DELETED:
                entries.add(place)
    for path, about in names.items():
        known = frozenset(about) if 0 < len(about) <= MANY else None
        yield Hint(path, Watching.LIVE, entries=path in entries, names=known)
