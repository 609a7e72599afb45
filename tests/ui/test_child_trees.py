"""Trees of children on the screen: shown, signalled, ended by degrees; all that is known of one child."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from osexplorer.model.settings import Settings
from osexplorer.system import descendants as system
from osexplorer.ui.dialogs.child_details import ChildDetails
from osexplorer.ui.dialogs.child_signal import ChildSignal
from osexplorer.ui.dialogs.output import OutputDialog
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.panes.child_tree import ProcessKey, sparkline
from osexplorer.ui.rowlist import RowList
from tests.ui.test_children import desk, footer, only, shown
from tests.ui.test_shell import text_of
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="trees are told by /proc")


def said(app: object) -> str:
    return "\n".join(note.message for note in app._notifications)  # type: ignore[attr-defined]


async def test_the_tree_unfolds_below_the_child_and_a_process_of_it_is_signalled_alone() -> None:
    async with desk(size=(120, 30)) as (app, pilot):
        child = await app.session.children.launch("sleep 61 & sleep 62 & wait; echo over")
        await until(lambda: len(only(app).descendants) == 2, "its tree")
        assert "└ sleep" not in app.rows
        await pilot.press("t")
        await until(lambda: "└ sleep 61" in app.rows and "└ sleep 62" in app.rows, "the tree")
        victim = next(one for one in only(app).descendants if one.command == "sleep 61")
        app.main.pane.rows.move_to_key(ProcessKey(*victim.stat.identity))
        await until(lambda: "Signal" in footer(app) and "Details" not in footer(app), "the keys of a process")
        await pilot.press("K")
        await until(lambda: isinstance(app.screen, ChildSignal) and app.focused, "the dialog")
        assert shown(app, "#detail") == "to each of these processes alone"
        await pilot.press("enter")
        await until(lambda: f"SIGTERM sent to {victim.pid} (sleep 61)" in said(app), "what became of it")
        await until(lambda: "sleep 61\n" not in app.rows and "└ sleep 61" not in app.rows, "the row to go")
        assert app.session.children.get(child.id).alive  # type: ignore[union-attr]
        await pilot.press("t")
        await until(lambda: "└ sleep" not in app.rows, "the tree to fold")


async def test_a_signal_goes_to_the_tree_when_asked() -> None:
    async with desk(size=(120, 30)) as (app, pilot):
        await app.session.children.launch("setsid sleep 61 & wait")
        await until(lambda: any(one.escaped for one in only(app).descendants), "its tree")
        await pilot.press("K")
        await until(lambda: isinstance(app.screen, ChildSignal) and app.focused, "the dialog")
        await pilot.press("ctrl+t", "ctrl+t")
        await until(lambda: shown(app, "#detail").startswith("to every process of its tree"), "the scope")
        await pilot.press("1", "0")
        rows = app.screen.query_one(RowList)
        await until(lambda: " 10 USR1" in text_of(rows).splitlines()[1], "the signal by its number")
        await pilot.press("enter")
        await until(lambda: "SIGUSR1 sent to 2 processes" in said(app), "what became of it")
        await until(lambda: not only(app).descendants and not only(app).alive, "the end of all")


async def test_all_of_it_is_ended_by_degrees_and_progress_shows(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    async with desk(size=(120, 30), settings=Settings(stop="TERM 900, KILL")) as (app, pilot):
        await app.session.children.launch(
            f"trap '' TERM; setsid sh -c 'trap \"\" TERM; touch {ready}; while :; do sleep 1; done' & "
            "while :; do sleep 1; done"
        )
        await until(lambda: ready.exists() and only(app).descendants, "its tree")
        await pilot.press("x")
        await until(lambda: isinstance(app.screen, Prompt) and app.focused, "the ladder")
        assert "TERM, 900 s later KILL" in shown(app, "#preview")
        await pilot.press("enter")
        await until(lambda: "TERM, " in app.rows and " left, 8" in app.rows, "progress in the row")
        await pilot.press("x")
        await until(lambda: "SIGKILL" in app.rows, "the end")
        await until(lambda: "ended by SIGTERM, SIGKILL" in said(app), "what became of it")
        assert not only(app).descendants


async def test_a_ladder_that_means_nothing_is_not_accepted() -> None:
    async with desk(size=(100, 30), settings=Settings(stop="TERM, KILL")) as (app, pilot):
        await app.session.children.launch("sleep 60")
        await until(lambda: "running" in app.rows, "the row")
        await pilot.press("x")
        await until(lambda: isinstance(app.screen, Prompt) and app.focused, "the ladder")
        assert "needs the seconds" in shown(app, "#problem")
        await pilot.press("enter")
        assert isinstance(app.screen, Prompt)
        await pilot.press("escape")
        await until(lambda: app.screen is app.main, "the question to close")
        assert only(app).alive


async def test_who_holds_the_output_is_told_in_row_and_output() -> None:
    async with desk(size=(120, 30)) as (app, pilot):
        await app.session.children.launch("sleep 60 & echo $!")
        await until(lambda: only(app).holders, "the holder")
        (pid, _) = only(app).holders[0]
        await until(lambda: f"exit 0, held by {pid}" in app.rows, "the row")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OutputDialog), "the output")
        await until(lambda: f"still held open by {pid} (sleep)" in shown(app, "#about"), "the holder")
        await pilot.press("escape")
        os.kill(pid, signal.SIGKILL)
        await until(lambda: "held" not in app.rows, "the row")


async def test_details_tell_all_and_decode_the_status() -> None:
    async with desk(size=(120, 40)) as (app, pilot):
        await app.session.children.launch("kill -SEGV $$")
        await until(lambda: not only(app).alive, "its end")
        await pilot.press("i")
        await until(lambda: isinstance(app.screen, ChildDetails) and app.focused, "the details")
        rows = app.screen.query_one(RowList)
        status = only(app).status
        await until(lambda: f"0x{status:04x}" in text_of(rows), "the raw status")
        text = text_of(rows)
        for wanted in (
            *("WIFSIGNALED", "WTERMSIG 11, SIGSEGV", "WCOREDUMP", "139, 128 and", "argument 2", "peak memory"),
            *("minor faults", "blocks read", "switches, forced", "user time"),
        ):
            assert wanted in text, wanted
        await pilot.press("enter")
        await until(lambda: "Copied" in said(app), "the copy")
        await pilot.press("escape")


async def test_past_use_is_drawn_and_drops_first() -> None:
    assert sparkline((0.0, 0.5, 1.0), 8) == "▁▅█"
    assert sparkline((4.0, 2.0), 8) == "█▅"
    assert sparkline((), 8) == ""
    assert len(sparkline((0.1,) * 20, 8)) == 8
    async with desk(size=(160, 30)) as (app, pilot):
        await app.session.children.launch("while :; do :; done")
        await until(lambda: "CPU past" in app.rows, "the column")
        await until(lambda: any(bar in app.rows for bar in "▃▄▅▆▇█"), "bars")
        await pilot.resize_terminal(80, 24)
        await until(lambda: "CPU past" not in app.rows and "Memory" in app.rows, "it alone to drop")


async def test_enter_on_a_process_goes_to_it_among_all() -> None:
    async with desk(size=(120, 30)) as (app, pilot):
        await app.session.children.launch("sleep 61 & wait")
        await until(lambda: only(app).descendants, "its tree")
        await pilot.press("t", "j")
        await until(lambda: isinstance(app.main.pane.rows.cursor_key, ProcessKey), "the cursor on the process")
        assert system.stat_of(only(app).descendants[0].pid) is not None
        await pilot.press("enter")
        await until(lambda: app.main.pane.SCOPE == "processes", "the pane of processes")


async def test_adopted_processes_that_have_ended_stay_in_the_tree_with_their_status() -> None:
    async with desk(size=(80, 24)) as (app, pilot):
        await app.session.children.launch("(sh -c 'sleep 60; exit 1' & sleep 61 &); exec sleep 62", "shell")
        named = {"sleep 60", "sleep 61"}
        await until(lambda: {one.command for one in only(app).descendants} >= named, "its tree")
        await until(lambda: sum(one.adopted for one in only(app).descendants) == 2, "both to be adopted")
        await pilot.press("t")
        await until(lambda: "└ sleep 61" in app.rows, "the tree")
        for one in only(app).descendants:
            if one.command.startswith("sleep"):
                os.kill(one.pid, signal.SIGUSR1)
        await until(lambda: "SIGUSR1, adopted" in app.rows and "exit 1, adopted" in app.rows, "both ends")
        end = next(end for end in only(app).adopted_ends if end.command == "sleep 61")
        app.main.pane.rows.move_to_key(ProcessKey(*end.stat.identity))
        await until(lambda: "Signal" not in footer(app), "what has ended to get no signal")
        app.main.pane.rows.move_to_key(only(app).id)
        await pilot.press("i")
        await until(lambda: isinstance(app.screen, ChildDetails) and app.focused, "the details")
        await pilot.press("G")
        told = f"SIGUSR1, 0x{signal.SIGUSR1:04x}: sleep 61"
        await until(lambda: told in text_of(app.screen.query_one(RowList)), "its status")
