"""Access and modification time in the inspector."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from textual.widgets import Input

from osexplorer.ui.dialogs.times import TimesDialog
from tests.ui.test_inspector import LARGE, SMALL, Inspected, inspecting
from tests.waiting import until


def words(app: Inspected, id: str) -> str:
    return " ".join(str(app.screen.query_one(id).render()).split())


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_time_is_typed_set_and_put_back(tmp_path: Path, size: tuple[int, int]) -> None:
    file, other = tmp_path / "file", tmp_path / "other"
    for path in (file, other):
        path.write_text("")
    os.utime(file, ns=(1, 2))
    os.utime(other, ns=(3, 4_000_000_005))
    async with inspecting(file, size=size) as (app, pilot):
        await pilot.press("t")
        await until(lambda: isinstance(app.screen, TimesDialog))
        field = app.screen.query_one("#mtime", Input)
        assert field.value == "1970-01-01 00:00:00.000000002 +0000"
        await pilot.press("enter")
        await until(lambda: "type others" in words(app, "#problem"))
        field.value = "8"
        await until(lambda: "Modified: '8' is not a date" in words(app, "#problem"))
        field.value = "2026-01-02T03:04:05.678Z"
        await until(lambda: "becomes 2026-01-02 03:04:05.678000000 +0000" in words(app, "#mtime-meaning"))
        assert "left as it is" in words(app, "#atime-meaning")
        await pilot.press("enter")
        await until(lambda: file.stat().st_mtime_ns == 1_767_323_045_678_000_000, "the change")
        assert file.stat().st_atime_ns == 1
        await until(lambda: app.session.undo.feed.value)
        await pilot.press("u")
        await until(lambda: file.stat().st_mtime_ns == 2, "the undo")


async def test_times_are_taken_over_from_another_file(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one", "two", "reference")]
    for path in files:
        path.write_text("")
    os.utime(files[2], ns=(3, 4_000_000_005))
    async with inspecting(files[0], files[1]) as (app, pilot):
        await pilot.press("t")
        await until(lambda: isinstance(app.screen, TimesDialog))
        await pilot.press("up")
        like = app.screen.query_one("#like", Input)
        assert like.has_focus
        like.value = "nothing-there"
        await pilot.press("enter")
        await until(lambda: "ENOENT" in words(app, "#problem"))
        like.value = ""
        await pilot.press(*"ref")
        await until(lambda: like._suggestion == "reference", "the completion")
        await pilot.press("right")
        assert like.value == "reference"
        await pilot.press("enter")
        await until(lambda: app.screen.query_one("#mtime", Input).value.endswith("04.000000005 +0000"))
        await pilot.press("enter")
        await until(lambda: [file.stat().st_mtime_ns for file in files] == [4_000_000_005] * 3)
        assert files[1].stat().st_atime_ns == 3


@pytest.mark.parametrize("nanoseconds", [300 * 10**18 + 7, -62_135_596_801 * 10**9, -5 * 10**18 + 9])
async def test_times_whose_text_cannot_be_read_back_are_taken_over_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nanoseconds: int
) -> None:
    """Of years with five digits or one, and of zones that had seconds, of which the text says minutes."""
    monkeypatch.setenv("TZ", "LMT-0:19:32")
    time.tzset()
    try:
        file, reference = tmp_path / "file", tmp_path / "reference"
        for path in (file, reference):
            path.write_text("")
        os.utime(reference, ns=(nanoseconds, nanoseconds))
        kept = reference.stat().st_mtime_ns  # ext4 counts from 1901 to 2446
        async with inspecting(file) as (app, pilot):
            await pilot.press("t")
            await until(lambda: isinstance(app.screen, TimesDialog))
            like = app.screen.query_one("#like", Input)
            like.focus()
            like.value = str(reference)
            await pilot.press("enter")
            await until(lambda: app.screen.query_one("#mtime", Input).has_focus)
            await pilot.press("enter")
            await until(lambda: not isinstance(app.screen, TimesDialog), "the answer")
            await until(lambda: file.stat().st_mtime_ns == kept, "the change")
    finally:
        monkeypatch.undo()
        time.tzset()
