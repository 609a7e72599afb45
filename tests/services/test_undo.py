"""The stack of changes that can be taken back."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable

import pytest

from osexplorer.model.errors import CallError, Denied, Refused
from osexplorer.services import undo as undo_module
from osexplorer.services.undo import KEEP, Undo


def back(done: list[str], text: str) -> Callable[[], Awaitable[str]]:
    async def take_back() -> str:
        done.append(text)
        return f"took back {text}"

    return take_back


async def test_changes_are_taken_back_newest_first() -> None:
    undo, done = Undo(), list[str]()
    for text in ("one", "two", "three"):
        undo.push(text, back(done, text))
        assert undo.feed.value == text
    assert await undo.undo() == "took back three"
    assert undo.feed.value == "two"
    assert await undo.undo() == "took back two"
    assert await undo.undo() == "took back one"
    assert undo.feed.value == ""
    assert done == ["three", "two", "one"]
    with pytest.raises(Refused, match="Nothing to undo"):
        await undo.undo()


@pytest.mark.parametrize("error", [Denied(errno.EPERM, "no", "os.chmod", "/x"), Refused("changed since")])
async def test_a_change_whose_way_back_fails_can_be_tried_again(error: Exception) -> None:
    undo, done = Undo(), list[str]()
    failing = [True]

    async def take_back() -> str:
        if failing:
            failing.pop()
            raise error
        done.append("now")
        return "done"

    undo.push("older", back(done, "older"))
    undo.push("change", take_back)
    with pytest.raises((CallError, Refused)):
        await undo.undo()
    assert undo.feed.value == "change"
    assert await undo.undo() == "done"
    assert done == ["now"]
    assert undo.feed.value == "older"


async def test_two_requests_at_once_take_back_two_changes_one_after_the_other() -> None:
    """A held key asks again before the first is done."""
    undo, done = Undo(), list[str]()
    enter = asyncio.Event()

    def slow(text: str) -> Callable[[], Awaitable[str]]:
        async def take_back() -> str:
            await enter.wait()
            done.append(text)
            return text

        return take_back

    for text in ("one", "two", "three"):
        undo.push(text, slow(text))
    requests = [asyncio.create_task(undo.undo()) for _ in range(2)]
    await asyncio.sleep(0)
    enter.set()
    assert await asyncio.gather(*requests) == ["three", "two"]
    assert done == ["three", "two"]
    assert undo.feed.value == "one"


async def test_a_change_made_meanwhile_stays() -> None:
    undo, done = Undo(), list[str]()

    async def take_back() -> str:
        undo.push("made meanwhile", back(done, "made meanwhile"))
        return "done"

    undo.push("change", take_back)
    await undo.undo()
    assert undo.feed.value == "made meanwhile"
    assert await undo.undo() == "took back made meanwhile"
    with pytest.raises(Refused):
        await undo.undo()


async def test_the_oldest_are_forgotten() -> None:
    undo, done = Undo(), list[str]()
    for number in range(KEEP + 5):
        undo.push(str(number), back(done, str(number)))
    for _ in range(KEEP):
        await undo.undo()
    assert done[-1] == "5"
    with pytest.raises(Refused):
        await undo.undo()


async def test_a_change_that_is_being_made_is_the_one_that_is_meant() -> None:
    undo, done = Undo(), list[str]()
    made = asyncio.Event()

    async def make() -> None:
        await made.wait()
        undo.push("new", back(done, "new"))

    undo.expect(asyncio.create_task(make()))
    assert undo.expects
    assert undo.feed.value == ""
    request = asyncio.create_task(undo.undo())
    await asyncio.sleep(0)
    made.set()
    assert await request == "took back new"
    assert not undo.expects


async def test_a_change_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_module, "_PATIENCE", 0.0)
    undo, done = Undo(), list[str]()
    long = asyncio.create_task(asyncio.Event().wait())
    undo.push("older", back(done, "older"))
    undo.expect(long)
    assert await undo.undo() == "took back older"
    long.cancel()
