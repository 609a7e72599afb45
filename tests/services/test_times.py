"""Times of files are set to the nanosecond, of exactly what was shown, and put back."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from osexplorer.model.errors import CallError, Refused
from osexplorer.model.status import FileId
from osexplorer.model.times import NewTimes, Times
from osexplorer.services.session import Session
from osexplorer.system.status import status
from osexplorer.system.times import set_times
from tests.unprivileged import as_nobody, needs_root, open_place

__all__ = ["open_place"]
EXACT = 1_700_000_000_123_456_789


def times_of(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_atime_ns, found.st_mtime_ns


def shown(*paths: Path) -> list[tuple[str, FileId]]:
    return [(str(path), status(str(path)).id) for path in paths]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.touch()
    os.utime(path, ns=(1, 2))
    return path


async def test_a_time_is_set_logged_and_put_back(file: Path) -> None:
    session = Session()
    done = await session.times.set(shown(file), NewTimes(mtime=EXACT))
    assert done.done == (str(file),) and not done.differing
    assert times_of(file) == (1, EXACT)
    (call,) = [call for call in session.door.log.calls() if call.change]
    assert call.python() == f"os.utime({str(file)!r}, ns=(1, {EXACT}))"
    await session.undo.undo()
    assert times_of(file) == (1, 2)


@pytest.mark.skipif(shutil.which("stat") is None, reason="needs stat(1)")
async def test_times_are_those_that_stat_prints(file: Path) -> None:
    await Session().times.set(shown(file), NewTimes(987_654_321, EXACT))
    done = subprocess.run(["stat", "-c", "%.9X %.9Y", file], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0.987654321", "1700000000.123456789"]


async def test_a_link_has_times_of_its_own(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    session = Session()
    await session.times.set(shown(link), NewTimes(EXACT, EXACT))
    assert times_of(link) == (EXACT, EXACT)
    assert times_of(file) == (1, 2)
    assert "follow_symlinks=False" in session.door.log.calls()[-1].python()


async def test_several_at_once_with_one_that_fails(file: Path, tmp_path: Path) -> None:
    other, gone = tmp_path / "other", tmp_path / "gone"
    other.touch()
    gone.touch()
    targets = shown(file, gone, other)
    gone.unlink()
    session = Session()
    done = await session.times.set(targets, NewTimes(0, EXACT))
    assert done.done == (str(file), str(other))
    assert [failure.path for failure in done.failures] == [str(gone)]
    assert times_of(other) == (0, EXACT)
    assert "2 files" in await session.undo.undo()
    assert times_of(file) == (1, 2)


async def test_another_file_of_that_name_is_left_alone(file: Path, tmp_path: Path) -> None:
    targets = shown(file)
    other = tmp_path / "other"
    other.touch()
    other.rename(file)
    before = times_of(file)
    session = Session()
    done = await session.times.set(targets, NewTimes(0, 0))
    assert "replaced" in done.failures[0].reason
    assert times_of(file) == before
    with pytest.raises(Refused, match="Nothing to undo"):
        await session.undo.undo()


async def test_a_file_written_since_keeps_its_times(file: Path) -> None:
    session = Session()
    await session.times.set(shown(file), NewTimes(mtime=EXACT))
    file.write_text("more")
    with pytest.raises(Refused, match="modified meanwhile"):
        await session.undo.undo()


async def test_times_beyond_what_the_file_system_counts_are_told(file: Path) -> None:
    done = await Session().times.set(shown(file), NewTimes(mtime=10**9 * 2**40))
    stored = times_of(file)[1]
    assert bool(done.differing) == (stored != 10**9 * 2**40)


async def test_the_times_of_another_file_can_be_asked_for(file: Path) -> None:
    assert await Session().times.like(str(file)) == Times(1, 2)
    with pytest.raises(CallError):
        await Session().times.like(str(file) + "-not")


@needs_root
def test_whoever_may_write_may_set_the_present_moment_only(open_place: Path) -> None:
    file = open_place / "file"
    file.touch()
    file.chmod(0o666)
    os.utime(file, ns=(1, 2))
    ((path, identity),) = shown(file)
    as_nobody(lambda: set_times(path, identity, NewTimes(5, 5, current=True)))
    assert times_of(file)[1] > 10**18
    with pytest.raises(CallError, match="EPERM"):
        as_nobody(lambda: set_times(path, identity, NewTimes(5, 5)))


async def test_what_the_file_system_ignores_was_not_so_already(file: Path) -> None:
    far = 10**9 * 2**40
    os.utime(file, ns=(far, far))
    stored = times_of(file)[1]
    if stored == far:
        pytest.skip("needs a file system that does not count that far")
    done = await Session().times.set(shown(file), NewTimes(far, far))
    assert not done.unchanged and not done.done
    assert done.differing == (str(file),)
    assert "not exactly these times" in done.report
