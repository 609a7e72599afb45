"""The watcher's hints, and the faults of watchfiles that it must survive."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from osexplorer.model.watch import Hint, Watching
from osexplorer.system import watch
from tests.waiting import DEADLINE


class Follower:
    """A thread that follows, and its hints."""

    def __init__(self) -> None:
        self.wanted = watch.Wanted()
        self.hints: queue.Queue[Hint] = queue.Queue()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        for hint in watch.follow(self.wanted):
            self.hints.put(hint)

    def until(self, matches: Callable[[Hint], object]) -> Hint:
        """The next hint that matches; others before it are dropped."""
        while True:
            hint = self.hints.get(timeout=DEADLINE)
            if matches(hint):
                return hint


@pytest.fixture
def follower() -> Iterator[Follower]:
    follower = Follower()
    yield follower
    follower.wanted.close()
    follower.thread.join(DEADLINE)
    assert not follower.thread.is_alive()


def follow(follower: Follower, *paths: Path | str) -> None:
    follower.wanted.set(map(str, paths))
    for _ in paths:
        assert follower.until(lambda hint: hint.names is None and not hint.entries).watching is Watching.LIVE


def test_entries_and_metadata(follower: Follower, tmp_path: Path) -> None:
    follow(follower, tmp_path)
    file = tmp_path / "f"
    file.touch()
    hint = follower.until(lambda hint: hint.entries)
    assert hint.path == str(tmp_path) and hint.names == {"f"}
    file.chmod(0o600)
    assert not follower.until(lambda hint: hint.names == {"f"} and not hint.entries).entries
    file.rename(tmp_path / "g")
    assert follower.until(lambda hint: hint.entries).names == {"f", "g"}


def test_what_is_below_is_not_told(follower: Follower, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    follow(follower, tmp_path)
    (tmp_path / "d" / "deep").touch()
    (tmp_path / "last").touch()
    hint = follower.until(lambda hint: hint.entries)
    assert hint.names is not None and "deep" not in hint.names


def test_a_name_that_is_not_utf8_is_survived(follower: Follower, tmp_path: Path) -> None:
    follow(follower, tmp_path)
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff", os.O_CREAT, 0o600))
    assert follower.until(lambda hint: hint.entries).names is None
    follower.until(lambda hint: not hint.entries)  # watched again
    (tmp_path / "after").touch()
    assert follower.until(lambda hint: hint.names).names == {"after"}


def test_a_directory_made_again_is_watched_again(follower: Follower, tmp_path: Path) -> None:
    place = tmp_path / "d"
    place.mkdir()
    follow(follower, place)
    place.rmdir()
    assert follower.until(lambda hint: hint.entries).path == str(place)
    assert follower.until(lambda hint: hint.watching is Watching.POLLING).reason
    place.mkdir()
    follow(follower, place)
    (place / "f").touch()
    assert follower.until(lambda hint: hint.entries).names == {"f"}


def test_other_directories_can_be_wanted_at_any_time(follower: Follower, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    follow(follower, one)
    follow(follower, one, two)
    (two / "f").touch()
    assert follower.until(lambda hint: hint.entries).path == str(two)
    follower.wanted.set([])
    follow(follower, one)
    (one / "g").touch()
    assert follower.until(lambda hint: hint.entries).names == {"g"}


def test_one_directory_that_cannot_be_watched_leaves_the_others(follower: Follower, tmp_path: Path) -> None:
    follower.wanted.set([str(tmp_path), str(tmp_path / "no"), str(tmp_path / "\udcff")])
    told = {hint.path: hint for hint in (follower.hints.get(timeout=DEADLINE) for _ in range(3))}
    assert told[str(tmp_path)].watching is Watching.LIVE
    assert told[str(tmp_path / "no")].watching is Watching.POLLING
    assert "No such file" in told[str(tmp_path / "no")].reason
    assert told[str(tmp_path / "\udcff")].reason == "the path is not UTF-8"


def test_a_file_system_without_events_is_polled(follower: Follower) -> None:
    follower.wanted.set(["/proc/self/task"])
    hint = follower.hints.get(timeout=DEADLINE)
    assert hint.watching is Watching.POLLING and hint.reason.startswith("proc ")


def test_no_inotify_instance_left_is_said(tmp_path: Path) -> None:
    """In a user namespace of its own, so that nobody else runs out of them."""
    program = (
        "import sys; from osexplorer.system import watch\n"
        "wanted = watch.Wanted(); wanted.set([sys.argv[1]])\n"
        "hint = next(watch.follow(wanted)); print(hint.watching.value, '|', hint.reason)\n"
    )
    script = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$0" -P -c "$1" "$2"'
    argv = ["unshare", "-Ur", "sh", "-c", script, sys.executable, program, str(tmp_path)]
    root = str(Path(watch.__file__).parents[2])
    done = subprocess.run(argv, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root}, cwd="/")
    if "unshare" in done.stderr or "max_inotify_instances" in done.stderr:
        pytest.skip("user namespaces are not permitted here")
    mode, _, reason = done.stdout.partition(" | ")
    assert mode == "polling" and reason.strip()


def test_many_names_are_not_told_one_by_one() -> None:
    events = {(1, f"/d/{number}") for number in range(watch.MANY + 1)}
    assert list(watch._hints(events, ["/d"])) == [Hint("/d", Watching.LIVE, "", True, None)]
