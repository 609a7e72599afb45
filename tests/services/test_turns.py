"""Threads that compute give way to the event loop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading

import pytest

from osexplorer.services import turns
from tests.waiting import until


@pytest.fixture(autouse=True)
def no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """None that threads give way to, before and after."""
    monkeypatch.setattr(turns, "_selector", None)


def test_without_a_loop_of_ours_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns.time, "sleep", lambda _: pytest.fail("waited"))
    turns.give_way()


def test_a_thread_waits_while_the_loop_works_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_PATIENCE", 20.0)
    order: list[str] = []

    async def main() -> None:
        waits = threading.Event()
        nap = turns.time.sleep
        monkeypatch.setattr(turns.time, "sleep", lambda seconds: (waits.set(), nap(seconds))[1])

        def compute() -> None:
            turns.give_way()
            order.append("thread")

        thread = threading.Thread(target=compute)
        thread.start()  # the loop works: it is here
        assert waits.wait(20)
        order.append("loop")
        await asyncio.to_thread(thread.join)

    with asyncio.Runner(loop_factory=turns.new_loop) as runner:
        runner.run(main())
    assert order == ["loop", "thread"]


def test_a_loop_that_never_rests_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []

    async def main() -> None:
        clock = iter(range(100))
        with monkeypatch.context() as patch:
            patch.setattr(turns.time, "monotonic", lambda: next(clock) / 100)
            patch.setattr(turns.time, "sleep", naps.append)
            turns.give_way()

    with asyncio.Runner(loop_factory=turns.new_loop) as runner:
        runner.run(main())
    assert 1 <= len(naps) <= 3


def test_more_signals_than_its_pipe_holds_are_heard_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[object] = []
    heard: list[int] = []
    monkeypatch.setattr(sys, "unraisablehook", printed.append)

    async def main() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, heard.append, 1)
        for _ in range(5000):
            os.kill(os.getpid(), signal.SIGUSR2)
        await until(lambda: heard, "the signal")

    with asyncio.Runner(loop_factory=turns.new_loop) as runner:
        runner.run(main())
    assert printed == []


def test_nobody_waits_for_a_loop_that_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    turns.new_loop().close()
    monkeypatch.setattr(turns.time, "sleep", lambda _: pytest.fail("waited"))
    turns.give_way()
