"""The audit on the screen: what it finds, and what is done about it without leaving the list."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from osexplorer.model.audit import GONE
from osexplorer.services.find import FindStatus
from osexplorer.ui.dialogs.audit import AuditDialog
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.confirm import Confirm
from osexplorer.ui.dialogs.owner import OwnerDialog
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.dialogs.why import WhyDialog
from osexplorer.ui.panes.inspector import InspectorPane
from tests.ui.test_files import Program, cursor, program, ready
from tests.ui.test_shell import text_of
from tests.unprivileged import needs_root
from tests.waiting import until


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "sub").mkdir(parents=True)
    for name, mode in (("fine", 0o644), ("open", 0o666), ("sub/suid", 0o4755), ("sub/too", 0o606)):
        (place / name).touch()
        (place / name).chmod(mode)
    return place


def dialog(app: Program) -> AuditDialog:
    assert isinstance(app.screen, AuditDialog)
    return app.screen


def told(app: Program) -> dict[str, str]:
    audit = app.session.audit
    return {audit.found(at).path: audit.found(at).about for at in range(len(audit))}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def audit(app: Program, pilot: Pilot[int]) -> None:
    await pilot.press("A")
    await until(lambda: isinstance(app.screen, AuditDialog) and dialog(app).rows.has_focus)
    await until(lambda: app.session.audit.feed.value.status is FindStatus.DONE)
    await until(lambda: dialog(app).rows.cursor_key is not None)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_mode_for_what_is_marked_puts_it_right_and_undo_takes_it_back(
    place: Path, size: tuple[int, int]
) -> None:
    app = program(place)
    async with app.run_test(size=size) as pilot:
        await ready(app, place)
        await audit(app, pilot)
        assert told(app).keys() == {"open", "sub/suid", "sub/too"}
        assert "world-writable" in "\n".join(dialog(app).rows.render_line(y).text for y in range(1, 4))
        await pilot.press("a", "equals_sign")
        await until(lambda: isinstance(app.screen, Prompt))
        app.screen.query_one(Input).value = "u-s,o-w"
        await pilot.press("enter")
        await until(lambda: set(told(app).values()) == {"nothing any more"}, "all put right")
        assert (mode(place / "open"), mode(place / "sub/suid")) == (0o664, 0o755)
        await pilot.press("u")
        await until(lambda: told(app)["open"] == "world-writable", "the undo")
        assert (mode(place / "open"), mode(place / "sub/suid")) == (0o666, 0o4755)
        assert len(dialog(app).rows.marks) == 3


async def test_a_mode_that_is_none_changes_nothing(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await audit(app, pilot)
        for wrong in ("8", "99999", "u+q", "+"):
            await pilot.press("equals_sign")
            await until(lambda: isinstance(app.screen, Prompt))
            app.screen.query_one(Input).value = wrong
            await pilot.press("enter")
            await until(lambda: isinstance(app.screen, AuditDialog))
        await until(lambda: not app.session.undo.feed.value)
        assert mode(place / "open") == 0o666


@needs_root
async def test_another_owner(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place)
        await audit(app, pilot)
        await pilot.press("a", "o")
        await until(lambda: isinstance(app.screen, OwnerDialog))
        app.screen.query_one(Input).value = "1:1"
        await pilot.press("enter")
        await until(lambda: told(app)["sub/suid"] == "nothing any more", "setuid falls with the owner")
        assert (place / "open").stat().st_uid == 1
        await pilot.press("u")
        await until(lambda: told(app)["sub/suid"] == "setuid: runs as root")
        assert (place / "open").stat().st_uid == 0


async def test_why_modes_and_the_way_back(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place)
        await audit(app, pilot)
        await pilot.press("w")
        await until(lambda: isinstance(app.screen, WhyDialog))
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, AuditDialog))
        await pilot.press("a", "m")
        inspector = app.screen.query_one(InspectorPane)
        await until(lambda: len(inspector.paths) == 3, "the three in the inspector")
        (place / "open").chmod(0o600)
        await pilot.press("2")
        await audit(app, pilot)
        await until(lambda: told(app)["open"] == "nothing any more", "what was found is looked at again")
        await pilot.press("home", "enter")
        await until(lambda: not isinstance(app.screen, AuditDialog))
        await until(lambda: cursor(app) in {"open", "suid", "too"})


async def test_what_is_removed_or_executable_since_is_judged_anew(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place)
        await audit(app, pilot)
        await pilot.press("a", "D")
        await until(lambda: isinstance(app.screen, Confirm), "the question")
        await pilot.press("y")
        await until(lambda: set(told(app).values()) == {GONE}, "that they are gone")
        assert not (place / "open").exists()


@needs_root
async def test_the_execute_bit_is_judged_anew(place: Path) -> None:
    app = program(place)
    (place / "open").chmod(0o644)
    (place / "sub/too").chmod(0o644)
    (place / "sub/suid").chmod(0o4700)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place)
        await audit(app, pilot)
        before = told(app)["sub/suid"]
        await pilot.press("asterisk")
        await until(lambda: mode(place / "sub/suid") == 0o4600, "the change")
        await until(lambda: told(app)["sub/suid"] != before, "that it is looked at anew")


async def test_nothing_worth_a_look(tmp_path: Path) -> None:
    app = program(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, tmp_path)
        await pilot.press("A")
        await until(lambda: isinstance(app.screen, AuditDialog))
        await until(lambda: "Nothing here is worth a look" in text_of(dialog(app).rows), "the good news")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_the_column_cuts_off_is_told_whole_of_the_row_under_the_cursor(
    place: Path, size: tuple[int, int]
) -> None:
    (place / "wide").mkdir()
    (place / "wide").chmod(0o777)
    whole = "world-writable without sticky: anybody removes what is anybody's"
    app = program(place)
    async with app.run_test(size=size) as pilot:
        await ready(app, place)
        await audit(app, pilot)
        below = dialog(app).query_one("#told", Text)
        for _ in range(list(told(app)).index("wide")):
            await pilot.press("down")
        await until(lambda: whole in " ".join(str(below.render()).split()), "the row of the directory")
        assert whole not in text_of(dialog(app).rows)
        assert below.region.height >= 1
        assert dialog(app).query_one("#frame").region.contains_region(below.region)
        await pilot.press("slash", *"open")
        await until(lambda: str(below.render()) == "world-writable", "another row")
        field = dialog(app).query_one("#filter")
        assert field.region.height == 1
        assert not field.region.overlaps(below.region)
