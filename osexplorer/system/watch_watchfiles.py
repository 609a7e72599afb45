"""Watching directories by watchfiles, where there is no inotify.

It drops overflows without a word, fails for good at a name that is not UTF-8, and hears nothing more of a directory
that was removed and made again: a failed watcher is built anew with a hint that anything may have changed, and whoever
relies on it checks the directory's times as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from osexplorer.model.watch import Hint, Watching
from osexplorer.system.wanted import Wanted
from osexplorer.system.watch_hints import Changes

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

STEP = 20
"""Milliseconds without another event that end a batch."""

DEBOUNCE = 100
"""Milliseconds after which a batch ends in any case."""

_REST = 0.25
_DELETED, _MODIFIED = 3, 2


class Watcher:
    """Watches directories until one of them must be watched anew.

    Attributes:
        failed: by path, why it is not watched.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.failed = {path: "the path is not UTF-8" for path in paths if not _is_utf8(path)}
        self._notify: RustNotify | None = None
        while live := [path for path in paths if path not in self.failed]:
            try:
                self._notify = _open(live)
                break
            except OSError:
                before = len(self.failed)
                self.failed.update(_failures(live))
                if len(self.failed) == before:
                    self.failed.update(dict.fromkeys(live, "the watcher cannot be started"))
        self._live = [path for path in paths if path not in self.failed]

    def change_to(self, paths: Sequence[str]) -> bool:
        """Watch others from now on; whether that can be done."""
        return False

    def hints(self, wanted: Wanted) -> Iterator[Hint]:
        """Hints, until something else is wanted or the watches must be made anew."""
        from watchfiles._rust_notify import WatchfilesRustInternalError

        if self._notify is None:
            wanted.rest(None)
            return
        while not wanted.is_set():
            try:
                events = self._notify.watch(DEBOUNCE, STEP, 0, wanted)
            except WatchfilesRustInternalError:
                for path in self._live:
                    yield Hint(path, Watching.LIVE, entries=True)
                wanted.rest(_REST)
                return
            if isinstance(events, set):
                yield from _changes(events, self._live).hints()
                if any(change == _DELETED and place in self._live for change, place in events):
                    wanted.rest(_REST)
                    return  # its watch is gone, and another directory may take its place

    def close(self) -> None:
        """End watching."""
        if self._notify is not None:
            self._notify.close()


def _open(paths: list[str]) -> RustNotify:
    from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

    try:
        return RustNotify(paths, False, False, 300, False, False)
    except WatchfilesRustInternalError as error:
        raise OSError(str(error)) from error


def _failures(paths: list[str]) -> dict[str, str]:
    """Try each directory alone."""
    failed = {}
    for path in paths:
        try:
            _open([path]).close()
        except OSError as error:
            failed[path] = str(error).partition(" about [")[0]
    return failed


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _changes(events: set[tuple[int, str]], paths: list[str]) -> Changes:
    changes = Changes()
    for change, place in events:
        parent, name = os.path.split(place)
        if parent in paths:
            changes.add(parent, name, entries=change != _MODIFIED)
        if place in paths:
            if change == _DELETED:
                changes.lost(place)
            else:
                changes.itself(place)
    return changes
