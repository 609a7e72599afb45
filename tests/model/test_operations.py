"""Names that can be, names beside a taken one, and plans of renames that lose nothing."""

from __future__ import annotations

import itertools
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.operations import (
    MOST_NAME,
    name_problem,
    names_of,
    names_text,
    other_names,
    path_problem,
    plan_renames,
)


@pytest.mark.parametrize(
    ("name", "word"),
    [("", "needed"), (".", "already"), ("..", "already"), ("a/b", "slash"), ("a\0", "NUL"), ("ü" * 128, "256")],
)
def test_names_that_cannot_be(name: str, word: str) -> None:
    assert word in name_problem(name)


def test_names_that_can_be() -> None:
    for name in ("a", "...", "-rf", "\n", os.fsdecode(b"\xff"), "n" * 255, "ü" * 127):
        assert name_problem(name) == ""


def test_paths() -> None:
    for path in ("a", "a/b/", "../a", "/x/y", "a//b"):
        assert path_problem(path) == ""
    for path in ("", "/", "./", "a/..", "x" * 256 + "/y", "d/" * 2100 + "f"):
        assert path_problem(path) != ""


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("notes.txt", ["notes (2).txt", "notes (3).txt"]),
        ("a.tar.gz", ["a (2).tar.gz"]),
        ("a (2)", ["a (3)", "a (4)"]),
        (".bashrc", [".bashrc (2)"]),
        ("plain", ["plain (2)"]),
    ],
)
def test_other_names(name: str, others: list[str]) -> None:
    assert list(itertools.islice(other_names(name), len(others))) == others


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=255))
def test_other_names_can_be_and_differ(name: str) -> None:
    found = list(itertools.islice(other_names(name), 20))
    assert len(set(found)) == 20
    assert all(len(os.fsencode(one)) <= MOST_NAME and name_problem(one) == "" for one in found)


NAMES = st.sampled_from("abcdefgh")


@given(st.dictionaries(NAMES, NAMES), st.sets(NAMES))
def test_a_plan_gives_everyone_the_name_asked_for_and_overwrites_nothing(
    renames: dict[str, str], more: set[str]
) -> None:
    there = {name: name for name in {*renames, *more}}
    try:
        steps = plan_renames(renames, list(there))
    except ValueError:
        wanted = [*renames.values(), *(set(there) - set(renames))]
        assert len(wanted) != len(set(wanted))  # refused only where two would have one name
        return
    for old, new in steps:
        assert new not in there, "a step would overwrite"
        there[new] = there.pop(old)
    assert all(there[new] == old for old, new in renames.items())
    assert len(there) == len({*renames, *more})


def test_a_plan_that_cannot_be_says_why() -> None:
    with pytest.raises(ValueError, match="both be called c"):
        plan_renames({"a": "c", "b": "c"})
    with pytest.raises(ValueError, match="there is a c already"):
        plan_renames({"a": "c"}, ["a", "c"])
    with pytest.raises(ValueError, match="slash"):
        plan_renames({"a": "x/y"})


def test_names_as_a_text() -> None:
    names = ("a", "new\nline", os.fsdecode(b"\xff"), "back\\slash")
    assert names_of(names_text(names), 4) == names
    with pytest.raises(ValueError, match="3 lines for 4"):
        names_of("a\nb\nc\n", 4)
