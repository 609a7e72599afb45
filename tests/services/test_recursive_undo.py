"""`u` takes back a change of a tree; what failed stays and can be tried again, and nothing blocks older changes."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from osexplorer.model.errors import LeftAlone, Refused
from osexplorer.model.mode_change import parse_mode
from osexplorer.model.recursive import Rules
from osexplorer.services.session import Session
from osexplorer.system.recursive_undo import put_back
from tests.system.test_walk import Notes
from tests.unprivileged import needs_root
from tests.waiting import until

CHANGE = parse_mode("600")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two in a tree of their own."""
    found = [tmp_path / "tree" / name for name in ("one", "two")]
    found[0].parent.mkdir()
    for path in found:
        path.touch()
        path.chmod(0o644)
    return found


async def changed(session: Session, tree: Path) -> str:
    """Change the files of a tree; the path of the journal, when the undo stack knows it."""
    before = session.undo.feed.value
    done = await session.recursive.change([str(tree)], Rules(files=CHANGE)).result()
    assert done.journal is not None
    await until(lambda: session.undo.feed.value != before, "the change on the undo stack")
    return done.journal


@pytest.fixture
def immutable(files: list[Path]) -> Iterator[Path]:
    """The second file, which can be made immutable."""
    path = files[1]
    if shutil.which("chattr") is None or subprocess.run(["lsattr", "-d", path], capture_output=True).returncode:
        pytest.skip("needs chattr, and a file system with inode flags")
    yield path
    subprocess.run(["chattr", "-i", path], capture_output=True)


@needs_root
async def test_what_could_not_be_taken_back_can_be_tried_again(files: list[Path], immutable: Path) -> None:
    session = Session()
    journal = await changed(session, immutable.parent)
    title = session.undo.feed.value
    subprocess.run(["chattr", "+i", immutable], check=True)
    for _ in range(2):
        with pytest.raises(Refused, match="1 failed: undo again"):
            await session.undo.undo()
        assert [mode_of(path) for path in files] == [0o644, 0o600]
        assert session.undo.feed.value == title
        assert Path(journal).exists()
    subprocess.run(["chattr", "-i", immutable], check=True)
    assert await session.undo.undo() == "1 entry put back, 1 was as before already"
    assert [mode_of(path) for path in files] == [0o644, 0o644]
    assert session.undo.feed.value == ""
    assert not Path(journal).exists()


async def test_what_was_all_changed_since_does_not_block_the_change_before(files: list[Path], tmp_path: Path) -> None:
    session = Session()
    older = tmp_path / "older"
    older.mkdir()
    (older / "file").touch()
    (older / "file").chmod(0o640)
    await changed(session, older)
    await changed(session, files[0].parent)
    for path in files:
        path.chmod(0o444)
    with pytest.raises(LeftAlone, match="0 entries put back, 2 changed since and left alone"):
        await session.undo.undo()
    assert [mode_of(path) for path in files] == [0o444, 0o444]
    assert await session.undo.undo() == "1 entry put back"
    assert mode_of(older / "file") == 0o640


async def test_a_change_that_was_taken_back_elsewhere_leaves_the_stack(files: list[Path]) -> None:
    session = Session()
    journal = await changed(session, files[0].parent)
    assert put_back(Notes(), journal).done == 2
    assert "taken back already" in await session.undo.undo()
    assert session.undo.feed.value == ""
