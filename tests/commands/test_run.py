"""``osexplorer run`` ends as a shell would tell the child's end, and says what it used."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

_MAIN = """
import argparse, sys
from osexplorer.commands import run
parser = argparse.ArgumentParser(prog="osexplorer")
run.add_parser(parser.add_subparsers(required=True))
args = parser.parse_args()
assert "asyncio" not in sys.modules and "textual" not in sys.modules
sys.exit(args.run(args))
"""


def osexplorer(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", _MAIN, "run", *arguments], capture_output=True, timeout=60, check=False, **options
    )


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--", "true"], 0, "exit 0"),
        (["--", "sh", "-c", "exit 3"], 3, "exit 3"),
        (["sh", "-c", "kill -9 $$"], 137, "SIGKILL"),
        (["--shell", "--", "kill", "-SEGV", "$$"], 139, "SIGSEGV"),
        (["--", "no-such-program"], 127, "ENOENT"),
        (["--", "/etc/passwd"], 126, "EACCES"),
        (["--cwd", "/no/such/place", "--", "true"], 125, "os.chdir"),
        (["--env", "=x", "--", "true"], 125, "NAME=VALUE"),
        ([], 2, "say what to run"),
        (["--umask", "9", "--", "true"], 2, "octal"),
        (["--limit", "files=3", "--", "true"], 2, "no limit 'files'"),
        (["--nice", "20", "--", "true"], 2, "niceness"),
        (["--timeout", "0", "--", "true"], 2, "time"),
        (["--timeout", "0.2", "--", "sleep", "60"], 124, "timed out, SIGTERM"),
        (["--timeout", "0.2", "--limit", "nofile=64", "--", "sleep", "60"], 124, "timed out, SIGTERM"),
        (["--timeout", "60", "--", "sh", "-c", "exit 124"], 124, "exit 124"),
        (["--nice", "5", "--", "no-such-program"], 127, "ENOENT"),
        (["--nice", "5", "--", "/etc/passwd"], 126, "EACCES"),
        (["--nice", "5", "--", "sh", "-c", "kill -9 $$"], 137, "SIGKILL"),
    ],
)
def test_the_exit_status_is_a_shells(arguments: list[str], status: int, told: str) -> None:
    done = osexplorer(*arguments)
    assert done.returncode == status, done.stderr
    assert told in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_niceness_and_limits_are_the_childs() -> None:
    done = osexplorer(
        "--nice", "6", "--limit", "nofile=77", "--limit", "core=0", "--shell", "--", "nice; ulimit -n; ulimit -c"
    )
    assert done.stdout.split() == [b"6", b"77", b"0"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_another_user_on_this_terminal_cannot_type_into_it() -> None:
    script = (
        "import fcntl, os, termios\n"
        "print(os.getresuid(), os.getresgid(), os.getgroups(), os.environ['USER'])\n"
        "for name in (0, '/dev/tty'):\n"
        "    try:\n"
        "        fd = name if name == 0 else os.open(name, os.O_RDWR)\n"
        "        fcntl.ioctl(fd, termios.TIOCSTI, b'x')\n"
        "        print('TYPED')\n"
        "    except OSError as error:\n"
        "        print(error.strerror)\n"
    )
    pid, master = pty.fork()
    if not pid:
        command = ["run", "--user", "65534", "--group", "65533", "--groups", "", "--cwd", "/", "--"]
        os.execv(sys.executable, [sys.executable, "-c", _MAIN, *command, "python3", "-c", script])
    seen = b""
    try:
        while chunk := os.read(master, 4096):
            seen += chunk
    except OSError:
        pass
    os.close(master)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, seen
    assert b"(65534, 65534, 65534) (65533, 65533, 65533) []" in seen
    assert b"TYPED" not in seen
    assert b"Operation not permitted" in seen or b"Input/output error" in seen
    assert b"No such device or address" in seen


def test_input_and_output_are_the_childs() -> None:
    done = osexplorer("--", "cat", input=b"\xff\x00raw")
    assert done.stdout == b"\xff\x00raw"
    assert done.stderr.count(b"\n") == 1


def test_environment_directory_umask_and_shell(tmp_path: Path) -> None:
    done = osexplorer(
        "--env", "A=1=2", "--cwd", str(tmp_path), "--umask", "027", "--shell", "--", "echo $A; umask; pwd"
    )
    assert done.stdout.decode().split() == ["1=2", "0027", str(tmp_path)]


def test_json_goes_to_a_file_when_asked(tmp_path: Path) -> None:
    place = tmp_path / "use.json"
    done = osexplorer("--json", "--output", str(place), "--", "sh", "-c", "kill -TERM $$")
    assert (done.returncode, done.stderr) == (143, b"")
    facts = json.loads(place.read_text())
    assert (facts["signal"], facts["signal_name"], facts["exit_status"], facts["code"]) == (15, "SIGTERM", 143, None)
    assert facts["wall_seconds"] > 0
    assert facts["rusage"]["minor_faults"] > 0
    done = osexplorer("--json", "--", "no-such-program")
    facts = json.loads(done.stderr.decode().splitlines()[-1])
    assert facts["error"]["name"] == "ENOENT"
    assert osexplorer("--output", "/no/such/dir/x", "--", "true").returncode == 125


def test_peak_memory_is_told_when_it_is_known() -> None:
    done = osexplorer("--json", "--", sys.executable, "-S", "-c", "x = bytearray(100 << 20)")
    usage = json.loads(done.stderr)["rusage"]
    assert usage["peak_memory_bytes"] > 100 << 20
    assert not usage["peak_memory_sampled"]


def test_sigterm_is_handed_on() -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            _MAIN,
            "run",
            "--",
            "sh",
            "-c",
            "trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.terminate()
    _, error = process.communicate(timeout=30)
    assert (process.returncode, b"exit 9" in error) == (9, True)


@pytest.mark.pty
def test_ctrl_c_goes_to_the_child_as_in_a_shell() -> None:
    pid, master = pty.fork()
    if pid == 0:
        os.execv(
            sys.executable,
            [
                sys.executable,
                "-c",
                _MAIN,
                "run",
                "--",
                "sh",
                "-c",
                "trap 'echo caught; exit 7' INT; echo up; while :; do sleep 0.05; done",
            ],
        )
    try:
        seen = _read_until(master, b"up")
        os.write(master, b"\x03")
        seen += _read_until(master, b"involuntary")
        assert b"caught" in seen
        assert b"exit 7" in seen
        assert b"Traceback" not in seen
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
        pid = 0
    finally:
        os.close(master)
        if pid:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _read_until(fd: int, wanted: bytes, deadline: float = 30.0) -> bytes:
    seen, end = b"", time.monotonic() + deadline
    while wanted not in seen:
        if not select.select([fd], [], [], max(end - time.monotonic(), 0))[0]:
            raise AssertionError(f"{wanted!r} did not come: {seen!r}")
        seen += os.read(fd, 4096)
    return seen
