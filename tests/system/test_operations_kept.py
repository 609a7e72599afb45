"""What copies and moves between file systems keep, what they say they could not, and what their errors are about."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from osexplorer.model.errors import CallError
from osexplorer.model.operations import Clash
from osexplorer.system import copy_file, transfer
from tests.system.test_operations import copy, move, target
from tests.system.test_walk import Notes
from tests.unprivileged import as_nobody, needs_root, open_place  # noqa: F401 - a fixture


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Path]:
    """A file system without attributes and ACLs."""
    mount = tmp_path / "bare"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "ramfs", "ramfs", mount], check=False).returncode:
        pytest.skip("a ramfs cannot be mounted here")
    yield mount
    subprocess.run(["umount", "-l", mount], check=True)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "to").mkdir(parents=True)
    for name in ("a", "c"):
        (place / name).write_text(name)
    os.link(place / "a", place / "b")
    return place


def give_acl(path: Path, *entries: str) -> None:
    if shutil.which("setfacl") is None or subprocess.run(["setfacl", *entries, path], check=False).returncode:
        pytest.skip("needs setfacl, and a file system with ACLs")


@needs_root
@pytest.mark.parametrize("how", [copy, move])
def test_hard_links_among_what_is_chosen_stay_together(place: Path, bare: Path, how: type) -> None:
    assert how(bare, place / "a", place / "c", place / "b").done == 3
    assert os.path.samefile(bare / "a", bare / "b")
    assert (bare / "a").stat().st_nlink == 2


@needs_root
def test_what_could_not_be_kept_is_told_and_lets_nobody_in(place: Path, bare: Path) -> None:
    (place / "c").chmod(0o660)
    give_acl(place / "c", "-m", "u:nobody:rw,g::---")
    os.setxattr(place / "a", "user.note", b"x")
    outcome = move(bare, place / "a", place / "c")
    assert (outcome.done, outcome.failed) == (2, 0)
    assert dict(outcome.lost) == {"attributes": 1, "ACL": 1, "mode": 1}
    assert "without the attributes of 1, the ACL of 1" in outcome.text("moved")
    assert stat.S_IMODE((bare / "c").stat().st_mode) == 0o600  # the group of the file had nothing


def test_an_acl_that_a_directory_hands_down_is_not_one_of_the_copy(place: Path) -> None:
    give_acl(place / "to", "-d", "-m", "u:nobody:rwx")
    (place / "c").chmod(0o660)
    (place / "dir").mkdir()
    (place / "dir" / "x").write_text("")
    outcome = copy(place / "to", place / "c", place / "dir")
    assert outcome.lost == ()
    for name in ("c", "dir", "dir/x"):
        assert os.listxattr(place / "to" / name) == os.listxattr(place / name), name


@needs_root
def test_an_owner_that_cannot_be_given_is_told(open_place: Path) -> None:  # noqa: F811
    (open_place / "file").write_text("x")
    (open_place / "file").chmod(0o644)
    (open_place / "to").mkdir()
    (open_place / "to").chmod(0o777)
    outcome = as_nobody(lambda: copy(open_place / "to", open_place / "file"))
    assert dict(outcome.lost) == {"owner": 1}


@needs_root
@pytest.mark.parametrize("how", [transfer.copy, transfer.move])
@pytest.mark.parametrize("name", ["file", "dir", "pipe", "link"])
def test_what_the_destination_refuses_is_told_of_the_destination(
    open_place: Path,  # noqa: F811
    how: type,
    name: str,
) -> None:
    (open_place / "file").write_text("x")
    (open_place / "dir").mkdir()
    os.mkfifo(open_place / "pipe")
    (open_place / "link").symlink_to("file")
    (open_place / "file").chmod(0o644)
    (open_place / "to").mkdir()
    for path in (open_place, open_place / "dir", open_place / "to"):
        path.chmod(0o777 if path == open_place else 0o755)
    sources = (target(open_place / name),)
    outcome = as_nobody(lambda: how(Notes(), sources, str(open_place / "to"), Clash.SKIP))
    assert outcome.failed == 1
    assert f" {open_place / 'to' / name}: EACCES" in outcome.first


@needs_root
def test_a_full_destination_is_told_of_what_was_written(place: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], check=False).returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        (place / "dir" / "deep").mkdir(parents=True)
        (place / "dir" / "deep" / "big").write_bytes(b"x" * 300_000)
        with pytest.raises(CallError) as caught:
            copy(small, place / "dir")
        assert (caught.value.code, caught.value.path) == ("ENOSPC", str(small / "dir" / "deep" / "big"))
        assert os.listdir(small / "dir" / "deep") == []
    finally:
        subprocess.run(["umount", "-l", small], check=True)


@needs_root
@pytest.mark.parametrize("how", [copy, move])
def test_a_file_that_is_written_to_while_it_is_copied_is_told(
    place: Path, bare: Path, how: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy stays, for a log grows all the time; what is moved to another file system is not deleted."""
    some = copy_file._some

    def written_to(source: int, made: int, at: int, count: int, by_kernel: bool) -> tuple[int, bool]:
        with open(place / "c", "a") as file:
            file.write("more")
        return some(source, made, at, count, by_kernel)

    monkeypatch.setattr(copy_file, "_some", written_to)
    outcome = how(bare, place / "c")
    assert outcome.torn == (str(place / "c"),)
    assert f"{place}/c written to meanwhile: copy again" in outcome.text("copied")
    assert (place / "c").read_text() == "cmore"
    assert (bare / "c").read_text() == "c"
