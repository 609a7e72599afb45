"""Changes of single and marked files are on disk until they are taken back: a later run can do that too."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from osexplorer.model.errors import LeftAlone, Refused
from osexplorer.model.owner import Owner
from osexplorer.model.times import NewTimes
from osexplorer.services.session import Session
from osexplorer.services.several import Targets
from tests.unprivileged import NOBODY, needs_root

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is on disk is taken back through /proc")

Change = Callable[[Session, Targets], Awaitable[object]]


def facts(places: list[Path]) -> list[object]:
    found: list[object] = []
    for path in places:
        status = path.stat()
        values = {name: os.getxattr(path, name) for name in os.listxattr(path)}
        found.append((status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, values))
    return found


@pytest.fixture
def places(tmp_path: Path) -> list[Path]:
    found = [tmp_path / name for name in ("a", "b c", "new\nline")]
    for path in found:
        path.write_text("")
    return found


async def shown(session: Session, places: list[Path]) -> Targets:
    return [(str(path), (await session.permissions.inspect(str(path))).id) for path in places]


CHANGES: dict[str, Change] = {
    "modes": lambda session, targets: session.permissions.set_modes(targets, 0o640),
    "ACLs": lambda session, targets: session.attributes.change_acls(targets, f"u:{NOBODY}:rwx,o::-"),
    "an attribute": lambda session, targets: session.attributes.set_value(targets, "user.note", b"\0 x"),
    "flags": lambda session, targets: session.attributes.set_flags(targets, [(0x40, 0)] * len(targets)),
    "times": lambda session, targets: session.times.set(targets, NewTimes(mtime=1_500_000_000_000_000_001)),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("many", [False, True])
async def test_a_later_run_takes_it_back(places: list[Path], what: str, many: bool) -> None:
    before = facts(places)
    session = Session()
    await CHANGES[what](session, await shown(session, places if many else places[:1]))
    title = session.undo.feed.value
    assert what == "flags" or facts(places) != before
    later = Session()
    (journal,) = await later.recursive.journals()
    assert journal.title == title
    done = await later.recursive.put_back(journal.path, "Undo").result()
    assert (done.done, done.refused, done.failed) == (3 if many else 1, 0, 0)
    assert facts(places) == before
    assert await later.recursive.journals() == ()
    if what == "flags":
        flags = await later.attributes.flags(await shown(later, places))
        assert all(isinstance(one, int) and not one & 0x40 for one in flags)


@pytest.mark.parametrize("what", CHANGES)
async def test_what_this_run_takes_back_no_later_one_finds(places: list[Path], what: str) -> None:
    before = facts(places)
    session = Session()
    await CHANGES[what](session, await shown(session, places))
    await session.undo.undo()
    assert facts(places) == before
    assert await Session().recursive.journals() == ()


@needs_root
async def test_an_owner_with_what_fell_is_taken_back_by_a_later_run(places: list[Path]) -> None:
    places[0].chmod(0o4755)
    os.setxattr(places[1], "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
    places[1].chmod(0o755)
    before = facts(places)
    session = Session()
    await session.permissions.set_owner(await shown(session, places), Owner(NOBODY, NOBODY))
    assert facts(places) != before
    (journal,) = await Session().recursive.journals()
    assert (await Session().recursive.put_back(journal.path, "Undo").result()).done == 3
    assert facts(places) == before


async def test_what_was_changed_since_is_left_alone_by_a_later_run(places: list[Path]) -> None:
    session = Session()
    await session.permissions.set_modes(await shown(session, places), 0o640)
    places[0].chmod(0o600)
    places[1].unlink()
    places[1].write_text("another")
    (journal,) = await Session().recursive.journals()
    done = await Session().recursive.put_back(journal.path, "Undo").result()
    assert (done.done, done.refused, done.failed) == (1, 2, 0)
    assert places[0].stat().st_mode & 0o777 == 0o600


async def test_an_undo_that_fails_in_part_stays_on_disk(places: list[Path]) -> None:
    session = Session()
    await session.permissions.set_modes(await shown(session, places), 0o640)
    places[0].chmod(0o600)
    with pytest.raises(LeftAlone, match="1 left as it is"):
        await session.undo.undo()
    (journal,) = await Session().recursive.journals()
    places[0].chmod(0o640)
    done = await Session().recursive.put_back(journal.path, "Undo").result()
    assert (done.done, done.already) == (1, 2)
    assert places[0].stat().st_mode & 0o777 == 0o644


async def test_without_a_place_for_it_this_run_takes_it_back_all_the_same(
    places: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/none")
    before = facts(places)
    session = Session()
    await session.permissions.set_modes(await shown(session, places), 0o640)
    await session.undo.undo()
    assert facts(places) == before
    with pytest.raises(Refused):
        await session.undo.undo()
