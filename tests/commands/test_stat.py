"""``osexplorer stat`` for people and for programs."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from errno import ENOENT, ENOTDIR
from pathlib import Path

import pytest

from osexplorer.commands import stat
from osexplorer.model.errors import errno_hint


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser(prog="osexplorer")
    stat.add_parser(parser.add_subparsers())
    args = parser.parse_args(["stat", *arguments])
    return int(args.run(args))


def test_a_file_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes\x1b[31m"
    path.write_text("text")
    path.chmod(0o4640)
    os.utime(path, ns=(0, 1_700_000_000_123_456_789))
    assert run(str(path)) == 0
    shown = capsys.readouterr().out
    lines = dict(line.strip().split("  ", 1) for line in shown.splitlines()[1:])
    assert shown.splitlines()[0] == f"{tmp_path}/notes\\x1b[31m"
    assert "\x1b" not in shown
    assert lines["mode"] == "4640 -rwSr-----"
    assert lines["kind"] == "file"
    assert lines["modified"] == "2023-11-14 22:13:20.123456789 +0000"
    assert lines["accessed"] == "1970-01-01 00:00:00.000000000 +0000"
    assert lines["size"] == "4 bytes"
    assert lines["you may"].startswith("read write")
    assert lines["inode"] == str(path.stat().st_ino)


def test_a_link_with_its_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "b").symlink_to("file")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "broken").symlink_to("nowhere")
    assert run(str(tmp_path / "a"), str(tmp_path / "broken")) == 0
    shown = capsys.readouterr().out
    assert "link to  b\n         →  file\n  leads to  file, 0644" in shown
    assert "symbolic link, leads nowhere: ENOENT" in shown
    assert "leads to  nothing: No such file or directory (ENOENT)" in shown
    assert "you may  nothing: the link leads nowhere" in shown
    assert run("-L", str(tmp_path / "a")) == 0
    assert "kind  file" in capsys.readouterr().out


def test_an_error_leaves_the_other_paths_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run(str(tmp_path / "no\nwhere"), str(tmp_path / "file"), str(tmp_path / "file" / "x")) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith(str(tmp_path / "file") + "\n")
    assert captured.err.splitlines() == [
        f"osexplorer stat: os.lstat {tmp_path}/no\\nwhere: ENOENT (No such file or directory). {errno_hint(ENOENT)}",
        f"osexplorer stat: os.lstat {tmp_path}/file/x: ENOTDIR (Not a directory). {errno_hint(ENOTDIR)}",
    ]


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"\xff")
    (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / "link").symlink_to(name)
    (tmp_path / "broken").symlink_to("nowhere")
    assert run("--json", str(tmp_path / name), str(tmp_path / "link"), str(tmp_path / "broken"), "/nowhere") == 1
    file, link, broken = json.loads(capsys.readouterr().out)
    assert os.fsencode(file["path"]) == os.fsencode(tmp_path / name)
    assert file["mtime_ns"] == (tmp_path / name).stat().st_mtime_ns
    assert (file["script"], file["link"], file["target"], file["rdev"]) == (True, None, None, None)
    assert set(file["access"]) == {"read", "write", "execute"}
    assert link["link"] == name
    assert link["target"]["inode"] == file["inode"]
    assert broken["target_error"] == {
        "errno": 2,
        "code": "ENOENT",
        "text": "No such file or directory",
        "call": "os.stat",
    }
    assert broken["access"] is None


def test_json_with_nothing_to_show_is_still_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", "/nowhere") == 1
    assert json.loads(capsys.readouterr().out) == []


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--help")
    shown = capsys.readouterr().out
    assert "examples:" in shown
    assert "exit status:" in shown


def test_neither_textual_nor_psutil_is_loaded(tmp_path: Path) -> None:
    script = (
        "import argparse, sys; from osexplorer.commands import stat; p = argparse.ArgumentParser();"
        "stat.add_parser(p.add_subparsers()); a = p.parse_args(['stat', '/']); code = a.run(a);"
        "assert not {'textual', 'rich', 'psutil', 'watchfiles'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("/\n")
