"""Rests that end together."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.services import beat
from tests.waiting import until


@given(now=st.floats(0, 1e7), seconds=st.sampled_from([0.2, 0.5, 1.0, 2.0, 3600.0]))
def test_a_rest_is_about_as_long_as_asked_for(now: float, seconds: float) -> None:
    rest = beat.next_beat(now, seconds) - now
    assert seconds * 0.499 <= rest <= seconds * 1.501


@given(now=st.floats(0, 1e7), seconds=st.sampled_from([0.5, 1.0, 2.0]))
def test_a_rest_after_a_rest_is_as_long_as_asked_for(now: float, seconds: float) -> None:
    beats = beat.next_beat(now, seconds)
    assert beat.next_beat(beats + seconds / 10, seconds) == beats + seconds


async def test_different_rests_end_in_the_same_round_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, ended = asyncio.get_running_loop(), []
    rounds = [0]
    run_once = loop._run_once  # type: ignore[attr-defined]

    def counted() -> None:
        rounds[0] += 1
        run_once()

    monkeypatch.setattr(loop, "_run_once", counted)

    async def look(seconds: float) -> None:
        while len(ended) < 30:
            await beat.rest(seconds)
            ended.append((seconds, rounds[0]))

    await asyncio.gather(look(0.02), look(0.04))
    slow = [at for seconds, at in ended if seconds == 0.04]
    quick = {at for seconds, at in ended if seconds == 0.02}
    assert sum(at in quick for at in slow[1:-1]) >= len(slow[1:-1]) - 2  # a busy machine may let one pass


async def test_a_rest_that_is_ended_early_and_one_that_was_ended_before_it_began() -> None:
    rest = beat.Rest()
    resting = asyncio.create_task(rest.until_beat(3600))
    await until(lambda: rest._ended is not None, "the rest")
    rest.end()
    rest.end()
    await asyncio.wait_for(resting, 5)
    again = asyncio.create_task(rest.until_beat(3600))
    await until(lambda: rest._ended is not None, "a rest that nobody has ended")
    assert not again.done()
    again.cancel()
    rest.end()
    await asyncio.wait_for(rest.until_beat(3600), 5)
