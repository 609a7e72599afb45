"""Back, forward, bookmarks and typed paths, by their keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from osexplorer.ui.dialogs.go_to import GoToDialog
from osexplorer.ui.dialogs.places import PlacesDialog
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import RowList
from tests.ui.test_files import Program, cursor, program, ready
from tests.waiting import until


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "documents" / "inner").mkdir(parents=True)
    (place / "downloads").mkdir()
    (place / "file").touch()
    return place


async def type_text(pilot: Pilot[int], text: str) -> None:
    await pilot.press(*({"/": "slash", "~": "tilde", "$": "dollar_sign"}.get(one, one) for one in text))


def dialog(app: Program) -> GoToDialog:
    assert isinstance(app.screen, GoToDialog)
    return app.screen


async def test_back_and_forward(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("enter")
        await ready(app, place / "documents")
        await pilot.press("left_square_bracket")
        await ready(app, place)
        await until(lambda: cursor(app) == "documents")
        await pilot.press("right_square_bracket")
        await ready(app, place / "documents")
        await pilot.press("alt+left")
        await ready(app, place)
        assert not app.pane.can_go_back()


async def test_a_bookmark(place: Path) -> None:
    app = program(place / "documents")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place / "documents")
        await pilot.press("B")
        await until(lambda: app.session.bookmarks.feed.value == (str(place / "documents"),))
        await pilot.press("h")
        await ready(app, place)
        await pilot.press("b")
        await until(lambda: isinstance(app.screen, PlacesDialog) and len(app.screen.query_one(RowList).source) == 1)
        await pilot.press("enter")
        await ready(app, place / "documents")
        await pilot.press("b")
        await until(lambda: isinstance(app.screen, PlacesDialog) and len(app.screen.query_one(RowList).source) == 2)
        await pilot.press("ctrl+d")
        await until(lambda: app.session.bookmarks.feed.value == ())


async def test_a_path_is_typed_with_completion(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, GoToDialog) and len(app.screen.completion.candidates) == 3)
        await type_text(pilot, "d")
        await until(lambda: len(dialog(app).completion.candidates) == 2)
        await pilot.press("tab")
        await until(lambda: dialog(app).typed == f"{place}/do")
        await type_text(pilot, "c")
        await pilot.press("tab")
        await until(lambda: dialog(app).typed == f"{place}/documents/")
        await until(lambda: dialog(app).completion.head == f"{place}/documents/")
        await pilot.press("tab", "enter")
        await ready(app, place / "documents" / "inner")


async def test_choices_are_gone_through(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, GoToDialog) and len(app.screen.completion.candidates) == 3)
        await pilot.press("down")
        assert dialog(app).typed == f"{place}/documents/"
        await pilot.press("down", "down")
        assert dialog(app).typed == f"{place}/file"
        await pilot.press("up")
        assert dialog(app).typed == f"{place}/downloads/"
        await pilot.press("enter")
        await ready(app, place / "downloads")


async def test_variables_and_home(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACE", str(place))
    app = program(place / "documents")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place / "documents")
        for typed, there in (("$PLACE/downloads", place / "downloads"), ("..", place)):
            await pilot.press("ctrl+g")
            await until(lambda: isinstance(app.screen, GoToDialog))
            app.screen.query_one(Field).value = typed
            await pilot.press("enter")
            await ready(app, there)


@pytest.mark.parametrize("typed", ["$PLACE/downloads", "~/downloads", "/"])
async def test_another_path_is_typed_behind_the_one_that_is_offered(
    place: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setenv("PLACE", str(place))
    monkeypatch.setenv("HOME", str(place))
    if typed.startswith("/"):
        typed = f"{place}/downloads"
    app = program(place / "documents")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place / "documents")
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, GoToDialog) and dialog(app).typed == f"{place}/documents/")
        await type_text(pilot, typed)
        await until(lambda: app.screen.query_one(Field).value == typed)
        await pilot.press("enter")
        await ready(app, place / "downloads")


async def test_a_name_that_begins_as_a_path_does_can_be_chosen(place: Path) -> None:
    (place / "documents" / "inner").rmdir()
    (place / "documents" / "~root").mkdir()
    app = program(place / "documents")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place / "documents")
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, GoToDialog) and len(app.screen.completion.candidates) == 1)
        await pilot.press("tab", "enter")
        await ready(app, place / "documents" / "~root")


async def test_a_file_is_stood_on_and_nothing_is_told(place: Path) -> None:
    app = program(place / "documents")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place / "documents")
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, GoToDialog))
        app.screen.query_one(Field).value = "../file"
        await pilot.press("enter")
        await ready(app, place)
        await until(lambda: cursor(app) == "file")
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, GoToDialog))
        app.screen.query_one(Field).value = "none/x"
        await until(lambda: "ENOENT" in dialog(app).completion.problem)
        await pilot.press("enter")
        await until(lambda: any("ENOENT" in str(toast.message) for toast in app._notifications))
