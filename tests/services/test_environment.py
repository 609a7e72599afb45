"""Variables of children: changed, taken back, and seen by a real child exactly as they are here."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osexplorer.model.environment import Variables
from osexplorer.model.errors import Refused
from osexplorer.services.door import Door
from osexplorer.services.environment import Environment
from osexplorer.services.undo import Undo
from tests.waiting import until

ENV = shutil.which("env") or "/usr/bin/env"
NAMES = st.sampled_from(["HOME", "PATH", "NEW", "OTHER", "a.b", "sp ace", "\udcff", "é"])
VALUES = st.binary(max_size=12).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"")))
STEPS = st.lists(
    st.tuples(st.just("set"), NAMES, VALUES)
    | st.tuples(st.just("delete"), NAMES)
    | st.tuples(st.just("rename"), NAMES, NAMES)
    | st.tuples(st.just("restore"), NAMES),
    max_size=12,
)


@pytest.fixture(autouse=True)
def own_variables() -> Iterator[None]:
    """Changes are made to this very process: they end with the test."""
    before = dict(os.environ)
    yield
    for name in [name for name in os.environ if name not in before]:
        del os.environ[name]
    os.environ.update(before)


def make() -> tuple[Environment, Undo, Door]:
    door, undo = Door(), Undo()
    return Environment(door, undo), undo, door


def child_sees(variables: dict[str, str]) -> dict[bytes, bytes]:
    output = subprocess.run([ENV, "-0"], env=variables, capture_output=True, check=True).stdout
    return dict(line.split(b"=", 1) for line in output.split(b"\0") if line)


async def attempt(change: Awaitable[None]) -> bool:
    try:
        await change
    except Refused:
        return False
    return True


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_every_step_taken_back_leads_to_where_it_began(steps: list[tuple[str, ...]]) -> None:
    async def walk() -> None:
        environment, undo, _ = make()
        snapshots = [environment.variables.now]
        for name, *arguments in steps:
            method: Callable[..., Awaitable[None]] = getattr(environment, name)
            await attempt(method(*arguments))
            assert environment.for_child() == dict(os.environ)
            if environment.variables.now != snapshots[-1]:
                snapshots.append(environment.variables.now)
        while len(snapshots) > 1:
            assert environment.variables.now == snapshots.pop()
            assert await undo.undo()
        assert environment.variables.now == snapshots[0]
        assert environment.variables.altered == 0
        with pytest.raises(Refused, match="Nothing to undo"):
            await undo.undo()

    asyncio.run(walk())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, VALUES, min_size=1))
def test_a_child_sees_exactly_these_variables(table: dict[str, str]) -> None:
    async def walk() -> dict[str, str]:
        environment, _, _ = make()
        for name, value in table.items():
            await environment.set(name, value)
        return environment.for_child()

    variables = asyncio.run(walk())
    assert table.items() <= variables.items()
    assert child_sees(variables) == {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}


async def test_a_child_that_is_given_nothing_inherits_the_changes_too() -> None:
    """The change is made to this program's own variables, as the call log says, and not to a copy."""
    environment, _, _ = make()
    await environment.set("OWN", "\udcff\n")
    await environment.delete("HOME")
    output = subprocess.run([ENV, "-0"], capture_output=True, check=True).stdout.split(b"\0")
    assert b"OWN=\xff\n" in output
    assert not [line for line in output if line.startswith(b"HOME=")]


async def test_set_delete_rename_and_restore() -> None:
    os.environ["OLD"] = "1"
    environment, undo, _ = make()
    await environment.set("OLD", "2")
    assert environment.variables.variable("OLD")[1:] == ("2", "changed", "1")
    await environment.rename("OLD", "YOUNG")
    assert environment.variables.variable("OLD")[1:] == ("1", "deleted", "1")
    assert environment.variables.variable("YOUNG")[1:] == ("2", "added", None)
    await environment.restore("OLD")
    await environment.restore("YOUNG")
    assert environment.variables.altered == 0
    assert undo.feed.value == "unset YOUNG"
    assert await undo.undo() == "YOUNG is as it was again"
    assert os.environ["YOUNG"] == "2"


async def test_what_cannot_be_is_refused_before_any_change() -> None:
    environment, undo, door = make()
    before = environment.variables
    await environment.set("HOME", before.now["HOME"])  # the value it has
    for refused in (
        environment.set("", "x"),
        environment.set("A=B", "x"),
        environment.set("A", "x\0y"),
        environment.set("A", "\ud800"),
        environment.set("A", "x" * 10_000_000),
        environment.delete("NOT_SET"),
        environment.restore("NOT_SET"),
        environment.rename("NOT_SET", "B"),
        environment.rename("HOME", "A=B"),
        environment.rename("HOME", "PATH"),
        environment.rename("HOME", ""),
    ):
        with pytest.raises(Refused):
            await refused
    await environment.rename("HOME", "HOME")
    assert environment.variables is before
    assert undo.feed.value == ""
    assert door.log.calls() == []


async def test_changes_are_in_the_call_log_as_what_they_were() -> None:
    environment, undo, door = make()
    await environment.set("A", "it's\x1b")
    await environment.rename("A", "B")
    await undo.undo()
    await undo.undo()
    await until(lambda: len(door.log.calls()) == 6)
    assert [call.python() for call in door.log.calls()] == [
        """os.putenv('A', "it's\\x1b")""",
        """os.putenv('B', "it's\\x1b")""",
        "os.unsetenv('A')",
        """os.putenv('A', "it's\\x1b")""",
        "os.unsetenv('B')",
        "os.unsetenv('A')",
    ]
    assert all(call.change and call.outcome == "ok" for call in door.log.calls())


async def test_undo_refuses_when_something_else_changed_the_variable() -> None:
    environment, undo, _ = make()
    await environment.set("A", "1")
    os.environ["A"] = "from elsewhere"
    await environment.set("B", "2")  # its snapshot shows the other change
    assert environment.variables.now["A"] == "from elsewhere"
    await undo.undo()
    with pytest.raises(Refused, match="A has been changed since"):
        await undo.undo()
    assert os.environ["A"] == "from elsewhere"


async def test_kinds_of_entries(tmp_path: Path) -> None:
    environment, _, _ = make()
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    kinds = [await environment.entry_kind(str(tmp_path / name)) for name in ("", "file", "gone", "file/below", "loop")]
    assert kinds == ["directory", "file", "missing", "missing", "ELOOP"]
    assert [await environment.entry_kind(path) for path in ("", "bin", "./bin")] == ["", "", ""]


async def test_each_change_is_one_snapshot_and_the_old_ones_stay() -> None:
    environment, _, _ = make()
    seen: list[Variables] = []

    async def watch() -> None:
        async for variables in environment.feed.watch():
            seen.append(variables)  # noqa: PERF401 - it never ends

    task = asyncio.create_task(watch())
    await until(lambda: seen)
    await environment.set("A", "1")
    await until(lambda: len(seen) == 2)
    await environment.set("A", "2")
    await until(lambda: len(seen) == 3)
    task.cancel()
    assert [variables.now.get("A") for variables in seen] == [None, "1", "2"]


async def test_concurrent_changes_are_made_one_after_the_other() -> None:
    environment, undo, _ = make()
    before = environment.variables.now
    await asyncio.gather(*(environment.set("A", str(number)) for number in range(20)))
    assert environment.variables.now["A"] == os.environ["A"] == "19"
    for _ in range(20):
        await undo.undo()
    assert environment.variables.now == before


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
async def test_this_process_says_the_same(tmp_path: Path) -> None:
    """What C code in this process sees, by a child that gets no environment argument at all."""
    environment, _, _ = make()
    await environment.set("SEEN_BY_C", "yes")
    out = tmp_path / "out"
    assert os.system(f"tr '\\0' '\\n' < /proc/self/environ > {out}") == 0
    assert "SEEN_BY_C=yes" in out.read_text(errors="surrogateescape").split("\n")
