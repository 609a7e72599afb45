"""Modes through bare descriptors, and descriptors closed together, none of anybody else."""

from __future__ import annotations

import os
import random
import stat
import sys
from pathlib import Path

import pytest

from osexplorer.system import descriptors
from osexplorer.system.descriptors import AT_EMPTY_PATH, FCHMODAT2, close_all, mode_setter

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="O_PATH is of Linux")


def open_many(place: Path, count: int) -> list[int]:
    return [os.open(place, os.O_PATH | os.O_CLOEXEC) for _ in range(count)]


def is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def test_only_ours_are_closed_whatever_lies_between(tmp_path: Path) -> None:
    dice = random.Random(5)
    for _ in range(50):
        opened = open_many(tmp_path, 30)
        others = dice.sample(opened, dice.randrange(12))
        ours = [fd for fd in opened if fd not in others]
        dice.shuffle(ours)
        closed = list(ours)
        close_all(ours)
        assert ours == []
        assert all(map(is_open, others))
        assert not any(is_open(fd) for fd in closed)
        close_all(others)
    close_all([])


def test_a_mode_is_set_or_it_is_said_that_it_was_not(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    set_mode = mode_setter()
    if set_mode is descriptors._cannot:
        pytest.skip("needs Linux 6.6")
    file, link = (os.open(tmp_path / name, os.O_PATH | os.O_NOFOLLOW) for name in ("file", "link"))
    assert set_mode(FCHMODAT2, file, b"", 0o4751, AT_EMPTY_PATH) == 0
    assert stat.S_IMODE(os.fstat(file).st_mode) == 0o4751
    assert set_mode(FCHMODAT2, link, b"", 0o700, AT_EMPTY_PATH) == -1
    assert stat.S_IMODE(os.fstat(file).st_mode) == 0o4751
    close_all([file, link])


def test_without_that_call_all_is_as_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from osexplorer.model.mode_change import parse_mode
    from osexplorer.model.recursive import Rules
    from osexplorer.system import recursive, recursive_undo
    from tests.system.test_walk import Notes

    monkeypatch.setattr(recursive, "mode_setter", lambda: descriptors._cannot)
    monkeypatch.setattr(recursive_undo, "mode_setter", lambda: descriptors._cannot)
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(300):
        (tree / f"file{number}").touch(mode=0o644)
    change = parse_mode("go=")
    done = recursive.change(Notes(), (str(tree),), Rules(change, change), "chmod")
    assert (done.changed, done.failed) == (301, 0)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tree.iterdir()} == {0o600}
    assert done.journal is not None
    assert recursive_undo.put_back(Notes(), done.journal).done == 301
    assert {stat.S_IMODE(path.stat().st_mode) for path in tree.iterdir()} == {0o644}
