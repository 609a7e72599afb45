"""Feeds: a reader sees the newest value, is never flooded, and leaves without a trace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from osexplorer.services.feed import Feed
from tests.waiting import until


async def take(stream: AsyncIterator[int]) -> int:
    return await asyncio.wait_for(anext(stream), 20)


async def test_a_reader_gets_the_value_at_once_and_then_each_newer_one() -> None:
    feed = Feed(1)
    stream = feed.watch()
    assert await take(stream) == 1
    feed.publish(2)
    assert await take(stream) == 2
    waiting = asyncio.create_task(take(stream))
    await asyncio.sleep(0)
    assert not waiting.done()
    feed.publish(3)
    assert await waiting == 3
    assert feed.value == 3


async def test_an_equal_value_is_a_publication_too() -> None:
    feed = Feed(1)
    stream = feed.watch()
    await take(stream)
    feed.publish(1)
    assert await take(stream) == 1


async def test_a_slow_reader_finds_only_the_newest() -> None:
    feed = Feed(0)
    stream = feed.watch()
    await take(stream)
    for value in range(1, 1001):
        feed.publish(value)
    assert await take(stream) == 1000
    waiting = asyncio.create_task(take(stream))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_every_reader_is_woken() -> None:
    feed = Feed(0)
    seen: list[list[int]] = [[], [], []]

    async def read(into: list[int]) -> None:
        async for value in feed.watch():
            into.append(value)  # noqa: PERF401 - it never ends

    tasks = [asyncio.create_task(read(into)) for into in seen]
    await until(lambda: all(seen))
    feed.publish(7)
    await until(lambda: all(into[-1] == 7 for into in seen))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not feed.watched


async def test_watched_says_whether_anybody_reads() -> None:
    calls: list[str] = []
    feed = Feed(0, on_first=lambda: calls.append("first"))
    assert not feed.watched
    one, two = feed.watch(), feed.watch()
    assert not feed.watched  # nobody has asked for a value yet
    await take(one)
    await take(two)
    assert feed.watched
    assert calls == ["first"]
    await one.aclose()  # type: ignore[attr-defined]
    assert feed.watched
    await two.aclose()  # type: ignore[attr-defined]
    assert not feed.watched
    await take(again := feed.watch())
    assert calls == ["first", "first"]
    await again.aclose()  # type: ignore[attr-defined]


async def test_a_cancelled_reader_does_not_harm_publishing() -> None:
    feed = Feed(0)

    async def read() -> None:
        async for _ in feed.watch():
            pass

    task = asyncio.create_task(read())
    await until(lambda: feed.watched)
    task.cancel()
    feed.publish(1)
    await asyncio.gather(task, return_exceptions=True)
    feed.publish(2)
    assert feed.value == 2
    assert not feed.watched
