"""Children together on the screen: several at once, waits, rules, runs over files, history, templates."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest
from textual.widgets import TextArea

from osexplorer.model.child_history import MEANWHILE, Past, to_json
from osexplorer.model.child_rules import Overlap, Rules
from osexplorer.model.children import Child
from osexplorer.model.command_line import command_of
from osexplorer.ui.dialogs.child_history import HistoryDialog, PastDialog
from osexplorer.ui.dialogs.child_rules import RulesDialog
from osexplorer.ui.dialogs.launch_form import LaunchForm
from osexplorer.ui.dialogs.output_lines import OutputLines
from osexplorer.ui.dialogs.over_files import OverFilesDialog, ask_to_run_over
from osexplorer.ui.dialogs.over_results import OverResults
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.dialogs.several import LinesArea, SeveralDialog
from osexplorer.ui.dialogs.templates import TemplatesDialog
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import RowList
from tests.ui.test_children import Desk, desk, shown
from tests.ui.test_shell import HOSTILE, text_of
from tests.waiting import until


def said(app: Desk) -> str:
    return "\n".join(notification.message for notification in app._notifications)


def children(app: Desk) -> list[Child]:
    return list(app.session.children.feed.value)


async def start(app: Desk, *lines: str) -> list[Child]:
    started = [await app.session.children.launch(line) for line in lines]
    await until(lambda: all(line in app.rows for line in lines), "the rows")
    return started


async def test_several_lines_are_started_in_one_go_and_marked() -> None:
    async with desk() as (app, pilot):
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, SeveralDialog) and app.focused, "the dialog")
        area = app.screen.query_one(LinesArea)
        area.text = "sleep 600\n\necho 'open\n"
        await until(lambda: "Command 2" in shown(app, "#problem"), "the refusal")
        await pilot.press("ctrl+s")
        assert isinstance(app.screen, SeveralDialog)
        area.text = "sleep 600\n\nsleep 601; true\n"
        await until(lambda: "os.execvp('sleep', ['sleep', '600'])" in shown(app, "#preview"), "the preview")
        await pilot.press("ctrl+s")
        await until(lambda: app.session.children.running == 2, "both")
        await until(lambda: len(app.main.pane.rows.marks) == 2, "the marks")
        await pilot.press("W")
        await until(lambda: "Waiting for all of 2 children" in said(app), "the promise")
        for child in children(app):
            await app.session.children.signal(child.id, signal.SIGTERM, group=True)
        await until(lambda: "All 2 have ended, 2 not well" in said(app), "the notice")


async def test_what_is_pasted_into_the_lines_cannot_harm_the_terminal() -> None:
    async with desk() as (app, pilot):
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, SeveralDialog) and app.focused, "the dialog")
        from textual.events import Paste

        app.screen.post_message(Paste("echo \x1b[31m\ttab\nsecond\x07"))
        await until(lambda: "second" in app.screen.query_one(TextArea).text, "the text")
        assert app.screen.query_one(TextArea).text.replace("\n", "").isprintable()


@pytest.mark.parametrize(("key", "promise"), [("w", "sleep 600: a notice"), ("A", "any of 2"), ("W", "all of 2")])
async def test_waits_are_promised_and_taken_back(key: str, promise: str) -> None:
    async with desk() as (app, pilot):
        await start(app, "sleep 600", "sleep 601")
        await pilot.press(key)
        await until(lambda: promise in said(app), "the promise")
        assert len(app.session.child_waits.feed.value) == 1
        await pilot.press(key)
        await until(lambda: "No longer waiting" in said(app), "it to be taken back")
        assert app.session.child_waits.feed.value == ()


@pytest.mark.parametrize("key", ["A", "W"])
async def test_all_that_run_may_be_one(key: str) -> None:
    async with desk() as (app, pilot):
        (child,) = await start(app, "sleep 600")
        await pilot.press(key)
        await until(lambda: "sleep 600: a notice" in said(app), "the promise")
        await app.session.children.signal(child.id, signal.SIGKILL)
        await until(lambda: "sleep 600: SIGKILL after" in said(app), "the notice")


async def test_the_bell_rings_with_the_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk() as (app, pilot):
        rung: list[int] = []
        monkeypatch.setattr(app, "bell", lambda: rung.append(1))
        (child,) = await start(app, "sleep 600")
        await pilot.press("w")
        await until(lambda: app.session.child_waits.feed.value, "the wait")
        await app.session.children.signal(child.id, signal.SIGKILL)
        await until(lambda: "sleep 600: SIGKILL after" in said(app), "the notice")
        assert rung == [1]


async def test_rules_are_typed_previewed_and_carried_out(tmp_path: Path) -> None:
    async with desk(size=(120, 40)) as (app, pilot):
        (child,) = await start(app, "sleep 600")
        await pilot.press("r")
        await until(lambda: isinstance(app.screen, RulesDialog) and app.focused, "the dialog")
        fields = {field.id: field for field in app.screen.query(Field)}
        fields["timeout"].value = "soon"
        await until(lambda: "not a time" in shown(app, "#problem"), "the refusal")
        fields["timeout"].value = "1m"
        fields["restarts"].value = "3"
        fields["watched"].value = f"{tmp_path} 'a b'"
        await pilot.press("f2", "f3")
        await until(lambda: "waited for" in shown(app, "#preview"), "the preview")
        preview = shown(app, "#preview")
        assert "SIGTERM after 1m00s, SIGKILL 3 s later" in preview
        assert "restarts after 1, 2, 4 s" in preview
        await pilot.press("enter")
        await until(lambda: app.screen is app.main, "the dialog to close")
        rules = app.session.child_rules.get(child.id)
        assert rules == Rules(
            timeout=60.0,
            restarts=3,
            watched=(str(tmp_path), "a b"),
            overlap=Overlap.WAIT,
            notify=True,
        )
        await until(lambda: "runs again on change" in app.rows, "the row")
        await pilot.press("c")
        await until(lambda: "rules stopped" in app.rows, "the row")


async def test_a_restart_is_counted_down_in_the_row_and_can_be_stopped() -> None:
    async with desk(size=(120, 30)) as (app, pilot):
        (child,) = await start(app, "sleep 600; exit 3")
        app.session.child_rules.set(child.id, Rules(restarts=5, backoff=300))
        await until(lambda: psutil.Process(child.pid).children(), "the sleep")
        for one in psutil.Process(child.pid).children():
            one.kill()
        await until(lambda: "restarting in" in app.rows and "1 of 5" in app.rows, "the countdown")
        await pilot.press("c")
        await until(lambda: "rules stopped" in app.rows, "it to be stopped")


async def test_a_command_is_run_over_files_with_a_table_of_results(tmp_path: Path) -> None:
    paths = []
    for at in range(20):
        path = tmp_path / f"{at:02}{HOSTILE.replace('/', '') if at == 3 else ''}"
        path.write_text("x" * at)
        paths.append(str(path))
    async with desk(size=(120, 40), at="7") as (app, pilot):
        ask_to_run_over(app, paths, str(tmp_path))
        await until(lambda: isinstance(app.screen, OverFilesDialog) and app.focused, "the dialog")
        fields = {field.id: field for field in app.screen.query(Field)}
        fields["line"].value = "sh -c 'test -s \"$1\"' sh {}"
        fields["most"].value = "0"
        await until(lambda: "At once" in shown(app, "#problem"), "the refusal")
        fields["most"].value = "3"
        await until(lambda: "and 17 more" in shown(app, "#preview"), "the preview")
        assert f"'sh', {paths[0]!r}]" in shown(app, "#preview").replace("\n", "")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OverResults), "the results")
        await until(lambda: "19 well  1 failed" in shown(app, "#about") and "done" in shown(app, "#about"), "the end")
        text = text_of(app.screen.query_one(RowList))
        assert "exit 1" in text
        assert text.replace("\n", "").isprintable()
        await pilot.press("escape")
        await until(lambda: app.screen is app.main, "the dialog to close")
        await until(lambda: "19 ended well, 1 not" in app.rows, "the task's row")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OverResults), "the results again")


async def test_history_is_searched_looked_at_and_launched_again() -> None:
    async with desk(size=(140, 40)) as (app, pilot):
        for line in ("echo hello", "sh -c 'exit 3'", f"echo {HOSTILE!r}"):
            child = await app.session.children.launch(line)
            await until(lambda id=child.id: not app.session.children.get(id).alive, "its end")  # type: ignore[union-attr]
        await until(lambda: not any(child.output_open for child in children(app)), "the output")
        await pilot.press("H")
        await until(lambda: isinstance(app.screen, HistoryDialog) and len(app.screen.choices) == 3, "three")
        dialog = app.screen
        assert isinstance(dialog, HistoryDialog)
        assert text_of(dialog.query_one(RowList)).replace("\n", "").isprintable()
        dialog.query_one(Field).value = "hello"
        await until(lambda: dialog.past is not None and dialog.past.command.argv[-1] == "hello", "the one")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, PastDialog), "the look")
        await until(lambda: len(app.screen.query_one(OutputLines).view), "its output")
        assert app.screen.query_one(OutputLines).view[0].text == "hello"
        assert "exit 0 after" in shown(app, "#about")
        await pilot.press("escape")
        await until(lambda: app.screen is dialog, "the list")
        await pilot.press("ctrl+r")
        await until(lambda: len(children(app)) == 4, "it to be launched again")
        assert children(app)[-1].command.argv == ("echo", "hello")
        await until(lambda: app.screen is app.main, "the dialog to close")
        await pilot.press("H")
        await until(lambda: isinstance(app.screen, HistoryDialog) and app.screen.under is not None, "the list again")
        await pilot.press("ctrl+e")
        await until(lambda: isinstance(app.screen, LaunchForm), "the form")


async def test_an_end_that_was_not_seen_is_told_so_on_a_narrow_screen() -> None:
    past = Past("1-2", command_of(["make"]), "/", None, 7, started=0, end=MEANWHILE)
    async with desk() as (app, pilot):
        app.session.child_history._file.append([to_json(past)])
        await pilot.press("H")
        await until(lambda: isinstance(app.screen, HistoryDialog) and len(app.screen.choices) == 1, "it")
        row = text_of(app.screen.query_one(RowList)).splitlines()
        assert any(line.split() == ["not", "seen", "status", "unknown", "make"] for line in row), row
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, PastDialog), "the look")
        assert MEANWHILE in shown(app, "#about")


async def test_one_is_forgotten() -> None:
    async with desk() as (app, pilot):
        child = await app.session.children.launch("echo x")
        await until(lambda: not children(app)[0].output_open and not children(app)[0].alive, "its end")
        await pilot.press("H")
        await until(lambda: isinstance(app.screen, HistoryDialog) and len(app.screen.choices) == 1, "one")
        await pilot.press("ctrl+d")
        await until(lambda: isinstance(app.screen, HistoryDialog) and len(app.screen.choices) == 0, "none")
        assert app.session.children.get(child.id) is not None


async def test_a_template_is_saved_from_a_child_and_launched() -> None:
    async with desk() as (app, pilot):
        await start(app, "echo template")
        await pilot.press("S")
        await until(lambda: isinstance(app.screen, Prompt) and app.focused, "the question")
        app.screen.query_one(Field).value = "greeting"
        await pilot.press("enter")
        await until(lambda: "Kept as greeting" in said(app), "it to be kept")
        await pilot.press("T")
        await until(lambda: isinstance(app.screen, TemplatesDialog) and len(app.screen.choices) == 1, "the list")
        await pilot.press("enter")
        await until(lambda: len(children(app)) == 2, "it to be launched")
        assert children(app)[1].command == children(app)[0].command
        await until(lambda: app.screen is app.main, "the dialog to close")
        await pilot.press("T")
        await until(lambda: isinstance(app.screen, TemplatesDialog) and len(app.screen.choices) == 1, "the list")
        await pilot.press("ctrl+d")
        await until(lambda: isinstance(app.screen, TemplatesDialog) and not app.screen.choices, "it to be forgotten")
