"""A change of a tree under which the ground gives way: what cannot be changed is named, the rest is done and undone."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from osexplorer.model.mode_change import parse_mode
from osexplorer.model.recursive import Rules
from osexplorer.system.recursive import change
from osexplorer.system.recursive_undo import put_back
from tests.system.oracle import Cannot, in_child, mount, own_mounts
from tests.system.test_walk import Notes
from tests.unprivileged import needs_root

PRIVATE = Rules(parse_mode("go="), parse_mode("go="))
FILES = 400


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(FILES):
        (tree / f"file{number}").touch(mode=0o644)
    return tree


def modes(tree: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in tree.iterdir()}


class Once:
    """Does something at one of the checkpoints."""

    def __init__(self, at: int, work: object) -> None:
        self.left, self.work = at, work

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            assert callable(self.work)
            self.work()


@needs_root
def test_a_file_system_that_becomes_read_only(tree: Path) -> None:
    def work() -> str:
        own_mounts()
        mount("--bind", str(tree), str(tree))
        notes = Notes(Once(3, lambda: mount("-o", "remount,bind,ro", str(tree))))
        done = change(notes, (str(tree),), PRIVATE, "test")
        now = list(modes(tree).values())
        mount("-o", "remount,bind,rw", str(tree))
        assert done.journal is not None
        undone = put_back(Notes(), done.journal)
        named = sum("EROFS" in reason for _, reason in notes.failures)
        return json.dumps([done.changed, done.failed, named, now.count(0o600), undone.done, undone.already])

    try:
        changed, failed, named, private, undone, already = json.loads(in_child(work))
    except Cannot as cannot:
        pytest.skip(str(cannot))
    assert 0 < changed < FILES
    assert changed + failed == FILES + 1
    assert failed == named
    assert private == changed  # the directory itself comes last, and fails too
    assert (undone, already) == (changed, failed)
    assert {*modes(tree).values()} == {0o644}


def test_files_that_vanish_and_files_that_are_replaced(tree: Path) -> None:
    def meddle() -> None:
        left = [path for path in tree.iterdir() if stat.S_IMODE(path.stat().st_mode) == 0o644]
        for path in left[:100]:
            path.unlink()
        for path in left[100:110]:
            path.unlink()
            path.symlink_to("/etc/passwd")

    notes = Notes(Once(3, meddle))
    before = os.stat("/etc/passwd")
    done = change(notes, (str(tree),), PRIVATE, "test")
    after = os.stat("/etc/passwd")
    assert (before.st_mode, before.st_ctime_ns) == (after.st_mode, after.st_ctime_ns)
    gone = {path for path, reason in notes.failures if "ENOENT" in reason}
    assert len(gone) == len(notes.failures) == done.failed
    assert not any(os.path.lexists(path) for path in gone)
    assert {mode for name, mode in modes(tree).items() if not (tree / name).is_symlink()} == {0o600}
    assert done.journal is not None
    undone = put_back(Notes(), done.journal)
    assert undone.failed == 0
    assert undone.done + undone.refused == done.changed


_REFUSED = """
import sys
from osexplorer.system import descriptors, recursive
recursive.mode_setter = lambda: descriptors._cannot
from osexplorer.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("code", ["EOPNOTSUPP", "EPERM", "EIO"])
def test_a_file_system_that_refuses_some(tree: Path, code: str) -> None:
    inject = ["strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=fchmodat"]
    inject += ["-e", f"inject=fchmodat:error={code}:when=50..59"]
    command = [*inject, sys.executable, "-c", _REFUSED, "chmod", "-R", "--json", "go=", str(tree)]
    done = subprocess.run(command, capture_output=True, text=True)
    if "ptrace" in done.stderr:
        pytest.skip("may not trace here")
    assert done.returncode == 1, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["changed"], shown["failed"]) == (FILES + 1 - 10, 10)
    name = errno.errorcode[getattr(errno, code)]
    assert all(name in failure["reason"] for failure in shown["failures"])
    assert sorted(modes(tree).values()) == [0o600] * (FILES - 10) + [0o644] * 10
    back = subprocess.run([sys.executable, "-m", "osexplorer", "undo"], capture_output=True, text=True)
    assert back.returncode == 0, back.stderr
    assert "10 were as before already" in back.stdout
    assert {*modes(tree).values()} == {0o644}
