"""The watcher's hints, and every fault of watching made real."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from osexplorer.model.watch import Hint, Watching
from osexplorer.system import watch, watch_watchfiles
from osexplorer.system.watch_hints import MANY, Changes
from osexplorer.system.watch_inotify import Watcher
from tests.kernel_limits import short_queue
from tests.mounting import mounted
from tests.waiting import DEADLINE

__all__ = ["short_queue"]


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


def follow(follower: Follower, *paths: Path | str, new: int | None = None) -> None:
    """Watch these; `new` of them were not watched before."""
    follower.wanted.set(map(str, paths))
    for _ in range(len(paths) if new is None else new):
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


def test_a_name_that_is_not_utf8_is_a_name(follower: Follower, tmp_path: Path) -> None:
    place = os.fsdecode(os.fsencode(tmp_path) + b"/\xfe")
    os.mkdir(place)
    follow(follower, place)
    os.close(os.open(place + "/\udcff", os.O_CREAT, 0o600))
    hint = follower.until(lambda hint: hint.entries)
    assert (hint.path, hint.names) == (place, {"\udcff"})


def test_looking_and_reading_are_not_told(follower: Follower, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    follow(follower, tmp_path)
    for _ in range(100):
        os.listdir(tmp_path)
        (tmp_path / "f").read_text()
    (tmp_path / "g").touch()
    assert follower.until(lambda hint: True).names == {"g"}


def test_a_directory_that_is_renamed_is_not_taken_for_the_one_at_its_path(follower: Follower, tmp_path: Path) -> None:
    place = tmp_path / "d"
    place.mkdir()
    follow(follower, place)
    place.rename(tmp_path / "e")
    assert follower.until(lambda hint: hint.entries).names is None
    assert follower.until(lambda hint: hint.watching is Watching.POLLING).reason == "No such file or directory"
    (tmp_path / "e" / "elsewhere").touch()
    place.mkdir()
    follow(follower, place)
    (place / "here").touch()
    assert follower.until(lambda hint: hint.entries).names == {"here"}


def test_what_is_unmounted_is_told(follower: Follower, tmp_path: Path) -> None:
    with mounted("-t", "tmpfs", "none", tmp_path):
        follow(follower, tmp_path)
    assert follower.until(lambda hint: hint.entries).names is None
    follow(follower, tmp_path)


def test_two_paths_of_one_directory_are_both_told(follower: Follower, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "link").symlink_to("d")
    follow(follower, tmp_path / "d", tmp_path / "link")
    (tmp_path / "d" / "f").touch()
    told = {follower.until(lambda hint: hint.entries).path for _ in range(2)}
    assert told == {str(tmp_path / "d"), str(tmp_path / "link")}


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
    follow(follower, one, two, new=1)
    (two / "f").touch()
    assert follower.until(lambda hint: hint.entries).path == str(two)
    (one / "f").touch()
    assert follower.until(lambda hint: hint.entries).path == str(one)
    follow(follower, two, new=0)
    follow(follower, two, tmp_path, new=1)
    (one / "unheard").touch()
    (two / "heard").touch()
    assert follower.until(lambda hint: hint.entries).path == str(two)
    follow(follower, two, tmp_path)  # the same again: all of them anew
    follower.wanted.set([])
    follow(follower, one)
    (one / "g").touch()
    assert follower.until(lambda hint: hint.entries).names == {"g"}


def test_one_directory_that_cannot_be_watched_leaves_the_others(follower: Follower, tmp_path: Path) -> None:
    follower.wanted.set([str(tmp_path), str(tmp_path / "no")])
    told = {hint.path: hint for hint in (follower.hints.get(timeout=DEADLINE) for _ in range(2))}
    assert told[str(tmp_path)].watching is Watching.LIVE
    assert told[str(tmp_path / "no")].watching is Watching.POLLING
    assert "No such file" in told[str(tmp_path / "no")].reason


def test_a_file_system_without_events_is_polled(follower: Follower) -> None:
    follower.wanted.set(["/proc/self/task"])
    hint = follower.hints.get(timeout=DEADLINE)
    assert hint.watching is Watching.POLLING and hint.reason.startswith("proc ")


PROGRAM = """
import sys; from osexplorer.system import watch, watch_inotify
watch_inotify.RETRY = 0.05
wanted = watch.Wanted(); wanted.set(sys.argv[2:])
hints = watch.follow(wanted)
for _ in sys.argv[2:]:
    hint = next(hints); print(hint.watching.value, "|", hint.reason)
with open(sys.argv[1], "w") as limit:
    limit.write("1000")
live = set()
while len(live) < len(sys.argv[2:]):
    hint = next(hints)
    live |= {hint.path} if hint.watching.value == "live" else set()
print("all live")
"""


@pytest.mark.parametrize(
    ("limit", "left", "reason"), [("instances", "0", "user_instances"), ("watches", "1", "user_watches")]
)
def test_limits_are_said_and_tried_again(tmp_path: Path, limit: str, left: str, reason: str) -> None:
    """In a user namespace of its own, so that nobody else runs out of them."""
    places = [tmp_path / name for name in "ab"]
    for place in places:
        place.mkdir()
    file = f"/proc/sys/user/max_inotify_{limit}"
    script = f'echo {left} > {file} && exec "$0" -P -c "$@"'
    argv = ["unshare", "-Ur", "sh", "-c", script, sys.executable, PROGRAM, file, *map(str, places)]
    root = str(Path(watch.__file__).parents[2])
    done = subprocess.run(argv, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root}, cwd="/")
    if "unshare" in done.stderr or "max_inotify" in done.stderr:
        pytest.skip("user namespaces are not permitted here")
    first, second, last = done.stdout.splitlines()
    assert first.startswith("live" if limit == "watches" else "polling")
    assert second.startswith("polling") and second.endswith(reason)
    assert last == "all live"


@pytest.mark.usefixtures("short_queue")
def test_an_overflow_means_that_anything_may_have_happened(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "place").mkdir()
    paths = [str(tmp_path / "other"), str(tmp_path / "place")]
    wanted = watch.Wanted()
    wanted.open()
    watcher = Watcher(paths)
    for number in range(100):
        (tmp_path / "place" / f"f{number % 3}").touch()
    hints = {hint.path: hint for hint in islice(watcher.hints(wanted), 2)}
    assert all(hint.entries and hint.names is None for hint in hints.values())
    assert sorted(hints) == paths, "the lost ones may have been of any directory"
    watcher.close()
    wanted.end()


def test_many_names_are_not_told_one_by_one() -> None:
    changes = Changes()
    for number in range(MANY + 1):
        changes.add("/d", str(number), entries=True)
    assert changes.is_large
    assert list(changes.hints()) == [Hint("/d", Watching.LIVE, "", True, None)]


def test_watchfiles_tells_the_same(tmp_path: Path) -> None:
    """The watcher of other systems, which works here too."""
    wanted = watch.Wanted()
    wanted.open()
    watcher = watch_watchfiles.Watcher([str(tmp_path), str(tmp_path / "none"), str(tmp_path / "\udcff")])
    assert watcher.failed[str(tmp_path / "\udcff")] == "the path is not UTF-8"
    assert "No such file" in watcher.failed[str(tmp_path / "none")]
    (tmp_path / "f").touch()
    hints = watcher.hints(wanted)
    hint = next(hints)
    assert (hint.path, hint.entries, hint.names) == (str(tmp_path), True, {"f"})
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff", os.O_CREAT, 0o600))
    assert any(hint.entries and hint.names is None for hint in hints), (
        "it fails, and says that anything may have changed"
    )
    watcher.close()
    wanted.end()


def test_what_stays_is_watched_without_a_gap(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    wanted = watch.Wanted()
    wanted.open()
    watcher = Watcher([str(tmp_path)])
    (tmp_path / "early").touch()
    assert watcher.change_to([str(tmp_path), str(tmp_path / "other")])
    assert next(watcher.hints(wanted)).names == {"early"}
    assert watcher.change_to([str(tmp_path / "other")])
    (tmp_path / "late").touch()
    (tmp_path / "other" / "f").touch()
    assert next(watcher.hints(wanted)).path == str(tmp_path / "other")
    watcher.close()
    wanted.end()
