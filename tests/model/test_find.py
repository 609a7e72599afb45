"""The words of a search: what each asks for, and what is wrong with the others."""

from __future__ import annotations

import os
import stat
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.entry import Kind
from osexplorer.model.errors import Refused
from osexplorer.model.find import Condition, parse_query

NOW = 1_700_000_000 * 10**9
DAY = 86400 * 10**9


def only(text: str) -> Condition:
    (condition,) = parse_query(text).conditions
    return condition


def named(text: str, name: str) -> bool:
    test = only(text).on_text
    assert test is not None
    return test(name)


def holds(text: str, **fields: Any) -> bool:
    test = only(text).on_stat
    assert test is not None
    known = {"st_mode": stat.S_IFREG | 0o644, "st_size": 0, "st_nlink": 1, "st_mtime_ns": NOW}
    return test(SimpleNamespace(**{**known, **fields}), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("read", "README.md", True),
        ("Read", "README.md", False),
        ("*.md", "README.md", True),
        ("*.md", "README.MD", True),
        ("*.Md", "README.md", False),
        ("*.m", "README.md", False),
        ("f?le", "file", True),
        ("[ab]*", "cat", False),
        ("/^R.*E/", "README", True),
        ("/^r.*e/", "README", False),
        ("/^r.*e/i", "README", True),
        ("ext:py,md", "a.MD", True),
        ("is:hidden", ".x", True),
        ("'a b'", "xa by", True),
        ("name:size", "resize", True),
        ("*\\[x\\]", "a", False),
    ],
)
def test_names(text: str, name: str, expected: bool) -> None:
    assert named(text, name) is expected


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        ("size>10K", {"st_size": 10240}, False),
        ("size>10K", {"st_size": 10241}, True),
        ("size>=1.5MiB", {"st_size": 1_572_864}, True),
        ("size=0", {"st_size": 0}, True),
        ("size:1K..2K", {"st_size": 1500}, True),
        ("size:..2K", {"st_size": 2049}, False),
        ("age<2d", {"st_mtime_ns": NOW - DAY}, True),
        ("age>2d", {"st_mtime_ns": NOW - DAY}, False),
        ("age:1d..3d", {"st_mtime_ns": NOW - 2 * DAY}, True),
        ("changed<30min", {"st_ctime_ns": NOW - 60 * 10**9}, True),
        ("accessed>1y", {"st_atime_ns": NOW - 400 * DAY}, True),
        ("links>1", {"st_nlink": 2}, True),
        ("mode:644", {}, True),
        ("mode:0600", {}, False),
        ("mode:-022", {"st_mode": stat.S_IFREG | 0o622}, True),
        ("mode:-022", {"st_mode": stat.S_IFREG | 0o620}, False),
        ("mode:/022", {"st_mode": stat.S_IFREG | 0o620}, True),
        ("is:setuid", {"st_mode": stat.S_IFREG | 0o4755}, True),
        ("mode:world-writable", {"st_mode": stat.S_IFREG | 0o666}, True),
        ("is:world-writable", {"st_mode": stat.S_IFLNK | 0o777}, False),
        ("is:executable", {"st_mode": stat.S_IFDIR | 0o755}, False),
        ("is:executable", {"st_mode": stat.S_IFREG | 0o100}, True),
    ],
)
def test_figures(text: str, fields: dict[str, int], expected: bool) -> None:
    assert holds(text, **fields) is expected


def test_kinds_and_the_rest() -> None:
    assert only("kind:file,dir").kinds == {Kind.FILE, Kind.DIRECTORY}
    assert only("!kind:l").negated
    assert [one.stage for one in parse_query("is:empty,broken owner:root group:0 depth<3 path:a/b").conditions] == [
        "empty",
        "broken",
        "owner",
        "group",
        "depth",
        "path",
    ]
    assert parse_query("x mounts:enter").cross_mounts
    assert parse_query("").conditions == ()
    assert parse_query("").words == "everything"
    assert parse_query("a !is:empty").words == "'a' in the name, not (empty)"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("'a", "quote"),
        ("size>x", "a size as"),
        ("size>10d", "a size as"),
        ("age<10K", "a time as"),
        ("kind:elephant", "is not one of"),
        ("kind:", "must follow"),
        ("mode:999", "644"),
        ("is:odd", "is not one of"),
        ("/(/", "regular expression"),
        ("depth<x", "whole number"),
        ("mounts:maybe", "is not one of"),
    ],
)
def test_what_is_wrong_is_told(text: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        parse_query(text)


@given(st.text(max_size=40))
def test_any_line_is_a_query_or_refused(text: str) -> None:
    try:
        query = parse_query(text)
    except Refused:
        return
    for condition in query.conditions:
        if condition.on_text is not None:
            condition.on_text("name")
        if condition.on_stat is not None:
            condition.on_stat(os.stat("/"), NOW)
