"""Variables: states, what is refused, lists of paths, shell quoting against a real shell."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.environment import (
    Limits,
    Variable,
    Variables,
    check,
    duplicate_of,
    export_line,
    is_path_list,
    join_paths,
    matches,
    problem_with,
    problem_with_name,
    shell_quote,
    split_paths,
    string_size,
    without_duplicates,
)
from osexplorer.model.errors import Refused

LIMITS = Limits(131072, 2 << 20)
NAMES = st.text(st.sampled_from("ABCab_1é"), min_size=1, max_size=4)
VALUES = st.binary(max_size=20).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"")))
TABLES = st.dictionaries(NAMES, VALUES, max_size=5)


def variables(started: dict[str, str] | None = None, now: dict[str, str] | None = None) -> Variables:
    started = started or {}
    return Variables(started if now is None else now, started, LIMITS)


def test_states() -> None:
    every = {
        variable.name: variable for variable in variables({"A": "1", "B": "2", "C": "3"}, {"A": "1", "B": "9", "D": ""})
    }
    assert every == {
        "A": Variable("A", "1", "inherited", "1"),
        "B": Variable("B", "9", "changed", "2"),
        "C": Variable("C", "3", "deleted", "3"),
        "D": Variable("D", "", "added", None),
    }
    assert list(every) == ["A", "B", "C", "D"]


@given(TABLES, NAMES, VALUES)
def test_with_value_leaves_the_snapshot_and_every_other_variable_alone(
    table: dict[str, str], name: str, value: str
) -> None:
    before = variables(table)
    after = before.with_value(name, value)
    assert before.now == table
    assert after.now == {**table, name: value}
    assert after.with_value(name, table.get(name)).now == table
    assert after.altered == (table.get(name) != value)


@given(TABLES)
def test_size_is_what_exec_counts(table: dict[str, str]) -> None:
    assert variables(table).size == sum(len(os.fsencode(f"{name}={value}")) + 1 + 8 for name, value in table.items())


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("A", "", ""),
        ("A.B c", "x=y", ""),
        ("\udcff", "\udc80\n\x1b", ""),
        ("", "x", "needs a name"),
        ("A=B", "x", "cannot contain ="),
        ("A\0", "x", "name cannot contain a NUL"),
        ("A", "x\0", "value cannot contain a NUL"),
        ("A", "\ud800", "cannot contain \\ud800"),
        ("A", "x" * (131072 - 3), ""),
        ("A", "x" * (131072 - 2), "131073 bytes"),
        ("A", "é" * 65536, "E2BIG"),
    ],
)
def test_problems(name: str, value: str, problem: str) -> None:
    found = problem_with(variables(), name, value)
    assert problem in found
    assert bool(found) == bool(problem)


def test_too_much_in_all_is_refused() -> None:
    full = variables({f"V{number}": "x" * 100_000 for number in range(20)})
    with pytest.raises(Refused, match="in all"):
        check(full, "MORE", "x" * 100_000)
    check(full, "V1", "")


def test_the_string_limit_is_the_kernels() -> None:
    limit = 32 * os.sysconf("SC_PAGE_SIZE")
    if os.uname().sysname != "Linux":
        pytest.skip("only Linux limits each string")
    value = "x" * (limit - 3)
    assert string_size("A", value) == limit
    subprocess.run(["true"], env={"A": value}, check=True)
    with pytest.raises(OSError, match="too long"):
        subprocess.run(["true"], env={"A": value + "x"}, check=True)


@pytest.mark.parametrize("name", ["", "A=B", "A\0B"])
def test_refused_names_are_those_that_setenv_refuses(name: str) -> None:
    assert problem_with_name(name)
    with pytest.raises((OSError, ValueError)):
        os.putenv(name, "x")


@pytest.mark.parametrize(
    ("name", "value", "is_list"),
    [
        ("PATH", "", True),
        ("PYTHONPATH", "src", True),
        ("XDG_DATA_DIRS", "/usr/share", True),
        ("ANY", "/a:/b", True),
        ("ANY", "/a", False),
        ("HOME", "/root", False),
        ("URL", "http://a:80", False),
        ("LS_COLORS", "rs=0:di=01", False),
        ("DISPLAY", ":0", False),
    ],
)
def test_lists_of_paths(name: str, value: str, is_list: bool) -> None:
    assert is_path_list(name, value) == is_list
    assert (Variable(name, value, "added", None).entries is not None) == is_list


@given(VALUES)
def test_paths_split_and_join(value: str) -> None:
    assert join_paths(split_paths(value)) == value


def test_entries_keep_empty_ones() -> None:
    assert split_paths("/a::/b:") == ["/a", "", "/b", ""]
    assert split_paths("") == []


def test_duplicates() -> None:
    entries = ["/a", "/b/", "/a", "", "/b", "", "/", "/"]
    assert [duplicate_of(entries, at) for at in range(len(entries))] == [None, None, 0, None, 1, 3, None, 6]
    assert without_duplicates(entries) == ["/a", "/b/", "", "/"]


@pytest.mark.parametrize(
    ("text", "found"), [("home", True), ("HOME", True), ("Home", False), ("/root", True), ("ROOT", False), ("", True)]
)
def test_filter(text: str, found: bool) -> None:
    assert matches(Variable("HOME", "/root", "inherited", "/root"), text) == found


@given(VALUES)
def test_bash_reads_a_quoted_value_as_it_was(value: str) -> None:
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("no bash")
    quoted = shell_quote(value)
    assert quoted.isprintable()
    done = subprocess.run([shell, "-c", f"printf %s {quoted}"], capture_output=True, check=True)
    assert done.stdout == os.fsencode(value)


def test_export_lines() -> None:
    assert export_line(Variable("A", "it's", "added", None)) == "export A='it'\"'\"'s'"
    assert export_line(Variable("A", "", "added", None)) == "export A=''"
    assert export_line(Variable("A", "x", "deleted", "x")) == "unset A"
    assert export_line(Variable("A.B\x1b", "x", "added", None)) == "# no shell can export the name A.B\\x1b"
