"""``osexplorer errno`` as a program of its own."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import pytest


def osexplorer(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "osexplorer", "errno", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_without_an_argument_every_errno_of_the_system() -> None:
    lines = osexplorer().stdout.splitlines()
    assert len(lines) == len(errno.errorcode)
    assert [int(line.split()[0]) for line in lines] == sorted(errno.errorcode)
    assert f"{errno.EACCES:>4} EACCES           {os.strerror(errno.EACCES)}" in lines


@pytest.mark.parametrize("wanted", ["EACCES", "eacces", str(errno.EACCES)])
def test_one_is_explained(wanted: str) -> None:
    done = osexplorer(wanted)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"EACCES, {errno.EACCES}: Permission denied",
        "  A permission bit on the file or on a directory above it does not let you.",
        "  Python raises: PermissionError",
    ]


def test_text_is_looked_for() -> None:
    done = osexplorer("symbolic link")
    assert done.stdout.startswith("ELOOP")


def test_json() -> None:
    objects = json.loads(osexplorer("--json").stdout)
    assert [each["number"] for each in objects] == sorted(errno.errorcode)
    enoent = next(each for each in objects if each["name"] == "ENOENT")
    assert (enoent["class"], enoent["exception"]) == ("NotFound", "FileNotFoundError")
    assert enoent["text"] == os.strerror(errno.ENOENT)
    assert enoent["hint"]
    assert json.loads(osexplorer("--json", "nonesuch").stdout) == []


def test_an_unknown_one() -> None:
    done = osexplorer("no\x1bsuch")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "osexplorer errno: no error is called no\\x1bsuch\n"


def test_bad_usage() -> None:
    done = osexplorer("1", "2")
    assert done.returncode == 2
    assert "usage:" in done.stderr
