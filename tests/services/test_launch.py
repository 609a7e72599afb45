"""Launches with all that can be said about one: as whom, with what limits, on what input and output, on a terminal."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from osexplorer.model.children import Child, ChildState
from osexplorer.model.command_line import parse_command
from osexplorer.model.errors import Refused
from osexplorer.model.launch import Launch, Limit, Place, Source, Target, parse_limit
from osexplorer.services.children import Children
from osexplorer.services.door import Door
from osexplorer.services.leaving import terminate_all
from tests.waiting import until

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
async def children() -> AsyncIterator[Children]:
    service = Children(Door())
    yield service
    await terminate_all(service, patience=5)
    await service.close()


async def run(children: Children, line: str, **options: object) -> Child:
    """Launch, and wait for the end and for all of the output."""
    child = await children.begin(Launch(parse_command(line), **options))  # type: ignore[arg-type]
    return await ended(children, child.id)


async def ended(children: Children, id: int) -> Child:
    def over() -> bool:
        child = children.get(id)
        return child is not None and not child.alive and not child.output_open

    await until(over, f"child {id} to end")
    child = children.get(id)
    assert child is not None
    return child


def text(children: Children, id: int) -> list[str]:
    return [line.text for line in children.output(id).lines()]


STATUS = "grep -E '^(Uid|Gid|Groups|NoNewPrivs|CapEff):' /proc/self/status"


@root
@linux
async def test_another_user_with_all_their_numbers_and_no_more(children: Children) -> None:
    child = await run(children, STATUS, user="65534", group="65533", groups=("65532", "65531"), cwd="/")
    told = {line.partition(":")[0]: line.partition(":")[2].split() for line in text(children, child.id)}
    assert told["Uid"] == ["65534"] * 4
    assert told["Gid"] == ["65533"] * 4
    assert told["Groups"] == ["65531", "65532"]
    assert int(told["CapEff"][0], 16) == 0
    assert told["NoNewPrivs"] == ["0"]


@root
@linux
async def test_no_groups_means_none(children: Children) -> None:
    child = await run(children, STATUS, user="65534", group="65533", groups=(), cwd="/")
    assert "Groups:\t " in text(children, child.id)


@root
@linux
async def test_a_named_user_has_their_groups_home_and_names(children: Children) -> None:
    import pwd

    entry = pwd.getpwnam("daemon")
    child = await run(children, 'id -u; id -G; pwd; echo "$HOME $USER $LOGNAME $SHELL"', user="daemon")
    home = entry.pw_dir
    assert child.error is None
    assert text(children, child.id) == [
        str(entry.pw_uid),
        " ".join(map(str, os.getgrouplist("daemon", entry.pw_gid))),
        os.path.realpath(home),
        f"{home} daemon daemon {entry.pw_shell}",
    ]


@root
async def test_the_directory_is_entered_as_the_other_user(children: Children, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    child = await run(children, "true", user="65534", group="65534", cwd=str(closed))
    assert (child.state, child.exit_text, child.shell_status) == (ChildState.FAILED, "directory: EACCES", 125)


@root
async def test_a_program_that_is_closed_to_the_other_user(children: Children, tmp_path: Path) -> None:
    program = tmp_path / "mine"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    child = await run(children, str(program), user="65534", group="65534", cwd="/")
    assert (child.exit_text, child.shell_status) == ("not executable, EACCES", 126)


@root
@linux
async def test_no_new_privileges(children: Children) -> None:
    child = await run(children, STATUS, user="65534", group="65534", cwd="/", no_new_privs=True)
    assert "NoNewPrivs:\t1" in text(children, child.id)


@root
@linux
async def test_variables_act_on_the_program_not_on_what_becomes_it(children: Children, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "LD_PRELOAD": str(tmp_path / "evil.so"), "PYTHONPATH": str(tmp_path)}
    child = await run(
        children, "env", user="65534", group="65534", cwd="/", environment=environment, limits=(Limit("core", 0, 0),)
    )
    output = text(children, child.id)
    assert f"LD_PRELOAD={tmp_path}/evil.so" in output
    assert sum("evil.so" in line and "cannot be preloaded" in line for line in output) == 1  # by env, not before it


async def test_who_is_not_root_is_told(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Refused, match="Only root"):
        await children.begin(Launch(parse_command("true"), user="daemon"))
    assert children.feed.value == ()


@root
async def test_users_and_groups_that_cannot_be(children: Children) -> None:
    for options, why in (
        ({"user": "no-such-user"}, "no user named"),
        ({"user": "4294967295", "group": "1"}, "4294967295"),
        ({"user": "3999999999"}, "passwd entry"),
        ({"group": "no-such-group"}, "no group named"),
    ):
        with pytest.raises(Refused, match=why):
            await children.begin(Launch(parse_command("true"), **options))  # type: ignore[arg-type]


async def test_niceness_umask_and_limits(children: Children) -> None:
    child = await run(
        children,
        "nice; umask; ulimit -n; ulimit -Hn; ulimit -c",
        nice=7,
        umask=0o137,
        limits=(parse_limit("nofile=100:200"), parse_limit("core=0")),
    )
    assert text(children, child.id) == ["7", "0137", "100", "200", "0"]


async def test_a_limit_on_memory_hinders_the_program_only(children: Children) -> None:
    line = f"{sys.executable} -S -c 'b = bytearray(400 << 20)'"
    child = await run(children, line, limits=(parse_limit("as=256M"),))
    assert child.code == 1
    assert any("MemoryError" in line for line in text(children, child.id))


async def test_signals_are_as_they_were_for_a_child_of_the_trampoline(children: Children) -> None:
    child = await run(children, "kill -PIPE $$; echo survived", nice=5)
    assert child.exit_text == "SIGPIPE"


@root
async def test_a_closed_directory_of_the_path_hides_nothing_that_is_not_in_it(
    children: Children, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    path = {"PATH": f"{closed}:/usr/bin:/bin"}
    child = await run(children, "no-such-program-anywhere", user="65534", group="65534", cwd="/", environment=path)
    assert (child.exit_text, child.shell_status) == ("not found, ENOENT", 127)
    assert child.error is not None
    assert "can be searched" in child.error.hint
    (closed / "mine").write_text("#!/bin/sh\n")
    child = await run(children, "mine", user="65534", group="65534", cwd="/", environment=path)
    assert (child.exit_text, child.shell_status) == ("not executable, EACCES", 126)


async def test_errors_of_a_launch_with_steps(children: Children, tmp_path: Path) -> None:
    bare, orphan = tmp_path / "bare", tmp_path / "orphan"
    bare.write_text("echo hello\n")
    orphan.write_text("#!/no/such/interpreter\n")
    for path in (bare, orphan):
        path.chmod(0o755)
    cases = [
        ("no-such-program-anywhere", "not found, ENOENT", 127, "PATH"),
        (str(bare), "not a program, ENOEXEC", 126, "#!"),
        (str(orphan), "not found, ENOENT", 127, "/no/such/interpreter"),
        (str(tmp_path), "not executable, EACCES", 126, "regular file"),
        ("true " + "x" * 200_000, "arguments too long, E2BIG", 126, "too long"),
    ]
    for line, exit_text, status, hint in cases:
        child = await children.begin(Launch(parse_command(line), nice=5))
        assert (child.state, child.exit_text, child.shell_status) == (ChildState.FAILED, exit_text, status), line
        assert child.error is not None
        assert hint in child.error.hint
    child = await children.begin(Launch(parse_command("true"), nice=5, cwd=str(tmp_path / "nowhere")))
    assert (child.exit_text, child.shell_status) == ("directory: ENOENT", 125)


@root
async def test_no_room_for_another_process_of_the_user(children: Children) -> None:
    they = Launch(parse_command("sleep 60"), user="64999", group="64999", cwd="/")
    assert (await children.begin(they)).state is ChildState.RUNNING
    child = await children.begin(replace(they, limits=(parse_limit("nproc=0"),)))
    assert child.error is not None
    assert (child.error.call, child.error.code, child.shell_status) == ("os.execve", "EAGAIN", 125)
    assert child.exit_text == "process limit, EAGAIN"
    assert "ulimit -u" in child.error.hint


async def test_input_from_a_file(children: Children, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("from a file\n")
    child = await run(children, "cat", source=Source.FILE, source_file=str(tmp_path / "in"))
    assert text(children, child.id) == ["from a file"]
    child = await run(children, "cat", source=Source.FILE, source_file=str(tmp_path / "none"))
    assert (child.exit_text, child.shell_status) == ("file: ENOENT", 125)


async def test_input_that_is_typed_and_ended(children: Children) -> None:
    child = await children.begin(Launch(parse_command("cat"), source=Source.TYPED))
    into = children.input(child.id)
    assert into is not None
    into.write(b"one\n")
    await until(lambda: text(children, child.id) == ["one"], "the first line")
    big = b"x" * 300_000 + b"\n"
    into.write(big)
    into.end()
    end = await ended(children, child.id)
    assert end.output_bytes == 4 + len(big)
    assert end.code == 0
    assert not into.open
    with pytest.raises(Refused):
        into.write(b"late")


async def test_output_to_a_file_and_to_both(children: Children, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("before\n")
    child = await run(children, "echo out; echo err >&2", target=Target.FILE, target_file=str(path))
    assert (child.output_bytes, child.output_open) == (0, False)
    assert path.read_text() == "before\nout\nerr\n"
    child = await run(children, "echo again", target=Target.BOTH, target_file=str(path))
    assert text(children, child.id) == ["again"]
    assert path.read_text() == "before\nout\nerr\nagain\n"


async def test_nowhere_is_written_when_nobody_wants_it(children: Children) -> None:
    child = await run(children, "readlink /proc/self/fd/1", target=Target.NOWHERE, place=Place.DETACHED)
    assert (child.code, child.output_bytes) == (0, 0)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"source": Source.FILE}, "read from"),
        ({"target": Target.BOTH}, "write to"),
        ({"place": Place.DETACHED}, "outlive"),
        ({"place": Place.DETACHED, "terminal": True}, "ends with this program"),
        ({"terminal": True, "source": Source.TYPED}, "typed there"),
        ({"place": Place.FOREGROUND, "terminal": True}, "this terminal"),
    ],
)
async def test_parts_that_do_not_fit_are_refused(children: Children, options: dict[str, object], why: str) -> None:
    with pytest.raises(Refused, match=why):
        await children.begin(Launch(parse_command("true"), **options))  # type: ignore[arg-type]


async def test_a_terminal_of_its_own(children: Children) -> None:
    line = "tty; test -t 0 && test -t 1 && test -t 2 && echo all; stty size; echo $TERM; ps -o sid=,tpgid= -p $$"
    child = await run(children, line, terminal=True, size=(91, 33))
    told = [line.rstrip("\r") for line in text(children, child.id)]
    assert told[0].startswith("/dev/pts/")
    assert told[1:4] == ["all", "33 91", "xterm-256color"]
    assert set(told[4].split()) == {str(child.pid)}  # it leads the session whose foreground it is


async def test_what_is_typed_reaches_the_terminal_and_ctrl_c_its_foreground(children: Children) -> None:
    child = await children.begin(Launch(parse_command("cat", "argv"), terminal=True))
    into = children.input(child.id)
    assert into is not None
    into.write(b"hello\r")
    await until(lambda: text(children, child.id)[:2] == ["hello\r", "hello\r"], "the echo and cat's answer")
    into.write(b"\x03")
    assert (await ended(children, child.id)).exit_text == "SIGINT"


@root
@linux
async def test_a_terminal_belongs_to_who_runs_on_it(children: Children) -> None:
    child = await run(children, 'stat -c "%u %a" "$(tty)"; : > /dev/tty && echo open', user="65534", group="65534",
                      cwd="/", terminal=True)  # fmt: skip
    assert [line.rstrip("\r") for line in text(children, child.id)] == ["65534 620", "open"]


async def test_run_again_is_the_same_launch(children: Children, tmp_path: Path) -> None:
    child = await run(children, "nice; umask; pwd", nice=3, umask=0o22, cwd=str(tmp_path))
    again = await children.run_again(child.id)
    assert (await ended(children, again.id)).launch == child.launch
    assert text(children, again.id) == text(children, child.id) == ["3", "0022", str(tmp_path)]


async def test_no_descriptor_leaks_from_launches_that_fail(children: Children, tmp_path: Path) -> None:
    await run(children, "true", nice=5)

    async def held() -> int:
        """How many descriptors stay open: threads at work have others for a moment."""
        counts = []
        for _ in range(20):
            counts.append(len(os.listdir("/dev/fd")))
            await asyncio.sleep(0.01)
        return min(counts)

    before = await held()
    for options in ({"nice": 5}, {"terminal": True}, {"source": Source.TYPED}, {"nice": 5, "cwd": "/no/such"}):
        child = await children.begin(Launch(parse_command("/no/such/program"), **options))  # type: ignore[arg-type]
        assert child.state is ChildState.FAILED
    child = await children.begin(Launch(parse_command("true"), target=Target.BOTH, target_file="/no/such/file"))
    assert child.exit_text == "file: ENOENT"
    assert await held() == before


async def test_one_that_stops_in_the_foreground_is_told_and_continued_there_only(children: Children) -> None:
    launch = Launch(parse_command("kill -STOP $$; exit 4"), place=Place.FOREGROUND)
    stopped = children.run_here(launch)
    assert (stopped.state, stopped.stop_signal) == (ChildState.STOPPED, signal.SIGSTOP)
    assert os.getpgid(stopped.pid) == stopped.pid
    with pytest.raises(Refused, match="Enter"):
        await children.signal(stopped.id, signal.SIGCONT)
    ended = children.go_on_here(stopped.id)
    assert (ended.state, ended.code) == (ChildState.EXITED, 4)
    with pytest.raises(Refused):
        children.go_on_here(stopped.id)


async def test_one_that_was_stopped_in_the_foreground_can_be_ended(children: Children) -> None:
    stopped = children.run_here(Launch(parse_command("kill -STOP $$; exit 4"), place=Place.FOREGROUND))
    await children.signal(stopped.id, signal.SIGKILL)
    await children.wait([stopped.id])
    now = children.get(stopped.id)
    assert now is not None and now.exit_text == "SIGKILL" and now.rusage is not None


@root
async def test_somebody_else_in_the_foreground_has_a_session_without_our_terminal(children: Children) -> None:
    line = 'test "$(id -u)" = 65534 && test "$(cut -d " " -f 6 /proc/self/stat)" = $$ && ! head -c 0 /dev/tty'
    launch = Launch(parse_command(line), cwd="/", user="65534", group="65534", groups=(), place=Place.FOREGROUND)
    child = children.run_here(launch)
    assert child.error is None
    assert (child.state, child.code) == (ChildState.EXITED, 0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full is what writes fail to")
async def test_a_full_file_beside_the_pane_is_told_and_the_output_is_kept(children: Children) -> None:
    child = await run(children, "echo all of it", target=Target.BOTH, target_file="/dev/full")
    assert children.output(child.id)[0].text == "all of it"
    assert child.output_problem == "ENOSPC after 0 bytes"
    assert child.output_bytes == len("all of it\n")
