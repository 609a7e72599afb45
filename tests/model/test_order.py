"""The order of names, and sorting by runs."""

from __future__ import annotations

import functools
import re
from array import array
from collections.abc import Generator, Sequence
from itertools import chain
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.names import Names
from osexplorer.model.order import NameRule, extension, merged, name_keys, natural_key, sorted_names, sorted_rows

T = TypeVar("T")


def returned(steps: Generator[object, None, T]) -> T:
    """What a generator returns at its end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


names = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=()), min_size=1, max_size=12),
        st.text("aAbB019.-_ é\udcff", min_size=1, max_size=8),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    "ordered",
    [
        ["file2", "file10", "file100"],
        ["a", "B", "c"],
        ["A", "a", "B"],
        ["file007", "file7", "file08"],
        ["x", "x1", "x1a", "x1b", "x2", "x10"],
        ["1", "2", "10", "a"],
        [".hidden", "0", "a"],
        ["a-1", "a1", "a_1"],
        ["v1.2.9", "v1.2.10", "v1.10.0"],
        ["9" * 9, "1" + "0" * 9, "1" + "0" * 20],
        ["1" * 47, "2" * 47, "1" * 48],
        ["Straße1", "straße2", "STRASSE3"],
    ],
)
def test_natural_order(ordered: list[str]) -> None:
    turned_round = ordered[::-1]
    assert sorted(turned_round, key=natural_key) == ordered


@given(names)
def test_keys_made_together_are_the_keys_made_alone(found: list[str]) -> None:
    assert name_keys(found) == [natural_key(name) for name in found]


@given(st.lists(st.text("aAzZ0123456789.-", min_size=1, max_size=9), max_size=30))
def test_it_is_the_order_of_the_parts(found: list[str]) -> None:
    """Against the obvious way: numbers compared as numbers, where both have one."""

    def compare(one: str, other: str) -> int:
        for a, b in zip(parts(one), parts(other), strict=False):
            if a != b:
                if a.isdigit() and b.isdigit() and int(a) != int(b):
                    return -1 if int(a) < int(b) else 1
                if not (a.isdigit() and b.isdigit()):
                    return -1 if a < b else 1
        return len(parts(one)) - len(parts(other)) or (one > other) - (one < other)

    def parts(name: str) -> list[str]:
        return [part for part in re.findall(r"[0-9]+|[^0-9]", name.casefold()) if part]

    assert sorted(found, key=natural_key) == sorted(found, key=functools.cmp_to_key(compare))


@given(st.lists(st.integers(0, 30), max_size=300), st.booleans(), st.integers(1, 40))
def test_sorting_by_runs_is_a_stable_sort(figures: list[int], reverse: bool, run: int) -> None:
    def keys_of(rows: Sequence[int]) -> list[int]:
        return [figures[row] for row in rows]

    buckets = sorted_rows(range(len(figures)), keys_of, reverse, run)
    assert list(chain.from_iterable(buckets)) == sorted(range(len(figures)), key=figures.__getitem__, reverse=reverse)


@given(names, st.integers(1, 20))
def test_sorting_names_by_runs_loses_none(found: list[str], run: int) -> None:
    rows = list(chain.from_iterable(sorted_names(Names(found), range(len(found)), run=run)))
    assert sorted(rows) == list(range(len(found)))
    assert [found[row] for row in rows] == sorted(found, key=natural_key)


def test_no_step_sorts_much_more_than_a_run() -> None:
    figures = [row * 7919 % 100_003 for row in range(50_000)]
    asked: list[int] = []

    def keys_of(rows: Sequence[int]) -> list[int]:
        asked.append(len(rows))
        return [figures[row] for row in rows]

    assert sum(map(len, sorted_rows(range(50_000), keys_of, run=1000))) == 50_000
    assert max(asked) <= 2000


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.TXT", "txt"), (".bashrc", ""), ("..x", ""), ("a.tar.gz", "gz"), ("a", ""), ("a.", ""), (".a.b", "b")],
)
def test_extension(name: str, expected: str) -> None:
    assert extension(name) == expected


@pytest.mark.parametrize(
    ("rule", "ordered"),
    [
        ("natural", ["a1", "A2", "b10"]),
        ("natural-case", ["A2", "a1", "a10", "b"]),
        ("code-points", ["A2", "a1", "a10", "a2"]),
    ],
)
def test_rules_for_names(rule: NameRule, ordered: list[str]) -> None:
    keys = dict(zip(ordered, name_keys(ordered, rule), strict=True))
    turned_round = ordered[::-1]
    assert sorted(turned_round, key=keys.__getitem__) == ordered
    rows = chain.from_iterable(sorted_names(Names(turned_round), range(len(ordered)), rule, run=2))
    assert [turned_round[row] for row in rows] == ordered


@given(st.lists(st.integers(0, 99), unique=True), st.lists(st.integers(100, 199), unique=True))
def test_merging_is_sorting(there: list[int], more: list[int]) -> None:
    def key(row: int) -> int:
        return row * 37 % 211

    there.sort(key=key)
    result = returned(merged(array("I", there), more, key))
    assert list(result) == sorted([*there, *more], key=key)
