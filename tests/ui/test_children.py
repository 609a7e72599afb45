"""Children on the screen: launched, watched, signalled, read, asked about at the end."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from osexplorer.model.children import Child, ChildState
from osexplorer.model.settings import Settings
from osexplorer.services.door import Door
from osexplorer.services.leaving import terminate_all
from osexplorer.services.session import Session
from osexplorer.ui.app import Explorer
from osexplorer.ui.arrangement import PANES
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.child_details import ChildDetails
from osexplorer.ui.dialogs.launch import LaunchDialog
from osexplorer.ui.dialogs.output import OutputDialog
from osexplorer.ui.dialogs.output_lines import OutputLines
from osexplorer.ui.dialogs.quit import QuitDialog
from osexplorer.ui.dialogs.several import SeveralDialog
from osexplorer.ui.field import Field
from osexplorer.ui.footer import Footer
from osexplorer.ui.pane import Pane
from osexplorer.ui.panes.child_cells import COLUMNS
from osexplorer.ui.panes.child_notes import NOTE
from osexplorer.ui.panes.children import ChildrenPane
from osexplorer.ui.panes.tasks import TasksPane
from osexplorer.ui.rowlist.columns import place
from tests.ui.test_shell import HOSTILE, pane_named, text_of
from tests.waiting import until

REAL: dict[str, type[Pane]] = {"children": ChildrenPane, "tasks": TasksPane}


class Desk(Explorer):
    """The program with the real panes of children and tasks."""

    def pane_makers(self) -> dict[str, Callable[[], Pane]]:
        return {scope: (lambda scope=scope: REAL.get(scope, pane_named(scope))(self.session)) for scope in PANES}

    @property
    def rows(self) -> str:
        pane = self.main.pane
        return text_of(pane.rows) if pane.is_mounted else ""


@asynccontextmanager
async def desk(
    size: tuple[int, int] = (80, 24), settings: Settings | None = None, at: str = "6"
) -> AsyncIterator[tuple[Desk, Pilot[int]]]:
    app = Desk("/", settings or Settings(), Session(Door()))
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.main.workspace.complete and app.focused, "the first pane")
        await pilot.press(at)
        await until(lambda: PANES[int(at) - 1] == app.main.pane.SCOPE and app.main.pane.has_focus_within, "the pane")
        try:
            yield app, pilot
        finally:
            await terminate_all(app.session.children, patience=5)
            await app.session.children.close()
            await app.session.tasks.cancel_all(patience=0.5)


def only(app: Desk) -> Child:
    (child,) = app.session.children.feed.value
    return child


def shown(app: Explorer, id: str) -> str:
    return str(app.screen.query_one(id, Text).render())


async def type_command(app: Desk, pilot: Pilot[int], line: str) -> LaunchDialog:
    await pilot.press("exclamation_mark")
    await until(lambda: isinstance(app.screen, LaunchDialog) and app.focused, "the launch dialog")
    app.screen.query_one(Field).value = line
    dialog = app.screen
    assert isinstance(dialog, LaunchDialog)
    await pilot.pause()
    return dialog


async def test_launch_appears_at_once_and_its_end_is_told() -> None:
    async with desk() as (app, pilot):
        assert "Nothing was launched yet" in app.rows
        await type_command(app, pilot, "read line; exit 3")
        await pilot.press("enter")
        await until(lambda: "exit 3" in app.rows, "the row to tell the end")
        assert "read line; exit 3" in app.rows
        assert str(only(app).pid) in app.rows


async def test_an_action_of_a_pane_that_was_not_there_yet_waits_for_its_list() -> None:
    for action, told in (("children.change", 1), ("children.several", 0)):
        async with desk(at="2") as (app, _):
            said: list[str] = []
            app.say = lambda text, problem=False, said=said: said.append(text)  # type: ignore[method-assign]
            assert "children" not in app.main.workspace.panes
            await app.main.perform(action)  # as the palette does
            await until(lambda app=app, said=said: said or isinstance(app.screen, SeveralDialog), "what comes of it")
            assert len(said) == told


async def test_an_action_waits_for_what_a_pane_on_its_first_visit_is_about_to_show() -> None:
    async with desk(at="2") as (app, _):
        child = await app.session.children.launch("sleep 60")
        said: list[str] = []
        app.say = lambda text, problem=False: said.append(text)  # type: ignore[method-assign]
        await app.main.perform("children.details")
        await until(lambda: said or isinstance(app.screen, ChildDetails), "the details of the child")
        assert said == []
        assert isinstance(app.screen, ChildDetails)
        assert app.screen.child_id == child.id


async def test_an_action_that_waits_is_given_up_by_who_goes_elsewhere() -> None:
    async with desk(at="2") as (app, pilot):
        await app.main.perform("children.details")  # of no child
        await until(lambda: app.main.workspace.panes["children"].has_focus_within, "the pane")
        await pilot.press("2")
        await until(lambda: app.main.workspace.panes["files"].has_focus_within, "the other pane")
        await until(lambda: app.main._pending is None, "it to be given up")
        assert app.screen is app.main


async def test_the_keyboard_waits_for_the_list_of_a_pane_that_was_not_there_yet() -> None:
    async with desk(at="2") as (app, _):
        app.main.set_focus(None)
        app.main.workspace.focused_scope = "children"
        app.main._keep_keyboard()  # as after a screen that was too small
        await until(lambda: app.main.workspace.panes["children"].has_focus_within, "the keyboard")


async def test_a_running_child_has_a_clock_and_processor_use() -> None:
    async with desk() as (app, pilot):
        await type_command(app, pilot, "while :; do :; done")
        await pilot.press("enter")
        await until(lambda: "running" in app.rows, "the row")
        await until(lambda: (only(app).cpu or 0) > 0.01 and f"{only(app).cpu * 100:.0f}" in app.rows, "its CPU")  # type: ignore[operator]
        await until(lambda: " 1s " in app.rows or " 2s " in app.rows, "its clock to move")
        assert "1 running" in str(app.main.pane.border_title)


async def test_the_preview_is_exactly_what_will_be_executed() -> None:
    async with desk() as (app, pilot):
        dialog = await type_command(app, pilot, "echo 'a b' '[/]'")
        assert shown(app, "#preview") == "os.execvp('echo', ['echo', 'a b', '[/]'])"
        dialog.query_one(Field).value = "ls | wc"
        await until(lambda: "The shell reads it: | is shell syntax" in shown(app, "#preview"), "the reason")
        await pilot.press("ctrl+t")
        await until(lambda: shown(app, "#preview") == "os.execvp('ls', ['ls', '|', 'wc'])", "no shell")
        dialog.query_one(Field).value = "echo 'open"
        await until(lambda: "column 6" in shown(app, "#problem"), "the refusal")
        await pilot.press("enter")
        assert app.screen is dialog
        await pilot.press("escape")
        await until(lambda: app.screen is app.main, "the dialog to close")
        assert app.session.children.feed.value == ()


async def test_the_child_gets_the_edited_environment_and_the_directory(tmp_path: Path) -> None:
    async with desk() as (app, pilot):
        await app.session.environment.set("EDITED", "yes [/]")
        app.show_directory(str(tmp_path))
        await type_command(app, pilot, 'echo "$EDITED" "$PWD"')
        await pilot.press("enter")
        children = app.session.children
        await until(lambda: children.feed.value and children.output(1).total, "its output")
        assert children.output(1)[0].text == f"yes [/] {tmp_path}"
        await app.session.undo.undo()


async def test_history_comes_back_with_the_arrow() -> None:
    async with desk() as (app, pilot):
        for line in ("true", "false"):
            await type_command(app, pilot, line)
            await pilot.press("enter")
            await until(lambda: app.screen is app.main, "the dialog to close")
        await type_command(app, pilot, "dra")
        field = app.screen.query_one(Field)
        await pilot.press("up")
        await until(lambda: field.value == "false", "the last line")
        await pilot.press("up")
        await until(lambda: field.value == "true", "the line before")
        await pilot.press("down", "down")
        await until(lambda: field.value == "dra", "what was being typed")
        await pilot.press("escape")


async def test_a_program_that_is_not_there_is_told() -> None:
    async with desk() as (app, pilot):
        await type_command(app, pilot, "no-such-program-here")
        await pilot.press("enter")
        await until(lambda: "not found, ENOENT" in app.rows, "the row")
        await until(lambda: any("ENOENT" in note.message for note in app._notifications), "the message")


async def test_a_signal_goes_to_the_child_under_the_cursor() -> None:
    async with desk() as (app, pilot):
        first = await app.session.children.launch("sleep 61")
        await app.session.children.launch("sleep 62")
        await until(lambda: "sleep 62" in app.rows, "both rows")
        await pilot.press("end")
        await pilot.press("K")
        await until(lambda: type(app.screen).__name__ == "ChildSignal" and app.focused, "the signal dialog")
        await app.session.children.launch("sleep 63")  # the list moves behind the dialog
        await pilot.press("u", "s", "r", "1", "enter")
        await until(lambda: app.session.children.get(first.id).exit_text == "SIGUSR1", "the end")  # type: ignore[union-attr]
        assert app.session.children.running == 2
        await until(lambda: any("SIGUSR1 sent to" in note.message for note in app._notifications), "the message")


async def test_remove_and_run_again() -> None:
    async with desk() as (app, pilot):
        running = await app.session.children.launch("sleep 60")
        done = await app.session.children.launch("echo twice")
        await until(lambda: "exit 0" in app.rows, "its end")
        await pilot.press("home", "R")
        await until(lambda: len(app.session.children.feed.value) == 3 and app.session.children.running == 1, "again")
        app.main.pane.rows.move_to_key(done.id)
        await pilot.press("d")
        await until(lambda: app.session.children.get(done.id) is None, "the removal")
        await pilot.press("D")
        await until(lambda: [child.id for child in app.session.children.feed.value] == [running.id], "all that ended")


async def test_hostile_command_lines_and_output_stay_text() -> None:
    async with desk(size=(120, 40)) as (app, pilot):
        child = await app.session.children.launch(f"printf '%s' '{HOSTILE}'", "argv")
        await until(lambda: "exit 0" in app.rows, "its end")
        assert app.rows.replace("\n", "").isprintable()
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OutputDialog) and app.screen.lines.view.total, "the output")
        lines = app.screen.query_one(OutputLines)
        assert "[/][bold]evil" in text_of(lines)
        assert text_of(lines).replace("\n", "").isprintable()
        await pilot.press("r")
        await until(lambda: "\\x1b[2J" in text_of(lines), "the escape codes as such")
        text = text_of(lines)
        assert "[/][bold]evil" in text
        assert text.replace("\n", "").isprintable()
        assert shown(app, "#about").replace("\n", "").isprintable()
        assert child.id == 1
        await pilot.press("escape")
        await until(lambda: app.screen is app.main, "the dialog to close")


async def test_output_follows_stops_and_tells_the_streams_apart() -> None:
    async with desk() as (app, pilot):
        await app.session.children.launch("seq 1 500; echo wrong >&2; read x < /dev/zero; sleep 60")
        await until(lambda: "running" in app.rows, "the row")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OutputDialog), "the dialog")
        lines = app.screen.query_one(OutputLines)
        await until(lambda: "500" in text_of(lines) and "! wrong" in text_of(lines), "the end of the output")
        await pilot.press("home")
        await until(lambda: text_of(lines).startswith("  1 ") and not lines.following, "the beginning")
        assert "not following" in shown(app, "#about")
        await pilot.press("slash", "4", "9", "9", "enter")
        await until(lambda: lines.found == 498 and "499" in text_of(lines), "what was searched")
        await pilot.press("f")
        await until(lambda: lines.following and "500" in text_of(lines), "the end again")
        await pilot.press("escape")


async def test_a_flood_leaves_the_dialog_usable_and_tells_what_was_dropped() -> None:
    async with desk() as (app, pilot):
        await app.session.children.launch("yes flood")
        await until(lambda: "running" in app.rows, "the row")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OutputDialog), "the dialog")
        await until(lambda: "not kept" in shown(app, "#about"), "the dropped bytes")
        assert "  flood" in text_of(app.screen.query_one(OutputLines))
        await pilot.press("escape")
        await until(lambda: app.screen is app.main, "the dialog to close")


async def test_quit_asks_while_a_child_runs_and_ends_it() -> None:
    async with desk() as (app, pilot):
        child = await app.session.children.launch("sleep 60")
        await pilot.press("q")
        await until(lambda: isinstance(app.screen, QuitDialog), "the question")
        assert f"{child.pid} sleep 60" in str(app.screen.query(Text).first().render())
        await pilot.press("escape")
        await until(lambda: app.screen is app.main, "to stay")
        assert only(app).state is ChildState.RUNNING
        await pilot.press("q")
        await until(lambda: isinstance(app.screen, QuitDialog), "the question")
        await pilot.press("t")
        await until(lambda: app._exit, "the end")
        assert only(app).exit_text == "SIGTERM"
    assert app.return_code == 0


async def test_quit_can_leave_children_running(isolated_environment: Path) -> None:
    async with desk() as (app, pilot):
        child = await app.session.children.launch("trap '' PIPE; echo kept; sleep 60")
        await until(lambda: app.session.children.output(child.id).total, "its output")
        await pilot.press("q")
        await until(lambda: isinstance(app.screen, QuitDialog), "the question")
        await pilot.press("l")
        await until(lambda: app._exit, "the end")
        os.kill(child.pid, 0)
        (file,) = isolated_environment.rglob("*.log")
        assert file.read_text() == "kept\n"
        os.killpg(child.pid, signal.SIGKILL)


async def test_the_question_follows_what_ends_meanwhile() -> None:
    async with desk() as (app, pilot):
        first, second = [await app.session.children.launch(line) for line in ("sleep 61", "sleep 62")]
        await pilot.press("q")
        await until(lambda: isinstance(app.screen, QuitDialog), "the question")
        dialog = app.screen
        assert isinstance(dialog, QuitDialog)
        await pilot.press("enter")
        await app.session.children.signal(first.id, signal.SIGKILL)
        await until(lambda: "1 child runs:" in str(dialog.query(Text).first().render()), "the news")
        assert "sleep 61" not in str(dialog.query(Text).first().render())
        assert app.screen is dialog  # Enter decides nothing while something runs
        await app.session.children.signal(second.id, signal.SIGKILL)
        await until(lambda: "Nothing is under way" in str(dialog.query(Text).first().render()), "the news")
        assert "t  end them" not in shown(app, "#answers")
        await pilot.press("enter")
        await until(lambda: app._exit, "the end")


async def test_quit_asks_nothing_when_nothing_runs() -> None:
    async with desk() as (app, pilot):
        await app.session.children.launch("true")
        await until(lambda: not app.session.children.running, "its end")
        await pilot.press("q")
        await until(lambda: app._exit, "the end")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_nothing_is_cut_at_any_size(size: tuple[int, int]) -> None:
    async with desk(size=size) as (app, _):
        await app.session.children.launch("sh -c 'exit 3'")
        await until(lambda: "exit 3" in app.rows, "its end")
        header = app.rows.splitlines()[0]
        assert "State" in header
        assert "Command" in header
        assert all(len(line) == app.main.pane.rows.size.width for line in app.rows.splitlines())


def test_the_clock_of_a_child_stays_longer_than_its_note() -> None:
    for width in range(20, 200):
        names = [placed.column.id for placed in place([*COLUMNS[:-1], NOTE, COLUMNS[-1]], width)]
        without = [placed.column.id for placed in place(COLUMNS, width)]
        assert ("clock" in names) == ("clock" in without), width


async def test_the_footer_tells_the_keys_of_the_child_under_the_cursor() -> None:
    async with desk() as (app, pilot):
        await app.session.children.launch("true")
        await until(lambda: "exit 0" in app.rows, "its end")
        await app.session.children.launch("sleep 60")
        await until(lambda: "running" in app.rows, "the row")
        await pilot.press("home")
        await until(lambda: "Signal" in footer(app) and "Remove" not in footer(app), "the keys of a running one")
        await pilot.press("end")
        await until(lambda: "Signal" not in footer(app) and "Remove" in footer(app), "the keys of an ended one")


def footer(app: Desk) -> str:
    return text_of(app.main.query_one(Footer))
