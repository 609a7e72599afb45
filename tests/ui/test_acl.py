"""ACLs in the inspector: seen, edited, applied, put back."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from textual.widgets import Input

from osexplorer.model.acl_change import EXPECTED
from osexplorer.ui.dialogs.acl import AclDialog
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.confirm import Confirm
from osexplorer.ui.dialogs.prompt import Prompt
from tests.services.test_acls import file, getfacl
from tests.ui.test_inspector import LARGE, SMALL, Inspected, inspecting
from tests.ui.test_shell import text_of
from tests.waiting import until

__all__ = ["file"]


def words(app: Inspected, id: str) -> str:
    return " ".join(str(app.screen.query_one(id).render()).split())


def listed(app: Inspected) -> str:
    assert isinstance(app.screen, AclDialog)
    return text_of(app.screen.rows)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_an_acl_is_edited_entry_by_entry(file: Path, size: tuple[int, int]) -> None:
    async with inspecting(file, size=size) as (app, pilot):
        await pilot.press("A")
        await until(lambda: isinstance(app.screen, AclDialog))
        await until(lambda: "group:" in listed(app))
        assert "mode rw-r-----" in words(app, "#about")
        assert "there is no mask" in words(app, "#about")
        await pilot.press("ctrl+s")
        await until(lambda: "Nothing is edited" in words(app, "#problem"))
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, Prompt))
        await pilot.press(*"u:nobo")
        await until(lambda: app.screen.query_one(Input)._suggestion == "u:nobody", "the completion")
        await pilot.press("right", *":rwq", "enter")
        await until(lambda: "q is not one of" in words(app, "#problem"))
        await pilot.press("backspace", "enter")
        await until(lambda: isinstance(app.screen, AclDialog) and "*user:nobody" in listed(app))
        assert "mode rw-r----- → rw-rw----" in words(app, "#about")
        assert "shows the mask, rw-; the owning group itself may r--" in words(app, "#about")
        assert getfacl(file) == ["user::rw-", "group::r--", "other::---"]
        screen = app.screen
        assert isinstance(screen, AclDialog)
        assert screen.rows.render_line(0).text.index("May") < 25, "what an entry may stands beside it"
        screen.rows.move_to(3)  # the mask
        await pilot.press("w")
        await until(lambda: "the mask leaves r--" in listed(app) or size == SMALL)
        assert screen.new.access[3].permissions == 4
        await pilot.press("m")
        assert screen.new.access[3].permissions == 6
        await pilot.press("D")
        await until(lambda: "Only directories" in words(app, "#problem"))
        await pilot.press("ctrl+s")
        await until(lambda: "user:nobody:rw-" in getfacl(file), "the change")
        await until(lambda: "user:nobody:rw-" in app.inspector.statuses[0].extended.acl, "the fact")
        await until(lambda: "the group bits shown here are its mask" in " ".join(app.shown.split()), "the note")
        await until(lambda: app.session.undo.feed.value)
        await pilot.press("u")
        await until(lambda: getfacl(file) == ["user::rw-", "group::r--", "other::---"], "the undo")
        assert stat.S_IMODE(file.stat().st_mode) == 0o640


async def test_entries_are_taken_away_and_default_acls_made(file: Path, tmp_path: Path) -> None:
    directory = tmp_path / "directory"
    directory.mkdir(0o750)
    subprocess.run(["setfacl", "-m", "u:daemon:rwx", directory], check=True)
    async with inspecting(directory) as (app, pilot):
        await pilot.press("A")
        await until(lambda: isinstance(app.screen, AclDialog) and "user:daemon" in listed(app))
        await pilot.press("d")
        await until(lambda: "must have one entry for the owner" in words(app, "#problem"))
        await pilot.press("down", "d")
        await until(lambda: "taken off" in listed(app))
        await pilot.press("D")
        await until(lambda: "default:group" in listed(app))
        await pilot.press("ctrl+s")
        await until(lambda: "default:group::r-x" in getfacl(directory))
        assert "user:daemon:rwx" not in getfacl(directory)
        await until(lambda: not isinstance(app.screen, AclDialog))
        await pilot.press("A")
        await until(lambda: isinstance(app.screen, AclDialog) and "default:group" in listed(app))
        await pilot.press("b")
        await until(lambda: "taken off" in listed(app))
        await pilot.press("ctrl+s")
        await until(lambda: getfacl(directory) == ["user::rwx", "group::r-x", "other::---"])


async def test_a_selection_takes_one_change(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.touch()
    async with inspecting(file, other) as (app, pilot):
        await pilot.press("A")
        await until(lambda: isinstance(app.screen, Prompt))
        await until(lambda: "Type a change" in words(app, "#problem"), "what is missing")
        assert [EXPECTED in str(one.render()) for one in app.screen.query(Text)].count(True) == 1
        app.screen.query_one(Input).value = "u:nobody:rw,g:daemon:r"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Confirm), "what would change")
        shown = " ".join(str(one.render()) for one in app.screen.query(Text))
        assert f"{other.name}: " in shown
        assert "3 → 6 entries" in shown
        assert "user:nobody:rw-" not in getfacl(file) + getfacl(other)
        await pilot.press("y")
        await until(lambda: "user:nobody:rw-" in getfacl(file) and "user:nobody:rw-" in getfacl(other))
        await until(lambda: app.session.undo.feed.value == "setfacl 2 files")
        await pilot.press("u")
        await until(lambda: not {"system.posix_acl_access"} & {*os.listxattr(file), *os.listxattr(other)})
