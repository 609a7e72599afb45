"""``osexplorer ls``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from osexplorer.commands import ls


def run(*words: str) -> int:
    parser = argparse.ArgumentParser(prog="osexplorer")
    ls.add_parser(parser.add_subparsers())
    args = parser.parse_args(["ls", *words])
    return int(args.run(args))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "dir").mkdir()
    (tmp_path / "f10").write_text("0123456789")
    (tmp_path / "f2").write_text("01")
    (tmp_path / "f2").chmod(0o755)
    (tmp_path / ".dot").touch()
    (tmp_path / "broken").symlink_to("no\x1bwhere")
    os.mkfifo(tmp_path / "pipe")
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff\n[b]", os.O_CREAT, 0o600))
    return tmp_path


def test_names_one_a_line_escaped(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(place)) == 0
    assert capsys.readouterr().out.splitlines() == ["dir", "broken", "f2", "f10", "pipe", "\\xff\\n[b]"]


def test_the_same_names_as_ls(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-a", "--mixed", "/usr/bin") == 0
    mine = capsys.readouterr().out.splitlines()
    theirs = subprocess.run(["ls", "-A", "/usr/bin"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert sorted(mine) == sorted(theirs)


def test_long(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-la", str(place)) == 0
    lines = {line.split()[7]: line for line in capsys.readouterr().out.splitlines()}
    theirs = subprocess.run(["stat", "-c", "%A %h %U %G %s", place / "f2"], capture_output=True, text=True, check=True)
    assert lines["f2*"].split()[:5] == theirs.stdout.split()
    assert lines["broken@"].endswith("broken@ -> no\\x1bwhere (broken)")
    assert lines["pipe|"].startswith("prw")
    assert ".dot" in lines and "dir/" in lines


def test_orders_and_filter(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--sort", "size", "--filter", "f", str(place)) == 0
    assert capsys.readouterr().out.split() == ["f10", "f2"]
    assert run("--sort", "size", "-r", "--filter", "f", str(place)) == 0
    assert capsys.readouterr().out.split() == ["f2", "f10"]


def test_json_holds_raw_names(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", "-a", str(place)) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["path"] == str(place) and found["complete"] is True
    entries = {os.fsencode(entry["name"]): entry for entry in found["entries"]}
    assert set(entries) == set(os.listdir(os.fsencode(place)))
    assert entries[b"f2"]["mode"] == "0755" and entries[b"f2"]["size"] == 2
    assert entries[b"f2"]["mtime"] == os.stat(place / "f2").st_mtime_ns
    broken = entries[b"broken"]
    assert (broken["link"], broken["leads_to"], broken["fault"]) == ("no\x1bwhere", None, "broken")
    assert entries[b"pipe"]["kind"] == "named pipe"


def test_a_file_is_listed_alone(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(place / ".dot")) == 0
    assert capsys.readouterr().out == ".dot\n"
    assert run("-l", str(place / "broken")) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_an_empty_directory(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(place / "dir")) == 0
    assert run("--json", str(place / "dir")) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == []


def test_failures(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(place / "no\x1bthing")) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert captured.err.startswith(f"osexplorer ls: os.stat {place}/no\\x1bthing: ENOENT")
    with pytest.raises(SystemExit) as caught:
        run("--sort", "colour")
    assert caught.value.code == 2


def test_help_shows_examples_without_the_services(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("--help")
    assert caught.value.code == 0
    assert "examples:" in capsys.readouterr().out
    program = (
        "import sys, argparse; from osexplorer.commands import ls\n"
        "ls.add_parser(argparse.ArgumentParser().add_subparsers())\n"
        "print([name for name in ('asyncio', 'textual', 'psutil', 'watchfiles', 'json') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_many_entries_are_each_listed_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(1300):
        (tmp_path / f"f{number}").touch()
    assert run("-l", str(tmp_path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines] == [f"f{number}" for number in range(1300)]
    assert all(line.startswith("-rw") for line in lines)
