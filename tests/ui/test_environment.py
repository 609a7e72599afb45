"""Variables on the screen: listed, filtered, edited, added, renamed, deleted, put back; a child sees them."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from osexplorer.model.display import display
from osexplorer.model.identity import Identity
from osexplorer.model.settings import Settings
from osexplorer.services.session import Session
from osexplorer.system import environment as system
from osexplorer.ui.app import Explorer
from osexplorer.ui.arrangement import PANES
from osexplorer.ui.dialogs.entries import EntriesDialog
from osexplorer.ui.dialogs.profiles import ProfilesDialog
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.field import Field
from osexplorer.ui.inherit_line import InheritLine, inherited
from osexplorer.ui.pane import Pane
from osexplorer.ui.panes.environment import EnvironmentPane
from osexplorer.ui.rowlist import RowList
from tests.ui.test_shell import HOSTILE, pane_named, text_of
from tests.ui.test_typeahead import burst
from tests.waiting import until

START = {"ALPHA": "one", "BETA": "two", "HOSTILE": HOSTILE, "LATIN": "\udcff", "PATH": "/usr/bin:/gone:/usr/bin/"}
ENV = shutil.which("env") or "/usr/bin/env"


class Desk(Explorer):
    def pane_makers(self) -> dict[str, Callable[[], Pane]]:
        real = {"environment": EnvironmentPane}
        return {scope: (lambda scope=scope: real.get(scope, pane_named(scope))(self.session)) for scope in PANES}

    @property
    def pane(self) -> EnvironmentPane:
        pane = self.main.workspace.panes["environment"]
        assert isinstance(pane, EnvironmentPane)
        return pane

    @property
    def text(self) -> str:
        return text_of(self.pane.rows)

    @property
    def names(self) -> list[str]:
        return [variable.name for variable in self.pane.source.rows]


@pytest.fixture(autouse=True)
def own_variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(os.environ)
    for name in before:
        if not name.startswith(("PYTEST", "TEXTUAL")):
            monkeypatch.delenv(name)
    for name, value in START.items():
        monkeypatch.setenv(name, value)
    yield
    for name in [name for name in os.environ if name not in before]:
        del os.environ[name]


@asynccontextmanager
async def desk(size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Desk, Pilot[int]]]:
    app = Desk("/", Settings(), Session())
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.main.workspace.complete and app.focused, "the first pane")
        await pilot.press("4")
        await until(lambda: app.main.pane.SCOPE == "environment" and app.pane.has_focus_within, "the pane")
        await until(lambda: "ALPHA" in app.names, "the variables")
        yield app, pilot


async def answer(app: Desk, pilot: Pilot[int], text: str, *, accepted: bool = True) -> None:
    """Type `text`, as it is displayed, into the dialog that opens, and accept it."""
    await until(lambda: isinstance(app.screen, Prompt) and app.focused, "the question")
    dialog = app.screen
    dialog.query_one(Field).value = text
    await pilot.press("enter")
    if accepted:
        await until(lambda: app.screen is not dialog, "its end")


async def go_to(app: Desk, name: str) -> None:
    assert app.pane.rows.move_to_key(name)


async def test_every_variable_is_shown_and_nothing_of_it_is_obeyed() -> None:
    async with desk() as (app, _):
        assert app.names == sorted(app.session.environment.variables.now)
        text = app.text
        assert display(HOSTILE)[:30] in text
        assert "\\xff" in text
        assert text.replace("\n", "").isprintable()
        assert app.pane.title_text == str(len(app.names))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_nothing_is_cut_off_without_a_mark(size: tuple[int, int]) -> None:
    async with desk(size) as (app, _):
        lines = app.text.split("\n")
        assert len({len(line) for line in lines}) == 1
        row = next(line for line in lines if "HOSTILE" in line).rstrip()
        assert row.endswith(display(HOSTILE)) or "…" in row


async def test_filter_by_name_or_value() -> None:
    async with desk() as (app, pilot):
        await pilot.press("/", *"two")
        await until(lambda: app.names == ["BETA"], "the match of a value")
        assert app.pane.title_text.startswith("1 of ")
        await pilot.press("enter", "escape")
        await until(lambda: len(app.names) > 4, "the filter to go")
        await pilot.press("/", *"alp", "enter")
        await until(lambda: app.names == ["ALPHA"], "the match of a name")
        await pilot.press("/", *"zzz")
        await until(lambda: "No variable matches" in app.text, "an empty list that says why")


async def test_edit_undo_and_put_back() -> None:
    async with desk() as (app, pilot):
        await go_to(app, "ALPHA")
        await pilot.press("enter")
        await answer(app, pilot, "uno")
        await until(lambda: "~ ALPHA" in app.text and "uno" in app.text, "the change")
        assert os.environ["ALPHA"] == "uno"
        assert "1 altered" in app.pane.title_text
        await pilot.press("u")
        await until(lambda: "~ ALPHA" not in app.text and "one" in app.text, "the old value")
        await pilot.press("e")
        await answer(app, pilot, "uno")
        await until(lambda: "~ ALPHA" in app.text, "the change")
        await pilot.press("o")
        await until(lambda: "~ ALPHA" not in app.text, "the value at the start")
        assert os.environ["ALPHA"] == "one"
        assert not app.pane.can_restore()


async def test_a_value_with_control_bytes_is_edited_in_its_escaped_form() -> None:
    async with desk() as (app, pilot):
        for name in ("HOSTILE", "LATIN"):
            await go_to(app, name)
            await pilot.press("enter")
            await until(lambda: isinstance(app.screen, Prompt), "the question")
            assert app.screen.query_one(Field).value == display(START[name])
            await pilot.press("end", *"x")
            await pilot.press("enter")
            await until(
                lambda name=name: app.session.environment.variables.now[name] == START[name] + "x", "the change"
            )
        await go_to(app, "ALPHA")
        await pilot.press("enter")
        await answer(app, pilot, "a\\tb\\xfe\\\\n")
        await until(lambda: os.environ["ALPHA"] == "a\tb\udcfe\\n", "the raw value")


async def test_new_rename_delete() -> None:
    async with desk() as (app, pilot):
        await pilot.press("n")
        await answer(app, pilot, "no equals sign", accepted=False)
        assert "Type NAME=value" in str(app.screen.query_one("#problem").render())
        await answer(app, pilot, "NEW=a=b")
        await until(lambda: "+ NEW" in app.text, "the new row")
        assert app.pane.rows.cursor_key == "NEW"
        assert os.environ["NEW"] == "a=b"
        await pilot.press("r")
        await answer(app, pilot, "BETA", accepted=False)
        assert "set already" in str(app.screen.query_one("#problem").render())
        await answer(app, pilot, "OTHER")
        await until(lambda: app.pane.rows.cursor_key == "OTHER" and "NEW" not in app.names, "the new name")
        await pilot.press("d")
        await until(lambda: "OTHER" not in app.names, "the row to go")
        await pilot.press("u", "u", "u")
        await until(lambda: not {"NEW", "OTHER"} & set(app.names), "all of it taken back")
        assert app.session.environment.variables.altered == 0


async def test_a_deleted_variable_stays_in_sight_and_can_be_put_back() -> None:
    async with desk() as (app, pilot):
        await go_to(app, "ALPHA")
        await pilot.press("space", "space", "d")
        await until(lambda: "- ALPHA" in app.text and "- BETA" in app.text, "both deleted")
        assert "ALPHA" not in os.environ
        assert not app.pane.rows.marks
        await go_to(app, "ALPHA")
        assert not app.pane.can_delete()
        await pilot.press("t")
        await until(lambda: app.names == ["ALPHA", "BETA"], "only what is altered")
        await pilot.press("a", "o")
        await until(lambda: "No variable is altered" in app.text, "nothing altered any more")
        assert (os.environ["ALPHA"], os.environ["BETA"]) == ("one", "two")


async def test_a_child_launched_afterwards_sees_exactly_what_is_shown() -> None:
    async with desk() as (app, pilot):
        await go_to(app, "LATIN")
        await pilot.press("enter")
        await answer(app, pilot, "\\xfe\\n")
        await go_to(app, "BETA")
        await pilot.press("d")
        await until(lambda: "BETA" not in os.environ, "the deletion")
        child = app.session.environment.for_child()
        output = subprocess.run([ENV, "-0"], env=child, capture_output=True, check=True).stdout
        shown = [each for each in app.pane.source.rows if each.state != "deleted"]
        assert set(output.split(b"\0")) - {b""} == {os.fsencode(f"{each.name}={each.value}") for each in shown}
        assert b"LATIN=\xfe\n" in output.split(b"\0")


async def test_what_is_too_large_is_refused_while_it_is_typed() -> None:
    async with desk() as (app, pilot):
        await pilot.press("n")
        await answer(app, pilot, "BIG=" + "x" * app.session.environment.variables.limits.string, accepted=False)
        assert "E2BIG" in str(app.screen.query_one("#problem").render())
        assert "BIG" not in os.environ


async def test_copy_as_shell_lines() -> None:
    async with desk() as (app, pilot):
        await go_to(app, "ALPHA")
        await pilot.press("y")
        await until(lambda: app.clipboard == "export ALPHA=one", "the clipboard")
        await go_to(app, "LATIN")
        await pilot.press("y")
        await until(lambda: app.clipboard == "export LATIN=$'\\377'", "the clipboard")


async def test_the_entries_of_a_list_of_paths(tmp_path: Path) -> None:
    async with desk() as (app, pilot):
        await go_to(app, "PATH")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, EntriesDialog) and app.focused, "the entries")
        dialog = app.screen
        assert isinstance(dialog, EntriesDialog)
        rows = dialog.query_one(RowList)
        await until(lambda: "missing" in text_of(rows), "what is missing")
        assert "same as 1" in text_of(rows)
        await pilot.press("D")
        assert dialog.paths == ["/usr/bin", "/gone"]
        await pilot.press("j", "K")
        assert dialog.paths == ["/gone", "/usr/bin"]
        await pilot.press("d", "n")
        await answer(app, pilot, f"{tmp_path}:rel")
        await until(lambda: dialog.paths == ["/usr/bin", str(tmp_path), "rel"], "two new entries")
        await until(lambda: "by the working directory" in text_of(rows), "the warning")
        await pilot.press("end", "enter")
        await answer(app, pilot, "/a\\x1b")
        await pilot.press("ctrl+s")
        await until(lambda: os.environ["PATH"] == f"/usr/bin:{tmp_path}:/a\x1b", "the new value")
        await pilot.press("u")
        await until(lambda: os.environ["PATH"] == START["PATH"], "the old value")


async def test_escape_leaves_everything_as_it_was() -> None:
    async with desk() as (app, pilot):
        before = app.session.environment.variables
        for name, key in (("PATH", "enter"), ("ALPHA", "enter"), ("ALPHA", "r"), ("ALPHA", "n")):
            await go_to(app, name)
            await pilot.press(key)
            await until(lambda: app.screen is not app.main, "a dialog")
            await pilot.press("escape")
            await until(lambda: app.screen is app.main, "its end")
        assert app.session.environment.variables is before


async def test_the_line_of_what_else_is_inherited() -> None:
    async with desk() as (app, _):
        line = app.pane.query_one(InheritLine)
        await until(lambda: "umask" in text_of(line), "who we are")
        app.show_directory(f"/some/where/{HOSTILE}")
        await until(lambda: "where" in text_of(line) or "…" in text_of(line), "the directory")
        assert text_of(line).isprintable()


@pytest.mark.parametrize("width", range(20, 100, 7))
def test_the_line_fits(width: int) -> None:
    identity = Identity("host", 0, 0, 0, 0, (), "root", "root", "root", "root", 0o22)
    parts = inherited("/a/very/long/path/" * 5, identity, width)
    assert sum(len(label) + len(value) + 3 for label, value in parts) - 2 <= max(width, 33)
    assert parts[1:] == [("umask", "022"), ("as", "root #")]


async def test_what_is_altered_gets_a_name_and_is_used_again_and_forgotten() -> None:
    async with desk() as (app, pilot):
        await app.session.environment.set("BETA", "three")
        await app.session.environment.delete("ALPHA")
        await until(lambda: app.pane.has_altered(), "the change to be shown")
        await pilot.press("S")
        await answer(app, pilot, "work")
        await until(lambda: app.session.profiles.feed.value, "it to be kept")
        await app.session.environment.restore("BETA")
        await app.session.environment.restore("ALPHA")
        await pilot.press("P")
        await until(lambda: isinstance(app.screen, ProfilesDialog) and len(app.screen.choices) == 1, "the list")
        assert "-ALPHA BETA=three" in text_of(app.screen.query_one(RowList))
        await pilot.press("enter")
        await until(lambda: app.session.environment.variables.now.get("BETA") == "three", "it to be used")
        await until(lambda: "ALPHA" not in app.session.environment.variables.now, "the deletion")
        await until(lambda: app.screen is app.main and app.focused, "the dialog to close")
        await pilot.press("u")
        await until(lambda: app.session.environment.variables.now.get("ALPHA") == "one", "it to be taken back")
        await pilot.press("P")
        await until(lambda: isinstance(app.screen, ProfilesDialog) and len(app.screen.choices) == 1, "the list again")
        await pilot.press("ctrl+d")
        await until(lambda: isinstance(app.screen, ProfilesDialog) and not app.screen.choices, "it to be forgotten")


async def test_a_key_typed_ahead_of_a_change_finds_it_made(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    unset = system.unset

    def unset_late(name: str) -> None:
        assert go_on.wait(30)
        unset(name)

    monkeypatch.setattr(system, "unset", unset_late)
    async with desk() as (app, _):
        burst(app, "/ALPHA\rdSwork\r")
        await until(lambda: app.session.environment.is_changing, "the deletion to begin")
        go_on.set()
        await until(lambda: [one.name for _, one in app.session.profiles.feed.value] == ["work"], "it to be kept")
