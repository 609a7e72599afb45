"""Changing a tree from the inspector: the rules, the look before, the change, the way back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from textual.widgets import Input

from osexplorer.services.session import Session
from osexplorer.ui.dialogs.confirm import Confirm
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.dialogs.plan import PlanDialog, ValuePlanDialog
from osexplorer.ui.dialogs.recursive import RecursiveDialog
from osexplorer.ui.dialogs.tree_values import TreeValuesDialog
from osexplorer.ui.rowlist import RowList
from tests.ui.test_inspector import LARGE, SMALL, Inspected, inspecting
from tests.ui.test_shell import text_of
from tests.waiting import until


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "below").mkdir(parents=True)
    for name in ("a", "below/b", "below/\x1b[2J"):
        (root / name).touch(mode=0o644)
    for path in (root, root / "below"):
        path.chmod(0o755)
    return root


def modes(root: Path) -> dict[str, int]:
    return {str(path.relative_to(root)): stat.S_IMODE(path.stat().st_mode) for path in (root, *root.rglob("*"))}


def words(app: Inspected, id: str) -> str:
    return " ".join(str(app.screen.query_one(id).render()).split())


def field(app: Inspected, name: str) -> Input:
    return app.screen.query_one(f"#{name}", Input)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_tree_is_looked_at_changed_and_put_back(tree: Path, size: tuple[int, int]) -> None:
    before = modes(tree)
    async with inspecting(tree, size=size) as (app, pilot):
        await pilot.press("R")
        await until(lambda: isinstance(app.screen, RecursiveDialog))
        await pilot.press("enter")
        await until(lambda: "Say what" in words(app, "#problem"))
        field(app, "files").value = "u+q"
        await until(lambda: "Files: Column 3" in words(app, "#problem"))
        field(app, "files").value = "666"
        await until(lambda: "0644 becomes 0666" in words(app, "#files-meaning"))
        await pilot.press("down")
        assert field(app, "directories").has_focus
        field(app, "directories").value = "go-x"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, PlanDialog) and app.screen.plan is not None, "the plan")
        await until(lambda: "5 of 5 entries change: 2 directories, 3 others" in words(app, "#about"))
        assert "3 become writable by anybody" in words(app, "#about")
        listed = text_of(app.screen.query_one(RowList))
        assert "0666 rw-rw-rw-" in listed
        assert "\x1b" not in listed
        assert modes(tree) == before
        for count in (3, 2, 0, 3, 5):
            await pilot.press("f")
            shown = app.screen.query_one(RowList).source
            await until(lambda shown=shown, count=count: len(shown) == count)
        await pilot.press("enter")
        await until(lambda: modes(tree)["below/b"] == 0o666 and modes(tree)["."] == 0o744, "the change")
        await until(lambda: app.session.undo.feed.value, "the way back")
        assert "chmod -R" in app.session.undo.feed.value
        await pilot.press("u")
        await until(lambda: modes(tree) == before, "the undo")


async def test_letters_change_bit_by_bit_and_the_owner_is_completed(tree: Path) -> None:
    (tree / "a").chmod(0o755)
    async with inspecting(tree) as (app, pilot):
        await pilot.press("R")
        await until(lambda: isinstance(app.screen, RecursiveDialog) and app.screen._names.users)
        field(app, "files").value = "go-w"
        await until(lambda: "????-??-?: 0644 becomes 0644" in words(app, "#files-meaning"))
        field(app, "files").value = "rw?r-----"
        field(app, "owner").value = "no-such-user"
        await until(lambda: "F2: put back set-ID bits" in words(app, "#owner-meaning"))
        await pilot.press("f2")
        await until(lambda: "[x] F2" in words(app, "#owner-meaning"))
        await pilot.press("enter")
        await until(lambda: "There is no user" in words(app, "#problem"))
        await pilot.press("down", "down")
        field(app, "owner").value = ""
        await pilot.press(*"dae")
        await until(lambda: field(app, "owner")._suggestion == "daemon", "the completion")
        field(app, "owner").value = ""
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, PlanDialog) and app.screen.plan is not None, "the plan")
        await pilot.press("enter")
        await until(lambda: modes(tree)["below/b"] == 0o640, "the change")
        assert modes(tree)["a"] == 0o740


async def test_looking_alone_changes_nothing(tree: Path) -> None:
    before = modes(tree)
    async with inspecting(tree) as (app, pilot):
        await pilot.press("R")
        await until(lambda: isinstance(app.screen, RecursiveDialog))
        field(app, "files").value = "600"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, PlanDialog) and app.screen.plan is not None)
        await pilot.press("escape")
        await until(lambda: app.inspector.grid.has_focus)
        assert modes(tree) == before
        assert not app.session.undo.feed.value


async def test_a_change_of_an_earlier_run_is_taken_back(tree: Path) -> None:
    from osexplorer.model.mode_change import parse_mode
    from osexplorer.model.recursive import Rules

    before = modes(tree)
    await Session().recursive.change([str(tree)], Rules(parse_mode("600"))).result()
    assert modes(tree) != before
    async with inspecting(tree) as (app, pilot):
        assert not app.session.undo.feed.value
        await pilot.press("U")
        await until(lambda: isinstance(app.screen, Picker))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(lambda: modes(tree) == before, "the undo")
        await until(lambda: app.inspector.grid.has_focus)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_undo_asks_about_changes_of_earlier_runs_when_this_one_made_none(
    tree: Path, size: tuple[int, int]
) -> None:
    from osexplorer.model.mode_change import parse_mode
    from osexplorer.model.recursive import Rules

    before = modes(tree)
    await Session().recursive.change([str(tree)], Rules(parse_mode("600"))).result()
    changed = modes(tree)
    assert changed != before
    async with inspecting(tree, size=size) as (app, pilot):
        assert not app.session.undo.feed.value
        await until(app.main.can_undo, "the change on disk")
        await pilot.press("2")
        await until(lambda: app.main.pane.SCOPE == "files", "the files")
        await pilot.press("u")
        await until(lambda: isinstance(app.screen, Picker), "the question")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Confirm))
        assert modes(tree) == changed
        await pilot.press("y")
        await until(lambda: modes(tree) == before, "the undo")


async def test_nothing_can_be_undone_where_no_run_changed_anything(tree: Path) -> None:
    async with inspecting(tree) as (app, _):
        await app.main.find_earlier()
        assert not app.main.can_undo()


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_what_else_a_tree_has_is_looked_at_changed_and_put_back(tree: Path, size: tuple[int, int]) -> None:
    async with inspecting(tree, size=size) as (app, pilot):
        await pilot.press("T")
        await until(lambda: isinstance(app.screen, TreeValuesDialog))
        await pilot.press("enter")
        await until(lambda: "Say what" in words(app, "#problem"))
        field(app, "flags").value = "i"
        await until(lambda: "Inode flags: Flags begin with +" in words(app, "#problem"))
        field(app, "flags").value = ""
        field(app, "acl").value = "u:0:rwX,d:u:0:r"
        await until(lambda: "default entries for directories alone" in words(app, "#meaning"))
        field(app, "attribute").value = "user.note=\x1b[2J"
        field(app, "mtime").value = "@1500000000"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, PlanDialog) and app.screen.plan is not None, "the plan")
        await until(lambda: "5 of 5 entries change" in words(app, "#about"))
        listed = text_of(app.screen.query_one(RowList))
        assert "ACL 3 → 5 entries" in listed
        assert "\x1b" not in listed
        assert os.listxattr(tree / "a") == []
        await pilot.press("f", "enter")
        await until(lambda: app.session.undo.feed.value, "the way back")
        assert app.session.undo.feed.value.startswith("setfacl, setfattr, touch -R")
        assert (tree / "below").stat().st_mtime == 1_500_000_000
        assert set(os.listxattr(tree / "a")) == {"user.note", "system.posix_acl_access"}
        await pilot.press("u")
        await until(lambda: not os.listxattr(tree / "a") and not os.listxattr(tree), "the undo")
        assert (tree / "below").stat().st_mtime > 1_500_000_000


async def test_an_undo_that_leaves_things_alone_is_told_as_a_problem_and_leaves_the_stack(tree: Path) -> None:
    from osexplorer.model.mode_change import parse_mode
    from osexplorer.model.recursive import Rules

    async with inspecting(tree) as (app, pilot):
        await app.session.recursive.change([str(tree)], Rules(parse_mode("600"))).result()
        await until(lambda: app.session.undo.feed.value, "the way back")
        for name in ("a", "below/b", "below/\x1b[2J"):
            (tree / name).chmod(0o444)
        await pilot.press("u")
        await until(lambda: app.session.undo.feed.value == "", "the change off the stack")
        await until(lambda: any("3 changed since and left alone" in one.message for one in app._notifications), "it")
        (told,) = [one for one in app._notifications if "left alone" in one.message]
        assert told.severity != "information"
        assert modes(tree)["a"] == 0o444


@pytest.mark.parametrize("key", ["R", "T"])
async def test_a_link_that_is_shown_leads_no_change_to_another_tree(tree: Path, key: str) -> None:
    before = modes(tree)
    link = tree.parent / "link"
    link.symlink_to(tree)
    async with inspecting(link) as (app, pilot):
        await pilot.press(key)
        await until(lambda: isinstance(app.screen, RecursiveDialog | TreeValuesDialog))
        field(app, "files" if key == "R" else "acl").value = "u=rwx,o=r" if key == "R" else f"u:{os.geteuid() + 5}:rwx"
        await pilot.press("enter")
        await until(
            lambda: isinstance(app.screen, PlanDialog | ValuePlanDialog) and app.screen.plan is not None, "the plan"
        )
        assert len(app.screen.plan or ()) == 0  # type: ignore[attr-defined]
    assert modes(tree) == before
