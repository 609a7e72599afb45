"""A listing stays true whatever the watcher misses: each fault of watching made real."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from osexplorer.model.files import Status
from osexplorer.model.watch import Watching
from osexplorer.services import refresh
from osexplorer.services.files import Files
from tests.kernel_limits import short_queue
from tests.mounting import mounted
from tests.services.test_files import files, live, names, place, watched
from tests.waiting import until

__all__ = ["files", "place", "short_queue"]


@pytest.mark.usefixtures("short_queue")
async def test_what_overflows_the_queue_is_found_all_the_same(files: Files, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"f{number:03}").write_bytes(b"x" * number)
    async with watched(files):
        await files.show(str(tmp_path))
        await files.sort("size", reverse=False)
        files.want(0, 5)
        await live(files)
        grow = "for i in $(seq 0 9); do head -c 5000 /dev/zero > f02$i; done"
        churn = "for i in $(seq 900); do : > n$i; rm -f n$i; done"
        await asyncio.create_subprocess_exec("sh", "-c", f"{grow}; {churn}; : > new", cwd=tmp_path)
        small = [f"f{number:03}" for number in range(1, 300) if number // 10 != 2]
        expected = ["f000", "new", *small, *(f"f02{number}" for number in range(10))]
        await until(lambda: names(files) == expected, "every name, in the order of the sizes now")
        assert files.state.watching is Watching.LIVE


async def test_a_directory_whose_parent_is_renamed_is_stale_and_comes_back(
    files: Files, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "VERIFY", 0.1)
    inner = place / "dir" / "inner"
    inner.mkdir()
    (inner / "kept").touch()
    async with watched(files):
        await files.show(str(inner))
        await live(files)
        place.rename(place.parent / "away")
        await until(lambda: files.state.status is Status.STALE, "the listing to say that it is stale")
        assert names(files) == ["kept"]
        (place.parent / "away" / "dir" / "inner" / "more").touch()
        (place.parent / "away").rename(place)
        await until(lambda: files.state.status is Status.READY and names(files) == ["kept", "more"])
        (inner / "last").touch()
        await until(lambda: names(files) == ["kept", "last", "more"])


async def test_a_renamed_directory_is_stale_without_the_clock(
    files: Files, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "VERIFY", 3600.0)
    async with watched(files):
        await files.show(str(place))
        await live(files)
        place.rename(place.parent / "away")
        await until(lambda: files.state.status is Status.STALE)


async def test_what_is_unmounted_shows_what_lies_below(files: Files, place: Path) -> None:
    (place / "dir" / "below").touch()
    async with watched(files):
        with mounted("-t", "tmpfs", "none", place / "dir"):
            (place / "dir" / "above").touch()
            await files.show(str(place / "dir"))
            await live(files)
            assert names(files) == ["above"]
        await until(lambda: names(files) == ["below"])
        (place / "dir" / "next").touch()
        await until(lambda: names(files) == ["below", "next"])


async def test_a_file_system_that_sends_nothing_is_polled(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "VERIFY", 0.1)
    program = "import threading, sys; sys.stdin.readline(); threading.Thread(target=sys.stdin.readline).start()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        async with watched(files):
            await files.show(f"/proc/{child.pid}/task")
            await until(lambda: files.state.watching is Watching.POLLING)
            assert files.state.watching_reason == "proc does not tell of all changes"
            await until(lambda: names(files) == [str(child.pid)])
            child.stdin.write(b"\n")
            child.stdin.flush()
            await until(lambda: len(names(files)) == 2)
            child.stdin.close()
            await until(lambda: files.state.status is Status.STALE or len(names(files)) != 2)


async def test_where_nothing_can_be_watched_changes_are_found_by_the_clock(
    files: Files, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from osexplorer.system import watch_inotify

    def no_instance(self: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(refresh, "VERIFY", 0.1)
    monkeypatch.setattr(watch_inotify.Inotify, "__init__", no_instance)
    async with watched(files):
        await files.show(str(place))
        await until(lambda: files.state.watching is Watching.POLLING)
        assert "max_user_instances" in files.state.watching_reason
        (place / "new").touch()
        await until(lambda: "new" in names(files))
