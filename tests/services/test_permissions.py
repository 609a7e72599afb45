"""Changes of modes over the service: shown, made, taken back, and live when they come from outside."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from osexplorer.model.errors import Denied, LeftAlone, NotFound, Refused, call_error
from osexplorer.model.mode_change import parse_mode
from osexplorer.model.status import FileId, Status
from osexplorer.services.door import Door
from osexplorer.services.permissions import Permissions
from osexplorer.services.undo import Undo
from osexplorer.system import permissions as system


class Given:
    """A service, its undo stack and a few files."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.door = Door()
        self.undo = Undo()
        self.permissions = Permissions(self.door, self.undo)

    def file(self, name: str, mode: int = 0o644) -> str:
        path = self.place / name
        path.touch()
        path.chmod(mode)
        return str(path)


@pytest.fixture
def given(tmp_path: Path) -> Given:
    return Given(tmp_path)


def mode_of(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


async def shown(given: Given, *paths: str) -> list[tuple[str, FileId]]:
    return [(path, (await given.permissions.inspect(path)).id) for path in paths]


async def test_a_mode_is_set_and_taken_back(given: Given) -> None:
    path = given.file("notes.txt")
    status = await given.permissions.inspect(path)
    changed = await given.permissions.set_mode(path, status.id, 0o4750)
    assert changed.permissions == 0o4750 == mode_of(path)
    assert given.undo.feed.value == "chmod 0644 → 4750 notes.txt"
    assert await given.undo.undo() == "chmod 4750 → 0644 notes.txt"
    assert mode_of(path) == 0o644
    assert given.undo.feed.value == ""
    await asyncio.sleep(0)
    assert [call.python() for call in given.door.log.calls() if call.change] == [
        f"os.chmod({path!r}, 0o4750)",
        f"os.chmod({path!r}, 0o644)",
    ]


async def test_a_change_that_changes_nothing_leaves_nothing_to_undo(given: Given) -> None:
    path = given.file("a")
    ((_, identity),) = await shown(given, path)
    await given.permissions.set_mode(path, identity, parse_mode("u+rw"))
    with pytest.raises(Refused, match="Nothing to undo"):
        await given.undo.undo()


async def test_undo_is_refused_after_a_change_from_outside(given: Given) -> None:
    path = given.file("a")
    ((_, identity),) = await shown(given, path)
    await given.permissions.set_mode(path, identity, 0o600)
    os.chmod(path, 0o640)
    with pytest.raises(Refused, match="0640 now"):
        await given.undo.undo()
    assert mode_of(path) == 0o640
    os.chmod(path, 0o600)
    await given.undo.undo()
    assert mode_of(path) == 0o644


async def test_undo_is_refused_for_another_file_of_that_name(given: Given) -> None:
    path = given.file("a")
    ((_, identity),) = await shown(given, path)
    await given.permissions.set_mode(path, identity, 0o600)
    os.rename(given.file("b", 0o600), path)
    with pytest.raises(Refused, match="replaced"):
        await given.undo.undo()
    assert mode_of(path) == 0o600


async def test_a_file_replaced_while_shown_is_left_alone(given: Given) -> None:
    path = given.file("a")
    status = await given.permissions.inspect(path)
    os.rename(given.file("b", 0o600), path)
    with pytest.raises(Refused, match="replaced"):
        await given.permissions.set_mode(path, status.id, 0o777)
    with pytest.raises(Refused, match="replaced"):
        await given.permissions.toggle_execute(path, status.id)
    assert mode_of(path) == 0o600
    assert given.undo.feed.value == ""


async def test_execute_is_toggled_for_the_owner(given: Given) -> None:
    path = given.file("a")
    assert (await given.permissions.toggle_execute(path)).permissions == 0o744
    assert (await given.permissions.toggle_execute(path)).permissions == 0o644
    await given.undo.undo()
    assert mode_of(path) == 0o744


async def test_execute_of_a_link_is_that_of_its_target(given: Given) -> None:
    path = given.file("a")
    link, broken = str(given.place / "link"), str(given.place / "broken")
    os.symlink("a", link)
    os.symlink("nowhere", broken)
    status = await given.permissions.inspect(link)
    await given.permissions.toggle_execute(link, status.id)
    assert mode_of(path) == 0o744
    with pytest.raises(Refused, match="leads nowhere"):
        await given.permissions.toggle_execute(broken)


async def test_several_files_with_one_undo_and_every_failure_told(given: Given) -> None:
    paths = [given.file("a"), given.file("b", 0o600), given.file("c"), given.file("gone"), given.file("same", 0o744)]
    os.symlink("a", given.place / "link")
    targets = await shown(given, *paths, str(given.place / "link"))
    os.unlink(paths[3])
    os.rename(given.file("new"), paths[2])
    done = await given.permissions.set_modes(targets, parse_mode("u+x"))
    assert done.done == (paths[0], paths[1])
    assert done.unchanged == (paths[4],)
    assert [os.path.basename(failure.path) for failure in done.failures] == ["c", "gone", "link"]
    assert ["replaced" in done.failures[0].reason, "ENOENT" in done.failures[1].reason] == [True, True]
    assert done.text == "2 changed, 1 had it already, 3 failed"
    assert [mode_of(path) for path in paths[:3]] == [0o744, 0o700, 0o644]
    assert given.undo.feed.value == "chmod 2 files"
    assert await given.undo.undo() == "mode of 2 files put back"
    assert [mode_of(path) for path in paths[:2]] == [0o644, 0o600]


async def test_an_undo_of_several_goes_as_far_as_it_can(given: Given) -> None:
    paths = [given.file("a"), given.file("b"), given.file("c")]
    await given.permissions.set_modes(await shown(given, *paths), 0o600)
    assert given.undo.feed.value == "chmod → 0600 3 files"
    os.chmod(paths[1], 0o640)
    with pytest.raises(LeftAlone, match=r"^mode of 2 files put back; 1 left as it is: The mode of"):
        await given.undo.undo()
    assert [mode_of(path) for path in paths] == [0o644, 0o640, 0o644]
    assert given.undo.feed.value == ""


async def test_what_an_undo_of_several_failed_at_can_be_tried_again(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [given.file("a"), given.file("b"), given.file("c")]
    await given.permissions.set_modes(await shown(given, *paths), 0o600)
    tried: list[str] = []
    real = system.set_mode

    def set_mode(path: str, *arguments: Any) -> system.ModeSet:
        tried.append(path)
        if path == paths[1] and tried.count(path) < 3:
            raise call_error(OSError(errno.EROFS, os.strerror(errno.EROFS)), "os.chmod", path)
        return real(path, *arguments)

    monkeypatch.setattr(system, "set_mode", set_mode)
    with pytest.raises(Refused, match=r"mode of 2 files put back; 1 left as it is: .*EROFS.*Undo again"):
        await given.undo.undo()
    assert [mode_of(path) for path in paths] == [0o644, 0o600, 0o644]
    os.chmod(paths[0], 0o604)  # put back already: no more of this undo's business
    with pytest.raises(Denied):
        await given.undo.undo()
    assert given.undo.feed.value == "chmod → 0600 3 files"
    assert await given.undo.undo() == "mode of 1 file put back"
    assert [mode_of(path) for path in paths] == [0o604, 0o644, 0o644]
    assert tried == [paths[2], paths[1], paths[0], paths[1], paths[1]]
    assert given.undo.feed.value == ""


async def test_an_undo_of_several_that_reaches_none_stays(given: Given) -> None:
    paths = [given.file("a"), given.file("b")]
    await given.permissions.set_modes(await shown(given, *paths), 0o600)
    for path in paths:
        os.chmod(path, 0o640)
    with pytest.raises(Refused):
        await given.undo.undo()
    assert given.undo.feed.value


async def test_a_directory_that_shuts_itself_is_undone_with_its_entries(given: Given) -> None:
    directory = given.place / "directory"
    directory.mkdir(mode=0o755)
    (directory / "inside").touch(mode=0o644)
    targets = await shown(given, str(directory / "inside"), str(directory))
    await given.permissions.set_modes(targets, 0)
    await given.undo.undo()
    assert [mode_of(str(directory)), mode_of(str(directory / "inside"))] == [0o755, 0o644]


async def test_changes_from_outside_arrive(given: Given) -> None:
    path = given.file("a")
    changes = given.permissions.changes(path, seconds=0.001)
    async with aclosing(changes), asyncio.timeout(20):
        first = await anext(changes)
        assert isinstance(first, Status)
        os.chmod(path, 0o4711)
        second = await anext(changes)
        assert isinstance(second, Status)
        assert second.permissions == 0o4711
        os.unlink(path)
        assert isinstance(await anext(changes), NotFound)
        given.file("a", 0o600)
        assert isinstance(await anext(changes), Status)


async def test_nothing_arrives_while_nothing_changes(given: Given) -> None:
    path = given.file("a")
    changes = given.permissions.changes(path, seconds=0.001)
    async with aclosing(changes):
        await anext(changes)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await anext(changes)


async def test_what_is_not_there_cannot_be_inspected(given: Given) -> None:
    with pytest.raises(NotFound):
        await given.permissions.inspect(str(given.place / "nowhere"))
