"""What undo does of operations where things have changed meanwhile, were replaced, or have no way back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from osexplorer.model.errors import CallError, LeftAlone, Refused
from osexplorer.model.operations import Clash
from osexplorer.services.session import Session
from osexplorer.system import copying, trash
from tests.services.test_kept_operations import discard, kept, paste, settled, take_back, targets, tree

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is on disk is taken back through /proc")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    for name in ("a", "b", "c", "dir/x", "to/z"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(name)
    return place


async def replace(session: Session, place: Path, *, cut: bool) -> None:
    (place / "to" / "a").write_text("precious")
    session.operations.take(targets(place / "a"), cut=cut)
    await session.operations.paste(str(place / "to"), Clash.REPLACE).result()
    await settled(session)
    assert (place / "to" / "a").read_text() == "a"


@pytest.mark.parametrize("cut", [True, False])
@pytest.mark.parametrize("later", [True, False])
async def test_what_was_replaced_comes_back(place: Path, cut: bool, later: bool) -> None:
    session = Session()
    await replace(session, place, cut=cut)
    if later:
        assert (await take_back()).done == 2
    else:
        await session.undo.undo()
    assert (place / "a").read_text() == "a"
    assert (place / "to" / "a").read_text() == "precious"
    assert await kept() == []


async def test_what_could_not_be_replaced_stays(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "to" / "a").write_text("precious")
    real = trash.put

    def put(*arguments: object) -> trash.Trashed:
        done = real(*arguments)  # type: ignore[arg-type]
        (place / "to").chmod(0o755)
        monkeypatch.setattr("osexplorer.system.transfer.rename", denied)
        return done

    def denied(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    def taken(*arguments: object) -> None:
        raise FileExistsError(17, "File exists")

    monkeypatch.setattr(trash, "put", put)
    monkeypatch.setattr("osexplorer.system.transfer.rename", taken)
    session = Session()
    session.operations.take(targets(place / "a"), cut=True)
    outcome = await session.operations.paste(str(place / "to"), Clash.REPLACE).result()
    assert outcome.failed == 1
    assert (place / "to" / "a").read_text() == "precious"
    assert (place / "a").read_text() == "a"


async def test_one_that_is_gone_is_in_no_others_way(place: Path) -> None:
    session = Session()
    await session.operations.rename(targets(place / "dir")[0], "folder")
    await paste(session, place / "a", place / "b", place / "c", to=place / "to", cut=True)
    (place / "to" / "b").unlink()
    with pytest.raises(LeftAlone, match=r"2 entries are where they were; 1 is left alone: .*to/b"):
        await session.undo.undo()
    assert (place / "a").exists() and (place / "c").exists()
    assert await session.undo.undo() == "folder is dir again"


async def test_a_name_that_is_taken_is_tried_again_and_nothing_else(place: Path) -> None:
    session = Session()
    await paste(session, place / "a", place / "b", to=place / "to", cut=True)
    (place / "a").write_text("came meanwhile")
    for _ in range(3):
        with pytest.raises((Refused, CallError), match="EEXIST"):
            await session.undo.undo()
    assert (place / "b").read_text() == "b"
    (place / "a").unlink()
    await session.undo.undo()
    assert (place / "a").read_text() == "a" and await kept() == []


async def test_what_another_run_has_taken_back_is_taken_back(place: Path) -> None:
    session = Session()
    await session.operations.rename(targets(place / "a")[0], "first")
    await discard(session, place / "b", place / "c")
    await settled(session)
    assert (await take_back()).done == 2
    await session.undo.undo()
    assert await session.undo.undo() == "first is a again"
    assert (place / "b").read_text() == "b"


async def test_a_change_that_cannot_be_taken_back_leaves_the_way_to_those_before(place: Path) -> None:
    session = Session()
    await session.operations.rename(targets(place / "b")[0], "second")
    await session.operations.make(f"{place}/new")
    (place / "new").unlink()
    with pytest.raises(CallError):
        await session.undo.undo()
    with pytest.raises(LeftAlone, match="the change before it"):
        await session.undo.undo()
    assert await session.undo.undo() == "second is b again"


async def test_undo_after_a_deletion_takes_back_nothing_older(place: Path) -> None:
    session = Session()
    await session.operations.rename(targets(place / "a")[0], "renamed")
    await session.operations.delete(targets(place / "dir")).result()
    await settled(session)
    with pytest.raises(LeftAlone, match=r"delete dir: what is deleted is gone.*before it: rename a → renamed"):
        await session.undo.undo()
    assert (place / "renamed").exists()
    await session.undo.undo()
    assert (place / "a").exists()


async def test_a_copy_that_came_to_no_end_can_be_taken_back(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    before = tree(place)
    monkeypatch.setattr(copying, "copy_content", full)
    session = Session()
    session.operations.take(targets(place / "dir"), cut=False)
    with pytest.raises(CallError, match="ENOSPC"):
        await session.operations.paste(str(place / "to"), Clash.SKIP).result()
    await settled(session)
    assert (place / "to" / "dir").is_dir()
    assert len(await kept()) == 1
    await session.undo.undo()
    assert tree(place) == before


async def test_names_that_could_not_get_back_are_told_and_can_be_tried_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session()
    real = trash.rename
    steps: list[str] = []

    def rename(from_fd: int, old: str, to_fd: int, new: str) -> None:
        steps.append(new)
        if 1 < len(steps) < 4:
            raise OSError(5, "Input/output error")
        real(from_fd, old, to_fd, new)

    monkeypatch.setattr("osexplorer.system.renaming.rename", rename)
    with pytest.raises(Refused, match=r"EIO.*did not all get their names back: .*EIO"):
        await session.operations.rename_all(targets(place / "a", place / "b"), ["a1", "b1"], ["a", "b", "c"])
    assert (place / "a1").exists()
    assert len(await kept()) == 1
    await session.undo.undo()
    assert (place / "a").read_text() == "a" and await kept() == []


_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from osexplorer.services.session import Session
from osexplorer.system import renaming
from tests.services.test_kept_operations import targets

real, steps = renaming.rename, []

def rename(*arguments):
    steps.append(arguments)
    if len(steps) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    real(*arguments)

async def main():
    renaming.rename, place = rename, Path(sys.argv[1])
    await Session().operations.rename_all(targets(place / "a", place / "b", place / "c"), ["b", "a", "d"], [])

asyncio.run(main())
"""


def test_names_of_which_some_were_given_when_it_was_killed_come_back(place: Path) -> None:
    before, root = tree(place), Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(place)], cwd=root, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert tree(place) != before
    assert ".osexplorer-1.tmp" in os.listdir(place)
    undo = [sys.executable, "-m", "osexplorer", "undo"]
    done = subprocess.run(undo, cwd=root, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    assert tree(place) == before
