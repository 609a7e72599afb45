"""What things may cost, counted and not timed: looks at files, frames, layouts, files opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.geometry import Region
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from osexplorer.model.files import Status
from osexplorer.model.settings import Settings
from osexplorer.services.door import Door
from osexplorer.services.files import Files
from osexplorer.services.session import Session
from osexplorer.system import status
from osexplorer.ui.app import Explorer
from osexplorer.ui.messages import FooterChanged
from osexplorer.ui.panes import inspector
from osexplorer.ui.rowlist import RowList, quick
from osexplorer.ui.rowlist.messages import CursorMoved
from osexplorer.ui.rowlist.painter import Painter
from osexplorer.ui.typeahead import Pressed
from tests.ui.stage import TABLE, stage
from tests.waiting import until

ENTRIES = 2000
MOUNTS = "/proc/self/mountinfo"
"""Read again every few seconds: it decides the lane of a call."""
SIZES = pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["80x24", "200x60"])


@pytest.fixture
def large(tmp_path: Path) -> Path:
    place = tmp_path / "large"
    place.mkdir()
    for number in range(ENTRIES):
        (place / f"entry{number}").touch()
    return place


def program(path: Path) -> Explorer:
    """On a listing that is not renewed by itself."""
    session = Session(Door())
    session.files = Files(session.door, live=False)
    return Explorer(str(path), Settings(), session)


def files_list(app: Explorer) -> RowList:
    return app.main.workspace.panes["files"].rows


async def ready(app: Explorer) -> None:
    """All is listed, and what is in sight and around was looked at."""
    files = app.session.files
    await until(lambda: files.state.status is Status.READY and files_list(app).has_focus, "the listing")
    await files.looks.until_idle()


async def complete(app: Explorer) -> None:
    """Every pane that has a place is there, and shows what it has."""
    await until(lambda: hasattr(app, "_followers"), "all that comes after the first frame")
    panes = app.main.workspace.panes
    shown = [pane for scope, pane in panes.items() if app.is_placed(scope)]
    await until(lambda: all(pane.is_mounted and pane.size.height for pane in shown), "the panes")
    if "inspector" in panes and app.is_placed("inspector"):
        await until(lambda: len(panes["inspector"].rows.source), "the facts")
    await until(lambda: not app.screen._layout_required and not app.screen._dirty_widgets, "the last frame")


def count(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[Any]:
    """The first arguments of every call of `owner.name` from now on."""
    made: list[Any] = []
    original: Callable[..., Any] = getattr(owner, name)

    def counted(first: Any, *args: Any, **options: Any) -> Any:
        made.append(first)
        return original(first, *args, **options)

    monkeypatch.setattr(owner, name, counted)
    return made


def crops(monkeypatch: pytest.MonkeyPatch, widget: Widget) -> list[Region]:
    """What the compositor asks a widget for from now on."""
    asked: list[Region] = []
    render_lines = widget.render_lines

    def counted(crop: Region) -> list[Strip]:
        asked.append(crop)
        return render_lines(crop)

    monkeypatch.setattr(widget, "render_lines", counted)
    return asked


async def test_only_what_is_in_sight_and_a_page_around_is_looked_at(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = count(monkeypatch, os, "stat")
    made_too = count(monkeypatch, os, "lstat")

    def looks() -> int:
        names = [path for path in (*made, *made_too) if isinstance(path, str)]
        number = sum(os.path.basename(path).startswith("entry") for path in names)
        made.clear()
        made_too.clear()
        return number

    app = program(large)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app)
        page = files_list(app).page
        await until(lambda: len(made) + len(made_too) >= page, "the first look")
        await app.session.files.looks.until_idle()
        # As many again where the machine is slow: what comes first is shown, and looked at, before all is sorted.
        assert 2 * page <= looks() <= 4 * page, "the first page, and the one below it"
        await pilot.press("end")
        await until(lambda: files_list(app).cursor == ENTRIES - 1)
        await app.session.files.looks.until_idle()
        assert looks() == 2 * page, "the last page, and the one above it"
        await pilot.press("pageup", "pageup")
        await until(lambda: files_list(app).cursor == ENTRIES - 1 - 2 * (page - 1))
        await app.session.files.looks.until_idle()
        assert 0 < looks() <= page, "what was looked at is known"


async def test_frames_of_a_flood_of_keys(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = program(large)
    async with app.run_test(size=(80, 24)):
        await ready(app)
        await complete(app)
        rows = files_list(app)
        painted = []
        display = Explorer._display

        def counted(self: Explorer, screen: Screen[Any], frame: Any) -> None:
            painted.append(rows.cursor)
            display(self, screen, frame)

        monkeypatch.setattr(Explorer, "_display", counted)
        for _ in range(300):
            app.post_message(events.Key("down", None))
        await until(lambda: rows.cursor == 300 and painted and painted[-1] == 300, "the last frame")
        frames = len({at for at in painted if at})
        assert 1 <= frames <= 6, f"{frames} frames: {painted}"


async def resting(app: Explorer) -> None:
    """Nothing is on its way any more: no frame, no look at the file under the cursor, no news of it."""
    rows = files_list(app)
    inspector_pane = app.main.workspace.panes.get("inspector")
    await until(lambda: not rows.tell() and not app.main._footer_news.is_waiting, "the news")
    if inspector_pane is not None and app.is_placed("inspector"):
        await until(lambda: inspector_pane.title_text == os.path.basename(app.selected or ""), "the inspector")
    await complete(app)


@SIZES
@pytest.mark.parametrize("scrolls", [False, True], ids=["in sight", "scrolling"])
async def test_what_a_cursor_key_costs(
    large: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], scrolls: bool
) -> None:
    """It is carried out and painted in one go: two rows, or those in sight of which all but one are kept."""
    app = program(large)
    async with app.run_test(size=size) as pilot:
        await ready(app)
        await complete(app)
        rows = files_list(app)
        if scrolls:
            rows.move_to(rows.page - 1)
            await app.session.files.looks.until_idle()
        await resting(app)
        posted = count(monkeypatch, MessagePump, "post_message")
        asked = count(monkeypatch, Widget, "render_lines")
        drawn = count(monkeypatch, RowList, "render_line")
        made = count(monkeypatch, Painter, "_draw")
        frames: list[Any] = []

        def shown(self: Explorer, screen: Screen[Any], frame: Any) -> None:
            frames.append(tuple(map(len, (posted, asked, drawn, made))))

        monkeypatch.setattr(Explorer, "_display", shown)
        before = rows.cursor
        await complete(app)
        app.screen._compositor._dirty_regions.clear()  # what a layout has left to paint is not of this key
        for counted in (posted, asked, drawn, made, frames):
            counted.clear()
        assert app._press("down") is Pressed.DONE
        assert rows.cursor == before + 1
        messages, others, lines, strips = frames[0]
        assert messages <= (1 if scrolls else 0), f"the scrollbar has moved: {posted}"
        assert others <= (1 if scrolls else 0), f"no other widget is asked, but for the scrollbar: {asked}"
        assert lines == (rows.page + 1 if scrolls else 2)
        assert strips <= 2
        await pilot.pause()


async def test_what_follows_the_cursor_waits_until_the_keys_rest(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "_KEYS_REST", 3600.0)
    app = program(large)
    async with app.run_test(size=(200, 60)):
        await ready(app)
        await complete(app)
        await resting(app)
        rows, news = files_list(app), count(monkeypatch, CursorMoved, "__init__")

        def told() -> int:
            return sum(message.rows is rows for message in news)

        pane = app.main.workspace.panes["files"]
        for number in range(1, 9):
            app.post_message(events.Key("down", None))
            await until(lambda number=number: rows.cursor == number, "the key")  # type: ignore[misc]
        assert not told()
        assert rows.tell()
        await until(lambda: app.selected == pane.path, "the selection")  # type: ignore[attr-defined]
        assert told() == 1
        assert not rows.tell()


async def test_a_key_that_moves_nothing_finds_others_told(large: Path) -> None:
    """``3`` right after ``down`` shows the file that the cursor stands on, not the one before."""
    app = program(large)
    async with app.run_test(size=(80, 24)):
        await ready(app)
        app.post_message(events.Key("down", None))
        app.post_message(events.Key("3", "3"))
        await until(lambda: app.focused_scope == "inspector" and not app.is_settling, "the inspector")
        assert app.selected == app.main.workspace.panes["files"].path  # type: ignore[attr-defined]
        assert app.main.pane.paths == (app.selected,)  # type: ignore[attr-defined]


@SIZES
async def test_layouts_of_a_refresh_of_the_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    app = stage(tmp_path / "srv")
    async with app.run_test(size=size) as pilot:
        await ready(app)
        await pilot.press("5")
        rows = app.main.workspace.pane("processes").rows
        await until(lambda: len(rows.source) == len(TABLE.rows) and rows.has_focus, "the processes")
        await complete(app)
        laid_out = count(monkeypatch, Screen, "_refresh_layout")
        told = count(monkeypatch, RowList.ViewportChanged, "__init__")
        one, *rest = TABLE.rows
        another = one._replace(pid=50_000, born=5, command="new", cpu=0.1)
        changed = (one._replace(cpu=0.9, rss=1 << 30), *(row._replace(cpu=0.25) for row in rest), another)
        app.session.processes.feed.publish(TABLE._replace(rows=changed))
        await until(lambda: len(rows.source) == len(changed), "the new table")
        await until(lambda: "90.0" in rows.render_line(1).text, "the new figures")
        await pilot.pause()
        assert laid_out == []
        assert told == []


# An audit hook cannot be taken away again, so there is one, which writes where it is told.
_opened: list[str] | None = None
_hooked = False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None and event in ("open", "os.scandir", "os.listdir"):
        _opened.append(str(arguments[0]))


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The paths of files and directories that are opened from now on, by this process."""
    global _opened, _hooked
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked = True
    _opened = []
    yield _opened
    _opened = None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_files_opened_by_a_refresh_of_the_processes(opened: list[str]) -> None:
    """The table is read through descriptors that are held; opened are /proc itself, the totals, and what is new."""
    service = Session(Door()).processes
    try:
        for _ in range(3):
            await service.refresh()
        await until(lambda: not service._reading, "all command lines")
        quiet = []
        for _ in range(20):  # where processes start others all the time, one refresh without a change is enough
            before = service.feed.value.rows
            opened.clear()
            after = (await service.refresh()).rows
            if [row[:5] for row in before] == [row[:5] for row in after] and not service._reading:
                quiet.append(set(opened))
                if quiet[-1] <= {"/proc", "/proc/meminfo", "/proc/loadavg", "/proc/stat"}:
                    break
        else:
            if not quiet:
                pytest.skip("processes came and went all the time")
            pytest.fail(f"opened each time, without a change: {quiet}")
    finally:
        await service.close()


async def test_files_opened_while_nothing_happens(
    tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The inspector looks at its file again and again; it does not open it while it is the same."""
    monkeypatch.setattr(inspector, "_LOOK_SECONDS", 0.01)
    looked = count(monkeypatch, status, "pulses")
    app = stage(tmp_path / "srv")
    async with app.run_test(size=(200, 60)):
        await ready(app)
        await complete(app)
        await until(lambda: len(looked) > 3, "the first looks")
        opened.clear()
        looked.clear()
        await until(lambda: len(looked) > 5, "more looks")
        assert set(opened) <= {MOUNTS}


async def test_a_new_figure_in_a_title_draws_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = stage(tmp_path / "srv")
    async with app.run_test(size=(200, 60)):
        await ready(app)
        await complete(app)
        await resting(app)
        pane = app.main.workspace.panes["processes"]
        asked = crops(monkeypatch, pane)
        drawn = count(monkeypatch, RowList, "render_line")
        pane.retitle(pane.title_text, "another status")
        await until(lambda: asked, "the frame")
        assert [crop.height for crop in asked] == [1]
        assert pane.rows not in drawn
        assert "another status" in "".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_news_of_a_pane_without_the_keyboard_leaves_the_footer_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = stage(tmp_path / "srv")
    async with app.run_test(size=(200, 60)):
        await ready(app)
        await complete(app)
        await resting(app)
        rows = app.main.workspace.panes["processes"].rows
        asked = count(monkeypatch, FooterChanged, "__init__")
        one, *rest = TABLE.rows
        app.session.processes.feed.publish(TABLE._replace(rows=(one._replace(cpu=0.9), *rest)))
        await until(lambda: any("90.0" in rows.render_line(y).text for y in range(1, 4)), "the new figure")
        assert not asked


async def test_of_a_changed_row_only_its_own_cells_are_asked_for(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is asked for what is beside its scrollbar, and what it answers is painted as it is."""
    app = program(large)
    async with app.run_test(size=(200, 60)):
        await ready(app)
        await complete(app)
        await resting(app)
        rows = app.main.workspace.panes["files"].rows
        assert rows.show_vertical_scrollbar
        asked = crops(monkeypatch, rows)
        divided = count(monkeypatch, Strip, "divide")
        rows.refresh(Region(0, 3, rows.width, 1))
        await until(lambda: asked, "the frame")
        assert asked[0] == Region(0, 3, rows.width, 1)
        assert not divided
