"""What is made, renamed, copied, moved and removed: nothing is overwritten, nothing is lost, no link leads astray."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from osexplorer.model.errors import CallError, Exists, NoSpace, Refused
from osexplorer.model.operations import Clash, LinkKind, Outcome, Target
from osexplorer.model.status import FileId
from osexplorer.model.tasks import Cancelled
from osexplorer.system import creating, removing, renaming, transfer, trash
from tests.system.test_walk import Notes
from tests.unprivileged import NOBODY, as_nobody, needs_root, open_place  # noqa: F401 - a fixture

REPOSITORY = Path(__file__).parents[2]


def target(path: Path | str) -> Target:
    status = os.lstat(path)
    return Target(str(path), FileId(status.st_dev, status.st_ino))


def copy(to: Path, *sources: Path, clash: Clash = Clash.SKIP, notes: Notes | None = None) -> Outcome:
    return transfer.copy(notes or Notes(), tuple(map(target, sources)), str(to), clash)


def move(to: Path, *sources: Path, clash: Clash = Clash.SKIP, notes: Notes | None = None) -> Outcome:
    return transfer.move(notes or Notes(), tuple(map(target, sources)), str(to), clash)


def contents(root: Path) -> dict[str, object]:
    """Everything below `root` that a copy has to keep, but for times of access and change."""
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        what: object = None
        if stat.S_ISLNK(status.st_mode):
            what = os.readlink(path)
        elif stat.S_ISREG(status.st_mode):
            what = path.read_bytes() if status.st_size < 1 << 20 else status.st_size
        attributes = {name: os.getxattr(path, name, follow_symlinks=False) for name in _attributes(path)}
        time = status.st_mtime_ns
        found[str(path.relative_to(root))] = (status.st_mode, status.st_uid, status.st_gid, time, what, attributes)
    return found


def _attributes(path: Path) -> list[str]:
    try:
        return os.listxattr(path, follow_symlinks=False)
    except OSError:
        return []


def leftovers(place: Path) -> list[str]:
    return [path.name for path in place.rglob(".osexplorer-*")]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "from" / "deep" / "er").mkdir(parents=True)
    (place / "to").mkdir()
    (place / "from" / "a").write_text("a" * 5000)
    (place / "from" / "deep" / "b").write_text("b")
    (place / "from" / "deep" / "er" / "link").symlink_to("../b")
    (place / "from" / "nowhere").symlink_to("gone")
    os.mkfifo(place / "from" / "pipe")
    (place / "from" / os.fsdecode(b"\xff\n\x1b[31m")).write_text("odd")
    (place / "from" / "deep").chmod(0o2755)
    (place / "from" / "a").chmod(0o640)
    for path in place.rglob("*"):
        os.utime(path, ns=(1_600_000_000_123_456_789, 1_500_000_000_987_654_321), follow_symlinks=False)
    return place


@pytest.fixture
def other_device(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a tmpfs")
    mount = tmp_path / "other"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mount], check=False).returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    yield mount
    subprocess.run(["umount", "-l", mount], check=True)


# -- making


def test_a_file_and_a_directory_are_made_and_unmade_with_what_is_above_them(tmp_path: Path) -> None:
    made = creating.make(str(tmp_path / "x" / "y" / "file"), is_directory=False)
    assert (tmp_path / "x" / "y" / "file").read_bytes() == b""
    assert [Path(one.path).name for one in made.parents] == ["x", "y"]
    creating.unmake(made)
    assert list(tmp_path.iterdir()) == []
    creating.unmake(creating.make(str(tmp_path / "d"), is_directory=True))
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_to_or_is_used_by_others_is_not_unmade(tmp_path: Path) -> None:
    made = creating.make(str(tmp_path / "x" / "file"), is_directory=False)
    (tmp_path / "x" / "beside").write_text("")
    (tmp_path / "x" / "file").write_text("mine")
    with pytest.raises(Refused, match="written to"):
        creating.unmake(made)
    (tmp_path / "x" / "file").unlink()
    (tmp_path / "x" / "file").write_text("")
    with pytest.raises(Refused):  # another inode, or written to
        creating.unmake(made)
    assert (tmp_path / "x" / "file").exists()
    directory = creating.make(str(tmp_path / "d"), is_directory=True)
    (tmp_path / "d" / "f").write_text("")
    with pytest.raises(CallError):
        creating.unmake(directory)


def test_nothing_that_is_there_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("file", "dangling"):
        with pytest.raises(Exists):
            creating.make(str(tmp_path / name), is_directory=False)
    with pytest.raises(CallError) as caught:
        creating.make(str(tmp_path / "file" / "below"), is_directory=False)
    assert caught.value.code == "ENOTDIR"
    assert (tmp_path / "file").read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(CallError):  # the name at its end is too long: what was made above it goes again
        creating.make(str(tmp_path / "new" / ("n" * 256)), is_directory=False)
    assert not (tmp_path / "new").exists()


def test_links_of_each_kind(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "via").symlink_to("d")
    relative = creating.link(str(tmp_path / "file"), str(tmp_path / "via" / "r"), LinkKind.RELATIVE)
    assert os.readlink(tmp_path / "d" / "r") == "../file"
    assert (tmp_path / "via" / "r").read_text() == "x"
    creating.link(str(tmp_path / "file"), str(tmp_path / "a"), LinkKind.ABSOLUTE)
    assert os.readlink(tmp_path / "a") == str(tmp_path / "file")
    hard = creating.link(str(tmp_path / "a"), str(tmp_path / "h"), LinkKind.HARD)
    assert os.path.samestat(os.lstat(tmp_path / "a"), os.lstat(tmp_path / "h"))  # the link itself, not what it leads to
    with pytest.raises(Exists):
        creating.link(str(tmp_path / "file"), str(tmp_path / "h"), LinkKind.HARD)
    creating.unmake(hard)
    creating.unmake(relative)
    assert os.readlink(tmp_path / "a") == str(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "x"


# -- renaming


def test_a_rename_overwrites_nothing_not_even_an_empty_directory(tmp_path: Path) -> None:
    for name in ("file", "other"):
        (tmp_path / name).write_text(name)
    for name in ("dir", "empty"):
        (tmp_path / name).mkdir()
    os.link(tmp_path / "file", tmp_path / "twin")
    (tmp_path / "dangling").symlink_to("nowhere")
    for old, new in (("file", "other"), ("file", "dangling"), ("dir", "empty"), ("file", "twin"), ("file", "empty")):
        with pytest.raises(Exists):
            renaming.move(target(tmp_path / old), str(tmp_path / new))
    assert {path.name for path in tmp_path.iterdir()} == {"file", "other", "dir", "empty", "twin", "dangling"}
    renaming.move(target(tmp_path / "dir"), str(tmp_path / "moved"))
    assert (tmp_path / "moved").is_dir()


def test_what_was_replaced_since_it_was_shown_is_not_renamed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("shown")
    shown = target(tmp_path / "file")
    (tmp_path / "new").write_text("another")
    (tmp_path / "new").replace(tmp_path / "file")
    with pytest.raises(Refused, match="replaced"):
        renaming.move(shown, str(tmp_path / "renamed"))
    assert (tmp_path / "file").read_text() == "another"


def test_a_file_system_without_noreplace_is_not_trusted_to_overwrite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renaming, "_function", lambda: None)
    (tmp_path / "file").write_text("file")
    (tmp_path / "other").write_text("other")
    (tmp_path / "dir").mkdir()
    (tmp_path / "empty").mkdir()
    for old, new in (("file", "other"), ("dir", "empty")):
        with pytest.raises(Exists):
            renaming.move(target(tmp_path / old), str(tmp_path / new))
    renaming.move(target(tmp_path / "file"), str(tmp_path / "f"))
    renaming.move(target(tmp_path / "dir"), str(tmp_path / "d"))
    assert {path.name for path in tmp_path.iterdir()} == {"f", "other", "d", "empty"}


# -- copying


def test_a_tree_is_copied_with_all_that_is_kept_about_it(place: Path) -> None:
    os.link(place / "from" / "a", place / "from" / "deep" / "twin")
    with open(place / "from" / "holes", "wb") as file:
        file.truncate(50 << 20)
        file.seek(20 << 20)
        file.write(b"middle")
    with contextlib.suppress(OSError):  # a file system without attributes
        os.setxattr(place / "from" / "a", "user.note", b"kept")
    if os.geteuid() == 0:
        os.chown(place / "from" / "deep" / "b", 1000, 1001)
        os.chmod(place / "from" / "deep" / "b", 0o4755)
    outcome = copy(place / "to", place / "from")
    assert (outcome.done, outcome.failed, outcome.skipped) == (1, 0, 0)
    assert contents(place / "to" / "from") == contents(place / "from")
    made = place / "to" / "from"
    assert os.path.samestat(os.lstat(made / "a"), os.lstat(made / "deep" / "twin"))
    assert (made / "holes").stat().st_blocks * 512 < 10 << 20
    with open(made / "holes", "rb") as file:
        file.seek(20 << 20)
        assert file.read(6) == b"middle"
    assert made.stat().st_mtime_ns == (place / "from").stat().st_mtime_ns
    assert leftovers(place) == []


def test_random_sizes_and_holes_arrive_as_they_are(tmp_path: Path) -> None:
    dice = random.Random(7)
    (tmp_path / "to").mkdir()
    for number in range(12):
        path = tmp_path / f"f{number}"
        with open(path, "wb") as file:
            for _ in range(dice.randrange(5)):
                file.seek(dice.choice((0, 1, 4095, 4096, 70_000, 5_000_000)), os.SEEK_CUR)
                file.write(dice.randbytes(dice.choice((0, 1, 511, 4096, 300_000))))
            file.truncate(file.tell() + dice.choice((0, 1, 8192)))
        copy(tmp_path / "to", path)
        assert (tmp_path / "to" / path.name).read_bytes() == path.read_bytes()


@needs_root
def test_setuid_never_falls_to_another_owner(open_place: Path) -> None:  # noqa: F811
    (open_place / "program").write_text("#!/bin/sh\n")
    os.chown(open_place / "program", 1000, 1000)
    os.chmod(open_place / "program", 0o6755)
    (open_place / "to").mkdir()
    os.chown(open_place / "to", NOBODY, NOBODY)
    as_nobody(lambda: copy(open_place / "to", open_place / "program").done)
    status = (open_place / "to" / "program").stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (NOBODY, 0o755)


def test_a_taken_name_is_left_numbered_or_put_into_the_trash(place: Path) -> None:
    (place / "to" / "a").write_text("precious")
    outcome = copy(place / "to", place / "from" / "a", clash=Clash.SKIP)
    assert (outcome.done, outcome.skipped) == (0, 1)
    assert (place / "to" / "a").read_text() == "precious"
    copy(place / "to", place / "from" / "a", clash=Clash.KEEP_BOTH)
    assert (place / "to" / "a (2)").read_text() == "a" * 5000
    outcome = copy(place / "to", place / "from" / "a", clash=Clash.REPLACE)
    assert (outcome.done, outcome.failed) == (1, 0)
    assert (place / "to" / "a").read_text() == "a" * 5000
    files = Path(os.environ["HOME"]) / ".local/share/Trash/files"
    assert [path.read_text() for path in files.iterdir()] == ["precious"]
    info = (files.parent / "info" / "a.trashinfo").read_text()
    assert urllib.parse.unquote(info.split("Path=")[1].split("\n")[0]) == str(place / "to" / "a")
    assert leftovers(place) == []


def test_a_link_at_the_destination_is_never_written_through(place: Path) -> None:
    (place / "victim").write_text("precious")
    (place / "to" / "a").symlink_to(place / "victim")
    (place / "to" / "from").symlink_to(place)
    copy(place / "to", place / "from" / "a", place / "from", clash=Clash.REPLACE)
    assert (place / "victim").read_text() == "precious"
    assert not (place / "to" / "a").is_symlink()
    assert not (place / "to" / "from").is_symlink()
    assert (place / "to" / "from" / "deep" / "b").read_text() == "b"


def test_directories_merge_and_what_clashes_in_them_is_kept(place: Path) -> None:
    (place / "to" / "from" / "deep").mkdir(parents=True)
    (place / "to" / "from" / "deep" / "b").write_text("old")
    (place / "to" / "from" / "deep" / "own").write_text("own")
    copy(place / "to", place / "from", clash=Clash.REPLACE)
    assert (place / "to" / "from" / "deep" / "b").read_text() == "b"
    assert (place / "to" / "from" / "deep" / "own").read_text() == "own"
    trashed = Path(os.environ["HOME"]) / ".local/share/Trash/files/b"
    assert trashed.read_text() == "old"


def test_a_directory_goes_neither_into_itself_nor_below(place: Path) -> None:
    (place / "again").symlink_to("from/deep")
    for goal in (place / "from", place / "from" / "deep", place / "again"):
        before = contents(place)
        assert copy(goal, place / "from").failed == 1
        assert move(goal, place / "from").failed == 1
        assert contents(place) == before


def test_a_file_is_not_replaced_by_itself(place: Path) -> None:
    os.link(place / "from" / "a", place / "to" / "a")
    assert copy(place / "to", place / "from" / "a", clash=Clash.REPLACE).failed == 1
    assert copy(place / "from", place / "from" / "a", clash=Clash.REPLACE).failed == 1
    assert (place / "from" / "a").read_text() == "a" * 5000
    assert copy(place / "from", place / "from" / "a", clash=Clash.KEEP_BOTH).done == 1
    assert (place / "from" / "a (2)").read_text() == "a" * 5000


def test_a_full_disk_leaves_the_old_file_and_no_half_one(place: Path, other_device: Path) -> None:
    (other_device / "big").write_text("precious")
    (place / "from" / "big").write_bytes(os.urandom(6 << 20))
    for clash in (Clash.REPLACE, Clash.KEEP_BOTH):
        with pytest.raises(NoSpace):
            copy(other_device, place / "from" / "big", clash=clash)
    with pytest.raises(NoSpace):
        move(other_device, place / "from", clash=Clash.REPLACE)
    assert (other_device / "big").read_text() == "precious"
    assert (place / "from" / "big").stat().st_size == 6 << 20
    assert (place / "from" / "deep" / "b").read_text() == "b"
    assert leftovers(other_device) == []


KILLED = """
import os, signal, sys
from osexplorer.system import copying
from tests.system import test_operations as tests
from pathlib import Path
inner = copying.dress
def dress(*args):
    os.kill(os.getpid(), signal.SIGKILL)
copying.dress = dress
tests.copy(Path(sys.argv[2]), Path(sys.argv[1]))
"""
"""Is killed when all of the content is copied, and nothing else."""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files without a name are of Linux")
def test_nothing_is_left_of_a_copy_that_was_killed(tmp_path: Path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    source = tmp_path / "a"
    source.write_bytes(b"x" * 100_000)
    done = subprocess.run([sys.executable, "-c", KILLED, source, to], cwd=REPOSITORY)
    assert done.returncode == -signal.SIGKILL
    assert os.listdir(to) == []


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EISDIR])
@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files without a name are of Linux")
def test_a_file_system_without_nameless_files_gets_the_same_copy(
    place: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    opened = os.open

    def refusing(path: str, flags: int, *args: int, **options: int) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(number, os.strerror(number))
        return opened(path, flags, *args, **options)

    monkeypatch.setattr(os, "open", refusing)
    names = [place / "from" / "a", place / "from" / os.fsdecode(b"\xff\n\x1b[31m")]
    assert copy(place / "to", *names).done == 2
    assert {path.name: path.read_bytes() for path in (place / "to").iterdir()} == {
        path.name: path.read_bytes() for path in names
    }
    assert leftovers(place) == []


def test_the_file_size_limit_is_a_failure_and_no_end(place: Path) -> None:
    (place / "from" / "big").write_bytes(os.urandom(1 << 20))

    def limited() -> tuple[str, list[str]]:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        outcome = copy(place / "to", place / "from" / "big")
        return outcome.first, [path.name for path in (place / "to").iterdir()]

    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        os.write(writer, repr(limited()).encode())
        os._exit(0)
    os.close(writer)
    first, names = eval(os.read(reader, 65536))
    os.waitpid(pid, 0)
    os.close(reader)
    assert "EFBIG" in first
    assert names == []


def test_a_deep_tree_is_copied_and_deleted(tmp_path: Path) -> None:
    depth = 1200
    here = tmp_path / "top"
    here.mkdir()
    fd = os.open(here, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=fd)
        below = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)
    (tmp_path / "to").mkdir()
    assert copy(tmp_path / "to", here).failed == 0
    notes = Notes()
    outcome = removing.remove(notes, (target(here), target(tmp_path / "to" / "top")))
    assert (outcome.done, outcome.failed) == (2, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["to"]


class _Cancelling(Notes):
    """Cancels at the nth step."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps

    def checkpoint(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Cancelled("The task was cancelled")


@pytest.mark.parametrize("steps", range(0, 24, 3))
def test_a_cancelled_move_loses_nothing(place: Path, other_device: Path, steps: int) -> None:
    before = contents(place / "from")
    with contextlib.suppress(Cancelled):
        move(other_device, place / "from", notes=_Cancelling(steps))
    here = contents(place / "from") if (place / "from").exists() else {}
    there = contents(other_device / "from") if (other_device / "from").exists() else {}
    for name, what in before.items():
        assert name in here or there[name] == what or Path(name).name in ("deep", "er"), name
    assert leftovers(other_device) == []


# -- moving


def test_a_move_is_the_entry_itself(place: Path) -> None:
    inode = os.lstat(place / "from").st_ino
    outcome = move(place / "to", place / "from")
    assert [one.moved for one in outcome.arrived] == [True]
    assert os.lstat(place / "to" / "from").st_ino == inode
    assert not (place / "from").exists()


def test_a_move_to_another_file_system_is_a_whole_copy_then_a_deletion(place: Path, other_device: Path) -> None:
    before = contents(place / "from")
    outcome = move(other_device, place / "from")
    assert (outcome.done, outcome.failed) == (1, 0)
    assert contents(other_device / "from") == before
    assert not (place / "from").exists()


@needs_root
def test_what_cannot_be_copied_keeps_its_source_whole(place: Path, other_device: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(place / "from" / "deep")
        try:
            listening.bind("socket")
        finally:
            os.chdir(here)
    before = contents(place / "from")
    outcome = move(other_device, place / "from")
    assert outcome.done == 0
    assert "socket" in outcome.first
    assert contents(place / "from") == before


def test_two_sources_of_one_name_both_survive(place: Path) -> None:
    (place / "from" / "deep" / "a").write_text("second")
    outcome = move(place / "to", place / "from" / "a", place / "from" / "deep" / "a", clash=Clash.SKIP)
    assert (outcome.done, outcome.skipped) == (1, 1)
    assert (place / "from" / "deep" / "a").read_text() == "second"
    outcome = move(place / "to", place / "from" / "deep" / "a", clash=Clash.KEEP_BOTH)
    assert (place / "to" / "a (2)").read_text() == "second"


def test_directories_are_merged_by_renames(place: Path) -> None:
    (place / "to" / "from" / "deep").mkdir(parents=True)
    (place / "to" / "from" / "deep" / "b").write_text("old")
    inode = os.lstat(place / "from" / "a").st_ino
    outcome = move(place / "to", place / "from", clash=Clash.REPLACE)
    assert (outcome.done, outcome.failed) == (1, 0)
    assert os.lstat(place / "to" / "from" / "a").st_ino == inode
    assert (place / "to" / "from" / "deep" / "b").read_text() == "b"
    assert not (place / "from").exists()


# -- removing


def test_a_link_goes_and_not_what_it_leads_to(place: Path) -> None:
    (place / "link").symlink_to("from")
    assert removing.remove(Notes(), (target(place / "link"),)).done == 1
    assert (place / "from" / "deep" / "b").read_text() == "b"


@needs_root
def test_what_is_mounted_below_is_left_alone(place: Path, other_device: Path) -> None:
    inside = place / "from" / "deep" / "mount"
    inside.mkdir()
    (other_device / "data").write_text("precious")
    subprocess.run(["mount", "--bind", other_device, inside], check=True)
    try:
        outcome = removing.remove(Notes(), (target(place / "from"),))
        assert (outcome.done, outcome.skipped, outcome.failed) == (0, 1, 0)
        assert (inside / "data").read_text() == "precious"
        assert not (place / "from" / "a").exists()
        assert removing.remove(Notes(), (target(inside),)).failed == 1
        assert (inside / "data").read_text() == "precious"
    finally:
        subprocess.run(["umount", inside], check=True)


def test_places_that_must_stay_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work" / "here").mkdir(parents=True)
    (tmp_path / "people" / "me").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work" / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "people" / "me"))
    for path in ("/", tmp_path, tmp_path / "work", tmp_path / "work" / "here", tmp_path / "people"):
        outcome = removing.remove(Notes(), (target(path),))
        assert (outcome.done, outcome.failed) == (0, 1), path
    assert (tmp_path / "work" / "here").exists()


@needs_root
def test_one_that_cannot_be_deleted_leaves_the_rest_to_be_done(place: Path) -> None:
    if subprocess.run(["chattr", "+i", place / "from" / "deep" / "b"], check=False, capture_output=True).returncode:
        pytest.skip("the file system knows no immutable files")
    try:
        outcome = removing.remove(Notes(), (target(place / "from"),))
        assert (outcome.done, outcome.failed) == (0, 1)
        assert "EPERM" in outcome.first
        assert sorted(path.name for path in (place / "from").rglob("*")) == ["b", "deep"]
    finally:
        subprocess.run(["chattr", "-i", place / "from" / "deep" / "b"], check=True)


def test_a_directory_swapped_for_a_link_is_not_entered(place: Path) -> None:
    outside, inside, hidden = place / "outside", place / "work" / "d", place / "hidden"
    outside.mkdir()
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                os.rename(inside, hidden)
                os.symlink(outside, inside)
                os.unlink(inside)
                os.rename(hidden, inside)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(150):
            (outside / "victim").write_text("precious")
            shutil.rmtree(hidden, ignore_errors=True)
            with contextlib.suppress(OSError):
                inside.mkdir(parents=True)
                for name in range(20):
                    (inside / f"f{name}").write_text("")
            with contextlib.suppress(OSError):
                removing.remove(Notes(), (target(place / "work"),))
            assert (outside / "victim").read_text() == "precious"
    finally:
        stop.set()
        swapper.join()


# -- the trash


def test_names_that_are_odd_long_or_there_already_go_into_the_trash_and_back(place: Path) -> None:
    names = ["twice", "n" * 255, os.fsdecode(b"\xff\n%41"), "dangling"]
    put = []
    for _ in range(2):
        for name in names:
            path = place / name
            path.symlink_to("nowhere") if name == "dangling" else path.write_text("x")
            put.append(trash.put(target(path)))
            assert not path.is_symlink() and not path.exists()
    info = Path(os.environ["HOME"]) / ".local/share/Trash/info"
    assert len(list(info.iterdir())) == len(put) == 8
    for one in put[4:]:
        trash.restore(one)
        assert os.path.lexists(one.origin.path)
    for one in put[:4]:
        with pytest.raises(Exists):
            trash.restore(one)
    assert len(list(info.iterdir())) == 4
    assert (info.stat().st_mode & 0o777) == 0o700


def test_a_trash_on_another_file_system_is_its_own(place: Path, other_device: Path) -> None:
    (other_device / "d").mkdir()
    (other_device / "d" / "file").write_text("x")
    one = trash.put(target(other_device / "d" / "file"))
    assert one.files == str(other_device / f".Trash-{os.geteuid()}" / "files")
    info = (Path(one.info) / "file.trashinfo").read_text()
    assert "Path=d/file\n" in info
    trash.restore(one)
    assert (other_device / "d" / "file").read_text() == "x"


@needs_root
def test_a_trash_that_others_have_made_is_not_used(place: Path, other_device: Path) -> None:
    (other_device / "file").write_text("x")
    victim = place / "victim"
    victim.mkdir()
    os.chmod(other_device, 0o1777)

    (other_device / ".Trash").symlink_to(victim)
    for name in ("files", "info"):
        (other_device / ".Trash-0" / name).mkdir(parents=True)
    (other_device / ".Trash-0" / "info" / "file.trashinfo").symlink_to(victim / "made")
    for path in (other_device / ".Trash", other_device / ".Trash-0", *(other_device / ".Trash-0").rglob("*")):
        os.lchown(path, NOBODY, NOBODY)
    with pytest.raises(Refused, match="no trash"):
        trash.put(target(other_device / "file"))
    assert (other_device / "file").read_text() == "x"
    assert list(victim.iterdir()) == []
    shutil.rmtree(other_device / ".Trash-0")
    (other_device / ".Trash-0").symlink_to(victim)
    with pytest.raises(Refused, match="no trash"):
        trash.put(target(other_device / "file"))
    assert list(victim.iterdir()) == []
