"""Extended attributes, capabilities and inode flags in the inspector."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from textual.widgets import Input

from osexplorer.model.attribute_names import CAPABILITY_ATTRIBUTE
from osexplorer.ui.dialogs.attributes import AttributesDialog, ValueDialog
from osexplorer.ui.dialogs.capabilities import CapabilitiesDialog
from osexplorer.ui.dialogs.inode_flags import FlagsDialog
from osexplorer.ui.rowlist import RowList
from tests.services.test_attributes import file, flagged, lsattr, value_of
from tests.ui.test_inspector import LARGE, SMALL, Inspected, inspecting
from tests.ui.test_shell import text_of
from tests.unprivileged import needs_root
from tests.waiting import until

__all__ = ["file", "flagged"]


def words(app: Inspected, id: str) -> str:
    return " ".join(str(app.screen.query_one(id).render()).split())


def listed(app: Inspected) -> str:
    return text_of(app.screen.query_one(RowList))


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_attributes_are_added_edited_and_removed(file: Path, size: tuple[int, int]) -> None:
    os.setxattr(file, "user.escape", b"\x1b[2J")
    async with inspecting(file, size=size) as (app, pilot):
        await pilot.press("X")
        await until(lambda: isinstance(app.screen, AttributesDialog) and "user.first" in listed(app))
        assert "0x1b5b324a" in listed(app)
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, ValueDialog))
        await pilot.press(*"new")
        assert "anybody who may write" in words(app, "#space")
        await pilot.press("down", *"0x0")
        await until(lambda: "pairs of hex digits" in words(app, "#problem"))
        await pilot.press(*"041")
        await until(lambda: words(app, "#meaning") == "2 bytes")
        await pilot.press("f2")
        assert app.screen.query_one("#value", Input).value == "\\x00A"
        await pilot.press("f2")
        assert app.screen.query_one("#value", Input).value == "0x0041"
        await pilot.press("enter")
        await until(lambda: value_of(file, "user.new") == b"\x00A", "the new attribute")
        await until(lambda: "user.new" in listed(app))
        screen = app.screen
        assert isinstance(screen, AttributesDialog)
        screen.rows.move_to(1)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ValueDialog))
        app.screen.query_one("#value", Input).value = "other"
        await pilot.press("enter")
        await until(lambda: value_of(file, "user.first") == b"other", "the edit")
        await until(lambda: "other" in listed(app))
        await pilot.press("d")
        await until(lambda: value_of(file, "user.first") is None, "the removal")
        await until(lambda: "user.first" not in listed(app))
        await pilot.press("u")
        await until(lambda: value_of(file, "user.first") == b"other", "the undo")
        await until(lambda: "user.first" in listed(app))
        await pilot.press("u", "u")
        await until(lambda: value_of(file, "user.new") is None, "the undo of the first")
        await pilot.press("u")
        await until(lambda: "Nothing was changed here" in words(app, "#problem"))


async def test_attributes_of_a_selection(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.touch()
    async with inspecting(file, other) as (app, pilot):
        await pilot.press("X")
        await until(lambda: isinstance(app.screen, AttributesDialog) and "1 of 2 have it" in listed(app))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ValueDialog))
        await pilot.press("enter")
        await until(lambda: value_of(other, "user.first") == b"1")
        await until(lambda: "1 of 2" not in listed(app))
        await pilot.press("d")
        await until(lambda: value_of(other, "user.first") is value_of(file, "user.first") is None)


async def test_an_undo_here_that_leaves_one_file_alone_shows_the_rest_and_goes_no_further(
    file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.touch()
    async with inspecting(file, other) as (app, pilot):
        identity = (await app.session.permissions.inspect(str(file))).id
        await app.session.permissions.set_mode(str(file), identity, 0o600)
        await pilot.press("X")
        await until(lambda: isinstance(app.screen, AttributesDialog) and "1 of 2 have it" in listed(app))
        await pilot.press("d")
        await until(lambda: value_of(file, "user.first") is None and "It has none" in listed(app), "the change")
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, ValueDialog))
        app.screen.query_one("#name", Input).value = "user.new"
        app.screen.query_one("#value", Input).value = "1"
        await pilot.press("enter")
        await until(lambda: "user.new" in listed(app), "the new one on both")
        os.setxattr(other, "user.new", b"since")
        await pilot.press("u")
        await until(lambda: "1 left as it is" in words(app, "#problem"), "what was left")
        await until(lambda: "1 of 2 have it" in listed(app), "the rest, looked at again")
        assert value_of(other, "user.new") == b"since"
        await pilot.press("u")
        await until(lambda: value_of(file, "user.first") is not None, "the change before")
        await pilot.press("u")
        await until(lambda: "Nothing was changed here" in words(app, "#problem"), "the end")
        assert file.stat().st_mode & 0o777 == 0o600


@needs_root
async def test_capabilities_are_typed_and_taken_away(file: Path) -> None:
    async with inspecting(file) as (app, pilot):
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CapabilitiesDialog))
        await pilot.press(*"cap_net_r")
        await until(lambda: app.screen.query_one(Input)._suggestion == "cap_net_raw", "the completion")
        await pilot.press("right", *"+q")
        await until(lambda: "q is not one of e i p" in words(app, "#problem"))
        await pilot.press("backspace", *"ep")
        await until(lambda: "gets net_raw, at once" in words(app, "#preview"))
        await pilot.press("enter")
        await until(lambda: value_of(file, CAPABILITY_ATTRIBUTE), "the change")
        await until(lambda: app.inspector.statuses[0].extended.capabilities == "cap_net_raw=ep")
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CapabilitiesDialog))
        assert app.screen.query_one(Input).value == "cap_net_raw=ep"
        await pilot.press("ctrl+d")
        await until(lambda: value_of(file, CAPABILITY_ATTRIBUTE) is None, "the removal")
        await until(lambda: not isinstance(app.screen, CapabilitiesDialog))
        await pilot.press("u", "u")
        await until(lambda: not app.session.undo.feed.value)
        assert value_of(file, CAPABILITY_ATTRIBUTE) is None


async def test_a_directory_has_no_capabilities(tmp_path: Path) -> None:
    async with inspecting(tmp_path) as (app, pilot):
        await pilot.press("c")
        await until(lambda: any("only files have" in note.message for note in app._notifications))
        assert not isinstance(app.screen, CapabilitiesDialog)


@needs_root
@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_flags_are_toggled_and_put_back(flagged: Path, size: tuple[int, int]) -> None:
    async with inspecting(flagged, size=size) as (app, pilot):
        await pilot.press("f")
        await until(lambda: isinstance(app.screen, FlagsDialog))
        await until(lambda: "nobody may write, rename, link or remove it" in words(app, "#about"))
        await pilot.press("enter")
        await until(lambda: "Nothing is changed" in words(app, "#about"))
        await pilot.press("space", "down", "down", "space")
        await until(lambda: "id will change" in words(app, "#about"))
        assert lsattr(flagged) == set()
        await pilot.press("enter")
        await until(lambda: lsattr(flagged) == {"i", "d"}, "the change")
        await until(lambda: app.session.undo.feed.value)
        await pilot.press("u")
        await until(lambda: lsattr(flagged) == set(), "the undo")


@needs_root
async def test_flags_that_differ_stay_as_they_are(flagged: Path, tmp_path: Path) -> None:
    other, fifo = tmp_path / "other", tmp_path / "fifo"
    other.touch()
    os.mkfifo(fifo)
    subprocess.run(["chattr", "+A", flagged], check=True)
    async with inspecting(flagged, other, fifo) as (app, pilot):
        await pilot.press("f")
        await until(lambda: isinstance(app.screen, FlagsDialog) and "[~]" in listed(app))
        assert "1 of 3 are left out" in words(app, "#about")
        await pilot.press("down", "down", "space", "enter")
        await until(lambda: lsattr(flagged) == {"A", "d"} and lsattr(other) == {"d"})
