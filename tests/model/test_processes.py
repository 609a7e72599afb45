"""Reading ``/proc/PID/stat``, sorting, matching and the tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.process_details import parse_argv, parse_environ, parse_fdinfo, parse_io, parse_limits
from osexplorer.model.process_tree import tree
from osexplorer.model.processes import (
    SORT_KEYS,
    Process,
    brief_command,
    command_text,
    machine_share,
    matcher,
    parse_stat,
    sort_processes,
    tty_name,
)

_TAIL = (
    b" S 41 42 43 34817 44 4194304 101 0 0 0 7 5 0 0 20 -3 12 0 172813 3133440 407 18446744073709551615 1 2 99 0 0 0\n"
)


def process(pid: int, ppid: int = 0, **fields: object) -> Process:
    values: dict[str, object] = {
        "born": pid * 10,
        "name": f"name{pid}",
        "command": f"/bin/name{pid} --flag",
        "state": "S",
        "uid": 0,
        "user": "root",
        "cpu": None,
        "rss": 0,
        "vsize": 0,
        "threads": 1,
        "start": pid,
        "time": 0.0,
        "nice": 0,
        "priority": 20,
        "tty": "",
        "kernel": False,
        **fields,
    }
    return Process(pid=pid, ppid=ppid, **values)  # type: ignore[arg-type]


def test_every_field_of_a_stat() -> None:
    stat = parse_stat(b"4695 (cat)" + _TAIL)
    assert stat.pid == 4695
    assert stat.name == "cat"
    assert stat.state == "S"
    assert stat.ppid == 41
    assert tty_name(stat.tty) == "pts/1"
    assert not stat.kernel
    assert stat.ticks == 12
    assert (stat.priority, stat.nice, stat.threads) == (20, -3, 12)
    assert (stat.start, stat.vsize, stat.pages, stat.stack) == (172813, 3133440, 407, 99)


@given(st.binary(max_size=64))
def test_any_name_is_found_whatever_it_holds(name: bytes) -> None:
    stat = parse_stat(b"7 (" + name + b")" + _TAIL)
    assert stat.name.encode("utf-8", "surrogateescape") == name
    assert stat.ppid == 41
    assert stat.start == 172813


@pytest.mark.parametrize("raw", [b"", b"7 (cat", b"7 (cat) S 1 2", b"x (cat)" + _TAIL])
def test_what_is_no_stat_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        parse_stat(raw)


def test_a_kernel_thread_is_known_by_its_flag() -> None:
    raw = b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 1 0 0 20 0 1 0 23 0 0 18446744073709551615 0 0 0 0 0\n"
    assert parse_stat(raw).kernel


@pytest.mark.parametrize(
    ("device", "name"),
    [
        (0, ""),
        (34816, "pts/0"),
        (136 << 8 | 255, "pts/255"),
        (137 << 8, "pts/256"),
        (4 << 8 | 1, "tty1"),
        (4 << 8 | 64, "ttyS0"),
        (204 << 8 | 64, "204:64"),
        (-1 & 0xFFFFFFFF, "4095:1048575"),
    ],
)
def test_terminals(device: int, name: str) -> None:
    assert tty_name(device) == name


def test_command_lines() -> None:
    assert command_text(b"a\0b c\0", "x") == "a b c"
    assert command_text(b"", "kworker/0:1") == "[kworker/0:1]"
    assert command_text(b"sshd: someone\0\0\0\0\0", "sshd") == "sshd: someone"
    assert command_text(b"\x1b[31m\xff\0", "x") == "\x1b[31m\udcff"
    assert command_text(b"\0\0", "blank") == "[blank]"


@pytest.mark.parametrize(
    ("command", "brief"),
    [
        ("/srv/app/.venv/bin/python3 /srv/app/serve --root /srv/www", "…/python3 …/serve --root /srv/www"),
        ("/usr/sbin/sshd -D", "…/sshd -D"),
        ("sshd: /usr/sbin/sshd -D", "sshd: …/sshd -D"),
        ("[kworker/0:1]", "[kworker/0:1]"),
        ("/init", "/init"),
        ("ls /a /usr/bin/", "ls /a /usr/bin/"),
        ("ls /usr/bin/ -l", "ls /usr/bin/ -l"),
        ("", ""),
        ("a  b", "a  b"),
    ],
)
def test_a_brief_command_names_program_and_script(command: str, brief: str) -> None:
    assert brief_command(command) == brief


def test_sorting_puts_the_unknown_last_and_ties_in_order() -> None:
    rows = [process(1, cpu=None), process(2, cpu=0.5), process(3, cpu=1.5), process(4, cpu=0.5, time=9.0)]
    assert [row.pid for row in sort_processes(rows, "cpu")] == [3, 4, 2, 1]
    assert [row.pid for row in sort_processes(rows, "cpu", reverse=False)] == [1, 2, 4, 3]
    assert [row.pid for row in sort_processes(rows, "pid")] == [1, 2, 3, 4]
    for column in SORT_KEYS:
        assert len(sort_processes(rows, column)) == 4


def test_case_counts_only_with_a_capital() -> None:
    row = process(1234, name="Xorg", command="/usr/lib/Xorg :0", user="Anna")
    assert all(matcher(text)(row) for text in ("xorg", "anna", "234", ":0", "Xorg", "Anna", ""))
    assert not any(matcher(text)(row) for text in ("xOrg", "ANNA", "9", "other"))


def test_a_tree_with_its_lines() -> None:
    rows = [process(1), process(2, 1), process(3, 2), process(4, 1), process(9, 777)]
    branches = tree(rows)
    assert [(branch.process.pid, branch.depth, branch.prefix) for branch in branches] == [
        (1, 0, ""),
        (2, 1, "├ "),
        (3, 2, "│ └ "),
        (4, 1, "└ "),
        (9, 0, ""),
    ]


def test_siblings_keep_the_order_given() -> None:
    rows = [process(4, 1), process(1), process(2, 1), process(3, 1)]
    assert [branch.process.pid for branch in tree(rows)] == [1, 4, 2, 3]


def test_a_filtered_tree_keeps_the_ancestors_as_context() -> None:
    rows = [process(1), process(2, 1), process(3, 2), process(4, 1), process(5, 4)]
    branches = tree(rows, lambda row: row.pid == 3)
    assert [(branch.process.pid, branch.context) for branch in branches] == [(1, True), (2, True), (3, False)]


@given(st.dictionaries(st.integers(1, 30), st.integers(0, 40), max_size=30), st.sets(st.integers(1, 30)))
def test_a_tree_holds_every_process_once_whatever_the_parents_say(parents: dict[int, int], wanted: set[int]) -> None:
    rows = [process(pid, ppid) for pid, ppid in parents.items()]
    assert sorted(branch.process.pid for branch in tree(rows)) == sorted(parents)
    shown = tree(rows, lambda row: row.pid in wanted)
    assert {branch.process.pid for branch in shown if not branch.context} == wanted & set(parents)
    assert len({branch.process.pid for branch in shown}) == len(shown)


def test_a_share_of_the_machine() -> None:
    assert machine_share(2.0, 8) == 0.25
    assert machine_share(1.0, 0) == 1.0


def test_details_are_parsed_as_they_stand() -> None:
    assert parse_argv(b"a\0\0b\0") == ("a", "", "b")
    assert parse_argv(b"") == ()
    assert parse_environ(b"A=1\0B=x=y\0junk\0\0C=\xff\0") == (("A", "1"), ("B", "x=y"), ("junk", ""), ("C", "\udcff"))
    assert parse_io("rchar: 12\nwrite_bytes: 0\n") == (("rchar", 12), ("write_bytes", 0))
    limits = parse_limits(
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        "Max cpu time              unlimited            60                   seconds   \n"
        "Max nice priority         0                    0                    \n"
    )
    assert limits[0] == ("Max cpu time", None, 60, "seconds")
    assert limits[1] == ("Max nice priority", 0, 0, "")
    assert parse_fdinfo("pos:\t5195\nflags:\t02100001\nmnt_id:\t29\n") == ("w", 5195)
    assert parse_fdinfo("pos:\t0\nflags:\t012000000\n") == ("path", 0)
