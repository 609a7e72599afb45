"""The tree service on real directories."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from osexplorer.model.tree import Branch
from osexplorer.services.door import Door
from osexplorer.services.tree import Tree
from tests.unprivileged import IS_ROOT
from tests.waiting import until


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for path in ("a10/x/deep", "a2", ".hidden/in", "b"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "to-b").symlink_to("b")
    (tmp_path / "to-file").symlink_to("file")
    (tmp_path / "self").symlink_to(".")
    return tmp_path


@pytest_asyncio.fixture
async def tree(place: Path) -> AsyncIterator[Tree]:
    tree = Tree(Door(), str(place))
    yield tree
    tree.close()


def shown(tree: Tree) -> list[str]:
    """Names, indented by depth."""
    return ["." * row.depth + row.name for row in (tree.row(at) for at in range(len(tree)))][1:]


async def test_only_directories_in_natural_order(tree: Tree, place: Path) -> None:
    assert tree.row(0).branch is Branch.COLLAPSED
    await tree.expand(str(place))
    assert shown(tree) == [".a2", ".a10", ".b", ".self", ".to-b"]
    rows = {tree.row(at).name: tree.row(at) for at in range(len(tree))}
    assert rows["to-b"].link and rows["self"].link and not rows["b"].link
    assert rows["b"].branch is Branch.COLLAPSED
    await tree.expand(str(place / "b"))
    at = tree.index(str(place / "b"))
    assert at is not None and tree.row(at).branch is Branch.EMPTY


async def test_collapsing_keeps_what_is_expanded_below(tree: Tree, place: Path) -> None:
    await tree.expand(str(place))
    await tree.expand(str(place / "a10"))
    await tree.expand(str(place / "a10/x"))
    assert shown(tree)[:4] == [".a2", ".a10", "..x", "...deep"]
    tree.collapse(str(place / "a10"))
    assert shown(tree)[:3] == [".a2", ".a10", ".b"]
    await tree.expand(str(place / "a10"))
    assert shown(tree)[:4] == [".a2", ".a10", "..x", "...deep"]


async def test_hidden_directories(tree: Tree, place: Path) -> None:
    await tree.expand(str(place))
    tree.set_hidden(True)
    assert shown(tree)[0] == "..hidden"
    tree.set_hidden(False)
    assert shown(tree)[0] == ".a2"


async def test_reveal_opens_the_way_also_through_hidden_ones(tree: Tree, place: Path) -> None:
    await tree.reveal(str(place / ".hidden/in"))
    assert shown(tree)[:2] == ["..hidden", "..in"]
    assert tree.feed.value.current == str(place / ".hidden/in")
    await tree.reveal(str(place / "a10/x"))
    assert shown(tree)[:3] == [".a2", ".a10", "..x"], "the hidden one is hidden again"
    await tree.reveal("/elsewhere")
    assert tree.feed.value.current == str(place / "a10/x")


async def test_a_loop_of_links_is_not_descended_by_itself(tree: Tree, place: Path) -> None:
    await tree.expand(str(place))
    assert len(tree) == 6
    await tree.expand(str(place / "self"))
    assert tree.index(str(place / "self/self")) is not None
    assert len(tree) == 11


async def test_an_unreadable_directory_says_so_in_its_row(place: Path) -> None:
    tree = Tree(Door(), str(place), live=False)
    await tree.expand(str(place))
    if IS_ROOT:
        (place / "b").rmdir()
    else:
        (place / "b").chmod(0o300)
    await tree.expand(str(place / "b"))
    at = tree.index(str(place / "b"))
    assert at is not None
    row = tree.row(at)
    assert row.branch is Branch.FAILED
    assert row.error is not None and row.error.code == ("ENOENT" if IS_ROOT else "EACCES")
    if not IS_ROOT:
        (place / "b").chmod(0o700)


async def test_directories_come_and_go(tree: Tree, place: Path) -> None:
    await tree.expand(str(place))
    await tree.expand(str(place / "a10"))
    (place / "new").mkdir()
    await until(lambda: ".new" in shown(tree))
    (place / "new").rmdir()
    await until(lambda: ".new" not in shown(tree))
    assert "..x" in shown(tree), "what was expanded stays so"


async def test_refresh(place: Path) -> None:
    tree = Tree(Door(), str(place), live=False)
    await tree.expand(str(place))
    (place / "c").mkdir()
    (place / "a2").rmdir()
    await tree.refresh()
    assert shown(tree) == [".a10", ".b", ".c", ".self", ".to-b"]


async def test_the_guides_know_the_last_of_each_directory(tree: Tree, place: Path) -> None:
    await tree.reveal(str(place / "a10/x/deep"))
    rows = {tree.row(at).path: tree.row(at).last for at in range(len(tree))}
    assert rows[str(place)] == ()
    assert rows[str(place / "a10/x/deep")] == (False, True, True)
    assert rows[str(place / "to-b")] == (True,)


async def test_names_that_are_not_utf8(tree: Tree, place: Path) -> None:
    os.mkdir(os.fsencode(place) + b"/\xff[b]")
    await tree.expand(str(place))
    assert ".\udcff[b]" in shown(tree)


async def test_mount_points_are_marked() -> None:
    tree = Tree(Door(), "/", live=False)
    await tree.expand("/")
    at = tree.index("/proc")
    if at is None or not os.path.ismount("/proc"):
        pytest.skip("no /proc")
    assert tree.row(at).mount
