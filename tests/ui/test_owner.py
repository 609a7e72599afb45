"""Owner and group in the inspector."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from textual.widgets import Input

from osexplorer.ui.dialogs.accounts import AccountPicker
from osexplorer.ui.dialogs.owner import OwnerDialog
from tests.ui.test_inspector import Inspected, inspecting
from tests.unprivileged import NOBODY, needs_root
from tests.waiting import until

pytestmark = needs_root


def words(app: Inspected, id: str) -> str:
    return " ".join(str(app.screen.query_one(id).render()).split())


async def test_the_owner_is_changed_with_warnings_and_put_back(tmp_path: Path) -> None:
    file = tmp_path / "program"
    file.write_text("")
    file.chmod(0o4755)
    os.link(file, tmp_path / "again")
    async with inspecting(file) as (app, pilot):
        await pilot.press("o")
        await until(lambda: isinstance(app.screen, OwnerDialog))
        assert "setuid away" in words(app, "#preview")
        assert "2 names" in words(app, "#preview")
        await pilot.press("f2")
        assert "setuid will be put back" in words(app, "#preview")
        await pilot.press("f2")
        field = app.screen.query_one(Input)
        field.value = "4294967295"
        await until(lambda: "leave it as it is" in words(app, "#problem"))
        field.value = "no-such-user"
        await until(lambda: "There is no user" in words(app, "#problem"), "the reason before it is accepted")
        await pilot.press("enter")
        await until(lambda: "There is no user" in words(app, "#problem"))
        field.value = ":65534"
        await until(lambda: "becomes root:nogroup (0:65534)" in words(app, "#becomes"))
        field.value = "65534:65534"
        await pilot.press("enter")
        await until(lambda: file.stat().st_uid == NOBODY, "the change")
        assert stat.S_IMODE(file.stat().st_mode) == 0o755
        await until(lambda: app.session.undo.feed.value)
        await pilot.press("u")
        await until(lambda: (file.stat().st_uid, stat.S_IMODE(file.stat().st_mode)) == (0, 0o4755), "the undo")


async def test_names_are_completed_from_the_list(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    async with inspecting(file) as (app, pilot):
        await pilot.press("o")
        await until(lambda: isinstance(app.screen, OwnerDialog) and app.screen._names.groups, "the accounts")
        await pilot.press("n", "o", "b")
        await until(lambda: app.screen.query_one(Input)._suggestion == "nobody", "the completion")
        await pilot.press("right")
        assert app.screen.query_one(Input).value == "nobody"
        await pilot.press(":", "tab")
        await until(lambda: isinstance(app.screen, AccountPicker) and app.screen.dialog_title == "Group")
        app.screen.query_one(Input).value = "root"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OwnerDialog))
        assert app.screen.query_one(Input).value == "nobody:root"
