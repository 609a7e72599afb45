"""The processes pane and its dialogs, with real children."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.message import Message
from textual.pilot import Pilot

from osexplorer.model.settings import Settings
from osexplorer.services.door import Door
from osexplorer.services.processes import Processes
from osexplorer.services.session import Session
from osexplorer.system import processes as system
from osexplorer.ui.app import Explorer
from osexplorer.ui.arrangement import PANES
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.open_files import OpenFilesDialog
from osexplorer.ui.dialogs.process_details import ProcessDetailsDialog
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.dialogs.signal import Held, SignalDialog
from osexplorer.ui.messages import GoTo
from osexplorer.ui.pane import Pane
from osexplorer.ui.panes.processes import ProcessesPane
from osexplorer.ui.rowlist import RowList
from tests.ui.test_shell import pane_named, text_of
from tests.waiting import until

NAP = f"1{os.getpid():07d}"
"""Seconds, and what tells our sleepers from those of another run of these tests."""


class Shell(Explorer):
    """The program with the processes pane; the others are dummies."""

    def pane_makers(self) -> dict[str, Callable[[], Pane]]:
        made: dict[str, Callable[[], Pane]] = {
            scope: (lambda scope=scope: pane_named(scope)(self.session))  # type: ignore[misc]
            for scope in PANES
        }
        return {**made, "processes": lambda: ProcessesPane(self.session)}


def under_cursor(rows: RowList) -> str:
    return rows.render_line(rows.cursor - rows.scroll_offset.y + 1).text


class Running:
    """The program, at the processes pane, with a shorthand for what tests look at."""

    def __init__(self, app: Shell, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot
        pane = app.main.workspace.panes["processes"]
        assert isinstance(pane, ProcessesPane)
        self.pane = pane

    @property
    def text(self) -> str:
        return text_of(self.pane.rows)

    @property
    def notes(self) -> list[str]:
        return [note.message for note in self.app._notifications]

    async def stand_on(self, pid: int) -> None:
        await self.pane.session.processes.refresh()
        row = self.pane.session.processes.find(pid)
        assert row is not None
        await until(lambda: self.pane.rows.move_to_key(row.id))

    async def dialog(self, key: str, kind: type[object]) -> None:
        await self.pilot.press(key)
        await until(lambda: isinstance(self.app.screen, kind) and self.app.screen.is_mounted, f"{kind.__name__}")


@asynccontextmanager
async def running(size: tuple[int, int] = (120, 40), refresh_seconds: float = 0.2) -> AsyncIterator[Running]:
    session = Session(refresh_seconds=refresh_seconds)
    app = Shell("/", Settings(), session)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.main.workspace.complete and app.focused)
        await pilot.press("5", "z")
        await until(lambda: session.processes.feed.value.window > 0)
        made = Running(app, pilot)
        await until(lambda: made.pane.rows.has_focus and len(made.pane.source))
        yield made
    await session.processes.close()


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(["sleep", NAP])
    yield started
    started.kill()
    started.wait()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_child_is_in_the_list(size: tuple[int, int], child: subprocess.Popen[bytes]) -> None:
    async with running(size) as run:
        await run.pilot.press("/", *NAP, "enter")
        await until(lambda: len(run.pane.source) == 1 and f"sleep {NAP}" in run.text)
        heading, line = run.text.split("\n")[:2]
        assert heading.split()[:5] == ["PID", "User", "CPU%▼", "Mem", "State"]
        assert line.split()[0] == str(child.pid)
        assert re.search(r" 0\.0 +[\d.]+[KM] sleeping +\d\d:\d\d ", line)
        if size[0] >= 120:
            assert "Thr" in heading
        await until(lambda: "CPU% of one core" in str(run.pane.border_subtitle))
        await run.pilot.press("%")
        assert "CPU% of all" in str(run.pane.border_subtitle)


async def test_the_cursor_stays_on_its_process(child: subprocess.Popen[bytes]) -> None:
    async with running() as run:
        await run.stand_on(child.pid)
        seen = run.pane.session.processes.feed.value.taken
        key = run.pane.rows.cursor_key
        for column in run.pane.rows.columns:
            if column.sortable:
                run.pane.apply_sort(column)
                assert run.pane.rows.cursor_key == key, column.id
        await run.pilot.press("t")
        assert run.pane.rows.cursor_key == key
        await until(lambda: run.pane.source.table and run.pane.source.table.taken > seen)
        assert run.pane.rows.cursor_key == key


async def test_signal_by_name_to_the_process_that_was_shown(child: subprocess.Popen[bytes]) -> None:
    async with running((80, 24)) as run:
        await run.stand_on(child.pid)
        await run.dialog("K", SignalDialog)
        dialog = run.app.screen
        detail = dialog.query_one("#detail", Text)
        await until(lambda: f"{child.pid}  " in str(detail.render()))
        assert f"sleep {NAP}" in str(detail.render())
        listed = dialog.query_one(RowList)
        await until(lambda: listed.size.height and "TERM" in under_cursor(listed))
        await run.pilot.press(*"usr1", "enter")
        await until(lambda: any("SIGUSR1 sent to" in note for note in run.notes))
        assert child.wait() == -signal.SIGUSR1
        calls = [call.python() for call in run.app.session.door.log.calls()]
        assert f"signal.pidfd_send_signal(os.pidfd_open({child.pid}), signal.SIGUSR1)" in calls
        assert not run.app.session.processes._targets


async def test_a_signal_to_ourselves_or_to_what_started_us_says_what_that_means(
    child: subprocess.Popen[bytes],
) -> None:
    async with running((80, 24)) as run:
        for pid, said in (
            (os.getpid(), "TERM quits osexplorer"),
            (os.getppid(), "started osexplorer"),
            (child.pid, ""),
        ):
            await run.stand_on(pid)
            await run.dialog("K", SignalDialog)
            detail = run.app.screen.query_one("#detail", Text)
            await until(lambda pid=pid, detail=detail: f"{pid}  " in str(detail.render()))  # type: ignore[misc]
            shown = " ".join(str(detail.render()).split())
            assert said in shown
            assert ("osexplorer" in shown) == bool(said)
            await run.pilot.press("escape")
            await until(lambda: run.app.screen is run.app.main)


async def test_a_process_that_exits_while_the_question_stands(child: subprocess.Popen[bytes]) -> None:
    async with running() as run:
        await run.stand_on(child.pid)
        await run.dialog("K", SignalDialog)
        child.kill()
        child.wait()
        detail = run.app.screen.query_one("#detail", Text)
        await until(lambda: "has exited" in str(detail.render()))
        await run.pilot.press("enter")
        await until(lambda: any("is already gone" in note for note in run.notes))


async def test_esc_sends_nothing_and_lets_go(child: subprocess.Popen[bytes]) -> None:
    async with running() as run:
        await run.stand_on(child.pid)
        await run.dialog("K", SignalDialog)
        await run.pilot.press("escape")
        await until(lambda: run.app.screen is run.app.main and not run.app.session.processes._targets)
        assert child.poll() is None
        assert not run.notes


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
async def test_what_is_not_permitted_is_said(child: subprocess.Popen[bytes]) -> None:
    async with running() as run:
        await run.stand_on(child.pid)
        await run.dialog("K", SignalDialog)
        os.setresuid(65534, 65534, 0)
        try:
            await run.pilot.press("enter")
            await until(lambda: any("SIGTERM not permitted to" in note for note in run.notes))
        finally:
            os.setresuid(0, 0, 0)
        (failed,) = [call for call in run.app.session.door.log.calls() if "pidfd_send" in call.function]
        assert failed.outcome == "EPERM"
        assert child.poll() is None


async def test_marked_processes_are_signalled_together(child: subprocess.Popen[bytes]) -> None:
    other = subprocess.Popen(["sleep", NAP])
    try:
        async with running() as run:
            await run.pilot.press("/", *NAP, "enter")
            await until(lambda: len(run.pane.source) == 2 and run.pane.rows.has_focus)
            await run.pilot.press("a")
            await run.dialog("K", SignalDialog)
            await run.pilot.press("enter")
            await until(lambda: any(note.count("SIGTERM sent to") == 2 for note in run.notes))
            assert {child.wait(), other.wait()} == {-signal.SIGTERM}
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("as_tree", [False, True])
async def test_processes_are_marked_by_a_pattern_of_their_names_and_commands(
    child: subprocess.Popen[bytes], as_tree: bool
) -> None:
    async with running((80, 24)) as run:
        await run.stand_on(child.pid)
        if as_tree:
            run.pane.action_tree()
        await run.dialog("plus", Prompt)
        await run.pilot.press(*f"?leep {NAP}", "enter")
        await until(lambda: [run.pane.source.row(key) for key in run.pane.rows.marks], "the mark")
        assert [row.pid for key in run.pane.rows.marks if (row := run.pane.source.row(key))] == [child.pid]


async def test_the_list_is_paused_while_a_dialog_is_open(child: subprocess.Popen[bytes]) -> None:
    async with running() as run:
        await run.stand_on(child.pid)
        await run.dialog("K", SignalDialog)
        shown = run.pane.source.table
        seen = run.app.session.processes.feed.value.taken
        await until(lambda: run.app.session.processes.feed.value.taken > seen)
        await until(lambda: "paused" in str(run.pane.border_title))
        assert run.pane.source.table is shown
        await run.pilot.press("escape")
        await until(lambda: run.pane.source.table is not shown and "paused" not in str(run.pane.border_title))


async def test_the_tree_draws_parents_above_children(child: subprocess.Popen[bytes]) -> None:
    async with running((200, 60)) as run:
        await run.pilot.press("t", "/", *NAP, "enter")
        await until(lambda: f"└ sleep {NAP}" in run.text or f"├ sleep {NAP}" in run.text)
        lines = run.text.split("\n")[1:]
        pids = [line.split()[0] for line in lines if line.strip()]
        assert pids.index(str(os.getpid())) < pids.index(str(child.pid))
        await run.pilot.press("t")
        await until(lambda: "└ " not in run.text and "├ " not in run.text)


async def test_following_tells_of_the_exit(child: subprocess.Popen[bytes]) -> None:
    async with running() as run:
        await run.stand_on(child.pid)
        await run.pilot.press("f")
        await until(lambda: f"following {child.pid}" in str(run.pane.border_title))
        await run.pilot.press("s", "escape")
        run.pane.apply_sort(next(column for column in run.pane.rows.columns if column.id == "mem"))
        assert run.pane.rows.cursor_key is not None
        assert run.pane.rows.cursor_key[0] == child.pid  # type: ignore[index]
        child.kill()
        child.wait()
        await until(lambda: any(f"Process {child.pid} (sleep {NAP}) has exited" in note for note in run.notes))
        await until(lambda: "following" not in str(run.pane.border_title))


async def test_new_ones_and_zombies_have_signs_of_their_own() -> None:
    async with running() as run:
        run.pane.apply_filter("1000.125")
        fresh = subprocess.Popen(["sleep", "1000.125"])
        try:
            await until(lambda: "+ sleep 1000.125" in run.text)
            await until(lambda: "sleep 1000.125" in run.text and "+ sleep" not in run.text)
            fresh.kill()
            await until(lambda: "<defunct> sleep 1000.125" in run.text)
            assert "zombie" in run.text
        finally:
            fresh.kill()
            fresh.wait()
        await until(lambda: "No process matches the filter" in run.text)


async def test_details_hold_the_environment_and_are_found_by_typing() -> None:
    child = subprocess.Popen(["sleep", "1000.25"], env={"PATH": "/bin:/usr/bin", "TOKEN": "\x1b[31m[/]red"})
    try:
        async with running() as run:
            await run.stand_on(child.pid)
            await run.dialog("enter", ProcessDetailsDialog)
            listed = run.app.screen.query_one(RowList)
            await until(lambda: len(listed.source) > 40)
            await run.pilot.press(*"token")
            await until(lambda: "TOKEN" in listed.render_line(1).text)
            assert "\\x1b[31m[/]red" in listed.render_line(1).text
            await run.pilot.press("enter")
            await until(lambda: run.app.clipboard == "\x1b[31m[/]red")
            child.kill()
            child.wait()
            await run.pilot.press("ctrl+r", "escape")
    finally:
        child.kill()
        child.wait()


async def test_open_files_lead_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "held [bold]"
    path.touch()
    with path.open("rb") as held:
        child = subprocess.Popen(["sleep", "1000.5"], stdin=held)
    jumps: list[GoTo] = []
    try:
        async with running() as run:
            post = run.pane.post_message

            def noted(message: Message) -> bool:
                if isinstance(message, GoTo):
                    jumps.append(message)
                    return True
                return post(message)

            monkeypatch.setattr(run.pane, "post_message", noted)
            await run.stand_on(child.pid)
            await run.dialog("o", OpenFilesDialog)
            listed = run.app.screen.query_one(RowList)
            await until(lambda: len(listed.source) >= 3)
            await run.pilot.press(*"held", "enter")
            await until(lambda: jumps)
            assert (jumps[0].pane, jumps[0].path) == ("files", str(path))
    finally:
        child.kill()
        child.wait()


async def test_a_hostile_command_line_is_escaped_everywhere() -> None:
    child = subprocess.Popen([b"sh", b"-c", b"read x", b"\x1b[2J\x9b[/][bold]\n\xff"], stdin=subprocess.PIPE)
    try:
        async with running((200, 60)) as run:
            await run.stand_on(child.pid)
            await until(lambda: "sh -c read x \\x1b[2J" in run.text)
            assert run.text.replace("\n", "").isprintable()
            await run.dialog("K", SignalDialog)
            detail = run.app.screen.query_one("#detail", Text)
            await until(lambda: "\\x1b[2J\\x9b[/][bold]\\n\\xff" in str(detail.render()))
            await run.pilot.press(*"kill", "enter")
            await until(lambda: any("[/][bold]" in note for note in run.notes))
    finally:
        child.kill()
        child.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_table_that_cannot_be_read_is_marked_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from osexplorer.system.processes_linux import ProcCollector

    async with running() as run:
        await run.app.session.processes.close()
        with monkeypatch.context() as patch:
            patch.setattr(system, "collector", lambda: ProcCollector(str(tmp_path)))
            await run.app.session.processes.refresh()
            await until(lambda: run.pane.rows.stale and "not mounted" in str(run.pane.border_title))
            assert len(run.pane.source)
        await run.app.session.processes.close()
        await run.app.session.processes.refresh()
        await until(lambda: not run.pane.rows.stale)
        await asyncio.sleep(0)


async def test_a_signal_to_this_program_itself_says_so() -> None:
    """However many others are to get it too."""
    processes = Processes(Door())
    try:
        mine = next(one for one in (await processes.refresh()).rows if one.pid == os.getpid())
        others = [mine._replace(pid=mine.pid + 1 + at) for at in range(9)]
        token = await processes.target(mine.id)
        dialog = SignalDialog(processes, [Held(each, token) for each in (*others, mine)])
        assert "osexplorer itself" in dialog._line(dialog.targets[0])
        assert not any("osexplorer itself" in dialog._line(target) for target in dialog.targets[1:])
        processes.release(token)
    finally:
        await processes.close()
