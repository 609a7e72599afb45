"""Directories with very many files, made once a run."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from itertools import count
from math import gcd
from typing import Self

_STRIDE = 7919
_BYTES_A_FILE = 1500
"""Memory that an empty file takes where files lie in memory, and more."""

_DIRECTORIES = 100
"""Of a deep tree one for so many files."""


def name_of(number: int) -> str:
    """Of the file that comes as so many'th in order, beginning with 0."""
    return f"file{number:07d}.txt"


class Large:
    """Makes them when they are asked for, and removes them at the end.

    Args:
        entries: files in each.
        place: where to make them; where None, in memory, if there is room, for on a disk it takes minutes.
        keep: leave them for the next run, and use those that the last one left there.
    """

    def __init__(self, entries: int, place: str | None = None, *, keep: bool = False) -> None:
        self.entries = entries
        self._root = ""
        self._place = _roomy_place(entries) if place is None else place
        self._keep = keep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._root and not self._keep:
            shutil.rmtree(self._root)

    def flat(self, part: int = 1) -> str:
        """All in one directory, with numbers for names, in an order that is not theirs; or one of so many parts."""
        place = f"{self._made()}/flat{part}"
        return _whole(place, lambda: _make_flat(place, self.entries // part))

    def restless(self, part: int) -> str:
        """As :meth:`flat`, for who changes it: made anew each time."""
        place = f"{self._made()}/restless"
        shutil.rmtree(place, ignore_errors=True)
        _make_flat(place, self.entries // part)
        return place

    def deep(self) -> str:
        """A hundredth of them in each directory, a hundred directories in one."""
        place = f"{self._made()}/deep"
        return _whole(place, lambda: _make_deep(place, self.entries))

    def _made(self) -> str:
        if not self._root and self._keep:
            self._root = f"{self._place or tempfile.gettempdir()}/bench-{self.entries}"
            os.makedirs(self._root, exist_ok=True)
        self._root = self._root or tempfile.mkdtemp(prefix="bench-", dir=self._place)
        return self._root


def _whole(place: str, make: Callable[[], None]) -> str:
    """Make it, unless it is there as a whole: one that was given up half-way has no mark beside it."""
    mark = f"{place}.whole"
    if not os.path.exists(mark):
        shutil.rmtree(place, ignore_errors=True)
        make()
        open(mark, "w").close()
    return place


def _make_flat(place: str, entries: int) -> None:
    step = next(step for step in count(_STRIDE) if gcd(step, entries) == 1)
    _fill(place, (at * step % entries for at in range(entries)))


def _make_deep(place: str, entries: int) -> None:
    os.mkdir(place)
    for number in range(max(entries // _DIRECTORIES, 1)):
        above = f"{place}/{number // 100:04}"
        if not number % 100:
            os.mkdir(above)
        below = f"{above}/{number % 100:02}"
        _fill(below, range(_DIRECTORIES))
        with open(f"{below}/{name_of(0)}", "w") as file:  # so that there is something to add up
            file.write("x")


def _fill(place: str, numbers: Iterable[int]) -> None:
    """A new directory with empty files."""
    os.mkdir(place)
    directory = os.open(place, os.O_RDONLY)
    try:
        for number in numbers:
            os.mknod(name_of(number), 0o100644, dir_fd=directory)
    finally:
        os.close(directory)


def _roomy_place(entries: int) -> str | None:
    """A directory in memory with room for so many files twice, or else on the disk; None for the usual place."""
    shm = "/dev/shm"
    if os.access(shm, os.W_OK):
        room = os.statvfs(shm)
        enough = not room.f_files or room.f_favail > 3 * entries
        if enough and room.f_bavail * room.f_frsize > 3 * entries * _BYTES_A_FILE:
            return shm
    return "/var/tmp" if os.access("/var/tmp", os.W_OK) else None
