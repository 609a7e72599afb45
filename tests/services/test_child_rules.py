"""Rules of real children: time limits, restarts with longer and longer waits, runs after changes of files."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from osexplorer.model.child_rules import (
    LONGEST_WAIT,
    Overlap,
    Rules,
    countdown_text,
    parse_restarts,
    rules_of,
    watched_path,
)
from osexplorer.model.children import Child, ChildState
from osexplorer.model.command_line import parse_command
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch
from osexplorer.services import child_rules
from osexplorer.services.child_rules import KEPT, ChildRules
from osexplorer.services.children import Children
from osexplorer.services.door import Door
from osexplorer.services.leaving import terminate_all
from osexplorer.system import watch_paths
from tests.waiting import until


class Desk:
    """Children and their rules; remembers all that was said in their rows."""

    def __init__(self) -> None:
        self.door = Door()
        self.children = Children(self.door)
        self.rules = ChildRules(self.door, self.children)
        self.settled: list[tuple[Child, frozenset[int]]] = []
        self.rules.observe(lambda child, ids: self.settled.append((child, ids)))
        self.notes: list[str] = []
        remark = self.children.remark

        def noted(id: int, note: str, timed_out: bool = False) -> None:
            self.notes.append(note)
            remark(id, note, timed_out)

        self.children.remark = noted  # type: ignore[method-assign]

    async def launch(self, line: str, rules: Rules) -> Child:
        return await self.rules.begin(Launch(parse_command(line)), rules)

    def now(self, id: int) -> Child:
        child = self.children.get(self.rules.newest(id))
        assert child is not None
        return child


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    await desk.rules.close()
    await terminate_all(desk.children, patience=5)
    await desk.children.close()


def lines(path: Path) -> int:
    return path.read_text().count("\n") if path.exists() else 0


# -- words and numbers


def test_waits_double_and_are_bounded() -> None:
    rules = Rules(restarts=500, backoff=0.5)
    assert [rules.wait(number) for number in (1, 2, 3, 4)] == [0.5, 1, 2, 4]
    assert rules.wait(500) == LONGEST_WAIT
    assert countdown_text(3.2, 2, Rules(restarts=5)) == "restarting in 4 s, 2 of 5"


def test_rules_in_words() -> None:
    assert Rules().text == ""
    assert Rules(timeout=90, restarts=2, watched=("/a", "/b")).text == (
        "at most 1m30s, restarted up to 2 times, first after 1 s, run again when 2 paths change"
    )
    assert [watched_path(text, "/a//b", "/home/me") for text in ("~/x", "~", "c/", "/", "")] == [
        *("/home/me/x", "/home/me", "/a/b/c", "/", "/a/b"),
    ]
    assert parse_restarts("") == 0
    for bad in ("-1", "x", "1001", "1.5"):
        with pytest.raises(Refused):
            parse_restarts(bad)


# -- a time limit


async def test_a_child_whose_time_is_up_is_ended_as_timeout_does(desk: Desk) -> None:
    child = await desk.launch("sleep 600", Rules(timeout=0.05))
    await until(lambda: not desk.now(child.id).alive, "its end")
    now = desk.now(child.id)
    assert (now.exit_text, now.shell_status, now.signal) == ("timed out, SIGTERM", 124, signal.SIGTERM)
    assert now.note == "time limit 0.05 s"


async def test_one_that_ignores_it_is_killed(desk: Desk) -> None:
    child = await desk.launch("trap '' TERM; echo ready; sleep 600 & wait", Rules())
    await until(lambda: desk.now(child.id).output_bytes, "it to be deaf")
    desk.rules.set(child.id, Rules(timeout=0.01, grace=0.1))
    await until(lambda: not desk.now(child.id).alive, "its end")
    assert desk.now(child.id).exit_text == "timed out, SIGKILL"
    assert desk.now(child.id).note == "time limit 0.01 s"


async def test_a_stopped_child_times_out_too(desk: Desk) -> None:
    child = await desk.launch("sleep 600", Rules())
    await desk.children.signal(child.id, signal.SIGSTOP)
    desk.rules.set(child.id, Rules(timeout=0.01, grace=30))
    await until(lambda: desk.now(child.id).exit_text == "timed out, SIGTERM", "its end")


async def test_a_child_that_is_quick_enough_is_left_alone(desk: Desk) -> None:
    child = await desk.launch("true", Rules(timeout=600))
    await until(lambda: not desk.now(child.id).alive, "its end")
    assert (desk.now(child.id).exit_text, desk.now(child.id).note) == ("exit 0", "")


async def test_a_launch_brings_its_rules_along(desk: Desk) -> None:
    launch = Launch(parse_command("sleep 600"), timeout=0.05, restarts=1)
    assert rules_of(launch) == Rules(timeout=0.05, restarts=1)
    child = await desk.children.begin(launch)
    await until(lambda: desk.now(child.id).timed_out, "the first end")
    assert desk.rules.get(child.id).restarts == 1
    await until(lambda: "restarting in 1 s, 1 of 1" in desk.notes, "the restart to be announced")


# -- restarts


async def test_a_failure_is_tried_again_so_often_and_no_oftener(desk: Desk, tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = await desk.launch(f"echo x >> {log}; exit 7", Rules(restarts=3, backoff=0.02))
    await until(lambda: "given up after 3 restarts" in desk.notes, "it to be given up")
    assert lines(log) == 4
    now = desk.now(child.id)
    assert (now.exit_text, now.note) == ("exit 7", "given up after 3 restarts")
    assert [f"{number} of 3" for number in (1, 2, 3)] == [
        note.removeprefix("restarting in 1 s, ") for note in desk.notes if note.startswith("restarting")
    ]
    assert (
        [note for note in desk.notes if " as " in note]
        == [
            f"restarted as {desk.children.get(id).pid}, {at} of 3"  # type: ignore[union-attr]
            for at, id in zip((1, 2, 3), sorted(desk.settled[0][1])[1:], strict=True)
        ]
    )
    assert len(desk.settled) == 1
    assert desk.settled[0][0].id == now.id
    assert child.id in desk.settled[0][1]


async def test_a_program_that_cannot_be_started_is_tried_again_so_often(desk: Desk, tmp_path: Path) -> None:
    child = await desk.launch(str(tmp_path / "missing"), Rules(restarts=2, backoff=0.01))
    assert (child.state, child.error and child.error.errno) == (ChildState.FAILED, errno.ENOENT)
    await until(lambda: desk.now(child.id).note == "given up after 2 restarts", "the end of it")
    assert [one.state for one in desk.children.feed.value] == [ChildState.FAILED] * 3
    assert [settled.id for settled, _ in desk.settled] == [desk.now(child.id).id]


async def test_a_program_that_comes_while_it_is_tried_again_is_started(desk: Desk, tmp_path: Path) -> None:
    program = tmp_path / "late"
    child = await desk.launch(str(program), Rules(restarts=1000, backoff=0.01))
    await until(lambda: desk.rules.newest(child.id) != child.id, "the first restart")
    (tmp_path / "new").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "new").chmod(0o755)
    (tmp_path / "new").rename(program)
    await until(lambda: desk.now(child.id).ended_well, "its end")


async def test_a_program_that_cannot_be_started_is_not_tried_again_unasked(desk: Desk, tmp_path: Path) -> None:
    child = await desk.launch(str(tmp_path / "missing"), Rules())
    assert not desk.rules.is_active(child.id)
    assert [settled.id for settled, _ in desk.settled] == [child.id]


async def test_success_ends_the_restarts(desk: Desk, tmp_path: Path) -> None:
    log = tmp_path / "log"
    line = f"echo x >> {log}; test $(wc -l < {log}) -ge 3"
    child = await desk.launch(line, Rules(restarts=9, backoff=0.01))
    await until(lambda: desk.now(child.id).ended_well, "the success")
    await until(lambda: len(desk.settled) == 1, "it to be told")
    assert lines(log) == 3
    assert not desk.rules.is_active(child.id)


async def test_only_some_of_the_earlier_runs_stay_on_the_list(desk: Desk) -> None:
    child = await desk.launch("false", Rules(restarts=8, backoff=0.001))
    await until(lambda: "given up after 8 restarts" in desk.notes, "it to be given up")
    await until(lambda: len(desk.children.feed.value) == KEPT + 1, "the old ones to go")
    assert desk.children.get(child.id) is None


async def test_a_restart_that_is_due_can_be_stopped(desk: Desk, tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = await desk.launch(f"echo x >> {log}; exit 1", Rules(restarts=5, backoff=600))
    await until(lambda: "restarting in" in desk.now(child.id).note, "the countdown")
    assert desk.rules.is_active(child.id)
    assert desk.settled == []
    assert desk.rules.stop(child.id)
    assert (desk.now(child.id).note, lines(log)) == ("rules stopped", 1)
    assert not desk.rules.is_active(child.id)
    assert len(desk.settled) == 1


async def test_what_is_ended_on_purpose_is_not_restarted(desk: Desk) -> None:
    child = await desk.launch("sleep 600", Rules(restarts=5, backoff=0.001))
    await desk.children.signal(child.id, signal.SIGTERM)
    await until(lambda: desk.settled, "its end")
    assert desk.now(child.id).note == "ended as asked, not restarted"
    assert len(desk.children.feed.value) == 1


async def test_what_was_started_elsewhere_cannot_be_started_again(desk: Desk) -> None:
    child = await desk.children.start(parse_command("sleep 600"), capture=False)
    with pytest.raises(Refused, match="background"):
        desk.rules.set(child.id, Rules(restarts=1))
    with pytest.raises(Refused, match="no longer"):
        desk.rules.set(999, Rules(restarts=1))


# -- changes of files


async def watching(desk: Desk, id: int) -> None:
    chain = desk.rules._chains[id]
    assert chain.watch is not None
    await chain.watch.ready
    await asyncio.sleep(0)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    place = tmp_path / "source"
    (place / "below").mkdir(parents=True)
    (place / "below" / "file").write_text("1")
    return place


async def test_a_change_below_a_directory_runs_it_again(desk: Desk, source: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = await desk.launch(f"cat {source}/*/* > {log}", Rules(watched=(str(source),), debounce=0.02))
    await watching(desk, child.id)

    async def shown(text: str) -> None:
        def seen() -> bool:
            return log.exists() and log.read_text() == text and not desk.now(child.id).alive

        await until(seen, f"a run that finds {text}")

    await shown("1")
    (source / "below" / "file").write_text("22")
    await shown("22")
    (source / "new").mkdir()
    (source / "new" / "inner").write_text("x")
    await shown("22x")
    (source / "below" / "file").unlink()
    await shown("x")
    assert desk.now(child.id).note == "runs again on change"


async def test_a_watched_path_leads_where_the_kernel_takes_it(desk: Desk, source: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(source / "below")  # link/../file is source/file, not tmp_path/file
    launch = Launch(parse_command("true"), cwd=str(tmp_path))
    child = await desk.rules.begin(launch, Rules(watched=("link/.././file",), debounce=0.02))
    await watching(desk, child.id)
    watch = desk.rules._chains[child.id].watch
    assert watch is not None
    assert watch._paths == (f"{tmp_path}/link/../file",)
    await until(lambda: not desk.now(child.id).alive, "the end of the first run")
    (source / "file").write_text("1")
    await until(lambda: desk.now(child.id).id != child.id, "a run for the file that came")


async def test_what_begins_with_a_dot_is_not_watched(desk: Desk, source: Path) -> None:
    child = await desk.launch("true", Rules(watched=(str(source),), debounce=0.02))
    await watching(desk, child.id)
    seen = watch_paths.look([str(source)])
    (source / ".hidden").write_text("x")
    os.utime(source)
    assert watch_paths.changes(seen, watch_paths.look([str(source)])) == []
    (source / "shown").write_text("x")
    assert watch_paths.changes(seen, watch_paths.look([str(source)])) == [str(source / "shown")]


async def test_a_single_file_may_be_replaced(desk: Desk, source: Path, tmp_path: Path) -> None:
    log, file = tmp_path / "log", source / "below" / "file"
    child = await desk.launch(f"echo x >> {log}", Rules(watched=(str(file),), debounce=0.02))
    await watching(desk, child.id)
    await until(lambda: lines(log) == 1, "the first run")
    (source / "below" / "other").write_text("not watched")
    new = source / "below" / "new"
    new.write_text("22")
    new.rename(file)
    await until(lambda: lines(log) == 2, "the second run")


async def test_a_run_that_goes_on_is_ended_first(desk: Desk, source: Path) -> None:
    child = await desk.launch("sleep 600", Rules(watched=(str(source),), debounce=0.02))
    await watching(desk, child.id)
    (source / "file").write_text("x")
    await until(lambda: desk.rules.newest(child.id) != child.id, "the next run")
    old, new = desk.children.get(child.id), desk.now(child.id)
    assert old is not None
    assert (old.exit_text, new.alive) == ("SIGTERM", True)
    assert "files changed: ended" in desk.notes


async def test_or_is_waited_for(desk: Desk, source: Path, tmp_path: Path) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    rules = Rules(watched=(str(source),), debounce=0.02, overlap=Overlap.WAIT)
    child = await desk.launch(f"read x < {go}", rules)
    await watching(desk, child.id)
    for text in ("1", "22"):
        (source / "file").write_text(text)
        await until(lambda: "runs again after this" in desk.now(child.id).note, "it to be said")
    assert desk.now(child.id).alive
    assert desk.rules.newest(child.id) == child.id
    await asyncio.to_thread(go.write_text, "x\n")
    await until(lambda: desk.rules.newest(child.id) != child.id, "the next run")
    assert desk.children.get(child.id).exit_text == "exit 0"  # type: ignore[union-attr]


async def test_a_command_that_changes_what_it_watches_does_not_run_for_ever(
    desk: Desk, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_rules, "MANY_SECONDS", 600.0)
    log = tmp_path / "log"
    child = await desk.launch(
        f"echo x >> {log}; date +%N >> {source}/file", Rules(watched=(str(source),), debounce=0.001)
    )
    await watching(desk, child.id)
    (source / "first").touch()
    await until(lambda: any(note.startswith("watching stopped") for note in desk.notes), "it to be stopped")
    await until(lambda: not desk.now(child.id).alive, "the last end")
    assert lines(log) <= child_rules.MANY_RUNS + 1
    assert not desk.rules.is_active(child.id)


async def test_watching_starts_one_that_has_ended(desk: Desk, source: Path) -> None:
    child = await desk.children.launch("true")
    await until(lambda: not desk.now(child.id).alive, "its end")
    with pytest.raises(Refused, match="ended"):
        desk.rules.set(child.id, Rules(restarts=2))
    desk.rules.set(child.id, Rules(watched=(str(source),), debounce=0.01))
    await watching(desk, child.id)
    (source / "file").write_text("x")
    await until(lambda: desk.rules.newest(child.id) != child.id, "the next run")
