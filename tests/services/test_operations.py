"""The service of operations: what it does can be undone, and what fails leaves everything as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from osexplorer.model.errors import CallError, Exists, Refused
from osexplorer.model.operations import Clash, LinkKind, Target
from osexplorer.model.status import FileId
from osexplorer.services import name_text
from osexplorer.services.session import Session
from tests.waiting import until


@pytest.fixture
def session() -> Session:
    return Session()


def targets(*paths: Path) -> list[Target]:
    return [Target(str(path), FileId(os.lstat(path).st_dev, os.lstat(path).st_ino)) for path in paths]


def tree(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() if path.is_file() else "" for path in root.rglob("*")}


async def undoable(session: Session, word: str) -> None:
    await until(lambda: word in session.undo.feed.value, f"an undo of {word}")


async def test_make_and_link_and_back(session: Session, tmp_path: Path) -> None:
    assert await session.operations.make(f"{tmp_path}/a/b/") == f"{tmp_path}/a/b"
    assert (tmp_path / "a" / "b").is_dir()
    await session.operations.link(f"{tmp_path}/a/b", f"{tmp_path}/link", LinkKind.RELATIVE)
    assert os.readlink(tmp_path / "link") == "a/b"
    await session.undo.undo()
    await session.undo.undo()
    assert tree(tmp_path) == {}
    with pytest.raises(Refused):
        await session.operations.make(f"{tmp_path}/{'n' * 256}")


async def test_what_is_made_behind_a_link_is_where_the_kernel_goes(session: Session, tmp_path: Path) -> None:
    (tmp_path / "t" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to("t/deep")
    assert await session.operations.make(f"{tmp_path}/link/../new") == f"{tmp_path}/t/new"
    assert (tmp_path / "t" / "new").exists()
    assert not (tmp_path / "new").exists()
    await session.undo.undo()
    assert not (tmp_path / "t" / "new").exists()


async def test_rename_and_back(session: Session, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    with pytest.raises(Exists):
        await session.operations.rename(targets(tmp_path / "a")[0], "b")
    with pytest.raises(Refused):
        await session.operations.rename(targets(tmp_path / "a")[0], "x/y")
    await session.operations.rename(targets(tmp_path / "a")[0], "c")
    assert tree(tmp_path) == {"b": "b", "c": "a"}
    (tmp_path / "a").write_text("new")
    with pytest.raises(Exists):
        await session.undo.undo()
    (tmp_path / "a").unlink()
    await session.undo.undo()  # it has stayed undoable
    assert tree(tmp_path) == {"b": "b", "a": "a"}


async def test_a_swap_of_names_and_back(session: Session, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text(name)
    chosen = targets(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    assert await session.operations.rename_all(chosen, ["b", "c", "a"], list("abc")) == 3
    assert tree(tmp_path) == {"b": "a", "c": "b", "a": "c"}
    await session.undo.undo()
    assert tree(tmp_path) == {"a": "a", "b": "b", "c": "c"}


async def test_a_swap_where_a_name_to_wait_under_was_left_by_an_earlier_run(session: Session, tmp_path: Path) -> None:
    for name in ("a", "b", ".osexplorer-1.tmp"):
        (tmp_path / name).write_text(name)
    assert await session.operations.rename_all(targets(tmp_path / "a", tmp_path / "b"), ["b", "a"]) == 2
    assert tree(tmp_path) == {"a": "b", "b": "a", ".osexplorer-1.tmp": ".osexplorer-1.tmp"}


async def test_renames_that_fail_midway_are_taken_back(session: Session, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text(name)
    chosen = targets(tmp_path / "a", tmp_path / "b")
    (tmp_path / "z").write_text("came meanwhile")  # not among the names that the plan knows of
    with pytest.raises(CallError):
        await session.operations.rename_all(chosen, ["x", "z"], list("abc"))
    assert tree(tmp_path) == {"a": "a", "b": "b", "c": "c", "z": "came meanwhile"}
    with pytest.raises(Refused, match="both be called"):
        await session.operations.rename_all(chosen, ["x", "x"], list("abc"))


@pytest.mark.parametrize("typed", ["one\n", "", "one\n\n", "same\nsame\n", "one\nt/wo\n", "one\n.\n", "1\n2\n3\n"])
async def test_typed_names_that_cannot_be_are_kept(session: Session, tmp_path: Path, typed: str) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    chosen = targets(tmp_path / "a", tmp_path / "b")
    path = Path(await name_text.write(session.door, ["a", "b"]))
    path.write_text(typed)
    with pytest.raises(Refused):
        await name_text.read(session.door, str(path), chosen)
    assert path.read_text() == typed
    path.write_text("b\na\n")
    assert await name_text.read(session.door, str(path), chosen) == ("b", "a")
    await name_text.remove(session.door, str(path))
    assert not path.exists()


async def test_a_copy_goes_to_the_trash_when_it_is_undone(session: Session, tmp_path: Path) -> None:
    (tmp_path / "from" / "d").mkdir(parents=True)
    (tmp_path / "from" / "d" / "f").write_text("f")
    (tmp_path / "to").mkdir()
    session.operations.take(targets(tmp_path / "from" / "d"), cut=False)
    outcome = await session.operations.paste(f"{tmp_path}/to", Clash.SKIP).result()
    assert outcome.text("copied") == "1 copied"
    assert tree(tmp_path / "to") == {"d": "", "d/f": "f"}
    assert await session.operations.clashes(f"{tmp_path}/to") == ("d",)
    await undoable(session, "copy d")
    await session.undo.undo()
    assert tree(tmp_path / "to") == {}
    assert (Path(os.environ["HOME"]) / ".local/share/Trash/files/d/f").read_text() == "f"
    assert session.operations.clipboard.value.targets  # can be pasted again


async def test_a_move_and_back(session: Session, tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "to").mkdir()
    for name in "ab":
        (tmp_path / "from" / name).write_text(name)
    session.operations.take(targets(tmp_path / "from" / "a", tmp_path / "from" / "b"), cut=True)
    await session.operations.paste(f"{tmp_path}/to", Clash.SKIP).result()
    await undoable(session, "move a and 1 more")
    assert tree(tmp_path / "to") == {"a": "a", "b": "b"}
    assert session.operations.clipboard.value.targets == ()
    await session.undo.undo()
    assert tree(tmp_path / "from") == {"a": "a", "b": "b"}


async def test_a_move_that_skips_keeps_the_clipboard(session: Session, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "a").write_text("old")
    (tmp_path / "a").write_text("new")
    session.operations.take(targets(tmp_path / "a"), cut=True)
    outcome = await session.operations.paste(f"{tmp_path}/to", Clash.SKIP).result()
    assert (outcome.done, outcome.skipped) == (0, 1)
    assert len(session.operations.clipboard.value.targets) == 1
    assert (tmp_path / "a").read_text() == "new"


async def test_the_trash_and_back(session: Session, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").write_text("f")
    (tmp_path / "g").write_text("g")
    outcome = await session.operations.discard(targets(tmp_path / "d", tmp_path / "g")).result()
    assert outcome.done == 2
    await undoable(session, "put d and 1 more into the trash")
    assert tree(tmp_path) == {}
    assert await session.undo.undo() == "2 entries are back from the trash"
    assert tree(tmp_path) == {"d": "", "d/f": "f", "g": "g"}


async def test_deleting_tells_what_could_not_be(session: Session, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "g").write_text("g")
    chosen = targets(tmp_path / "d", tmp_path / "g")
    (tmp_path / "new").write_text("another")
    (tmp_path / "new").replace(tmp_path / "g")
    outcome = await session.operations.delete(chosen).result()
    assert (outcome.done, outcome.failed) == (1, 1)
    assert "replaced" in outcome.first
    assert (tmp_path / "g").read_text() == "another"
