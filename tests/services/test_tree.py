"""The tree service on real directories."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from osexplorer.model.errors import Abandoned
from osexplorer.model.tree import Branch, TreeRow
from osexplorer.model.watch import Hint, Watching
from osexplorer.services import tree as tree_service
from osexplorer.services.door import Door
from osexplorer.services.tree import Tree
from osexplorer.system.tree import directories
from tests.mounting import mounted
from tests.unprivileged import IS_ROOT, as_nobody, open_place
from tests.waiting import until

__all__ = ["open_place"]


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


async def test_what_comes_while_a_directory_is_being_read_is_not_lost(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(Door(), str(place), live=False)
    await tree.expand(str(place))
    loop, told = asyncio.get_running_loop(), threading.Event()
    looked = tree_service.system.mount_points

    def tell() -> None:
        tree._told(Hint(str(place), Watching.LIVE, entries=True))
        loop.call_soon(loop.call_soon, told.set)

    def late() -> frozenset[str]:
        """The names have been read by now."""
        if not told.is_set():
            (place / "new").mkdir()
            loop.call_soon_threadsafe(tell)
            assert told.wait(20)
        return looked()

    monkeypatch.setattr(tree_service.system, "mount_points", late)
    tree._told(Hint(str(place), Watching.LIVE, entries=True))
    await until(lambda: ".new" in shown(tree), "what came meanwhile")
    tree.close()


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


def row(tree: Tree, path: Path) -> TreeRow:
    at = tree.index(str(path))
    assert at is not None, path
    return tree.row(at)


async def test_expanding_to_a_depth(tree: Tree, place: Path) -> None:
    await tree.expand(str(place))
    assert await tree.expand_to(str(place), 2) == ""
    assert shown(tree) == [".a2", ".a10", "..x", ".b", ".self", ".to-b"]
    assert row(tree, place / "self").branch is Branch.COLLAPSED, "links are expanded by themselves only"
    await tree.expand_to(str(place / "a10"), 9)
    assert shown(tree)[1:4] == [".a10", "..x", "...deep"]
    assert row(tree, place / "a10/x/deep").branch is Branch.EMPTY
    assert not tree.is_expanding and not tree.stop_expanding()


async def test_expanding_what_was_collapsed_reads_it_again(place: Path) -> None:
    tree = Tree(Door(), str(place), live=False)
    await tree.expand_to(str(place), 3)
    tree.collapse(str(place / "b"))
    (place / "b/new").mkdir()
    await tree.expand_to(str(place), 2)
    assert "..new" in shown(tree)


async def test_expanding_many_is_bounded_and_can_be_given_up(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(70):
        (place / f"b/{number}/below").mkdir(parents=True)
    tree = Tree(Door(), str(place), live=False)
    monkeypatch.setattr(tree_service, "MOST", 10)
    assert await tree.expand_to(str(place), 9) == "stopped at 10 directories"
    monkeypatch.undo()
    revisions = tree.feed.value.revision
    task = asyncio.create_task(tree.expand_to(str(place), 9))
    await until(lambda: tree.is_expanding)
    assert tree.stop_expanding()
    with pytest.raises(Abandoned):
        await task
    await tree.expand_to(str(place), 9)
    assert "...below" in shown(tree)
    assert tree.feed.value.revision - revisions < 30, "the rows are not made anew for every directory"


async def test_collapsing_all_keeps_the_way_to_what_is_listed(tree: Tree, place: Path) -> None:
    await tree.reveal(str(place / "a10/x"))
    await tree.expand(str(place / "b"))
    await tree.expand(str(place / "a10/x"))
    tree.collapse_all()
    assert shown(tree) == [".a2", ".a10", "..x", ".b", ".self", ".to-b"]
    assert row(tree, place / "b").branch is Branch.COLLAPSED


async def test_a_link_to_what_is_above_is_called_a_loop(tree: Tree, place: Path) -> None:
    await tree.expand_to(str(place), 1)
    await tree.expand(str(place / "self"))
    assert row(tree, place / "self").loop
    assert not row(tree, place / "b").loop
    await tree.expand_to(str(place / "self"), 5)
    assert row(tree, place / "self/a10").branch is Branch.COLLAPSED, "nothing below a loop is expanded with it"


async def test_a_bind_mount_of_what_is_above_is_a_loop_and_stays_collapsed(place: Path) -> None:
    with mounted("--bind", place, place / "b"):
        tree = Tree(Door(), str(place), live=False)
        said = await tree.expand_to(str(place), 20)
        assert said == "1 mounted file system left collapsed"
        assert row(tree, place / "b").mount and row(tree, place / "b").branch is Branch.COLLAPSED
        await tree.expand(str(place / "b"))
        assert row(tree, place / "b").loop
        assert row(tree, place / "b/a10").branch is Branch.COLLAPSED


def test_what_may_not_be_listed_is_marked_beforehand(open_place: Path) -> None:
    (open_place / "open").mkdir()
    (open_place / "closed").mkdir()
    (open_place / "open").chmod(0o755)
    (open_place / "closed").chmod(0o300)
    found = as_nobody(lambda: directories(str(open_place)))
    (open_place / "closed").chmod(0o700)
    assert found.unreadable == {"closed"}


async def test_a_mode_that_changes_is_noticed(open_place: Path) -> None:
    (open_place / "d").mkdir()
    tree = Tree(Door(), str(open_place))
    await tree.expand(str(open_place))
    read = row(tree, open_place / "d")
    assert not read.unreadable
    revision = tree.feed.value.revision
    (open_place / "d").chmod(0o311)
    await until(lambda: tree.feed.value.revision > revision, "the directory to be read again")
    tree.close()
