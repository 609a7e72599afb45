"""The three ways to type a mode, the usual modes, and what the umask gives."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
from textual.widgets import Input

from osexplorer.ui.dialogs.base import Dialog
from osexplorer.ui.dialogs.mode import ModeDialog
from osexplorer.ui.dialogs.presets import PresetPicker
from osexplorer.ui.rowlist import RowList
from tests.services.test_attributes import file, flagged
from tests.ui.test_inspector import LARGE, SMALL, Inspected, inspecting, mode_of
from tests.ui.test_shell import text_of
from tests.unprivileged import needs_root
from tests.waiting import until

__all__ = ["file", "flagged"]


def field(app: Inspected, name: str) -> Input:
    return app.screen.query_one(f"#{name}", Input)


def words(app: Inspected, id: str) -> str:
    return " ".join(str(app.screen.query_one(id).render()).split())


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    one, two = tmp_path / "one", tmp_path / "two"
    one.touch()
    two.mkdir()
    one.chmod(0o640)
    two.chmod(0o2750)
    return one, two


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_each_field_follows_the_others(files: tuple[Path, Path], size: tuple[int, int]) -> None:
    async with inspecting(files[0], size=size) as (app, pilot):
        await pilot.press("equals_sign")
        await until(lambda: isinstance(app.screen, ModeDialog))
        assert (field(app, "octal").value, field(app, "letters").value) == ("0640", "rw-r-----")
        assert "a new file gets 06" in words(app, "ModeDialog #frame Text:last-of-type")
        await pilot.press(*"g+w")
        await until(lambda: field(app, "octal").value == "0660")
        assert field(app, "letters").value == "rw-rw----"
        await pilot.press("down")
        assert field(app, "octal").has_focus
        await pilot.press("end", "backspace", "backspace", *"04")
        await until(lambda: field(app, "expression").value == "u=rw,g=,o=r")
        assert field(app, "letters").value == "rw----r--"
        await pilot.press("down", "end", "backspace")
        await until(lambda: "these are 8" in words(app, "#problem"))
        await pilot.press("enter")
        assert isinstance(app.screen, ModeDialog)
        await pilot.press("T")
        await until(lambda: field(app, "octal").value == "1604")
        await pilot.press("backspace", "x", "enter")
        await until(lambda: mode_of(files[0]) == 0o605)


async def test_what_differs_in_a_selection_is_left_alone(files: tuple[Path, Path]) -> None:
    async with inspecting(*files) as (app, pilot):
        await pilot.press("equals_sign")
        await until(lambda: isinstance(app.screen, ModeDialog))
        assert (field(app, "octal").value, field(app, "letters").value) == ("??" + "?0", "rw?r-?---")
        await pilot.press("down", "down", "end", "backspace", "backspace", "backspace", *"r--", "enter")
        await until(lambda: mode_of(files[0]) == 0o644)
        assert mode_of(files[1]) == 0o2754


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_what_the_undo_of_a_selection_failed_at_is_tried_again(tmp_path: Path, size: tuple[int, int]) -> None:
    near, far = tmp_path / "near" / "one", tmp_path / "far" / "two"
    for path in (near, far):
        path.parent.mkdir()
        path.touch(mode=0o640)
    async with inspecting(near, far, size=size) as (app, pilot):
        await pilot.press("equals_sign")
        await until(lambda: isinstance(app.screen, ModeDialog))
        await pilot.press(*"600", "enter")
        await until(lambda: [mode_of(near), mode_of(far)] == [0o600, 0o600], "the change")
        await until(lambda: app.session.undo.feed.value == "chmod → 0600 2 files", "the way back")
        await until(lambda: app.inspector.grid.has_focus)
        far.parent.rename(tmp_path / "away")
        await pilot.press("u")
        await until(lambda: any("1 left as it is" in one.message for one in app._notifications), "the problem")
        (told,) = [one for one in app._notifications if "1 left as it is" in one.message]
        assert told.message.startswith("mode of 1 file put back; 1 left as it is: ")
        assert "ENOENT" in told.message
        assert told.message.endswith(". Undo again to try what failed once more")
        assert told.severity != "information"
        assert [mode_of(near), mode_of(tmp_path / "away" / "two")] == [0o640, 0o600]
        assert app.session.undo.feed.value == "chmod → 0600 2 files"
        near.chmod(0o604)  # it is put back already, and no more of this undo's business
        (tmp_path / "away").rename(far.parent)
        await pilot.press("u")
        await until(lambda: mode_of(far) == 0o640, "the rest of the undo")
        await until(lambda: app.session.undo.feed.value == "", "the change off the stack")
        assert mode_of(near) == 0o604
        assert not await app.session.recursive.journals()


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_usual_mode_is_chosen_seen_and_applied(files: tuple[Path, Path], size: tuple[int, int]) -> None:
    async with inspecting(files[1], size=size) as (app, pilot):
        app.settings = app.settings.__class__(presets="2770 u=rwX,go=")
        await pilot.press("p")
        await until(lambda: isinstance(app.screen, PresetPicker))
        listed = text_of(app.screen.query_one(RowList))
        for shown in (
            "644",
            "755",
            "600",
            "700",
            "2775 rwxrwsr-x",
            "1777 rwxrwxrwt",
            "2770 rwxrws---",
            "from your set",
        ):
            assert shown in listed
        await pilot.press(*"rwxrws")  # what it makes is found as well
        await until(lambda: "755" not in text_of(app.screen.query_one(RowList)), "the filter")
        assert "2770 rwxrws---" in text_of(app.screen.query_one(RowList))
        await pilot.press("ctrl+u", *"755", "enter")
        await until(lambda: "2750 rwxr-s--- → 0755 rwxr-xr-x" in app.shown)
        assert "setgid off" in app.shown
        assert stat.S_IMODE(files[1].stat().st_mode) == 0o2750
        await pilot.press("enter")
        await until(lambda: mode_of(files[1]) == 0o755)


async def test_the_bit_under_the_cursor_is_said_in_words(files: tuple[Path, Path]) -> None:
    async with inspecting(files[1]) as (app, pilot):
        await until(lambda: "r of the owner: list the names" in app.shown)
        await pilot.press("right", "right")
        await until(lambda: "x of the owner: enter the directory and reach what is in it" in app.shown)
        await pilot.press("right", "down")
        await until(lambda: "setgid: what is made in the directory gets its group" in app.shown)
    async with inspecting(files[0]) as (app, pilot):
        await pilot.press("right", "right")
        await until(lambda: "x of the owner: run the file as a program" in app.shown)


@needs_root
async def test_what_is_in_the_way_is_counted_in_a_selection(flagged: Path, tmp_path: Path) -> None:
    second, third = tmp_path / "second", tmp_path / "third"
    for path in (second, third):
        path.touch()
    subprocess.run(["chattr", "+a", flagged], check=True)
    try:
        async with inspecting(flagged) as (app, _):
            await until(lambda: "It is append-only: nobody may change it until f" in app.shown)
        async with inspecting(flagged, second, third) as (app, _):
            await until(lambda: "1 of 3 is append-only: nobody may change it until f" in app.shown)
            subprocess.run(["setfacl", "-m", "u:1:r", second, third], check=True)
            await until(lambda: "2 of 3 have an ACL: the group bits shown here are the mask there" in app.shown)
    finally:
        subprocess.run(["chattr", "-a", flagged], check=True)


async def test_what_is_risky_is_counted_in_a_selection(tmp_path: Path) -> None:
    for name, mode in (("a", 0o666), ("b", 0o6755), ("c", 0o662)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    (tmp_path / "d").symlink_to("a")
    async with inspecting(tmp_path / "a") as (app, _):
        await until(lambda: "! Anybody may write it" in app.shown)
    async with inspecting(*(tmp_path / name for name in "abcd"), size=LARGE) as (app, _):
        await until(lambda: "! 3 of 4: anybody may write it" in app.shown)
        await until(lambda: "! 1 of 4: whoever runs it acts as" in app.shown)
        await until(lambda: "1 of 4 is a link: this is" in app.shown)


async def test_the_umask_and_what_it_gives_are_shown(files: tuple[Path, Path]) -> None:
    async with inspecting(files[0], size=(120, 60)) as (app, _):
        await until(lambda: "a new directory" in app.shown)


@pytest.mark.parametrize("key", ["A", "X", "c", "t", "p", "equals_sign", "o", "R"])
async def test_every_editor_opens_where_there_is_little_room(files: tuple[Path, Path], key: str) -> None:
    async with inspecting(files[0], size=(40, 10)) as (app, pilot):
        await pilot.press(key)
        await until(lambda: isinstance(app.screen, Dialog), "the editor")
        frame = app.screen.query_one("#frame")
        assert app.screen.region.contains_region(frame.region)
        assert app.focused is not None and app.focused.region.height > 0
        assert frame.region.contains_region(app.focused.region)
        await pilot.press("escape")
        await until(lambda: app.screen is app.main)
