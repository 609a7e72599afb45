"""Five hundred children at once, fifty of them printing: none lost, none told twice, nothing left behind."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from osexplorer.model.children import Child
from osexplorer.services.children import Children
from osexplorer.services.door import Door
from osexplorer.system import descendants as system
from osexplorer.system import room
from tests.waiting import until

CROWD = 500
PRINTING = 50
USUAL = 1024


@pytest.fixture(autouse=True)
def usual_limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The soft limit on descriptors that most systems have, and no memory of another."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits[1] != resource.RLIM_INFINITY and limits[1] < 4 * CROWD:
        pytest.skip("the hard limit on descriptors is too low")
    monkeypatch.setattr(room, "_before", None)
    resource.setrlimit(resource.RLIMIT_NOFILE, (USUAL, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors and zombies are counted in /proc")
async def test_a_crowd_is_lost_nowhere_and_leaves_nothing(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    children = Children(Door())
    ends: dict[int, list[int | None]] = {}

    def told(child: Child) -> None:
        if not child.alive and not child.output_open:
            ends.setdefault(child.id, []).append(child.code)

    children.observe(told)
    before: int | None = None
    for number in range(CROWD):
        prints = f"seq 1 {number}; " if number < PRINTING else ""
        child = await children.launch(f"{prints}read x < {gate}; exit {number % 7}")
        assert child.error is None, child.error
    assert children.running == CROWD  # all of them, more than the usual 1024 descriptors have room for
    pids = [child.pid for child in children.feed.value]

    def over() -> bool:
        with suppress(OSError):  # nobody is at it
            os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
        return len(ends) == CROWD

    await until(over, "all to end", deadline=120)
    assert ends == {number + 1: [number % 7] for number in range(CROWD)}
    for number in range(PRINTING):
        lines = [line.text for line in children.output(number + 1).lines()]
        assert lines == [str(at) for at in range(1, number + 1)]
    assert [pid for pid in pids if system.stat_of(pid) is not None] == []
    for child in children.feed.value:
        await children.remove(child.id)
    before = len(os.listdir("/proc/self/fd"))
    await children.close()
    assert before - len(os.listdir("/proc/self/fd")) < 10
    assert before < 100 + len(os.listdir("/proc/self/fd"))


async def test_a_child_has_the_limit_on_descriptors_that_this_program_was_started_with(tmp_path: Path) -> None:
    children = Children(Door())
    child = await children.launch("sleep 0.2; ulimit -Sn")
    await until(lambda: not children.running and not children.feed.value[0].output_open, "its end")
    assert children.output(child.id)[0].text == str(USUAL)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    held = [os.open(gate, os.O_RDWR) for _ in range(700)]  # near the limit, where there is one of 1024
    try:
        child = await children.launch("sleep 0.2; ulimit -Sn")
        await until(lambda: not children.running and not children.feed.value[1].output_open, "its end")
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > USUAL
        assert children.output(child.id)[0].text == str(USUAL)
    finally:
        for fd in held:
            os.close(fd)
        await children.close()
