"""Operations where something is mounted, a trash fails, or the working directory is gone: nothing else is touched."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from osexplorer.model.errors import Refused
from osexplorer.model.operations import Clash, Target
from osexplorer.model.status import FileId
from osexplorer.system import placing, removing, transfer, trash
from osexplorer.system.trash import Trashed
from tests.system.test_walk import Notes
from tests.unprivileged import needs_root


def target(path: Path) -> Target:
    status = os.lstat(path)
    return Target(str(path), FileId(status.st_dev, status.st_ino))


@pytest.fixture
def bound(tmp_path: Path) -> Iterator[Path]:
    """A directory with two bind mounts below it, of one directory, reached through a link."""
    real = tmp_path / "real"
    for path in (tmp_path / "precious", real / "mount", real / "tree" / "deep" / "mount"):
        path.mkdir(parents=True)
    (tmp_path / "precious" / "data").write_text("precious")
    (real / "tree" / "ours").write_text("")
    (tmp_path / "link").symlink_to("real")
    points = (real / "mount", real / "tree" / "deep" / "mount")
    for point in points:
        if subprocess.run(["mount", "--bind", tmp_path / "precious", point], check=False).returncode:
            pytest.skip("a directory cannot be bound here")
    yield tmp_path / "link"
    for point in points:
        subprocess.run(["umount", "-l", point], check=True)


@needs_root
def test_a_mount_point_reached_through_a_link_is_not_emptied(bound: Path) -> None:
    for path in (bound / "mount", bound.parent / "real" / "mount"):
        outcome = removing.remove(Notes(), (target(path),))
        assert (outcome.done, outcome.failed) == (0, 1)
        assert "is a mount point: unmount it first" in outcome.first
    assert (bound.parent / "precious" / "data").read_text() == "precious"


@needs_root
def test_what_is_bound_below_a_tree_reached_through_a_link_is_left(bound: Path) -> None:
    notes = Notes()
    outcome = removing.remove(notes, (target(bound / "tree"),))
    assert (outcome.done, outcome.skipped, outcome.failed) == (0, 1, 0)
    assert not (bound / "tree" / "ours").exists()
    assert (bound.parent / "precious" / "data").read_text() == "precious"


@needs_root
def test_the_ids_of_mounts_tell_where_paths_do_not(bound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory above that is renamed meanwhile leaves every path of the table of mounts behind."""
    monkeypatch.setattr("osexplorer.system.walk.mounts", lambda fresh=False: ())
    monkeypatch.setattr("osexplorer.system.removing.mounts", lambda fresh=False: ())
    removing.remove(Notes(), (target(bound / "tree"), target(bound / "mount")))
    assert (bound.parent / "precious" / "data").read_text() == "precious"


@needs_root
def test_a_copy_leaves_out_what_is_bound_below_a_link(bound: Path, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    outcome = transfer.copy(Notes(), (target(bound / "tree"),), str(tmp_path / "to"), Clash.SKIP)
    assert (outcome.done, outcome.skipped) == (1, 1)
    assert not (tmp_path / "to" / "tree" / "deep" / "mount").exists()


@needs_root
def test_a_tree_that_holds_a_mount_is_not_put_into_the_trash(bound: Path) -> None:
    with pytest.raises(Refused, match=r"holds a mount point: unmount .*/real/tree/deep/mount first"):
        trash.put(target(bound / "tree"))
    with pytest.raises(Refused, match="is a mount point"):
        trash.put(target(bound / "mount"))
    assert (bound / "tree" / "ours").exists()


@pytest.mark.parametrize("back", [True, False])
def test_what_is_replaced_survives_a_trash_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: bool
) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "to").mkdir()
    (tmp_path / "from" / "file").write_text("new")
    (tmp_path / "to" / "file").write_text("precious")
    change = placing.exchange
    changes = []

    def fail(target: Target, origin: str | None = None) -> Trashed:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def exchange(*args: object) -> None:
        changes.append(args)
        if len(changes) == 2 and not back:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        change(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(trash, "put", fail)
    monkeypatch.setattr(placing, "exchange", exchange)
    notes = Notes()
    outcome = transfer.copy(notes, (target(tmp_path / "from" / "file"),), str(tmp_path / "to"), Clash.REPLACE)
    assert outcome.failed == 1
    left = {path.name: path.read_text() for path in (tmp_path / "to").iterdir()}
    if back:
        assert left == {"file": "precious"}
    else:
        old = next(name for name in left if name != "file")
        assert (left["file"], left[old]) == ("new", "precious")
        assert old in outcome.first


def test_a_working_directory_that_is_gone_is_in_nobodys_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("here", "to"):
        (tmp_path / name).mkdir()
    (tmp_path / "a").write_text("")
    (tmp_path / "b").write_text("")
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here").rmdir()
    try:
        assert removing.remove(Notes(), (target(tmp_path / "a"),)).done == 1
        assert transfer.move(Notes(), (target(tmp_path / "b"),), str(tmp_path / "to"), Clash.SKIP).done == 1
    finally:
        os.chdir(tmp_path)
