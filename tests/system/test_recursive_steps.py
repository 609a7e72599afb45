"""What a change of a tree and its undo take for each entry: system calls and steps are counted, none is timed."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from osexplorer.model.errors import CallError, call_error
from osexplorer.model.mode_change import parse_mode
from osexplorer.model.recursive import Rules
from osexplorer.system import descriptors, recursive, recursive_tree, recursive_undo
from osexplorer.system.journal import Reader, Writer
from tests.system.test_walk import Notes

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="trees are changed through O_PATH")

FILES = 1000
PRIVATE = Rules(parse_mode("go="), parse_mode("go="))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Made with names that go otherwise than the inodes."""
    tree = tmp_path / "tree"
    tree.mkdir(mode=0o755)
    for number in range(FILES):
        (tree / f"file{number * 337 % FILES}").touch(mode=0o644)
    return tree


def modes(tree: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in tree.iterdir()}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each call was made since it was last emptied."""
    counts: Counter[str] = Counter()

    def count(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            counts[name] += 1
            return real(*args, **kwargs)

        return call

    for name in ("open", "fstat", "stat", "chmod", "close", "closerange", "write"):
        monkeypatch.setattr(os, name, count(name, getattr(os, name)))
    if (real := descriptors.mode_setter()) is descriptors._cannot:
        pytest.skip("needs Linux 6.6")
    for module in (recursive, recursive_undo):
        monkeypatch.setattr(module, "mode_setter", lambda: count("fchmodat2", real))
    return counts


def test_an_entry_is_opened_looked_at_and_changed_once_and_all_are_closed_together(
    tree: Path, counted: Counter[str]
) -> None:
    done = recursive.change(Notes(), (str(tree),), PRIVATE, "test")
    change = Counter(counted)
    counted.clear()
    assert done.journal is not None
    undone = recursive_undo.put_back(Notes(), done.journal)
    assert (done.changed, undone.done) == (FILES + 1, FILES + 1)
    steps = FILES // 128 + 1
    parts = len(tree.parts)
    for counts in (change, counted):
        assert FILES < counts["open"] < FILES + 2 * parts + 20
        assert FILES < counts["fstat"] < FILES + 20
        assert FILES <= counts["fchmodat2"] <= FILES + 1
        assert counts["chmod"] <= 1  # of the directory, which is changed last
        assert counts["closerange"] <= steps + 1
        assert counts["close"] < FILES // 2  # a number that others hold among ours costs some
        assert counts["stat"] < 20
    assert change["write"] < steps + 5


def test_what_needs_no_change_is_neither_written_nor_changed(tree: Path, counted: Counter[str]) -> None:
    rules = Rules(parse_mode("u=rw"), parse_mode("u=rwx"))
    done = recursive.change(Notes(), (str(tree),), rules, "test")
    assert (done.entries, done.changed, done.journal) == (FILES + 1, 0, None)
    assert counted["fchmodat2"] == counted["chmod"] == 0
    assert counted["closerange"] <= FILES // 128 + 2
    assert counted["write"] == 1  # the head of the journal


def test_entries_are_taken_in_the_order_of_their_inodes(tree: Path) -> None:
    done = recursive.change(Notes(), (str(tree),), PRIVATE, "test")
    assert done.journal is not None
    records = Path(done.journal).read_bytes().split(b"\0")
    inodes = [int(record[1:].split(b" ")[0]) for record in records if record[:1] == b"m"]
    assert len(inodes) == FILES
    assert inodes == sorted(inodes)


@pytest.mark.parametrize("together", [1, 7, FILES])
def test_a_large_directory_is_read_in_parts(tree: Path, together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recursive_tree, "_TOGETHER", together)
    done = recursive.change(Notes(), (str(tree),), PRIVATE, "test")
    assert (done.entries, done.changed, done.failed) == (FILES + 1, FILES + 1, 0)
    assert modes(tree) == {0o600}


class _Broken:
    """A directory that cannot be read further after some entries."""

    def __init__(self, entries: Iterator[os.DirEntry[str]], after: int) -> None:
        self.entries, self.left = entries, after

    def __enter__(self) -> _Broken:
        return self

    def __exit__(self, *_: object) -> None:
        self.entries.close()  # type: ignore[attr-defined]

    def __iter__(self) -> _Broken:
        return self

    def __next__(self) -> os.DirEntry[str]:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return next(self.entries)


def test_what_was_read_of_a_directory_before_an_error_is_changed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir
    monkeypatch.setattr(recursive_tree.os, "scandir", lambda fd: _Broken(real(fd), 300))
    notes = Notes()
    done = recursive.change(notes, (str(tree),), PRIVATE, "test")
    monkeypatch.undo()
    assert done.changed == 301
    ((path, reason),) = notes.failures
    assert path == str(tree)
    assert "EIO" in reason


def test_a_directory_that_is_replaced_between_two_changes_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    """Two sections of one path, of two directories: each is looked for anew."""
    place = tmp_path / "place"
    writer = Writer("twice")
    for mode in (0o640, 0o600):
        place.mkdir()
        (place / "file").touch()
        (place / "file").chmod(mode)
        above, file = place.stat(), (place / "file").stat()
        writer.add(above.st_dev, above.st_ino, str(place), [f"m{file.st_ino} 644 {mode:o} file"])
        if mode == 0o640:
            place.rename(tmp_path / "aside")
    journal = writer.close()
    assert journal is not None
    notes = Notes()
    undone = recursive_undo.put_back(notes, journal)
    assert (undone.done, undone.refused) == (1, 1)
    assert "another directory" in notes.failures[0][1]
    assert stat.S_IMODE((tmp_path / "aside" / "file").stat().st_mode) == 0o640
    assert stat.S_IMODE((place / "file").stat().st_mode) == 0o644


def test_records_of_unknown_kinds_are_left_out(tmp_path: Path) -> None:
    writer = Writer("of a later version")
    writer.add(1, 2, str(tmp_path), ["m3 644 600 one", "Q4 what is this", "", "m5 644 600 two"])
    writer.add(1, 2, str(tmp_path), ["m6 644 600 three"])
    path = writer.close()
    assert path is not None
    reader = Reader(path)
    found = [section.records for section in reader.sections()]
    reader.close(undone=False, refused=False)
    assert found == [[b"m6 644 600 three"], [b"m3 644 600 one", b"m5 644 600 two"]]


@pytest.mark.parametrize("expression", ["o=g,g=u", "o+r", "u=g,g=o,o=u", "a+X", "u-x,g=u"])
def test_a_file_of_several_names_is_changed_by_each_as_chmod_does(tmp_path: Path, expression: str) -> None:
    """Each look follows the change by the name before, in one batch too; undo puts back what was first."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for tree in (ours, theirs):
        (tree / "below").mkdir(parents=True)
        (tree / "file").touch()
        (tree / "file").chmod(0o651)
        for name in ("b", "below/c"):
            (tree / name).hardlink_to(tree / "file")
        (tree / "alone").touch()
    parsed = parse_mode(expression)
    done = recursive.change(Notes(), (str(ours),), Rules(parsed, parsed), "test")
    subprocess.run(["chmod", "-R", expression, str(theirs)], check=True)
    assert (ours / "file").stat().st_mode == (theirs / "file").stat().st_mode
    assert done.entries == 6
    if done.journal is not None:
        recursive_undo.put_back(Notes(), done.journal)
    assert stat.S_IMODE((ours / "file").stat().st_mode) == 0o651


def test_a_change_that_ends_for_want_of_room_says_what_was_done_before(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is changed without a record; what was recorded is told, and can be taken back."""
    add, made = Writer.add, []

    def adding(writer: Writer, *section: Any) -> None:
        if made:
            raise call_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "os.write", "journal")
        made.append(section)
        add(writer, *section)

    monkeypatch.setattr(Writer, "add", adding)
    with pytest.raises(CallError, match="128 entries were changed before; undo takes that back"):
        recursive.change(Notes(), (str(tree),), PRIVATE, "test")
    assert Counter(stat.S_IMODE(path.stat().st_mode) for path in tree.iterdir()) == {0o600: 128, 0o644: FILES - 128}
