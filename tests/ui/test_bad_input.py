"""What is wrong is refused with its reason, and what goes wrong in the middle is named; nothing else is touched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from textual.widgets import Input

from osexplorer.ui.dialogs.confirm import Confirm
from osexplorer.ui.dialogs.mode import ModeDialog
from osexplorer.ui.panes import inspector
from tests.mounting import mounted
from tests.ui.test_inspector import Inspected, inspecting, mode_of
from tests.unprivileged import needs_root
from tests.waiting import until


def words(app: Inspected, id: str) -> str:
    return " ".join(str(app.screen.query_one(id).render()).split())


def told(app: Inspected) -> str:
    return " ".join(" ".join(note.message.split()) for note in app._notifications)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.touch()
        path.chmod(0o644)
    return paths


@pytest.mark.parametrize("name", ["expression", "octal", "letters"])
@pytest.mark.parametrize("text", ["8", "99999", "u+q", "", "u", "\x1b[m"])
async def test_no_field_takes_a_mode_that_is_none(files: list[Path], name: str, text: str) -> None:
    async with inspecting(files[0]) as (app, pilot):
        await pilot.press("equals_sign")
        await until(lambda: isinstance(app.screen, ModeDialog))
        field = app.screen.query_one(f"#{name}", Input)
        field.focus()
        await until(lambda: field.has_focus)
        field.value = "x"
        field.value = text
        await until(lambda: words(app, "#problem"), "the reason")
        await pilot.press("enter")
        assert isinstance(app.screen, ModeDialog)
        assert mode_of(files[0]) == 0o644


async def test_an_expression_without_bits_changes_nothing(files: list[Path]) -> None:
    """GNU chmod takes ``+``, and does nothing."""
    async with inspecting(files[0]) as (app, pilot):
        await pilot.press("equals_sign")
        await until(lambda: isinstance(app.screen, ModeDialog))
        await pilot.press("+")
        await until(lambda: "Nothing changes" in words(app, "#preview"))
        await pilot.press("enter")
        await until(lambda: "It has that mode already" in told(app))
        assert not app.session.undo.feed.value


@needs_root
async def test_one_that_fails_is_named_and_the_others_are_changed(files: list[Path]) -> None:
    if subprocess.run(["chattr", "+i", files[1]], capture_output=True).returncode:
        pytest.skip("needs chattr, and a file system with inode flags")
    try:
        async with inspecting(*files) as (app, pilot):
            await pilot.press("x", "enter")
            await until(lambda: "EPERM" in told(app) and f"{files[1]}" in told(app))
            assert "2 changed, 1 failed" in told(app)
            assert [mode_of(path) for path in files] == [0o744, 0o644, 0o744]
            await pilot.press("u")
            await until(lambda: [mode_of(path) for path in files] == [0o644] * 3)
    finally:
        subprocess.run(["chattr", "-i", files[1]], check=True)


@needs_root
async def test_a_read_only_file_system_says_so(files: list[Path], tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with mounted("-t", "tmpfs", "none", place):
        inside = place / "inside"
        inside.touch(mode=0o644)
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        async with inspecting(files[0], inside) as (app, pilot):
            await pilot.press("x", "enter")
            await until(lambda: "EROFS" in told(app) and "inside" in told(app))
            assert (mode_of(files[0]), mode_of(inside)) == (0o744, 0o644)


@needs_root
async def test_a_file_system_that_cannot_says_so(files: list[Path]) -> None:
    async with inspecting(files[0], "/proc/self/limits") as (app, pilot):
        await pilot.press("A")
        await until(lambda: app.screen.query("#field"))
        await pilot.press(*"u:nobody:r", "enter")
        await until(lambda: isinstance(app.screen, Confirm), "what would change")
        await pilot.press("y")
        await until(lambda: "ENOTSUP" in told(app) or "EOPNOTSUPP" in told(app))
        assert "limits" in told(app)
        assert "user:nobody:r--" in subprocess.check_output(["getfacl", "-cpE", files[0]], text=True)


@pytest.mark.parametrize("vanished", [True, False])
async def test_what_vanished_or_was_replaced_since_it_was_shown(
    files: list[Path], monkeypatch: pytest.MonkeyPatch, vanished: bool
) -> None:
    async with inspecting(*files) as (app, pilot):
        await until(lambda: app.inspector.edit is not None)
        monkeypatch.setattr(inspector, "_LOOK_SECONDS", 1000.0)
        app.inspector.found = ()
        app.inspector._watch_anew()
        await until(lambda: app.inspector.found, "the last look for a long time")
        await pilot.press("x")
        seen = [target.status.id for target in app.inspector.targets]
        if vanished:
            files[1].unlink()
        else:
            other = files[1].with_name("other")
            other.touch(mode=0o600)
            other.rename(files[1])
        assert [target.status.id for target in app.inspector.targets] == seen
        await pilot.press("enter")
        await until(lambda: str(files[1]) in told(app))
        assert ("ENOENT" if vanished else "was replaced") in told(app)
        assert [mode_of(files[0]), mode_of(files[2])] == [0o744, 0o744]
        assert vanished or mode_of(files[1]) == 0o600
        assert os.path.lexists(files[1]) is not vanished
