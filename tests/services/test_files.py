"""The files service on real directories: loading, order, looks, changes on disk, failures."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from array import array
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio

from osexplorer.model.entry import EntryStat
from osexplorer.model.errors import Abandoned, CallError, NotFound
from osexplorer.model.files import Status
from osexplorer.model.listing import Batch, Directory
from osexplorer.model.watch import Watching
from osexplorer.services import arranging, looks, refresh
from osexplorer.services.door import Door
from osexplorer.services.files import Files
from osexplorer.system import files as system
from tests.waiting import until


@pytest_asyncio.fixture
async def files() -> AsyncIterator[Files]:
    files = Files(Door())
    yield files
    files.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    place.mkdir()
    for name in ("file10", "file2", "File3", ".hidden"):
        (place / name).write_text(name)
    (place / "dir").mkdir()
    (place / "link").symlink_to("dir")
    return place


@asynccontextmanager
async def watched(files: Files) -> AsyncIterator[None]:
    """Somebody reads the feed."""

    async def read() -> None:
        async for _ in files.feed.watch():
            pass

    task = asyncio.create_task(read())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def names(files: Files) -> list[str]:
    return [files.view.name(at) for at in range(len(files.view))]


def stat(files: Files, name: str) -> EntryStat:
    key = files.key_of(name)
    assert key is not None
    at = files.view.index(key)
    assert at is not None
    found = files.view.stat(at)
    assert isinstance(found, EntryStat)
    return found


def has_stat(files: Files, name: str, matches: Callable[[EntryStat], bool]) -> Callable[[], bool]:
    def check() -> bool:
        row = files.listing.find(name)
        found = files.listing.stats.get(row) if row is not None else None
        return isinstance(found, EntryStat) and matches(found)

    return check


async def live(files: Files) -> None:
    await until(lambda: files.state.watching is Watching.LIVE, "the watch")


async def test_show(files: Files, place: Path) -> None:
    await files.show(str(place))
    assert names(files) == ["dir", "file2", "File3", "file10", "link"]
    state = files.state
    assert (state.path, state.status, state.total, state.shown) == (str(place), Status.READY, 6, 5)
    assert state.error is None and state.pending is None and state.since == 0.0


async def test_nothing_is_looked_at_before_it_is_wanted(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(300):
        (tmp_path / f"f{number}").touch()
    looked: list[str] = []
    real = system.stat_entries

    def counting(path: str, asked: list[str], *more: object) -> object:
        looked.extend(asked)
        return real(path, asked, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(system, "stat_entries", counting)
    await files.show(str(tmp_path))
    await live(files)
    assert looked == []
    files.want(100, 120)
    await files.looks.until_idle()
    assert sorted(looked) == sorted(f"f{number}" for number in range(80, 140))
    assert set(looked[:20]) == {f"f{number}" for number in range(100, 120)}
    files.want(109, 129)
    await files.looks.until_idle()
    assert len(looked) == 60, "half a page ahead is known still"
    files.want(111, 131)
    await files.looks.until_idle()
    assert sorted(looked[60:]) == sorted(f"f{number}" for number in range(140, 151)), "a page ahead"


async def test_links_tell_where_they_lead(files: Files, place: Path) -> None:
    (place / "broken").symlink_to("nowhere")
    await files.show(str(place))
    files.want(0, 9)
    await until(has_stat(files, "link", lambda stat: stat.target is not None))
    await until(has_stat(files, "broken", lambda stat: stat.target is not None))
    target, broken = stat(files, "link").target, stat(files, "broken").target
    assert target and target.kind and target.kind.word == "directory"
    assert broken and broken.fault == "broken"


async def test_orders(files: Files, tmp_path: Path) -> None:
    for at, name in enumerate(("b.c", "a.z", "c.a")):
        (tmp_path / name).write_bytes(b"x" * (10 - at))
        os.utime(tmp_path / name, ns=(0, at))
    await files.show(str(tmp_path))
    await files.sort("size")
    assert names(files) == ["c.a", "a.z", "b.c"]
    await files.sort("size")
    assert names(files) == ["b.c", "a.z", "c.a"]
    await files.sort("extension")
    assert names(files) == ["c.a", "b.c", "a.z"]
    await files.sort("mtime", reverse=True)
    assert names(files) == ["c.a", "a.z", "b.c"]
    assert files.state.arrangement.by == "mtime"


async def test_hidden_and_filter(files: Files, place: Path) -> None:
    await files.show(str(place))
    await files.set_hidden(True)
    assert ".hidden" in names(files)
    await files.filter("file")
    assert names(files) == ["file2", "File3", "file10"]
    await files.filter("File")
    assert names(files) == ["File3"]
    await files.show(str(place / "dir"))
    assert files.state.arrangement.filter == "" and files.state.arrangement.hidden


async def test_many_entries_are_ordered_aside(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arranging, "AT_ONCE", 100)
    for number in range(1000):
        (tmp_path / f"f{number}").write_bytes(b"x" * (number % 7))
    await files.show(str(tmp_path))
    assert names(files) == [f"f{number}" for number in range(1000)]
    await files.sort("size", reverse=True)
    assert names(files) == sorted(names(files), key=lambda name: (-(int(name[1:]) % 7), int(name[1:])))
    await files.filter("'f99")
    assert sorted(names(files)) == sorted(["f99", *(f"f99{digit}" for digit in range(10))])
    assert files.state.progress is None


async def test_a_later_question_wins(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arranging, "AT_ONCE", 10)
    for number in range(3000):
        (tmp_path / f"f{number}").touch()
    await files.show(str(tmp_path))
    jobs = [asyncio.create_task(files.filter("'f" + "1" * length)) for length in range(1, 4)]
    await asyncio.gather(*jobs)
    assert set(names(files)) == {name for name in (f"f{number}" for number in range(3000)) if "f111" in name}


async def test_a_file_shows_its_directory_with_the_cursor_on_it(files: Files, place: Path) -> None:
    await files.show(str(place / ".hidden"))
    assert files.state.path == str(place)
    assert files.state.cursor is not None
    at = files.view.index(files.state.cursor)
    assert at is not None and files.view.name(at) == ".hidden"


async def test_up_points_at_where_we_came_from(files: Files, place: Path) -> None:
    await files.show(str(place / "dir"))
    await files.up()
    assert files.state.path == str(place) and files.state.cursor == files.key_of("dir")
    await files.show("/")
    ticket = files.state.ticket
    await files.up()
    assert (files.state.path, files.state.ticket) == ("/", ticket)


async def test_a_failure_leaves_what_was_shown(files: Files, place: Path) -> None:
    await files.show(str(place))
    before = names(files)
    with pytest.raises(NotFound):
        await files.show(str(place / "nothing"))
    assert (files.state.path, names(files), files.state.status) == (str(place), before, Status.READY)
    assert files.state.pending is None


async def test_a_failure_at_first_is_shown(files: Files, place: Path) -> None:
    with pytest.raises(NotFound):
        await files.show(str(place / "nothing"))
    assert files.state.status is Status.FAILED
    assert files.state.path == str(place / "nothing")
    assert isinstance(files.state.error, NotFound)
    (place / "nothing").mkdir()
    await files.refresh()
    assert files.state.status is Status.READY and files.state.error is None


class Gate:
    """A scan that yields what the test lets through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, fail: OSError | None = None) -> None:
        import threading

        self.steps = threading.Semaphore(0)
        self.fail = fail
        self.real = system.scan
        monkeypatch.setattr(system, "scan", self.scan)
        self.gated = True

    def scan(self, path: str, ticket: int) -> Iterator[Directory | Batch]:
        for item in self.real(path, ticket):
            if isinstance(item, Batch) and self.gated:
                for name, kind, inode in zip(item.names, item.kinds, item.inodes, strict=True):
                    self.steps.acquire()
                    yield Batch.of(ticket, [name], bytes([kind]), array("Q", [inode]))
                if self.fail is not None:
                    from osexplorer.model.errors import call_error

                    raise call_error(self.fail, "os.scandir", path)
            else:
                yield item


async def test_loading_can_be_given_up(files: Files, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    task = asyncio.create_task(files.show(str(place)))
    await until(lambda: files.state.pending == str(place))
    assert files.state.since > 0
    gate.steps.release(3)
    await until(lambda: files.state.total == 3)
    assert files.state.status is Status.LOADING and len(names(files)) >= 2
    assert files.abandon()
    with pytest.raises(Abandoned):
        await task
    assert (files.state.status, files.state.total, files.state.since) == (Status.PARTIAL, 3, 0.0)
    assert files.state.error is None
    assert not files.abandon()
    gate.gated = False
    gate.steps.release(100)
    await files.refresh()
    assert (files.state.status, files.state.total) == (Status.READY, 6)


async def test_what_comes_late_is_dropped(files: Files, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    first = asyncio.create_task(files.show(str(place)))
    gate.steps.release(1)
    await until(lambda: files.state.total == 1)
    gate.gated = False
    await files.show(str(place / "dir"))
    gate.steps.release(100)
    with pytest.raises(Abandoned):
        await first
    assert (files.state.path, names(files)) == (str(place / "dir"), [])


async def test_an_error_midway_is_told(files: Files, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch, fail=OSError(5, "Input/output error"))
    gate.steps.release(100)
    await files.show(str(place))
    assert files.state.status is Status.PARTIAL and files.state.total == 6
    assert files.state.error is not None and files.state.error.code == "EIO"
    gate.gated = False
    await files.refresh()
    assert files.state.status is Status.READY and files.state.error is None


async def test_changes_on_disk_show(files: Files, place: Path) -> None:
    async with watched(files):
        await files.show(str(place))
        files.want(0, 10)
        await live(files)
        key = files.key_of("file10")
        assert key is not None
        (place / "new").touch()
        await until(lambda: "new" in names(files))
        (place / "file2").unlink()
        await until(lambda: "file2" not in names(files))
        (place / "File3").rename(place / "moved")
        await until(lambda: "moved" in names(files) and "File3" not in names(files))
        (place / "file10").chmod(0o640)
        await until(has_stat(files, "file10", lambda stat: stat.mode & 0o777 == 0o640))
        (place / "file10").write_text("longer than before")
        await until(has_stat(files, "file10", lambda stat: stat.size == 18))
        at = files.view.index(key)
        assert at is not None and files.view.name(at) == "file10", "the entry that stayed kept its key"


async def test_the_first_directory_that_comes_comes_first(files: Files, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    await files.show(str(tmp_path))
    (tmp_path / "later").mkdir()
    (tmp_path / "another").write_text("")
    await files.refresh()
    assert names(files) == ["later", "another", "file"]


async def test_an_order_by_size_follows_the_sizes(files: Files, place: Path) -> None:
    async with watched(files):
        await files.show(str(place))
        await files.sort("size", directories_first=False)
        await live(files)
        (place / "file2").write_bytes(b"x" * 100_000)
        await until(lambda: names(files)[-1] == "file2")


async def test_without_events_the_clock_finds_changes(
    files: Files, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "VERIFY", 0.05)
    monkeypatch.setattr(refresh.Watch, "set", lambda *_: None)
    async with watched(files):
        await files.show(str(place))
        files.want(0, 10)
        (place / "new").touch()
        await until(lambda: "new" in names(files))
        (place / "new").chmod(0o604)
        await until(has_stat(files, "new", lambda stat: stat.mode & 0o777 == 0o604))
    assert files.state.watching is Watching.OFF


async def test_a_directory_that_vanishes_goes_stale_and_comes_back(
    files: Files, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "VERIFY", 0.1)
    async with watched(files):
        await files.show(str(place))
        await live(files)
        before = names(files)
        shutil.rmtree(place)
        await until(lambda: files.state.status is Status.STALE)
        assert isinstance(files.state.error, NotFound)
        assert set(names(files)) <= set(before)
        place.mkdir()
        (place / "again").touch()
        await until(lambda: files.state.status is Status.READY and names(files) == ["again"])
        await until(lambda: files.state.watching is Watching.LIVE)
        (place / "more").touch()
        await until(lambda: names(files) == ["again", "more"])


async def test_another_directory_under_the_same_name(
    files: Files, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "VERIFY", 0.1)
    async with watched(files):
        await files.show(str(place))
        await live(files)
        other = place.parent / "other"
        other.mkdir()
        (other / "file2").touch()
        old = files.key_of("file2")
        place.rename(place.parent / "away")
        other.rename(place)
        await until(lambda: names(files) == ["file2"])
        assert files.key_of("file2") != old
        (place / "more").touch()
        await until(lambda: names(files) == ["file2", "more"])


async def test_names_that_are_not_utf8_come_and_go(files: Files, place: Path) -> None:
    async with watched(files):
        await files.show(str(place))
        await live(files)
        name = os.fsencode(place) + b"/bad\xff\x1b"
        os.close(os.open(name, os.O_CREAT, 0o600))
        await until(lambda: "bad\udcff\x1b" in names(files))
        os.unlink(name)
        await until(lambda: "bad\udcff\x1b" not in names(files))


async def test_churn_ends_in_what_is_there(files: Files, tmp_path: Path) -> None:
    async with watched(files):
        await files.show(str(tmp_path))
        await live(files)
        script = "for i in $(seq 1500); do : > f$i; done; rm f*7; for i in 1 2 3; do mv f$i g$i; done"
        subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
        await until(lambda: set(names(files)) == set(os.listdir(tmp_path)))
        assert files.state.total == len(names(files))


async def test_a_name_seen_in_a_listing_but_gone_is_marked(
    files: Files, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh.Watch, "set", lambda *_: None)
    await files.show(str(place))
    monkeypatch.setattr(refresh.Refresh, "soon", lambda *_, **__: None)
    (place / "file2").unlink()
    files.want(0, 10)
    await files.looks.until_idle()
    at = names(files).index("file2")
    error = files.view.stat(at)
    assert isinstance(error, CallError) and error.code == "ENOENT"


async def test_changed_looks_again_without_being_told(
    files: Files, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh.Watch, "set", lambda *_: None)
    await files.show(str(place))
    files.want(0, 10)
    await files.looks.until_idle()
    (place / "file2").chmod(0o600)
    files.changed([str(place / "file2"), "/elsewhere/file10"])
    await until(has_stat(files, "file2", lambda stat: stat.mode & 0o777 == 0o600))


async def test_a_directory_that_does_not_answer_is_called_stale(
    files: Files, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    answer = threading.Event()
    real = system.look
    monkeypatch.setattr(refresh, "PATIENCE", 0.05)
    monkeypatch.setattr(refresh, "LONG", 0.02)
    monkeypatch.setattr(refresh, "VERIFY", 0.02)
    monkeypatch.setattr(system, "look", lambda path: (answer.wait(20), real(path))[1])
    async with watched(files):
        await files.show(str(place))
        await until(lambda: files.state.status is Status.STALE)
        assert files.state.error is not None and files.state.error.code == "ETIMEDOUT"
        assert len(names(files)) == 5
        assert 0 < files.state.again <= time.monotonic()
        answer.set()
        await until(lambda: files.state.status is Status.READY and not files.state.again)


async def test_the_stats_kept_are_bounded(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "KEEP", 100)
    for number in range(1000):
        (tmp_path / f"f{number}").touch()
    await files.show(str(tmp_path))
    for first in range(0, 1000, 20):
        files.want(first, first + 20)
        await files.looks.until_idle()
    assert len(files.listing.stats) <= 160
