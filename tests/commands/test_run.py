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


def _started(script: str, *options: str, **more: Any) -> subprocess.Popen[bytes]:
    """`script` in a shell, below ``osexplorer run``, once it has written a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", _MAIN, "run", *options, "--", "sh", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


@pytest.mark.parametrize("name", ["HUP", "USR1", "USR2", "ALRM", "INT", "QUIT"])
def test_what_would_end_it_is_handed_on_where_no_keyboard_sends_it(name: str) -> None:
    process = _started(f"trap 'exit 9' {name}; echo up; while :; do sleep 0.05; done", start_new_session=True)
    process.send_signal(getattr(signal, f"SIG{name}"))
    _, error = process.communicate(timeout=30)
    assert (process.returncode, b"exit 9" in error) == (9, True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a child has started")
def test_a_time_limit_ends_all_that_was_started() -> None:
    done = osexplorer("--timeout", "2", "--", "sh", "-c", "sleep 300 & setsid sleep 300 & wait")
    # which is told once nobody holds its pipes any more
    assert done.returncode == 124, done


def test_descriptors_that_were_given_are_the_childs() -> None:
    for options in ([], ["--nice", "5"]):
        reader, writer = os.pipe()
        done = osexplorer(*options, "--", "sh", "-c", f"echo given >/dev/fd/{writer}", pass_fds=(writer,))
        os.close(writer)
        with open(reader) as told:
            assert (done.returncode, told.read()) == (0, "given\n")


@pytest.mark.parametrize(("script", "status"), [("echo out; exit 5", 5), ("exec no-such-program", 127)])
def test_a_closed_or_full_stream_changes_neither_status_nor_output(script: str, status: int) -> None:
    run = f'"{sys.executable}" -m osexplorer run -- sh -c "{script}"'
    out = b"out\n" if status == 5 else b""
    for closed in ("2>&-", "2>/dev/full", "2>&- <&-"):
        done = subprocess.run(["sh", "-c", f"{run} {closed}"], stdout=subprocess.PIPE, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (status, out), closed


def test_a_closed_output_does_not_hinder_it() -> None:
    run = f'"{sys.executable}" -m osexplorer run -- sh -c "exit 5" >&-'
    assert subprocess.run(["sh", "-c", run], stderr=subprocess.PIPE, timeout=60, check=False).returncode == 5


def test_a_bad_output_file_is_told_before_anything_runs(tmp_path: Path) -> None:
    done = osexplorer("--output", str(tmp_path / "no" / "file"), "--", "touch", str(tmp_path / "ran"))
    assert (done.returncode, b"ENOENT" in done.stderr) == (125, True)
    assert not (tmp_path / "ran").exists()


def test_an_empty_program_and_an_empty_line_end_as_in_a_shell() -> None:
    assert osexplorer("--", "").returncode == 127
    assert osexplorer("--shell", "--", "").returncode == 0


def _with_environment(settings: list[bytes], *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """``osexplorer`` executed with an environment that `subprocess` would not give: nameless settings."""
    script = (
        "import ctypes, sys\n"
        "argv, env = eval(sys.argv[1])\n"
        "strings = lambda words: (ctypes.c_char_p * (len(words) + 1))(*words, None)\n"
        "ctypes.CDLL(None).execve(argv[0], strings(argv), strings(env))\n"
    )
    command = [sys.executable, "-m", "osexplorer", *arguments]
    spec = repr(([os.fsencode(word) for word in command], settings))
    return subprocess.run([sys.executable, "-c", script, spec], capture_output=True, timeout=60, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="the environment that was given is told by /proc")
def test_a_child_gets_no_variable_that_only_python_has_set() -> None:
    given = [b"PATH=" + os.fsencode(os.environ["PATH"]), b"A=1"]
    shown = _with_environment(given, "env")
    got = _with_environment(given, "run", "--", "env")
    assert (shown.stdout.splitlines(), got.stdout.splitlines()) == (sorted(given), given), (shown, got)
    kept = _with_environment([*given, b"LC_CTYPE=C.UTF-8"], "run", "--", "env")
    assert b"LC_CTYPE=C.UTF-8" in kept.stdout.splitlines()


def test_a_variable_without_a_name_is_refused_and_not_told_as_the_programs_end() -> None:
    done = _with_environment([b"PATH=" + os.fsencode(os.environ["PATH"]), b"=x"], "run", "--nice", "5", "--", "true")
    assert (done.returncode, b"Traceback" in done.stderr, b"name ''" in done.stderr) == (125, False, True), done


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
@pytest.mark.skipif(sys.platform != "linux", reason="states are read from /proc")
def test_ctrl_z_stops_one_of_another_user_as_well() -> None:
    """It leads a session of its own, which the keyboard does not reach."""
    script = "echo up; echo $$; while :; do sleep 0.05; done"
    process = _started(script, "--user", "65534", "--cwd", "/", start_new_session=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        process.send_signal(signal.SIGTSTP)
        _until_states(process.pid, child, "T")
        process.send_signal(signal.SIGCONT)
        _until_states(process.pid, child, "SR")
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM


def _until_states(*pids_and_states: Any) -> None:
    """Wait until all these processes are in one of these states, the last of which is a letter of proc(5)."""
    *pids, states = pids_and_states

    def state(pid: int) -> str:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]

    end = time.monotonic() + 30
    while not all(state(pid) in states for pid in pids):
        assert time.monotonic() < end, [state(pid) for pid in pids]
        time.sleep(0.01)
