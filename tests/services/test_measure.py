"""Disk use: what du(1) says of each directory, live, kept until something changes."""

from __future__ import annotations

import os
import subprocess
from array import array
from pathlib import Path

import pytest

from osexplorer.model.entry import Kind
from osexplorer.model.errors import CallError
from osexplorer.model.measure import Counted, share_bar, summed
from osexplorer.model.tasks import TaskState
from osexplorer.services.door import Door
from osexplorer.services.measure import Measure
from osexplorer.services.tasks import Tasks
from osexplorer.system import measure as system
from tests.system.test_walk import Notes
from tests.waiting import until


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for at in range(4):
        (root / f"a{at}" / "deep" / "er").mkdir(parents=True)
        (root / f"a{at}" / "deep" / "file").write_bytes(b"x" * 5000 * at)
        (root / f"a{at}" / "deep" / "er" / "other").write_bytes(b"x" * 100)
    os.link(root / "a3" / "deep" / "file", root / "again")
    (root / "link").symlink_to("a1")
    with open(root / "sparse", "wb") as file:
        file.truncate(1 << 20)
    return root


def new() -> Measure:
    door = Door()
    return Measure(door, Tasks(door))


async def test_each_directory_is_what_du_says(tree: Path) -> None:
    measure = new()
    counted = await measure.start(str(tree)).result()
    lines = subprocess.run(["du", "-B1", tree], capture_output=True, check=True, text=True).stdout.splitlines()
    said = {path: int(size) for size, path in (line.split("\t") for line in lines)}
    assert len(said) == 13
    told = {path: use.allocated for path in counted.index if (use := counted.use(path)) is not None}
    shared = (tree / "again").stat().st_blocks * 512  # which of its two places counts it is left open
    for path, size in said.items():
        assert told[path] in (size, size + shared, size - shared), path
    assert told[str(tree)] == said[str(tree)]
    use = measure.use(str(tree / "a1"))
    assert use is not None
    assert (use.size, use.entries, use.partial) == (5100, 4, False)


async def test_the_rows_of_a_directory(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = new()
    assert await measure.rows(str(tree)) == []
    await measure.start(str(tree)).result()
    rows = {row.name: row for row in await measure.rows(str(tree))}
    assert set(rows) == {"a0", "a1", "a2", "a3", "again", "link", "sparse"}
    assert (rows["sparse"].size, rows["sparse"].allocated) == (1 << 20, 0)
    assert (rows["a2"].kind, rows["a2"].size, rows["a2"].entries) == (Kind.DIRECTORY, 10100, 4)
    monkeypatch.setattr(system, "MOST_FILES", 1)
    rows = {row.name: row for row in await measure.rows(str(tree))}
    assert (rows[""].entries, "again" in rows) == (2, True)
    (tree / "a2").rename(tree / "new")
    assert {row.name: row for row in await measure.rows(str(tree))}["new"].partial
    with pytest.raises(CallError):
        await measure.rows(str(tree / "a2"))


async def test_it_is_counted_again_only_when_something_has_changed(tree: Path) -> None:
    measure = new()
    assert await measure.renew(str(tree))
    await until(lambda: (counted := measure.counted(str(tree))) is not None and counted.complete)
    await until(lambda: not measure.is_counting(str(tree)))
    first = measure.counted(str(tree))
    assert not await measure.renew(str(tree / "a1"))
    assert measure.counted(str(tree)) is first
    os.utime(tree / "a1" / "deep", ns=(1, 1))
    (tree / "a1" / "deep" / "new").write_bytes(b"x" * 7)
    assert await measure.renew(str(tree / "a1"))
    await until(lambda: not measure.is_counting(str(tree)))
    use = measure.use(str(tree))
    assert use is not None
    assert use.entries == first.use(str(tree)).entries + 1  # type: ignore[union-attr]
    assert not await measure.renew(str(tree))
    with (tree / "a1" / "deep" / "new").open("ab") as file:
        file.write(b"x" * 1000)
    assert await measure.renew(str(tree)), "a file that has grown is a change too"


async def test_what_is_known_shows_while_it_counts(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "INTERVAL", 0.0)
    measure = new()
    seen: list[Counted] = []
    handle = measure.start(str(tree))
    assert measure.start(f"{tree}/") is handle
    take = measure._take
    monkeypatch.setattr(measure, "_take", lambda path, counted: (seen.append(counted), take(path, counted)))
    counted = await handle.result()
    await until(lambda: not measure.is_counting(str(tree)))
    assert measure.counted(str(tree)) is counted
    partial = [one for one in seen if not one.complete]
    assert partial
    use = partial[0].use(str(tree))
    assert use is not None
    assert use.partial
    assert [one.measurement.entries for one in seen] == sorted(one.measurement.entries for one in seen)


async def test_a_count_that_was_cancelled_is_forgotten(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "INTERVAL", 0.0)
    door = Door()
    tasks = Tasks(door)
    measure = Measure(door, tasks)
    handle = measure.start("/")
    await until(lambda: measure.use("/") is not None)
    tasks.cancel(handle.id)
    await until(lambda: not measure.is_counting("/"))
    task = tasks.get(handle.id)
    assert task is not None
    assert task.state is TaskState.CANCELLED
    assert measure.use("/") is None


async def test_what_does_not_hold_is_forgotten(tree: Path) -> None:
    measure = new()
    await measure.start(str(tree)).result()
    await until(lambda: not measure.is_counting(str(tree)))
    measure.forget(str(tree.parent / "elsewhere"))
    assert measure.use(str(tree)) is not None
    measure.forget(str(tree / "a1" / "deep" / "file"))
    assert measure.use(str(tree)) is None


def test_directories_beyond_the_bound_count_for_those_above(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = system.measure(Notes(), str(tree))
    monkeypatch.setattr(system, "MOST_DIRECTORIES", 3)
    few = system.measure(Notes(), str(tree))
    assert len(few.index) == 3
    assert few.measurement == whole.measurement
    assert few.use(str(tree)) is not None
    assert few.use(str(tree))[:3] == whole.use(str(tree))[:3]  # type: ignore[index]


def test_sums() -> None:
    parents = array("q", [0, 0, 1, 1, 0])
    own = array("q", [1, 10, 100, 1000, 10000])
    size, _, entries, partial = summed(parents, own, own, array("q", [1] * 5), bytearray([0, 0, 0, 1, 0]))
    assert list(size) == [11111, 1110, 100, 1000, 10000]
    assert list(entries) == [5, 3, 1, 1, 1]
    assert list(partial) == [1, 1, 0, 1, 0]


def test_bars() -> None:
    assert [share_bar(part, 8, 2) for part in (0, 1, 4, 5, 8, 9)] == ["  ", "▎ ", "█ ", "█▎", "██", "██"]
    assert share_bar(0, 0, 2) == "  "
