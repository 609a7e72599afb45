"""Keys in one burst reach the place that the first of them opens."""

from __future__ import annotations

from textual import events
from textual.keys import _character_to_key

from osexplorer.ui.app import Explorer
from osexplorer.ui.dialogs.launch import LaunchDialog
from osexplorer.ui.field import Field
from tests.ui.test_children import desk
from tests.waiting import until


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
