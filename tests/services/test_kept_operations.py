"""What was made, renamed, moved, copied or put into the trash is kept until it is taken back, by a later run too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from osexplorer.model.errors import LeftAlone
from osexplorer.model.operations import Clash, LinkKind, Target
from osexplorer.model.recursive import PutBack
from osexplorer.model.status import FileId
from osexplorer.model.tasks import Cancelled
from osexplorer.services.session import Session
from osexplorer.system import transfer
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is on disk is taken back through /proc")

Operation = Callable[[Session, Path], Awaitable[object]]


def targets(*paths: Path) -> list[Target]:
    return [Target(str(path), FileId(os.lstat(path).st_dev, os.lstat(path).st_ino)) for path in paths]


def tree(root: Path) -> dict[str, str]:
    """Everything below, and what it says."""
    found = {}
    for path in root.rglob("*"):
        link = os.readlink(path) if path.is_symlink() else ""
        found[str(path.relative_to(root))] = link or (path.read_text() if path.is_file() else "/")
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "dir" / "below").mkdir(parents=True)
    (place / "to").mkdir()
    for name in ("a", "b c", "new\nline", os.fsdecode(b"\xff"), "dir/below/x"):
        (place / name).write_text(name if name.isascii() else "")
    return place


async def paste(session: Session, *paths: Path, to: Path, cut: bool) -> None:
    session.operations.take(targets(*paths), cut=cut)
    await session.operations.paste(str(to), Clash.KEEP_BOTH).result()
    await until(lambda: session.undo.feed.value.startswith("move" if cut else "copy"), "the way back")


async def discard(session: Session, *paths: Path) -> None:
    await session.operations.discard(targets(*paths)).result()
    await until(lambda: session.undo.feed.value.startswith("put"), "the way back")


OPERATIONS: dict[str, Operation] = {
    "make": lambda session, place: session.operations.make(f"{place}/n/e/w"),
    "make a directory": lambda session, place: session.operations.make(f"{place}/n/e/w/"),
    "link": lambda session, place: session.operations.link(f"{place}/a", f"{place}/l", LinkKind.RELATIVE),
    "link hard": lambda session, place: session.operations.link(f"{place}/a", f"{place}/l", LinkKind.HARD),
    "rename": lambda session, place: session.operations.rename(targets(place / "new\nline")[0], "é x\n"),
    "rename a directory": lambda session, place: session.operations.rename(targets(place / "dir")[0], "folder"),
    "swap": lambda session, place: session.operations.rename_all(
        targets(place / "a", place / "b c"), ["b c", "a"], ["a", "b c"]
    ),
    "move": lambda session, place: paste(session, place / "a", place / "dir", to=place / "to", cut=True),
    "copy": lambda session, place: paste(session, place / "a", place / "dir", to=place / "to", cut=False),
    "trash": lambda session, place: discard(session, place / os.fsdecode(b"\xff"), place / "dir", place / "a"),
}


async def take_back() -> PutBack:
    """As a later run does it: the newest."""
    later = Session()
    journal = (await later.recursive.journals())[0]
    return await later.recursive.put_back(journal.path, "Undo").result()


async def kept() -> list[str]:
    """The titles of what is on disk."""
    return [one.title for one in await Session().recursive.journals()]


async def settled(session: Session) -> None:
    """What follows a task, the writing of its way back included, has come to its end."""
    await until(lambda: not session.undo._coming, "the way back being written")


@pytest.mark.parametrize("what", OPERATIONS)
async def test_a_later_run_takes_it_back(place: Path, what: str) -> None:
    before = tree(place)
    session = Session()
    await OPERATIONS[what](session, place)
    assert tree(place) != before
    await settled(session)
    assert await kept() == [session.undo.feed.value]
    done = await take_back()
    assert (done.refused, done.failed) == (0, 0) and done.done
    assert tree(place) == before
    assert await kept() == []


@pytest.mark.parametrize("what", OPERATIONS)
async def test_what_this_run_takes_back_no_later_one_finds(place: Path, what: str) -> None:
    before = tree(place)
    session = Session()
    await OPERATIONS[what](session, place)
    await session.undo.undo()
    assert tree(place) == before
    assert await kept() == []


async def test_what_was_changed_since_is_left_alone(place: Path) -> None:
    session = Session()
    await session.operations.make(f"{place}/note")
    (place / "note").write_text("something")
    done = await take_back()
    assert (done.done, done.refused) == (0, 1) and (place / "note").read_text() == "something"
    await session.operations.rename(targets(place / "a")[0], "z")
    (place / "z").unlink()
    (place / "z").write_text("another")
    done = await take_back()
    assert done.done == 0 and done.refused == 1
    assert (place / "z").read_text() == "another" and not (place / "a").exists()


async def test_nothing_is_overwritten_and_it_can_be_tried_again(place: Path) -> None:
    session = Session()
    await session.operations.rename(targets(place / "a")[0], "z")
    (place / "a").write_text("came meanwhile")
    done = await take_back()
    assert (done.done, done.failed) == (0, 1) and (place / "a").read_text() == "came meanwhile"
    (place / "a").unlink()
    assert (await take_back()).done == 1
    assert (place / "a").read_text() == "a" and await kept() == []


async def test_a_directory_made_on_the_way_stays_while_it_is_used(place: Path) -> None:
    await Session().operations.make(f"{place}/n/e/w")
    (place / "n" / "mine").write_text("")
    done = await take_back()
    assert (done.refused, done.failed) == (0, 0)
    assert sorted(os.listdir(place / "n")) == ["mine"]


async def test_a_copy_into_a_directory_that_was_there_has_no_way_back(place: Path) -> None:
    (place / "to" / "dir").mkdir()
    (place / "to" / "dir" / "mine").write_text("")
    session = Session()
    session.operations.take(targets(place / "dir"), cut=False)
    await session.operations.paste(str(place / "to"), Clash.REPLACE).result()
    await settled(session)
    assert (place / "to" / "dir" / "below" / "x").exists()
    await session.operations.make(f"{place}/later")
    assert session.undo.feed.value == "make later"
    await session.undo.undo()
    assert session.undo.feed.value == f"copy dir to {place}/to" and await kept() == []
    with pytest.raises(LeftAlone, match="has no way back"):
        await session.undo.undo()
    assert session.undo.feed.value == ""


async def test_what_a_cancelled_task_has_done_can_be_taken_back(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real, session = tree(place), transfer.check, Session()

    def cancelled(target: Target, fd: int) -> None:
        if target.name == "dir":
            raise Cancelled
        real(target, fd)

    monkeypatch.setattr(transfer, "check", cancelled)
    session.operations.take(targets(place / "a", place / "b c", place / "dir"), cut=True)
    with pytest.raises(Cancelled):
        await session.operations.paste(str(place / "to"), Clash.SKIP).result()
    await settled(session)
    assert sorted(os.listdir(place / "to")) == ["a", "b c"]
    assert len(await kept()) == 1
    await session.undo.undo()
    assert tree(place) == before and await kept() == []


@pytest.mark.parametrize("how", ["move", "trash"])
def test_what_a_task_has_done_that_was_killed_is_taken_back(place: Path, how: str) -> None:
    before, root = tree(place), Path(__file__).parents[2]
    argv = [sys.executable, "-c", _KILLED_MIDWAY, str(place), how]
    assert subprocess.run(argv, cwd=root, timeout=60).returncode == -signal.SIGKILL
    assert not (place / "a").exists() and not (place / "b c").exists() and (place / "dir").exists()
    undo = [sys.executable, "-m", "osexplorer", "undo"]
    done = subprocess.run(undo, cwd=root, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip().endswith(": 2 entries put back")) == (0, True), done
    assert tree(place) == before


_KILLED_MIDWAY = """
import asyncio, os, signal, sys
from pathlib import Path
from osexplorer.model.operations import Clash
from osexplorer.services.session import Session
from osexplorer.system import transfer, trash
from tests.services.test_kept_operations import targets

def killed(real):
    def check(target, fd):
        if target.name == "dir":
            os.kill(os.getpid(), signal.SIGKILL)
        real(target, fd)
    return check

async def main():
    place, session = Path(sys.argv[1]), Session()
    transfer.check, trash.check = killed(transfer.check), killed(trash.check)
    chosen = targets(place / "a", place / "b c", place / "dir")
    if sys.argv[2] == "trash":
        await session.operations.discard(chosen).result()
    session.operations.take(chosen, cut=True)
    await session.operations.paste(str(place / "to"), Clash.SKIP).result()

asyncio.run(main())
"""

_KILLED = """
import asyncio, os, signal, sys
from osexplorer.services.session import Session
from tests.services.test_kept_operations import discard, settled, targets
from pathlib import Path

async def main():
    place, session = Path(sys.argv[1]), Session()
    await session.operations.rename(targets(place / "a")[0], "renamed")
    await discard(session, place / "dir", place / "renamed")
    await settled(session)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_after_kill_9_the_command_line_takes_all_of_it_back(place: Path) -> None:
    before = tree(place)
    root = Path(__file__).parents[2]
    argv = [sys.executable, "-c", _KILLED, str(place)]
    assert subprocess.run(argv, cwd=root, timeout=60).returncode == -signal.SIGKILL
    assert sorted(os.listdir(place)) != sorted({name.partition("/")[0] for name in before})
    undo = [sys.executable, "-m", "osexplorer", "undo"]
    for wanted in ("put dir and 1 more into the trash: 2 entries put back", "rename a → renamed: 1 entry put back"):
        done = subprocess.run(undo, cwd=root, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout.strip()) == (0, wanted), done.stderr
    assert tree(place) == before
