"""How the app is run."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from osexplorer.ui.life import TerminalApp


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
