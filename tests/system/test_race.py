"""While a tree is changed, and changed back, others put links to what is outside in the place of its entries: nothing
outside is ever touched.

Two minutes in all where ``CI`` is true, five seconds elsewhere; ``RACE_SECONDS`` in the environment says otherwise.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import random
import signal
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from osexplorer.model.acl_change import parse_acl_change
from osexplorer.model.mode_change import parse_mode
from osexplorer.model.owner import Owner
from osexplorer.model.recursive import Rules
from osexplorer.model.times import NewTimes
from osexplorer.model.tree_values import Attribute, ValueRules
from osexplorer.system.acl import steps_of
from osexplorer.system.recursive import change
from osexplorer.system.recursive_undo import put_back
from osexplorer.system.recursive_values import change as change_values
from tests.system.test_walk import Notes
from tests.unprivileged import NOBODY

_ALL = float(os.environ.get("RACE_SECONDS") or (120 if os.environ.get("CI", "") in ("true", "1") else 5))
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


def facts(outside: Path) -> dict[str, tuple[int, ...]]:
    """All that a change leaves behind, the time of the last change of the inode above all."""
    found = {}
    for path in (outside, *sorted(outside.rglob("*"))):
        status = path.lstat()
        found[str(path)] = (status.st_mode, status.st_uid, status.st_gid, status.st_ino, status.st_ctime_ns)
    return found


def exchange(one: str, other: str) -> None:
    """Two names change places at once, so that neither is ever missing."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), one)


def swap_for_ever(root: str, links: list[str], count: mmap.mmap, seed: int) -> None:
    dice = random.Random(seed)
    entries = [os.path.join(place, name) for place, directories, files in os.walk(root) for name in directories + files]
    mine = entries[seed::2]
    turns = 0
    while True:
        entry, link = dice.choice(mine), links[seed * len(links) // 2 + dice.randrange(len(links) // 2)]
        try:
            exchange(entry, link)
            exchange(entry, link)
        except OSError:  # a directory above has been swapped by the other one, or cannot be entered just now
            continue
        turns += 1
        struct.pack_into("Q", count, 8 * seed, turns)


@contextmanager
def swapping(root: Path, outside: Path) -> Iterator[mmap.mmap]:
    """Two processes that swap; how often each did stands in what is given."""
    aside = root.parent / "aside"
    aside.mkdir()
    links = []
    for number in range(8):
        links.append(str(aside / f"link{number}"))
        os.symlink(outside if number % 2 else outside / "file", links[-1])
    count = mmap.mmap(-1, 16)
    children = []
    for seed in range(2):
        pid = os.fork()
        if pid == 0:
            try:
                swap_for_ever(str(root), links, count, seed)
            finally:
                os._exit(1)
        children.append(pid)
    try:
        yield count
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


@pytest.fixture
def yielding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the others run just before an entry is opened: between the look at its name and that is where they win."""
    real = os.open

    def opened(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is not None:
            time.sleep(0.00001)
        return real(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", opened)


@pytest.mark.usefixtures("yielding")
@pytest.mark.parametrize("what", ["modes", "owners", "values"])
def test_no_file_outside_is_touched(tmp_path: Path, what: str) -> None:
    if what == "owners" and os.geteuid():
        pytest.skip("needs root to change owners")
    root, outside = tmp_path / "tree", tmp_path / "outside"
    (outside / "below").mkdir(parents=True)
    for name in ("file", "below/file"):
        (outside / name).write_text("")
    for number in range(60):
        (root / f"directory{number}" / "inner").mkdir(parents=True)
        # no name is one that stands outside, or the swapping itself would go there through its links
        for name in (f"entry{number}", f"directory{number}/entry", f"directory{number}/inner/entry"):
            (root / name).write_text("")
    before = facts(outside)
    turns = changed = undone = 0
    with swapping(root, outside) as count:
        end = time.monotonic() + _ALL / 3
        while time.monotonic() < end or turns < 4:
            if what == "values":
                done = change_values(Notes(), (str(root),), _values(turns), "race")
            else:
                done = change(Notes(), (str(root),), _rules(what == "owners", turns), "race")
            changed += done.changed
            if turns % 3 == 0 and done.journal is not None:
                undone += put_back(Notes(), done.journal).done
            turns += 1
            assert facts(outside) == before
        swaps = struct.unpack_from("2Q", count)
    assert facts(outside) == before
    assert changed > 100
    assert undone > 50
    assert min(swaps) > 10


def _rules(owners: bool, turn: int) -> Rules:
    if owners:
        return Rules(owner=Owner(NOBODY if turn % 2 else 0, turn % 3))
    mode = parse_mode(("a=rwx", "700", "u=rwx,go=rX", "a-x,u+x")[turn % 4])
    return Rules(mode, mode)


def _values(turn: int) -> ValueRules:
    if turn % 2:
        return ValueRules(times=NewTimes(mtime=turn * 10**15), flags_on=0x40 if turn % 4 == 1 else 0)
    return ValueRules(
        steps_of(parse_acl_change(f"u:{NOBODY}:{turn % 8}")), attribute=Attribute("user.turn", b"%d" % turn)
    )
