"""How the app is run."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from rich.console import RenderableType
from textual.screen import Screen
from textual.worker import WorkerFailed

from osexplorer.ui.life import TerminalApp
from tests.waiting import until


async def test_tasks_begin_at_the_next_turn_of_the_loop_on_every_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def eager(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=loop, **options)

    monkeypatch.setattr(asyncio, "eager_task_factory", eager, raising=False)  # Python 3.11 has none
    found = []

    class App(TerminalApp[None]):
        def on_mount(self) -> None:
            found.append(asyncio.get_running_loop().get_task_factory())
            self.exit()

    await App().run_async(headless=True)
    assert found == [None]


async def test_a_size_that_comes_while_nothing_may_be_painted_is_painted_afterwards() -> None:
    painted = []

    class App(TerminalApp[None]):
        def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
            if not self._batch_count and renderable is not None:
                painted.append(screen.size)
            super()._display(screen, renderable)

    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        with app.batch_update():
            await pilot.resize_terminal(100, 30)
            assert (100, 30) not in painted
        await until(lambda: (100, 30) in painted, "the frame")


@pytest.mark.parametrize("ending", [True, False])
async def test_a_worker_that_misses_a_widget_is_an_error_only_while_the_app_goes_on(ending: bool) -> None:
    class App(TerminalApp[None]):
        async def look(self) -> None:
            if ending:
                self.exit()
            self.query_one("#gone")

        def on_mount(self) -> None:
            self.run_worker(self.look())

    app = App()
    if ending:
        await app.run_async(headless=True)
        assert app._exception is None
    else:
        with pytest.raises(WorkerFailed):
            async with app.run_test() as pilot:
                await pilot.pause()
                await until(lambda: app._exception is not None, "the error")
