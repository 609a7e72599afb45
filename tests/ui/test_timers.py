"""Timers that fire once, on a machine that is busy in the wrong moment."""

from __future__ import annotations

from itertools import count

import pytest
from textual import timer
from textual.app import App, ComposeResult
from textual.widgets import Placeholder

from osexplorer.ui.life import TerminalApp
from osexplorer.ui.timers import sure
from tests.waiting import until


class BusyClock:
    """What timers see of a machine on which a second passes between any two looks at the clock."""

    def __init__(self) -> None:
        self._seconds = count()

    def get_time(self) -> float:
        return float(next(self._seconds))


async def test_a_timer_that_fires_once_fires(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App[None]()
    async with app.run_test():
        monkeypatch.setattr(timer, "_time", BusyClock())
        beats: list[str] = []
        sure(app.set_timer(0.008, lambda: beats.append("sure")))
        await until(lambda: beats == ["sure"], "the beat")


async def test_every_size_of_the_terminal_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    class App(TerminalApp[None]):
        def compose(self) -> ComposeResult:
            yield Placeholder()  # as large as the screen

    app = App()
    async with app.run_test(size=(80, 24)) as pilot:
        monkeypatch.setattr(timer, "_time", BusyClock())
        for size in ((20, 5), (100, 30), (120, 40)):
            await pilot.resize_terminal(*size)
            await until(lambda size=size: app.query_one(Placeholder).size == size, f"the size {size}")
