"""A tree is walked whole, by descriptors, and an error in one place leaves the rest."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from osexplorer.model.errors import NotFound, OSExplorerError
from osexplorer.model.tasks import Cancelled
from osexplorer.system.measure import measure
from osexplorer.system.walk import walk
from tests.mounting import mounted


class Notes:
    """Progress that only takes notes; `at_checkpoint` may interfere."""

    def __init__(self, at_checkpoint: Callable[[], None] = lambda: None) -> None:
        self.failures: list[tuple[str, str]] = []
        self.skipped: list[str] = []
        self.done = 0
        self.at_checkpoint = at_checkpoint

    def checkpoint(self) -> None:
        self.at_checkpoint()

    def advance(self, done: int = 1, current: str | None = None) -> None:
        self.done += done

    def expect(self, total: int) -> None: ...

    def skip(self, path: str, reason: str = "") -> None:
        self.skipped.append(path)

    def fail(self, path: str, error: OSExplorerError) -> None:
        self.failures.append((path, str(error)))

    def say(self, result: str) -> None: ...


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A tree that is too deep for a path: 1,200 directories of 100 bytes each."""
    fd = os.open(tmp_path, os.O_RDONLY)
    for level in range(1200):
        name = f"{level:0100d}"
        os.mkdir(name, dir_fd=fd)
        for other in ("aside-1", "aside-2"):
            os.mkdir(other, dir_fd=fd)
        below = os.open(name, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(fd)
    yield tmp_path
    subprocess.run(["rm", "-rf", *(str(entry) for entry in tmp_path.iterdir())], check=True)


def test_every_entry_is_visited_once_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "file\udcff").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    notes = Notes()
    visited = [visit.path for visit in walk(str(tmp_path), notes)]
    found = subprocess.run(["find", tmp_path, "-mindepth", "1", "-print0"], capture_output=True, check=True).stdout
    assert sorted(map(os.fsencode, visited)) == sorted(found.split(b"\0")[:-1])
    assert notes.failures == []


def test_a_tree_deeper_than_any_path_with_few_descriptors(deep: Path) -> None:
    notes = Notes()
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    most = 0
    count = 0
    for _ in walk(str(deep), notes):
        count += 1
        if count % 300 == 0 and os.path.isdir("/proc/self/fd"):
            most = max(most, len(os.listdir("/proc/self/fd")))
    assert (count, notes.failures) == (3600, [])
    assert most < before + 100


def test_a_directory_that_is_moved_while_it_is_walked_is_told(tmp_path: Path) -> None:
    place = tmp_path
    for level in range(100):
        place = place / f"{level}"
        for aside in range(8):  # so that some are still to be visited, in whatever order they come
            (place / f"aside-{aside}").mkdir(parents=True)
    notes = Notes()
    moved = False
    visited = []
    for visit in walk(str(tmp_path), notes):
        visited.append(visit.path)
        if visit.path == str(place) and not moved:
            os.rename(tmp_path / "0/1/2/3", tmp_path / "elsewhere")
            moved = True
    assert moved
    assert str(place / "aside-1") in visited
    assert notes.failures
    assert all("moved" in reason for _, reason in notes.failures)
    assert str(tmp_path / "0/aside-1") in visited


def test_nothing_stays_open_when_the_walk_is_left(deep: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    for count, _ in enumerate(walk(str(deep), Notes())):
        if count > 500:
            break
    assert len(os.listdir("/dev/fd")) == before


def test_a_root_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        next(walk(str(tmp_path / "missing"), Notes()))


def test_another_file_system_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    (tmp_path / "mnt").mkdir()
    (tmp_path / "same").mkdir()
    (tmp_path / "same" / "inside").touch()
    (tmp_path / "bind").mkdir()
    with (
        mounted("-t", "tmpfs", "tmpfs", tmp_path / "mnt"),
        mounted("--bind", tmp_path / "same", tmp_path / "bind"),
    ):
        (tmp_path / "mnt" / "inside").touch()
        notes = Notes()
        stays = {os.path.relpath(visit.path, tmp_path) for visit in walk(f"{tmp_path}/", notes)}
        crosses = {os.path.relpath(visit.path, tmp_path) for visit in walk(str(tmp_path), Notes(), cross_mounts=True)}
    assert stays == {"mnt", "same", "bind", "same/inside"}
    assert sorted(map(os.path.basename, notes.skipped)) == ["bind", "mnt"]
    assert crosses == {*stays, "mnt/inside", "bind/inside"}


def test_what_is_measured_is_what_du_says(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"d{number}").mkdir()
        (tmp_path / f"d{number}" / "f").write_bytes(b"x" * number * 1000)
    os.link(tmp_path / "d9" / "f", tmp_path / "again")
    (tmp_path / "link").symlink_to("d1")
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(10 << 20)
    notes = Notes()
    measured = measure(notes, str(tmp_path)).measurement
    assert (measured.files, measured.directories, measured.others) == (22, 20, 1)
    assert measured.size == sum(number * 1000 for number in range(20)) + (10 << 20)
    assert notes.done == measured.entries == 43
    du = subprocess.run(["du", "-s", "-B1", tmp_path], capture_output=True, check=True, text=True).stdout
    assert measured.allocated == int(du.split()[0]) - tmp_path.stat().st_blocks * 512


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody with less rights")
def test_a_directory_that_may_not_be_read_is_told_and_the_rest_is_counted(tmp_path: Path) -> None:
    for name in ("open", "closed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    (tmp_path / "closed").chmod(0o700)
    for place in (tmp_path, *tmp_path.parents):
        if place.stat().st_uid == 0 and not place.stat().st_mode & 0o001:
            place.chmod(place.stat().st_mode | 0o055)
    notes = Notes()
    os.seteuid(65534)
    try:
        measured = measure(notes, str(tmp_path)).measurement
    finally:
        os.seteuid(0)
    assert (measured.files, measured.directories) == (1, 2)
    assert [path for path, _ in notes.failures] == [str(tmp_path / "closed")]
    assert "EACCES" in notes.failures[0][1]


def test_cancelling_ends_the_walk(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        measure(Notes(cancel), str(tmp_path))
