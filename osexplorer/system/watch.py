"""Watching directories, not what is below them. What comes from here are hints: what is there is what a scan finds.

On Linux by inotify(7) itself, for watchfiles drops overflows and ends at names that are not UTF-8; elsewhere by
watchfiles.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from osexplorer.model.watch import Hint, Watching
from osexplorer.system.mounts import is_remote, mount_point, mounts
from osexplorer.system.wanted import Wanted

_SOUNDLESS = frozenset(
    ("proc", "sysfs", "cgroup", "cgroup2", "debugfs", "tracefs", "configfs", "securityfs", "pstore", "devpts")
)
"""File systems that the kernel makes up, which send no events; see inotify(7)."""


def follow(wanted: Wanted) -> Iterator[Hint]:
    """Watch what is wanted until it is closed, and tell of changes."""
    wanted.open()
    try:
        while (paths := wanted.take()) is not None:
            yield from _follow(paths, wanted)
    finally:
        wanted.end()


def _follow(paths: tuple[str, ...], wanted: Wanted) -> Iterator[Hint]:
    """Follow these, and others that are wanted later, as long as the watcher need not be built anew."""
    reasons = {path: _soundless(path) for path in paths}
    if sys.platform == "linux":
        from osexplorer.system.watch_inotify import Watcher  # here, in a thread: with ctypes it takes 5 ms
    else:
        from osexplorer.system.watch_watchfiles import Watcher
    watcher = Watcher([path for path in paths if not reasons[path]])
    new: Iterable[str] = paths
    try:
        while True:
            for path in new:
                reason = reasons[path] or watcher.failed.get(path, "")
                yield Hint(path, Watching.POLLING if reason else Watching.LIVE, reason)
            yield from watcher.hints(wanted)
            following = wanted.take_others(paths)
            if following is None:
                return
            new = [path for path in following if path not in reasons]
            reasons = {path: reasons[path] if path in reasons else _soundless(path) for path in following}
            paths = following
            if not watcher.change_to([path for path in paths if not reasons[path]]):
                wanted.again()
                return
    finally:
        watcher.close()


def _soundless(path: str) -> str:
    """Why no events can be relied on here; ``""`` where they can. A place that is soundless by its name is not
    touched: it may not answer."""
    return _of_mount(mount_point(path)) or _of_mount(mount_point(os.path.realpath(path)))


def _of_mount(point: str) -> str:
    kind = next((mount.kind for mount in reversed(mounts()) if mount.point == point), "")
    if kind in _SOUNDLESS or is_remote(kind):
        return f"{kind} does not tell of all changes"
    return ""
