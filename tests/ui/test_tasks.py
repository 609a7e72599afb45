"""Tasks on the screen."""

from __future__ import annotations

import threading

from osexplorer.model.errors import NotFound
from osexplorer.model.tasks import Progress, Task, TaskState
from osexplorer.ui.dialogs.quit import QuitDialog
from osexplorer.ui.dialogs.task import TaskDialog
from osexplorer.ui.task_bar import bar_text
from tests.ui.test_children import desk, shown
from tests.ui.test_shell import HOSTILE, text_of
from tests.waiting import until


def endless(progress: Progress) -> None:
    progress.expect(10**12)
    for _ in range(5):
        progress.fail(f"/bad{HOSTILE}", NotFound(2, "No such file or directory", "os.open", HOSTILE))
    while True:
        progress.checkpoint()
        progress.advance(1, f"/now{HOSTILE}")


def test_the_bar_is_of_steady_width() -> None:
    task = Task(1, "t", "entries", 0, total=100)
    for done in (0, 1, 50, 99, 100):
        assert len(bar_text(task._replace(done=done)).split()[0]) == 7
    assert bar_text(task._replace(done=100)) == "███████ 100%"
    assert bar_text(task._replace(total=None)) == "total ?"


async def test_a_task_is_followed_paused_and_cancelled() -> None:
    async with desk(at="7") as (app, pilot):
        assert "No long work" in app.rows
        handle = app.session.tasks.start(f"Count {HOSTILE!r}", endless)
        await until(lambda: "running" in app.rows and "░" in app.rows, "the row")
        await pilot.press("p")
        await until(lambda: "paused" in app.rows, "the pause")
        await pilot.press("p")
        await until(lambda: "running" in app.rows, "it to go on")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, TaskDialog) and len(app.screen.source) == 5, "the failures")
        from osexplorer.ui.rowlist import RowList

        text = text_of(app.screen.query_one(RowList)) + shown(app, "#about")
        assert "ENOENT" in text
        assert text.replace("\n", "").isprintable()
        await pilot.press("escape")
        await pilot.press("c")
        await until(lambda: "cancelled" in app.rows, "the end")
        await pilot.press("d")
        await until(lambda: "No long work" in app.rows, "an empty list")
        assert app.session.tasks.get(handle.id) is None


async def test_quitting_cancels_unfinished_tasks() -> None:
    stuck = threading.Event()
    async with desk(at="7") as (app, pilot):
        handle = app.session.tasks.start("Stuck", lambda progress: stuck.wait(30))
        await until(lambda: "Stuck" in app.rows, "the row")
        await pilot.press("q")
        await until(lambda: isinstance(app.screen, QuitDialog), "the question")
        await pilot.press("t")
        await until(lambda: app._exit, "the end")
        task = app.session.tasks.get(handle.id)
        assert task is not None
        assert task.state is TaskState.CANCELLED
        stuck.set()


async def test_measuring_shows_its_result() -> None:
    async with desk(size=(200, 60), at="7") as (app, pilot):
        app.session.measure.start("/etc/default")
        await pilot.press("z")
        await until(lambda: "done" in app.rows and "entries:" in app.rows, "the result")
