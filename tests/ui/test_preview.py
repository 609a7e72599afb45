"""The preview in the inspector: where it shows, what its keys do, and that no content reaches the terminal as it is."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from osexplorer.model.preview import Preview, TextContent
from osexplorer.model.settings import Settings
from osexplorer.services.session import Session
from osexplorer.ui.app import Explorer
from osexplorer.ui.panes import inspector
from osexplorer.ui.panes.inspector import InspectorPane
from osexplorer.ui.preview import PreviewView
from osexplorer.ui.preview_lines import TextLines, lines_of, printed
from osexplorer.ui.rowlist import Span
from osexplorer.ui.rowlist.cells import width_of
from tests.waiting import until

SMALL, MEDIUM, LARGE = (80, 24), (120, 40), (200, 60)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspector, "_LOOK_SECONDS", 0.02)


def pane(app: Explorer) -> InspectorPane:
    found = app.main.workspace.panes["inspector"]
    assert isinstance(found, InspectorPane)
    return found


def view(app: Explorer) -> PreviewView:
    return pane(app).inside


def shown(app: Explorer) -> list[str]:
    preview = view(app)
    return [preview.render_line(y).text.rstrip() for y in range(preview.lines_in_sight)]


@asynccontextmanager
async def opened(path: Path, size: tuple[int, int] = SMALL) -> AsyncIterator[tuple[Explorer, Pilot[int]]]:
    app = Explorer(str(path), Settings(), Session())
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.main.workspace.complete and app.selected == str(path))
        if size != SMALL:
            await until(lambda: pane(app).query(PreviewView))
        yield app, pilot


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "notes.py"
    path.write_text("".join(f"x = {at}\n" for at in range(100)))
    return path


async def test_enter_on_a_file_looks_into_it_and_escape_goes_back(file: Path) -> None:
    async with opened(file) as (app, pilot):
        await pilot.press("enter")
        await until(lambda: "inspector" in app.main.workspace.panes and view(app).has_focus and len(shown(app)) > 5)
        await until(lambda: shown(app)[:2] == ["ASCII, 100 lines", "x = 0"])
        await pilot.press("G")
        await until(lambda: shown(app)[-1] == "x = 99")
        await pilot.press("g", "j")
        await until(lambda: shown(app)[:2] == ["x = 0", "x = 1"])
        await pilot.press("k", "space")
        await until(lambda: shown(app)[0].startswith("x = ") and shown(app)[0] != "x = 0")
        for key in ("escape", "h"):
            await pilot.press(key)
            await until(lambda: app.main.workspace.focused_scope == "files")
            await pilot.press("enter")
            await until(lambda: view(app).has_focus)


async def test_bytes_and_text(file: Path) -> None:
    async with opened(file) as (app, pilot):
        await pilot.press("enter")
        await until(lambda: "inspector" in app.main.workspace.panes and "x = 0" in shown(app))
        await pilot.press("x")
        await until(lambda: shown(app)[1].startswith("00000000  78 20 3d 20 30 0a"))
        await pilot.press("x")
        await until(lambda: shown(app)[1] == "x = 0")


async def test_v_shows_it_beside_the_list(file: Path) -> None:
    (file.parent / "other").write_text("other\n")
    async with opened(file, MEDIUM) as (app, pilot):
        await until(lambda: not view(app).display)
        await pilot.press("v")
        await until(lambda: view(app).display and "x = 0" in shown(app))
        assert app.main.workspace.focused_scope == "files"
        await pilot.press("j")
        await until(lambda: "other" in shown(app))
        await pilot.press("v")
        await until(lambda: not view(app).display and pane(app).grid.display)


async def test_a_tall_screen_shows_it_below_the_facts(file: Path) -> None:
    async with opened(file, LARGE) as (app, _):
        await until(lambda: view(app).display and pane(app).facts.display and "x = 0" in shown(app))


async def test_a_change_on_disk_shows(file: Path) -> None:
    async with opened(file, MEDIUM) as (app, pilot):
        await pilot.press("v")
        await until(lambda: "x = 0" in shown(app))
        file.write_text("new\n")
        await until(lambda: shown(app)[:2] == ["ASCII, 1 line", "new"])


async def test_a_link_shows_its_way(file: Path) -> None:
    link = file.parent / "link"
    link.symlink_to("gone")
    async with opened(link, MEDIUM) as (app, pilot):
        await pilot.press("v")
        await until(lambda: shown(app)[:2] == ["link → gone", "  nothing is there"])


async def test_long_lines_are_scrolled_and_cut_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_text("0123456789" * 50 + "\n\tend\n")
    async with opened(path) as (app, pilot):
        await pilot.press("enter")
        await until(lambda: "inspector" in app.main.workspace.panes and len(shown(app)) > 2)
        await until(lambda: shown(app)[1].endswith("…") and shown(app)[2] == "        end")
        await pilot.press("greater_than_sign")
        await until(lambda: shown(app)[1].startswith("8901") and shown(app)[2] == "end")


async def test_a_fifo_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    async with opened(path, MEDIUM) as (app, pilot):
        await pilot.press("v")
        await until(lambda: shown(app)[0].startswith("A named pipe"))


async def test_several_marked_files_are_not_looked_into(file: Path) -> None:
    (file.parent / "other").write_text("other\n")
    async with opened(file, MEDIUM) as (app, pilot):
        await pilot.press("v", "a", "m")
        await until(lambda: len(pane(app).paths) == 2 and pane(app).grid.has_focus)
        await pilot.press("v")
        await until(lambda: "".join(shown(app)[:1]).startswith("2 files are marked"))


@given(st.lists(st.builds(Span, st.text(max_size=30), st.just("good")), max_size=4), st.integers(0, 60))
def test_whatever_is_printed_prints(spans: list[Span], end: int) -> None:
    result = printed(spans, end)
    assert all(span.text.isprintable() for span in result)
    if not any("\t" in span.text for span in spans) and sum(width_of(span.text) for span in result) < end:
        assert len("".join(span.text for span in result)) >= len("".join(span.text for span in spans))


def test_escape_codes_stand_out_from_what_only_looks_like_them() -> None:
    (plain,) = printed([Span("\\x1b")], 80)
    (escaped,) = printed([Span("\x1b")], 80)
    assert plain == Span("\\x1b")
    assert escaped == Span("\\x1b", "special")


def test_tabs_reach_to_their_stops() -> None:
    text = "".join(span.text for span in printed([Span("a\tb"), Span("c\td")], 80))
    assert text == "a       bc      d"


def test_colours_of_lines_far_below_are_found_in_steps() -> None:
    lines = TextLines("a.c", TextContent(("/* begin", *[""] * 5000, "end */ int x;"), "ASCII", 0, 0))
    at, steps = len(lines) - 1, 0
    while lines.advance(at):
        steps += 1
    assert steps > 5
    assert lines.line(at, 80)[0] == Span("end */", "dim")


def test_the_language_is_that_of_what_a_link_leads_to() -> None:
    from osexplorer.model.preview import Hop

    content = TextContent(("return 1",), "ASCII", 0, 0)
    preview = Preview("/tmp/link", (Hop("/tmp/link", "sub/a.py"),), content)
    assert lines_of(preview, 80, False).line(0, 80)[0] == Span("return", "directory")
