"""``osexplorer env`` beside env(1), as a program of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from osexplorer.model.display import undisplay

HOSTILE = {
    b"HOME": b"/nonexistent",
    b"PATH": b"/usr/bin::/bin",
    b"ESCAPE": b"\x1b[2J\x1b]0;owned\x07",
    b"LINES_": b"one\ntwo\\n",
    b"LATIN": b"\xe9\xff",
    b"EMPTY": b"",
    b"sp ace.": b"a=b",
    b"LC_ALL": b"C.UTF-8",
}


def osexplorer(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "osexplorer", "env", *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, env=HOSTILE)


def test_null_prints_what_env_prints() -> None:
    env = shutil.which("env") or "/usr/bin/env"
    theirs = subprocess.run([env, "-0"], capture_output=True, check=True, env=HOSTILE).stdout
    ours = osexplorer("--null")
    assert (ours.returncode, ours.stderr) == (0, b"")
    assert sorted(ours.stdout.split(b"\0")) == sorted(theirs.split(b"\0"))
    assert osexplorer("-0").stdout == ours.stdout


def test_lines_hold_no_control_and_can_be_read_back() -> None:
    done = osexplorer()
    lines = done.stdout.decode().removesuffix("\n").split("\n")
    assert len(lines) == len(HOSTILE)
    assert all(line.isprintable() for line in lines)
    read = dict(os.fsencode(undisplay(line)).split(b"=", 1) for line in lines)
    assert read == HOSTILE
    assert [line.partition("=")[0] for line in lines] == sorted(os.fsdecode(name) for name in HOSTILE)


def test_json_keeps_every_byte() -> None:
    objects = json.loads(osexplorer("--json").stdout)
    assert {os.fsencode(each["name"]): os.fsencode(each["value"]) for each in objects} == HOSTILE
    entries = {each["name"]: each["entries"] for each in objects}
    assert entries["PATH"] == ["/usr/bin", "", "/bin"]
    assert entries["EMPTY"] is None


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("PATH", "HOME"), ["HOME", "PATH"]),
        (("--filter", "path"), ["PATH"]),
        (("--filter", "BIN"), []),
        (("--filter", "bin"), ["PATH"]),
        (("HOME", "--filter", "bin"), []),
        (("sp ace.",), ["sp ace."]),
    ],
)
def test_choosing(arguments: tuple[str, ...], names: list[str]) -> None:
    done = osexplorer("--json", *arguments)
    assert [each["name"] for each in json.loads(done.stdout)] == names
    assert done.returncode == (0 if names else 1)


def test_a_name_that_is_not_set_is_told_beside_those_that_are() -> None:
    done = osexplorer("HOME", "NOT\x1b[mSET")
    assert done.returncode == 1
    assert done.stdout == b"HOME=/nonexistent\n"
    assert done.stderr == b"osexplorer env: NOT\\x1b[mSET is not set\n"


@pytest.mark.parametrize("arguments", [("--nope",), ("--json", "--null"), ("--filter",)])
def test_bad_usage(arguments: tuple[str, ...]) -> None:
    done = osexplorer(*arguments)
    assert done.returncode == 2
    assert b"usage:" in done.stderr


def test_help_has_examples() -> None:
    done = osexplorer("--help")
    assert done.returncode == 0
    assert b"examples:" in done.stdout
    assert b"\\n, a backslash \\\\)" in done.stdout
