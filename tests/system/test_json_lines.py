"""A file of JSON lines: bounded, never lost, shared by several programs."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from osexplorer.model.errors import CallError, Refused
from osexplorer.system.json_lines import JsonLines


def test_records_come_back_whatever_is_in_them(tmp_path: Path) -> None:
    file = JsonLines(str(tmp_path / "new" / "file"), 10, 1 << 20)
    records = [{"line": "a\nb\0c\udcff\x1b[31m日"}, {"n": None, "list": [1, 2]}]
    assert file.read() == []
    file.append(records)
    assert file.read() == records
    assert stat.S_IMODE(os.stat(file.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) == 0o700


def test_five_hundred_and_more_stay_bounded(tmp_path: Path) -> None:
    file = JsonLines(str(tmp_path / "file"), 500, 1 << 20)
    largest = 0
    for number in range(1300):
        file.append([{"n": number}])
        largest = max(largest, Path(file.path).read_bytes().count(b"\n"))
    assert [record["n"] for record in file.read()] == list(range(800, 1300))
    assert largest <= 625


def test_bytes_are_bounded_too(tmp_path: Path) -> None:
    file = JsonLines(str(tmp_path / "file"), 500, 10_000)
    for number in range(300):
        file.append([{"n": number, "text": "x" * 100}])
        assert os.stat(file.path).st_size <= 10_000
    assert file.read()[-1]["n"] == 299


def test_a_line_that_was_cut_off_spoils_nothing_else(tmp_path: Path) -> None:
    file = JsonLines(str(tmp_path / "file"), 10, 1 << 20)
    file.append([{"n": 1}])
    with open(file.path, "ab") as opened:
        opened.write(b'{"n": 2, "te')
    file.append([{"n": 3}])
    assert file.read() == [{"n": 1}, {"n": 3}]
    for number in range(20):
        file.append([{"n": number}])
    assert b"te\n" not in Path(file.path).read_bytes()


def _append(path: str, who: int) -> None:
    file = JsonLines(path, 1000, 1 << 20)
    for number in range(100):
        file.append([{"who": who, "n": number}])


def test_several_programs_lose_nothing_of_each_other(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append, args=(path, who)) for who in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    records = JsonLines(path, 1000, 1 << 20).read()
    for who in range(4):
        assert [record["n"] for record in records if record["who"] == who] == list(range(100))


def test_compaction_beside_appending_loses_none_of_the_newest(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    small = JsonLines(path, 40, 1 << 20)
    for number in range(500):
        (small if number % 2 else JsonLines(path, 40, 1 << 20)).append([{"n": number}])
        assert small.read()[-1] == {"n": number}
    assert [record["n"] for record in small.read()] == list(range(460, 500))


def test_changing_is_seen_by_others(tmp_path: Path) -> None:
    file = JsonLines(str(tmp_path / "file"), 10, 1 << 20)
    file.append([{"n": 1}, {"n": 2}])
    assert file.change(lambda records: [record for record in records if record["n"] != 1]) == [{"n": 2}]
    assert JsonLines(file.path, 10, 1 << 20).read() == [{"n": 2}]


def test_lines_that_are_not_ours_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"[" * 100_000 + b'\n{"n":1}\n' + b"9" * 5000 + b"\n\xff\x00\n[]\n")
    assert JsonLines(str(tmp_path / "file"), 10, 1 << 20).read() == [{"n": 1}]


def test_a_directory_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(CallError, match="EISDIR"):
        JsonLines(str(tmp_path / "file"), 10, 1 << 20).read()


def test_lines_that_are_no_records_outlive_a_change(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b'# by hand\n{"key": "a"}\n["of a later version"]\n{"key": "b"}\n')
    file = JsonLines(str(path), 10, 1 << 20)
    assert file.change(lambda old: [record for record in old if record["key"] != "a"]) == [{"key": "b"}]
    assert path.read_bytes() == b'# by hand\n["of a later version"]\n{"key":"b"}\n'


def test_a_fifo_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    os.mkfifo(path)
    file = JsonLines(path, 10, 1 << 20)
    both_ends = os.open(path, os.O_RDWR)  # somebody has it open for writing: a read would wait
    try:
        for use in (file.read, lambda: file.append([{"n": 1}]), lambda: file.change(lambda old: old)):
            with pytest.raises(Refused, match="no regular file"):
                use()
    finally:
        os.close(both_ends)
    assert stat.S_ISFIFO(os.stat(path).st_mode)
