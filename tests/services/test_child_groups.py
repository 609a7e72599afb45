"""Several children together: waited for, and run over files, never too many at once."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from osexplorer.model.child_rules import Rules
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch
from osexplorer.model.run_over import command_over
from osexplorer.model.tasks import Cancelled, TaskState
from osexplorer.services import run_over
from osexplorer.services.door import Door
from osexplorer.services.leaving import terminate_all
from osexplorer.services.run_over import RunOver
from osexplorer.services.session import Session
from tests.waiting import until


@pytest.fixture
async def session() -> AsyncIterator[Session]:
    session = Session(Door())
    yield session
    await session.tasks.cancel_all(patience=5)
    await session.child_rules.close()
    await terminate_all(session.children, patience=5)
    await session.child_history.close()
    await session.children.close()


def told(session: Session) -> list[str]:
    return [notice.text for notice in session.child_waits.notices.value]


async def several(session: Session, count: int) -> list[int]:
    return [(await session.children.launch(f"sleep {600 + at}")).id for at in range(count)]


async def end(session: Session, id: int, number: int = signal.SIGTERM) -> None:
    await session.children.signal(id, number)
    await session.children.wait([id])


async def test_wait_for_one(session: Session) -> None:
    ids = await several(session, 2)
    session.child_waits.add([ids[1]], "all")
    await end(session, ids[0])
    assert told(session) == []
    await end(session, ids[1])
    (text,) = told(session)
    assert "sleep 601: SIGTERM after" in text
    assert session.child_waits.feed.value == ()


async def test_wait_for_any(session: Session) -> None:
    ids = await several(session, 3)
    session.child_waits.add(ids, "any")
    await end(session, ids[2], signal.SIGKILL)
    (text,) = told(session)
    assert text.startswith("The first of 3 has ended: ")
    assert "sleep 602: SIGKILL" in text
    await end(session, ids[0])
    assert len(told(session)) == 1


async def test_wait_for_all(session: Session) -> None:
    ids = await several(session, 3)
    session.child_waits.add(ids, "all")
    for id in ids:
        assert told(session) == []
        await end(session, id)
    (text,) = told(session)
    assert text.startswith("All 3 have ended, 3 not well: ")
    good = [(await session.children.launch("sleep 0.05")).id for _ in range(3)]
    session.child_waits.add(good, "all")
    await session.children.wait(good)
    assert told(session)[1:] == ["All 3 have ended well"]


async def test_a_wait_can_be_dropped(session: Session) -> None:
    ids = await several(session, 2)
    session.child_waits.add(ids, "any")
    assert session.child_waits.is_waiting(reversed(ids), "any")
    session.child_waits.drop(ids, "any")
    assert not session.child_waits.is_waiting(ids, "any")
    await end(session, ids[0])
    assert told(session) == []
    with pytest.raises(Refused, match="All of them"):
        session.child_waits.add([ids[0]], "all")
    with pytest.raises(Refused, match="nothing"):
        session.child_waits.add([], "all")


async def test_a_restart_is_not_the_end(session: Session, tmp_path: Path) -> None:
    log = tmp_path / "log"
    launch = Launch(command_over(f"sh -c 'echo x >> {log}; exit 3'", "x"))
    waits = session.child_waits
    child = await session.child_rules.begin(launch, Rules(restarts=2, backoff=0.01))
    waits.add([child.id], "all")
    await until(lambda: told(session), "the notice")
    assert log.read_text() == "x\n" * 3
    assert len(told(session)) == 1


async def test_a_rule_tells_of_the_end(session: Session) -> None:
    waits = session.child_waits
    launch = Launch(command_over("true", "x"))
    await session.child_rules.begin(launch, Rules(notify=True))
    await until(lambda: waits.notices.value, "the notice")
    assert waits.notices.value[0].problem is False


# -- over files


def files(place: Path, count: int) -> list[str]:
    place.mkdir()
    for at in range(count):
        (place / f"file {at}").write_text("x" * at)
    return [str(place / f"file {at}") for at in range(count)]


def start(session: Session, line: str, paths: list[str], most: int) -> RunOver:
    return session.runs_over.start(line, [(path, Launch(command_over(line, path))) for path in paths], most)


async def finished(run: RunOver) -> None:
    await until(lambda: run.feed.value.finished, "the end of the run")


async def test_twenty_files_three_at_once(session: Session, tmp_path: Path) -> None:
    paths = files(tmp_path / "place", 20)
    most = 0

    def count(child: object) -> None:
        nonlocal most
        most = max(most, session.children.running)

    session.children.observe(count)
    line = "sh -c 'wc -c < \"$1\"; sleep 0.02; case $1 in *7) exit 5; esac' sh"
    run = start(session, line, paths, 3)
    await finished(run)
    results = run.feed.value.results
    assert most == 3
    assert [result.path for result in results] == paths
    assert [result.text for result in results] == ["exit 5" if at in (7, 17) else "exit 0" for at in range(20)]
    assert all(result.duration and result.cpu is not None and result.output_bytes for result in results)
    assert run.feed.value.counts == (0, 0, 18, 2)
    task = session.tasks.get(run.task_id)
    assert task is not None
    await until(lambda: session.tasks.get(run.task_id).state is TaskState.DONE, "the task")  # type: ignore[union-attr]
    task = session.tasks.get(run.task_id)
    assert task is not None
    assert (task.done, task.total, task.failed, task.unit) == (20, 20, 2, "files")
    assert [failure.reason for failure in task.failures] == ["exit 5", "exit 5"]
    assert session.runs_over.get(run.task_id) is run
    assert [int(session.children.output(result.id)[0].text) for result in results] == list(range(20))


async def test_paused_none_is_started(session: Session, tmp_path: Path) -> None:
    paths = files(tmp_path / "place", 4)
    run = start(session, "sh -c 'read x < /dev/null; sleep 0.01' sh", paths, 1)
    session.tasks.pause(run.task_id)
    await until(lambda: not session.children.running, "what runs to end")
    done = run.feed.value.counts
    for _ in range(20):
        await until(lambda: True)
    assert run.feed.value.counts == done
    assert done[0] >= 2
    session.tasks.resume(run.task_id)
    await finished(run)
    assert run.feed.value.counts == (0, 0, 4, 0)


async def test_cancelling_ends_what_runs(session: Session, tmp_path: Path) -> None:
    paths = files(tmp_path / "place", 10)
    run = start(session, "sh -c 'sleep 600' sh", paths, 2)
    await until(lambda: session.children.running >= 2, "them to run")
    session.tasks.cancel(run.task_id)
    await finished(run)
    await until(lambda: session.tasks.get(run.task_id).state is TaskState.CANCELLED, "the task")  # type: ignore[union-attr]
    texts = [result.text for result in run.feed.value.results]
    assert texts == ["SIGTERM"] * 2 + ["not run"] * 8


async def test_one_that_cannot_start_does_not_stop_the_rest(session: Session, tmp_path: Path) -> None:
    paths = files(tmp_path / "place", 3)
    run = start(session, "no-such-program", paths, 2)
    await finished(run)
    assert [result.text for result in run.feed.value.results] == ["not found, ENOENT"] * 3
    with pytest.raises(Refused):
        session.runs_over.start("x", [], 1)


async def test_rows_of_many_that_ended_well_go(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_over, "KEPT", 5)
    run = start(session, "true", files(tmp_path / "place", 30), 4)
    await finished(run)
    await until(lambda: len(session.children.feed.value) == 5, "the rows to go")
    assert run.feed.value.counts == (0, 0, 30, 0)


async def test_a_task_on_the_loop_fails_as_any(session: Session) -> None:
    async def work(steps: object) -> None:
        raise Refused("no")

    handle = session.tasks.conduct("x", work)
    with pytest.raises(Refused):
        await handle.result()
    task = session.tasks.get(handle.id)
    assert task is not None
    assert (task.state, task.result) == (TaskState.FAILED, "no")

    async def endless(steps: run_over.Steps) -> None:
        await steps.cancelled()
        await steps.checkpoint()

    handle = session.tasks.conduct("x", endless)
    session.tasks.cancel(handle.id)
    with pytest.raises(Cancelled):
        await handle.result()
