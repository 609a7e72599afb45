"""The call log on the screen: live, followed, failures by name, copied as Python, opened in full."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from osexplorer.model.calls import Call
from osexplorer.model.settings import Settings
from osexplorer.model.units import latency_text
from osexplorer.services.calls import KEEP
from osexplorer.services.session import Session
from osexplorer.system import calls as system
from osexplorer.ui.app import Explorer
from osexplorer.ui.arrangement import PANES
from osexplorer.ui.dialogs.call import CallDialog, call_facts
from osexplorer.ui.pane import Pane
from osexplorer.ui.panes.call_rows import cell
from osexplorer.ui.panes.calls import CallsPane
from osexplorer.ui.rowlist import RowList, Span
from tests.ui.test_shell import HOSTILE, pane_named, text_of
from tests.waiting import until


class Desk(Explorer):
    def pane_makers(self) -> dict[str, Callable[[], Pane]]:
        real = {"calls": CallsPane}
        return {scope: (lambda scope=scope: real.get(scope, pane_named(scope))(self.session)) for scope in PANES}

    @property
    def pane(self) -> CallsPane:
        pane = self.main.workspace.panes["calls"]
        assert isinstance(pane, CallsPane)
        return pane

    @property
    def text(self) -> str:
        return text_of(self.pane.rows)

    def note(self, *arguments: object, function: str = "os.chmod", number: int = 0, change: bool = True) -> int:
        text = os.strerror(number) if number else ""
        call = Call(function, arguments, (), None, number, text, 1_700_000_000_000_000_000, 12_345, change)
        return self.session.door.log.add(call).serial


@asynccontextmanager
async def desk(
    size: tuple[int, int] = (80, 24), settings: Settings | None = None
) -> AsyncIterator[tuple[Desk, Pilot[int]]]:
    app = Desk("/", settings or Settings(), Session())
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.main.workspace.complete and app.focused, "the first pane")
        await pilot.press("8")
        await until(lambda: app.main.pane.SCOPE == "calls" and app.pane.has_focus_within, "the pane")
        yield app, pilot


async def test_a_real_change_and_a_real_failure_appear_as_they_were_made(tmp_path: Path) -> None:
    async with desk(size=(200, 60)) as (app, pilot):
        await pilot.press("z")
        await until(lambda: "No change was made yet" in app.text, "an empty list that says so")
        file = tmp_path / "file"
        file.touch()
        door = app.session.door
        await door.run(system.change, os.chmod, str(file), 0o640, at=str(file))
        await until(lambda: f"os.chmod('{file}', 0o640)" in app.text and " ok " in app.text, "the change")
        with pytest.raises(OSError, match="No such file"):
            await door.run(system.read, os.stat, f"{file}{HOSTILE}", at=str(file))
        await until(lambda: "ENOENT" in app.text, "the failure")
        assert app.text.replace("\n", "").isprintable()
        assert app.pane.title_text == "2 · 1 failed"


async def test_the_cursor_follows_the_newest_until_it_is_moved_up() -> None:
    async with desk() as (app, pilot):
        rows = app.pane.rows
        for number in range(100):
            app.note(f"/file{number}", 0o644)
        await until(lambda: rows.cursor_key == 100 and "/file99" in app.text, "the newest")
        app.note("/file100", 0o644)
        await until(lambda: rows.cursor_key == 101 and "/file100" in app.text, "the newest")
        assert not app.pane.is_behind()
        await pilot.press("k", "k")
        assert rows.cursor_key == 99
        for number in range(101, 150):
            app.note(f"/file{number}", 0o644)
        await until(lambda: len(app.pane.source) == 150, "more calls")
        assert rows.cursor_key == 99
        await until(lambda: "51 newer below" in str(app.pane.border_subtitle), "how many are below")
        await pilot.press("f")
        await until(lambda: rows.cursor_key == 150, "the newest")
        app.note("/file150", 0o644)
        await until(lambda: rows.cursor_key == 151, "the newest again")


async def test_successful_reads_are_shown_on_demand() -> None:
    async with desk() as (app, pilot):
        app.note("/change", 0o644)
        app.note("/read", function="os.stat", change=False)
        app.note("/failed", function="os.stat", change=False, number=errno.EACCES)
        await until(lambda: "/failed" in app.text, "the calls")
        assert "/read" not in app.text
        await pilot.press("t")
        await until(lambda: "/read" in app.text, "the read")
        assert [app.pane.source.key(at) for at in range(3)] == [1, 2, 3]
        app.note("/another", function="os.stat", change=False)
        await until(lambda: "/another" in app.text, "the next read")
        await pilot.press("t")
        await until(lambda: "/read" not in app.text, "the reads to go")
        told = app.session.door.log.feed.value
        app.note("/unseen", function="os.stat", change=False)
        assert app.session.door.log.feed.value == told  # nobody is woken for what is not shown
    async with desk(settings=Settings(show_reads=True)) as (app, _):
        app.note("/read", function="os.stat", change=False)
        await until(lambda: "/read" in app.text, "the read, as the settings ask")


async def test_copy_what_is_marked_or_under_the_cursor() -> None:
    async with desk() as (app, pilot):
        for name in ("/a", "/b\x1b", "/c"):
            app.note(name, 0o644)
        await until(lambda: "/c" in app.text, "the calls")
        await pilot.press("y")
        await until(lambda: app.clipboard == "os.chmod('/c', 0o644)", "the clipboard")
        await pilot.press("home", "space", "space", "y")
        await until(lambda: app.clipboard == "os.chmod('/a', 0o644)\nos.chmod('/b\\x1b', 0o644)", "both")


async def test_a_call_in_full() -> None:
    async with desk() as (app, pilot):
        app.note(f"/very/long/{HOSTILE * 10}", 0o644, number=errno.EPERM)
        await until(lambda: "EPERM" in app.text, "the call")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, CallDialog) and app.focused, "the dialog")
        text = text_of(app.screen.query_one(RowList))
        assert "EPERM, 1: Operation not permitted" in text
        assert "Only the owner or root may do this" in text
        assert "2023-11-14 22:13:20.000000000 +0000" in text
        assert "12,345 ns" in text
        assert text.replace("\n", "").isprintable()
        await pilot.press("y", "escape")
        await until(lambda: app.screen is app.main, "the end of the dialog")
        assert app.clipboard.startswith("os.chmod('/very/long/\\x1b")


def test_facts_of_a_success_and_of_a_failure() -> None:
    made = Call("os.umask", (0o22,), (), 0o77, 0, "", 0, 5, True, "why not", 7)
    assert ("result", "63") in call_facts(made)
    assert ("note", "why not") in call_facts(made)
    assert not {"failed", "what to do"} & {fact.label for fact in call_facts(made)}
    odd = Call("os.chmod", ("a",), (), None, 9999, "Unknown error 9999", 0, 5, True)
    assert ("failed", "errno 9999, 9999: Unknown error 9999") in call_facts(odd)
    assert "what to do" not in {fact.label for fact in call_facts(odd)}


def test_a_time_that_was_not_measured_is_not_told_as_none() -> None:
    one = Call("os.open", ("/gone",), (), None, errno.ENOENT, "No such file or directory", 0, 0, False)
    assert ("took", "not measured") in call_facts(one)
    assert cell(one, "took") == Span("–", "dim")
    assert cell(replace(one, duration=5_000), "took") == Span(latency_text(5_000), "dim")


async def test_filter_and_sort() -> None:
    async with desk() as (app, pilot):
        app.note("/zebra", 0o644)
        app.note("/ant", 0o644, number=errno.EPERM)
        app.note("/bee", 0o644)
        await until(lambda: "/bee" in app.text, "the calls")
        source = app.pane.source
        await pilot.press("/", *"eperm", "enter")
        await until(lambda: len(source) == 1 and "/ant" in app.text, "the failure alone")
        assert app.pane.title_text == "1 of 3 · 1 failed"
        app.note("/cat", 0o644, number=errno.EPERM)
        app.note("/dog", 0o644)
        await until(lambda: source.total == 5, "more calls")
        assert [source.key(at) for at in range(len(source))] == [2, 4]
        await pilot.press("escape")
        column = next(column for column in app.pane.rows.columns if column.id == "call")
        app.pane.apply_sort(column)
        assert [source.key(at) for at in range(len(source))] == [2, 3, 4, 5, 1]
        app.note("/elk", 0o644)
        await until(lambda: len(source) == 6, "the next call in its place")
        assert [source.key(at) for at in range(len(source))] == [2, 3, 4, 5, 6, 1]
        assert app.pane.is_behind()
        await pilot.press("f")
        await until(lambda: app.pane.rows.cursor_key == 6 and app.pane.source.as_made, "the order of time")


async def test_a_flood_of_calls_is_taken_up_in_few_steps() -> None:
    async with desk() as (app, _):
        steps = []
        update = app.pane.source.update
        app.pane.source.update = lambda: steps.append(1) or update()  # type: ignore[method-assign, func-returns-value]
        for number in range(2 * KEEP):
            app.note(f"/{number}", 0o644)
        await until(lambda: app.pane.rows.cursor_key == 2 * KEEP, "the newest")
        assert len(app.pane.source) <= KEEP + 2000
        assert len(steps) < 20


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_rows_fill_the_width_exactly(size: tuple[int, int]) -> None:
    async with desk(size) as (app, _):
        app.note(f"/{HOSTILE * 20}", 0o644, number=errno.EACCES)
        await until(lambda: "EACCES" in app.text, "the call")
        lines = app.text.split("\n")
        assert len({len(line) for line in lines}) == 1
        assert "…" in lines[1]
