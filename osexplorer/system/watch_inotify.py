"""Watching directories by inotify(7). Its faults: the queue may overflow, which it tells; a watch goes with the inode,
so a directory that is removed, renamed or unmounted must be watched anew by its path; and watches are limited."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence

from osexplorer.model.watch import Hint
from osexplorer.system import inotify
from osexplorer.system.inotify import Event, Inotify
from osexplorer.system.readiness import readable
from osexplorer.system.wanted import Wanted
from osexplorer.system.watch_hints import Changes

PAUSE = 0.05
"""Seconds between two batches: the first event is told at once, those that follow together."""

RETRY = 10.0
"""Seconds after which it is tried again to watch what could not be for a limit."""

_REST = 0.25

_ENTRIES = inotify.CREATE | inotify.DELETE | inotify.MOVED_FROM | inotify.MOVED_TO
_ITSELF = inotify.DELETE_SELF | inotify.MOVE_SELF | inotify.UNMOUNT | inotify.IGNORED
# Not OPEN, ACCESS and CLOSE_NOWRITE: our own reading would fill the queue.
_MASK = (
    _ENTRIES
    | inotify.MODIFY
    | inotify.ATTRIB
    | inotify.CLOSE_WRITE
    | inotify.DELETE_SELF
    | inotify.MOVE_SELF
    | inotify.ONLYDIR
    | inotify.EXCL_UNLINK
)
_LIMITS = {
    errno.EMFILE: "no inotify instance is left: fs.inotify.max_user_instances",
    errno.ENOSPC: "no watch is left: fs.inotify.max_user_watches",
}


class Watcher:
    """Watches directories until one of them must be watched anew.

    Attributes:
        failed: by path, why it is not watched.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.failed: dict[str, str] = {}
        self._paths: dict[int, list[str]] = {}
        self._limited = False
        self._inotify: Inotify | None = None
        self._add(paths)

    def change_to(self, paths: Sequence[str]) -> bool:
        """Watch others from now on, and those that stay without a gap; whether that can be done."""
        if self._limited:
            return False
        wanted = set(paths)
        for watch, watched in list(self._paths.items()):
            watched[:] = [path for path in watched if path in wanted]
            if not watched and self._inotify is not None:
                del self._paths[watch]
                self._inotify.remove(watch)
        self.failed = {path: reason for path, reason in self.failed.items() if path in wanted}
        known = {path for watched in self._paths.values() for path in watched} | self.failed.keys()
        self._add([path for path in paths if path not in known])
        return True

    def _add(self, paths: Sequence[str]) -> None:
        if not paths:
            return
        try:
            if self._inotify is None:
                self._inotify = Inotify()
        except OSError as error:
            self._fail(paths, error)
            return
        for path in paths:
            try:
                self._paths.setdefault(self._inotify.add(path, _MASK), []).append(path)
            except OSError as error:
                self._fail([path], error)

    def _fail(self, paths: Sequence[str], error: OSError) -> None:
        self._limited = self._limited or error.errno in _LIMITS
        reason = _LIMITS.get(error.errno or 0) or error.strerror or str(error)
        self.failed.update(dict.fromkeys(paths, reason))

    def hints(self, wanted: Wanted) -> Iterator[Hint]:
        """Hints, until something else is wanted or the watches must be made anew."""
        while not wanted.is_set():
            if not self._wait(wanted):
                return
            changes = Changes()
            anew = self._drain(changes)
            yield from changes.hints()
            if anew:
                wanted.rest(_REST)
                return
            wanted.rest(PAUSE)

    def _wait(self, wanted: Wanted) -> bool:
        """Wait for events; whether these watches are still good."""
        patience = RETRY if self._limited else None
        if self._inotify is None:
            wanted.rest(patience)
            return False
        return readable(patience, self._inotify.fd, wanted.wake_fd)

    def _drain(self, changes: Changes) -> bool:
        """Take what has happened; whether a directory must be watched anew."""
        assert self._inotify is not None
        anew = False
        while events := self._inotify.read():
            for event in events:
                anew = self._take(event, changes) or anew
            if anew or changes.is_large:
                break
        return anew

    def _take(self, event: Event, changes: Changes) -> bool:
        if event.mask & inotify.OVERFLOW:
            for paths in self._paths.values():
                for path in paths:
                    changes.lost(path)
            return False
        gone = bool(event.mask & _ITSELF) and event.watch in self._paths
        for path in self._paths.get(event.watch, ()):
            if gone:
                changes.lost(path)
            elif event.name:
                changes.add(path, event.name, entries=bool(event.mask & _ENTRIES))
            else:
                changes.itself(path)
        return gone

    def close(self) -> None:
        """End watching."""
        if self._inotify is not None:
            self._inotify.close()
