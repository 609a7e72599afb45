"""The tree pane: it follows the listing, and leads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from osexplorer.model.files import Status
from osexplorer.model.settings import Settings
from osexplorer.services import tree
from osexplorer.services.session import Session
from osexplorer.ui.app import Explorer
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.field import Field
from osexplorer.ui.panes.tree import TreePane
from osexplorer.ui.rowlist import RowList
from osexplorer.ui.rowlist.cells import spans
from tests.unprivileged import open_place
from tests.waiting import until

__all__ = ["open_place"]


class Program(Explorer):
    """The program, and its tree pane at hand."""

    @property
    def tree(self) -> TreePane:
        pane = self.main.workspace.pane("tree")
        assert isinstance(pane, TreePane)
        return pane

    @property
    def listed(self) -> str:
        """The directory that Files shows."""
        state = self.session.files.state
        return state.path if state.status is Status.READY else ""


@pytest.fixture
def place(open_place: Path) -> Path:
    (open_place / "a" / "inner" / "deep").mkdir(parents=True)
    (open_place / "b").mkdir()
    (open_place / ".dot").mkdir()
    (open_place / "file").touch()
    (open_place / "to-b").symlink_to("b")
    os.mkdir(os.fsencode(open_place) + b"/z\xff\x1b[2J[b]")
    return open_place


def program(path: Path) -> Program:
    return Program(str(path), Settings(), Session())


def below(app: Program, place: Path) -> list[str]:
    """What the rows below that of `place` say, guides left out."""
    source = app.tree.source
    at = source.index(str(place))
    shown: list[str] = []
    for index in range(len(source) if at is None else at + 1, len(source)):
        if source.row(index).depth <= len(place.parts) - 1:
            break
        (cell,) = source.cells(index, ["name"])
        shown.append("".join(span.text for span in spans(cell)).lstrip(" │├└"))
    return shown


async def ready(app: Program, path: Path | str) -> None:
    """The tree stands on the directory that is listed."""
    await until(lambda: app.main.workspace.complete and app.listed == str(path), f"the listing of {path}")
    await until(lambda: app.tree.query(RowList) and app.tree.rows.cursor_key == str(path), f"the tree on {path}")


async def test_it_follows_the_listing(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place)
        await pilot.press("l")
        await ready(app, place / "a")
        assert below(app, place)[:2] == ["▸ a", "▸ b"]
        await pilot.press("h")
        await ready(app, place)
        rows = app.tree.rows
        drawn = [rows.render_line(y).text.rstrip() for y in range(rows.size.height)]
        assert drawn[0] == "  Directory"
        assert any("▾ " in line and place.name[:6] in line for line in drawn)


async def test_expanding_collapsing_and_leading(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place)
        await pilot.press("1")
        await pilot.press("right")
        await until(lambda: below(app, place) == ["▸ a", "▸ b", "▸ to-b@", "▸ z\\xff\\x1b[2J[b]"])
        rows = app.tree.rows
        await until(lambda: any("▸ to-b@" in rows.render_line(y).text for y in range(rows.size.height)), "it in sight")
        await pilot.press("right", "right")
        await until(lambda: below(app, place)[:3] == ["▾ a", "▸ inner", "▸ b"])
        assert app.selected == str(place / "a")
        await pilot.press("l", "enter")
        await ready(app, place / "a" / "inner")
        assert app.main.workspace.focused_scope == "files"
        await pilot.press("1", "left", "left")
        await until(lambda: below(app, place)[:2] == ["▸ a", "▸ b"])
        assert app.tree.rows.cursor_key == str(place / "a")
        await pilot.press("h")
        assert app.tree.rows.cursor_key == str(place)


async def test_dot_files_and_an_empty_directory(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place)
        await pilot.press("1", "right")
        await until(lambda: below(app, place)[:1] == ["▸ a"])
        await pilot.press("full_stop")
        await until(lambda: below(app, place)[:2] == ["▸ .dot", "▸ a"])
        await pilot.press("j", "right")
        await until(lambda: below(app, place)[:2] == ["· .dot", "▸ a"])


async def test_a_directory_that_cannot_be_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree.Watch, "set", lambda *_: None)
    app = program(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place)
        await pilot.press("1", "right")
        await until(lambda: below(app, place)[:1] == ["▸ a"])
        (place / "b").rmdir()
        await pilot.press("j", "j", "right")
        await until(lambda: "! b ENOENT" in below(app, place))


async def test_a_filter_keeps_the_way_to_what_matches(place: Path) -> None:
    app = program(place / "a" / "inner")
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place / "a" / "inner")
        await pilot.press("1", "slash", *"inne")
        await until(lambda: below(app, place) == ["▾ a", "▸ inner"])
        assert app.tree.source.key(0) == "/"
        await pilot.press("escape")
        await until(lambda: len(below(app, place)) == 5)
        assert app.tree.rows.cursor_key == str(place / "a" / "inner")


async def test_to_a_depth_to_the_parent_and_all_collapsed(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place)
        await pilot.press("1", "e")
        await until(lambda: isinstance(app.screen, Prompt))
        await pilot.press("x", "enter")
        assert isinstance(app.screen, Prompt), "x is no depth"
        assert app.screen.query_one(Field).value == "x", "what is typed replaces what stood there"
        await pilot.press("backspace", "9", "enter")
        await until(lambda: below(app, place)[:3] == ["▾ a", "▾ inner", "· deep"])
        app.tree.rows.move_to_key(str(place / "a" / "inner" / "deep"))
        await pilot.press("backspace")
        assert app.tree.rows.cursor_key == str(place / "a" / "inner")
        await pilot.press("c")
        await until(lambda: app.tree.source.index(str(place / "a")) is None)
        assert app.tree.rows.cursor_key == str(place)


async def test_a_loop_is_marked(place: Path) -> None:
    (place / "up").symlink_to(".")
    app = program(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, place)
        await pilot.press("1", "right")
        await until(lambda: "▸ up@" in below(app, place))
        app.tree.rows.move_to_key(str(place / "up"))
        await pilot.press("right")
        await until(lambda: "▾ up@ a loop: it is above" in below(app, place))
