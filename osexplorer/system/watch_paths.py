"""What files look like now, to be compared with how they looked before: for running things again when they change."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from typing import NamedTuple

MOST = 10_000
"""Files looked at, at most."""

Mark = tuple[int, int, int, int]
"""Device, inode, size and time of change of the content: all four the same means the same content."""


class Seen(NamedTuple):
    """How things are at one moment."""

    marks: dict[str, Mark]
    """By path."""
    directories: tuple[str, ...]
    """Those whose events tell of a change of any of them."""
    whole: bool
    """Whether all was looked at; not so where there are more than :data:`MOST`."""


def look(paths: Sequence[str]) -> Seen:
    """Look at these files, and at all below these directories, without following symbolic links below them.

    What begins with a dot is left out below a directory: version control and editors write there all the time. What
    is missing or closed has no mark; when it comes, that is a change.
    """
    marks: dict[str, Mark] = {}
    directories: dict[str, None] = {}
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            directories.setdefault(os.path.dirname(path))
            continue
        if stat.S_ISDIR(status.st_mode):
            _walk(path, marks, directories)
        else:
            directories.setdefault(os.path.dirname(path))
            marks[path] = _mark(status)
    return Seen(marks, tuple(directories), len(marks) < MOST)


def _walk(top: str, marks: dict[str, Mark], directories: dict[str, None]) -> None:
    left = [top]
    while left and len(marks) < MOST and len(directories) < MOST:
        directory = left.pop()
        directories.setdefault(directory)
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                        continue
                    with contextlib.suppress(FileNotFoundError):  # gone since it was listed
                        marks[entry.path] = _mark(entry.stat(follow_symlinks=False))
                    if len(marks) >= MOST:
                        return
        except OSError:  # gone, or closed to us: what was seen in it counts as gone
            continue


def _mark(status: os.stat_result) -> Mark:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def changes(before: Seen, now: Seen) -> list[str]:
    """The paths that came, went or changed, in order."""
    return sorted(
        path for path in before.marks.keys() | now.marks.keys() if before.marks.get(path) != now.marks.get(path)
    )
