"""The main screen with panes of the test's own: places, focus, zoom, footer, help, filter, marks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets._toast import Toast

from osexplorer.model.settings import Settings
from osexplorer.services.session import Session
from osexplorer.ui.actions import ACTIONS
from osexplorer.ui.app import Explorer
from osexplorer.ui.arrangement import PANES
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.confirm import Confirm
from osexplorer.ui.footer import Footer
from osexplorer.ui.pane import Pane
from osexplorer.ui.rowlist import Column, RowList, Span, TableSource
from osexplorer.ui.too_small import TooSmall
from tests.waiting import until

HOSTILE = "\x1b[2J\x9b0m [/][bold]evil\u202e\n"


def pane_named(scope: str) -> type[Pane]:
    class Demo(Pane):
        SCOPE = scope

        def content(self) -> ComposeResult:
            source: TableSource[int] = TableSource(
                lambda row: row,
                lambda row, column: Span(f"{column} {row} {HOSTILE}", "directory"),
                sort_keys={"name": lambda row: row},
                text=lambda row: f"name {row}",
            )
            source.set_rows(range(200))
            yield RowList(
                [Column("name", "Name", 10, flex=1, scrolls=True), Column("size", "Size", 6, priority=1)], source
            )

        def on_mount(self) -> None:
            self.retitle("a [/] title", "200 rows")

        def can_undo(self) -> bool:
            return False

        def __getattr__(self, name: str) -> Any:
            if name in {action.when for action in ACTIONS}:
                return lambda: False
            raise AttributeError(name)

    return Demo


class Shell(Explorer):
    def pane_makers(self) -> dict[str, Callable[[], Pane]]:
        return {scope: (lambda scope=scope: pane_named(scope)(self.session)) for scope in PANES}


def shell() -> Shell:
    return Shell("/", Settings(), Session())


def text_of(widget: Widget) -> str:
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


async def test_each_size_shows_its_panes_whole() -> None:
    for size, shown in (((80, 24), 1), ((120, 40), 4), ((200, 60), 6)):
        app = shell()
        async with app.run_test(size=size):
            await until(lambda app=app: app.main.workspace.complete and app.focused)
            panes = [pane for pane in app.main.workspace.panes.values() if app.is_placed(pane.SCOPE)]
            await until(lambda panes=panes: all(pane.size.width > 10 for pane in panes))
            assert len(panes) == shown
            assert all(app.screen.region.contains_region(pane.region) for pane in panes)


async def test_hostile_text_is_escaped_in_every_row() -> None:
    app = shell()
    async with app.run_test(size=(80, 24)):
        await until(lambda: app.focused)
        text = text_of(app.main.pane.rows)
        assert "\\x1b[2J\\u009b0m [/][bold]evil\\u202e\\n" in text
        assert text.replace("\n", "").isprintable()


async def test_digits_tab_and_zoom_go_to_panes() -> None:
    app = shell()
    async with app.run_test(size=(200, 60)) as pilot:
        await until(lambda: app.focused)
        await pilot.press("5")
        await until(lambda: app.main.workspace.panes["processes"].has_focus_within)
        await pilot.press("tab")
        await until(lambda: app.main.workspace.panes["children"].has_focus_within)
        await pilot.press("z")
        await until(lambda: app.main.workspace.panes["children"].size.width > 190)
        await pilot.press("z")
        await until(lambda: app.main.workspace.panes["children"].size.width < 100)


async def test_the_way_to_a_pane_leads_through_no_other() -> None:
    app = shell()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.main.workspace.complete and app.focused)
        for key, scope in (("6", "children"), ("7", "tasks"), ("6", "children")):
            await pilot.press(key)
            await until(lambda scope=scope: app.main.workspace.panes[scope].has_focus_within)
        assert app.main.workspace.recent == ("children", "tasks", "files")


async def test_the_keyboard_comes_back_when_the_screen_is_large_enough_again() -> None:
    app = shell()
    async with app.run_test(size=(20, 5)) as pilot:
        for _ in range(2):
            await until(lambda: "Too small" in text_of(app.main.query_one(TooSmall)))
            await pilot.resize_terminal(80, 24)
            await until(lambda: app.focused is app.main.pane.rows)
            await until(lambda: "Open" in app.main.query_one(Footer).render_line(0).text)
            await pilot.resize_terminal(30, 24)


class Waiting(Dialog[None]):
    """Has a job that would show something later."""

    def __init__(self) -> None:
        super().__init__("Waiting")
        self.news = asyncio.Event()

    def body(self) -> ComposeResult:
        yield Text("nothing yet", id="said")

    def on_mount(self) -> None:
        self.job = self.begin(self._show())

    async def _show(self) -> None:
        await self.news.wait()
        self.query_one("#said", Text).show("news")


async def test_what_a_dialog_waits_for_ends_before_its_widgets_do() -> None:
    app = shell()
    async with app.run_test(size=(80, 24)):
        await until(lambda: app.main.workspace.complete and app.focused)
        for closing in (False, True):
            dialog = Waiting()
            await app.push_screen(dialog)
            if closing:
                dialog.dismiss(None)
            dialog.news.set()
            await until(dialog.job.done)
            assert dialog.job.cancelled() is closing
        assert app.background_errors == 0


async def test_the_position_in_a_long_list_stands_at_the_bottom_right_when_keys_rest() -> None:
    app = shell()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.main.workspace.complete and app.focused)
        pane = app.main.pane
        await until(lambda: str(pane.border_subtitle) == "200 rows · 1/200", "the first row")
        await pilot.press("j", "j")
        await until(lambda: str(pane.border_subtitle) == "200 rows · 3/200", "the position")
        await pilot.press("G")
        await until(lambda: str(pane.border_subtitle) == "200 rows · 200/200", "the position")
        await pilot.press("slash", "1", "7", "7")
        await until(lambda: str(pane.border_subtitle) == "200 rows", "all that fits is in sight")
        pane.apply_filter("")
        pane.retitle("", "a status that has more to say than there is room for beside the position, and says it " * 2)
        shown = str(pane.border_subtitle)
        assert shown.endswith("… · 178/200")
        assert len(shown) <= 76


async def test_what_was_told_before_a_dialog_does_not_cover_it_and_comes_back_after_it() -> None:
    app = shell()

    def notices() -> list[str]:
        return [str(toast.render()) for toast in app.screen.query(Toast)]

    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(lambda: app.main.workspace.complete and app.focused)
        app.say("told before", problem=True)
        await until(lambda: notices() == ["told before"], "the notice")
        dialog = Confirm("Really?", "\n".join(f"line {number}" for number in range(40)))
        app.push_screen(dialog)
        await until(
            lambda: app.screen is dialog and dialog.is_mounted and dialog.query_one("#frame").size.height, "the dialog"
        )
        app.say("told now: " + "so much that it takes a line of the screen")
        await until(lambda: [text[:8] for text in notices()] == ["told now"], "the notice of the dialog")
        toast = dialog.query_one(Toast)
        await until(lambda: toast.region.height, "its place")
        frame = dialog.query_one("#frame").region
        assert not toast.region.overlaps(frame), "it covers neither the question nor the keys"
        await pilot.press("n")
        await until(lambda: app.screen is app.main and notices()[:1] == ["told before"], "it has time left")


async def test_filter_marks_and_escape() -> None:
    app = shell()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.focused)
        rows = app.main.pane.rows
        await pilot.press("/", "1", "9", "9", "enter")
        await until(lambda: len(rows.source) == 1 and rows.has_focus)
        await pilot.press("escape")
        await until(lambda: len(rows.source) == 200)
        assert rows.cursor_key == 199  # stayed on its row
        await pilot.press("home", "space", "space")
        assert rows.marks == {0, 1}
        await pilot.press("escape")
        await until(lambda: not rows.marks)
