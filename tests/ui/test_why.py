"""The question why, on the screen: what is asked, for whom, and a change that would help."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

from textual.widgets import Input

from osexplorer.ui.dialogs.accounts import AccountPicker
from osexplorer.ui.dialogs.confirm import Confirm
from osexplorer.ui.dialogs.who_can import WhoCanDialog
from osexplorer.ui.dialogs.why import WhyDialog
from osexplorer.ui.rowlist import RowList
from tests.ui.test_inspector import Inspected, inspecting
from tests.ui.test_shell import HOSTILE, text_of
from tests.unprivileged import needs_root, open_place  # noqa: F401 - a fixture
from tests.waiting import until


def dialog(app: Inspected) -> WhyDialog:
    assert isinstance(app.screen, WhyDialog)
    return app.screen


def answer(app: Inspected) -> str:
    return " ".join(text_of(dialog(app).query_one(RowList)).split())


async def test_it_answers_for_ourselves_and_each_question(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("")
    async with inspecting(file) as (app, pilot):
        await pilot.press("W")
        await until(lambda: isinstance(app.screen, WhyDialog) and "may read" in answer(app), "the answer")
        await pilot.press("c")
        await until(lambda: "EEXIST" in answer(app), "the answer about creating")
        await pilot.press("d")
        await until(lambda: "may delete" in answer(app), "the answer about deleting")
        await pilot.press("escape")
        await until(lambda: app.inspector.grid.has_focus, "the inspector")


@needs_root
async def test_another_user_is_given_what_they_lack_and_undo_takes_it_back(open_place: Path) -> None:  # noqa: F811
    file = open_place / "secret"
    file.write_text("")
    file.chmod(0o600)
    async with inspecting(file) as (app, pilot):
        await pilot.press("W")
        await until(lambda: isinstance(app.screen, WhyDialog) and dialog(app).answer is not None)
        await pilot.press("o")
        await until(lambda: isinstance(app.screen, AccountPicker))
        app.screen.query_one(Input).value = "65534"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, WhyDialog) and "EACCES" in answer(app), "the denial")
        rows = dialog(app).source.rows
        at = next(at for at, row in enumerate(rows) if row.line.remedy is not None and row.line.remedy.change)
        dialog(app).query_one(RowList).move_to(at)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Confirm))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        await pilot.press("y")
        await until(lambda: stat.S_IMODE(file.stat().st_mode) == 0o604, "the change")
        await until(lambda: isinstance(app.screen, WhyDialog) and "EACCES" not in answer(app), "the new answer")
        await pilot.press("escape")
        await pilot.press("u")
        await until(lambda: stat.S_IMODE(file.stat().st_mode) == 0o600, "the undo")


@needs_root
async def test_a_change_of_another_kind_is_named_and_a_user_that_is_not_there_too(
    open_place: Path,  # noqa: F811
) -> None:
    file = open_place / "secret"
    file.write_text("")
    file.chmod(0o640)
    os.chown(file, 0, 4)
    async with inspecting(file) as (app, pilot):
        await pilot.press("W")
        await until(lambda: isinstance(app.screen, WhyDialog) and dialog(app).answer is not None)
        dialog(app).user = "nobody"
        await pilot.press("r")
        await until(lambda: "usermod" in answer(app))
        rows = dialog(app).source.rows
        at = next(at for at, row in enumerate(rows) if row.line.remedy is not None and not row.line.remedy.ready)
        dialog(app).query_one(RowList).move_to(at)
        await pilot.press("enter")
        await until(lambda: "in a shell: usermod" in str(dialog(app).query_one("#problem").render()))
        dialog(app).user = HOSTILE
        await pilot.press("r")
        await until(lambda: "There is no user" in str(dialog(app).query_one("#problem").render()))
        assert str(dialog(app).query_one("#problem").render()).isprintable()


@needs_root
async def test_who_can_and_why_for_one_of_them(open_place: Path) -> None:  # noqa: F811
    file = open_place / "secret"
    file.write_text("")
    file.chmod(0o600)
    async with inspecting(file) as (app, pilot):
        await pilot.press("W")
        await until(lambda: isinstance(app.screen, WhyDialog) and dialog(app).answer is not None)
        await pilot.press("a")
        await until(lambda: isinstance(app.screen, WhoCanDialog) and len(app.screen.source) == 2, "the answer")
        shown = text_of(app.screen.query_one(RowList))
        assert "✓ root" in shown
        assert "✗ everybody else" in shown
        await pilot.press("w", "down", "enter")
        await until(lambda: isinstance(app.screen, AccountPicker))
        app.screen.query_one(Input).value = "nobody"
        numbered = f"nobody {pwd.getpwnam('nobody').pw_uid} "
        await until(lambda: numbered in " ".join(text_of(app.screen.query_one(RowList)).split()) + " ", "its number")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, WhyDialog) and "nobody may not write" in answer(app), "why")
