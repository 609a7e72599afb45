"""``osexplorer ps``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from osexplorer.commands import ps


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen([b"sh", b"-c", b"read x", b"\x1b[31mred\xff"], stdin=subprocess.PIPE)
    yield started
    started.kill()
    started.communicate()


def run(*words: str) -> int:
    parser = argparse.ArgumentParser(prog="osexplorer")
    ps.add_parser(parser.add_subparsers())
    args = parser.parse_args(["ps", *words])
    return int(args.run(args))


def test_one_process_by_number(child: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(child.pid)) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["PID", "USER", "S", "CPU%life", "MEM", "THR", "START", "TIME", "COMMAND"]
    (line,) = [line for line in lines if line.split()[0] == str(child.pid)]
    assert line.endswith(" sh -c read x \\x1b[31mred\\xff")


def test_nothing_matches(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("no process is called so") == 1
    assert capsys.readouterr().out == ""


def test_json_holds_the_raw_command(child: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", "--cpu") == 0
    rows = json.loads(capsys.readouterr().out)
    (row,) = [row for row in rows if row["pid"] == child.pid]
    assert os.fsencode(row["command"]) == b"sh -c read x \x1b[31mred\xff"
    assert (row["ppid"], row["state_word"], row["cpu_since"]) == (os.getpid(), "sleeping", "last half second")
    assert row["cpu_percent_of_one_core"] == 0.0
    assert [row["pid"] for row in rows] == sorted(row["pid"] for row in rows)


def test_a_tree_shows_what_stands_above(child: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--tree", "read x \x1b[31mred") == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert lines[-1].split()[0] == str(child.pid)
    assert "└ sh -c read x" in lines[-1]
    assert str(os.getpid()) in [line.split()[0] for line in lines]


def test_order_and_its_reverse(capsys: pytest.CaptureFixture[str]) -> None:
    for words, reverse in (
        (("--sort", "mem"), True),
        (("--sort", "mem", "-r"), False),
        (("--sort", "pid", "-r"), True),
    ):
        run("--json", *words)
        values = [row["rss" if "mem" in words else "pid"] for row in json.loads(capsys.readouterr().out)]
        assert values == sorted(values, reverse=reverse)


def test_without_proc_it_says_so() -> None:
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"]).returncode:
        pytest.skip("needs root, to unmount /proc for itself")
    code = (
        "import argparse, subprocess, sys\n"
        "from osexplorer.commands import ps\n"
        "subprocess.run(['mount', '-t', 'tmpfs', 'none', '/proc'], check=True)\n"
        "parser = argparse.ArgumentParser(); ps.add_parser(parser.add_subparsers())\n"
        "args = parser.parse_args(['ps']); sys.exit(args.run(args))"
    )
    done = subprocess.run(["unshare", "--mount", sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert "/proc is not mounted" in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_the_module_imports_lightly() -> None:
    code = "import sys, osexplorer.commands.ps; print({'argparse', 'asyncio', 'json'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
