"""Keys in one burst reach the place that the first of them opens."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual import events
from textual.keys import _character_to_key

from osexplorer.model.errors import Denied
from osexplorer.model.status import Status
from osexplorer.system import files
from osexplorer.ui import entering
from osexplorer.ui.actions import ACTIONS, key_text
from osexplorer.ui.app import Explorer
from osexplorer.ui.dialogs.launch import LaunchDialog
from osexplorer.ui.field import Field
from osexplorer.ui.panes import inspector
from tests.ui.test_children import desk
from tests.ui.test_files import Program, cursor, on, program, ready
from tests.waiting import DEADLINE, until


def burst(app: Explorer, text: str) -> None:
    """What a terminal driver posts when all of `text` arrives in one read."""
    for character in text:
        key = "enter" if character == "\r" else _character_to_key(character)
        app.post_message(events.Key(key, character))


async def test_what_follows_a_key_that_opens_a_dialog_is_typed_into_it() -> None:
    async with desk() as (app, pilot):
        burst(app, "!echo dD q")
        await until(lambda: isinstance(app.screen, LaunchDialog), "the dialog")
        await until(lambda: [field.value for field in app.screen.query(Field)] == ["echo dD q"], "all that was typed")
        await pilot.press("escape")


async def test_a_whole_command_in_one_burst() -> None:
    async with desk(at="5") as (app, _):
        burst(app, "!exit 7\r6")
        await until(lambda: app.session.children.feed.value and app.session.children.feed.value[0].code == 7, "the end")
        await until(lambda: "exit 7" in app.rows, "the row")


async def test_a_key_after_the_number_of_a_pane_is_for_that_pane() -> None:
    async with desk() as (app, _):
        tasks = app.session.tasks
        handle = tasks.start("Endless", lambda progress: [progress.checkpoint() for _ in iter(int, 1)])
        burst(app, "27")
        await until(lambda: app.main.pane.SCOPE == "tasks" and app.main.pane.has_focus_within, "the pane")
        await until(lambda: "Endless" in app.rows, "the row")
        burst(app, "67c")
        await until(lambda: not tasks.get(handle.id).unfinished, "the cancelling")  # type: ignore[union-attr]


async def test_the_keyboard_goes_to_the_pane_that_was_asked_for_though_the_app_is_busy_taking_a_dialog_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with desk(at="5") as (app, _):
        workspace = app.main.workspace
        workspace.pane("children")
        await until(lambda: workspace.panes["children"].is_mounted, "the pane")
        told: list[str] = []
        note = workspace.note_focus
        monkeypatch.setattr(workspace, "note_focus", lambda scope: (told.append(scope), note(scope)))
        taken_down = asyncio.Event()
        app.call_later(taken_down.wait)
        app.go_to("children")
        try:
            await until(lambda: told, "the keyboard where Textual puts it when the pane that had it is hidden")
            assert "children" not in told
            assert workspace.focused_scope == "children"
        finally:
            taken_down.set()
        await until(lambda: workspace.pane("children").has_focus_within, "the keyboard in the pane")
        await until(lambda: not workspace.is_on_the_way, "the arrival")
        assert workspace.focused_scope == "children"


async def test_keys_after_the_one_that_shows_the_permissions_wait_until_they_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspector, "_TELL_SECONDS", 30.0)  # the machine may be slow
    monkeypatch.setattr(inspector, "_SETTLE_SECONDS", 0.5)
    path = tmp_path / "notes"
    path.touch(mode=0o644)
    app = program(tmp_path)
    async with app.run_test(size=(80, 24)):
        await ready(app, tmp_path)
        await on(app, "notes")
        burst(app, "m=600\r")
        await until(lambda: stat.S_IMODE(path.stat().st_mode) == 0o600, "the mode")
        assert app.focused_scope == "inspector"


async def test_keys_do_not_wait_for_a_file_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> AsyncIterator[tuple[Status, ...]]:
        await asyncio.Event().wait()
        yield ()

    (tmp_path / "notes").touch()
    app = program(tmp_path)
    monkeypatch.setattr(app.session.permissions, "changes_of", never)
    async with app.run_test(size=(80, 24)):
        await ready(app, tmp_path)
        await on(app, "notes")
        burst(app, "m")
        await until(lambda: app.focused_scope == "inspector" and app.main.pane.is_settling, "the inspector")
        await until(lambda: not app.main.pane.is_settling, "the end of the patience")
        burst(app, "2")
        await until(lambda: app.focused_scope == "files", "the files")


class Slow:
    """Directories called ``slow`` are entered when it is allowed; those called ``closed`` never."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.allowed = threading.Event(), threading.Event()
        self._locate = files.locate
        monkeypatch.setattr(files, "locate", self.locate)

    def locate(self, path: str) -> tuple[str, str | None]:
        if path.endswith("/slow"):
            self.asked.set()
            assert self.allowed.wait(DEADLINE)
        if path.endswith("/closed"):
            raise Denied(errno.EACCES, "Permission denied", "os.open", path)
        return self._locate(path)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    monkeypatch.setattr(entering, "DEADLINE", 100.0)  # the machine may be slow
    slow = Slow(monkeypatch)
    yield slow
    slow.allowed.set()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    for name in ("closed", "slow"):
        (place / name).mkdir(parents=True)
    (place / "file").write_text("text")
    return place


@asynccontextmanager
async def with_file_copied(place: Path, cursor: str) -> AsyncIterator[Program]:
    """The program, with ``file`` to be pasted and the cursor on a directory."""
    app = program(place)
    async with app.run_test(size=(80, 24)):
        await ready(app, place)
        await on(app, "file")
        burst(app, "y")
        await until(app.pane.can_paste, "the copy")
        await on(app, cursor)
        yield app


async def test_what_changes_something_waits_until_the_directory_is_entered(slow: Slow, place: Path) -> None:
    async with with_file_copied(place, "slow") as app:
        burst(app, "\rp")
        await until(slow.asked.is_set, "the way")
        slow.allowed.set()
        await until((place / "slow" / "file").exists, "the copy in the directory entered")
        assert app.session.files.state.path == str(place / "slow")
    assert sorted(os.listdir(place)) == ["closed", "file", "slow"]


async def test_what_was_typed_for_a_directory_that_is_not_entered_is_not_done_elsewhere(
    slow: Slow, place: Path
) -> None:
    async with with_file_copied(place, "closed") as app:
        burst(app, "\rp!echo d\r")
        await until(lambda: any("p and 8 more not carried out" in text for text in app.told), "the refusal")
        assert app.screen is app.main
        burst(app, "j")  # later keys are keys again
        await until(lambda: cursor(app) != "closed", "the cursor")
    assert sorted(os.listdir(place)) == ["closed", "file", "slow"]
    assert os.listdir(place / "closed") == []


@pytest.mark.parametrize("key", ["escape", "h"])
async def test_a_way_out_of_a_directory_that_does_not_answer_is_not_held_up_by_what_waits(
    key: str, slow: Slow, place: Path
) -> None:
    async with with_file_copied(place, "slow") as app:
        burst(app, "\rp")
        await until(lambda: "Esc gives up" in app.pane._status, "the pane to say that it waits")
        app.post_message(events.Key(key, None if key == "escape" else key))
        if key == "escape":
            await until(lambda: app.session.files.state.pending is None, "the end of the wait")
        else:
            await ready(app, place.parent)
        assert any("p not carried out" in text for text in app.told)
        slow.allowed.set()
        assert sorted(os.listdir(place)) == ["closed", "file", "slow"]
        assert os.listdir(place / "slow") == []


async def test_other_keys_work_while_a_directory_does_not_answer(slow: Slow, place: Path) -> None:
    async with with_file_copied(place, "slow") as app:
        burst(app, "\rj")
        await until(lambda: cursor(app) == "file", "the cursor to move")
        burst(app, "8")
        await until(lambda: app.focused_scope == "calls", "another pane")
        assert app.session.files.state.pending is not None


async def test_every_key_that_acts_on_the_directory_or_its_entries_is_refused_where_that_is_not_known(
    slow: Slow, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entering, "DEADLINE", 0.0)
    async with with_file_copied(place, "slow") as app:
        burst(app, "\r")
        await until(lambda: "Esc gives up" in app.pane._status, "the pane to say that it waits")
        for action in ACTIONS:
            if action.acts:
                app.told.clear()
                app.post_message(events.Key(action.keys[0], None))
                refusal = f"{key_text(action.keys[0])} not carried out: {place}/slow is still being read; Esc gives up"
                await until(lambda refusal=refusal: refusal in app.told, refusal)  # type: ignore[misc]
                app._typeahead._dropped = float("-inf")  # the next one is of another burst
        assert app.screen is app.main
        await app.main.perform("files.new")  # as the palette does
        await until(lambda: any(text.startswith("New: ") for text in app.told), "the refusal")
        assert app.screen is app.main
