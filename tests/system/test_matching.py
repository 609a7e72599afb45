"""Regular expressions of a person's own, matched where they can be ended."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osexplorer.model.errors import CallError, Refused
from osexplorer.model.find import parse_query
from osexplorer.system import matching
from osexplorer.system.matching import Matcher

NAMES = ["abc", "ABBA", "x1y22", "\udcff\n", "日本", "", "a" * 200]


def matcher(text: str) -> Matcher:
    return Matcher(parse_query(text).of("expression"))


def last(steps: Iterator[bytes | None]) -> list[int]:
    *_, flags = steps
    assert flags is not None
    return list(flags)


@pytest.mark.parametrize("source", ["[ab]+c*", "^.+[0-9]+$", "(a|b)+", "日?本+", "\udcff*.+"])
def test_it_says_what_re_says(source: str) -> None:
    with matcher(f"'/{source}/'") as one:
        assert last(one.match(NAMES)) == [re.search(source, name) is not None for name in NAMES]
    with matcher(f"'/{source}/i' '!/A+B?/'") as both:
        expected = [bool(re.search(source, name, re.I)) and not re.search("A+B?", name) for name in NAMES]
        assert last(both.match(NAMES)) == expected


def test_more_names_than_a_pipe_holds() -> None:
    names = [f"{number:0255}" for number in range(3000)]
    with matcher("/1+.*9+/") as one:
        for _ in range(2):
            assert last(one.match(names)) == [re.search("1+.*9+", name) is not None for name in names]


def test_what_would_take_for_ever_is_refused_and_the_process_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "PATIENCE", 0.1)
    with matcher("/^(a+)+$/") as one:
        pid = one._pid
        assert last(one.match(["aaaa", "b"])) == [1, 0]
        with pytest.raises(Refused, match="takes too long"):
            last(one.match(["a" * 60 + "b"]))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_it_can_be_left_while_it_works() -> None:
    with matcher("/^(a+)+$/") as one:
        pid = one._pid
        assert next(one.match(["a" * 60 + "b"])) is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_end_of_the_process_is_told() -> None:
    with matcher("/^(a+)+$/") as one:
        os.kill(one._pid, signal.SIGKILL)
        with pytest.raises(CallError, match="ended by SIGKILL"):
            last(one.match(["a"]))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab()|*+?{}[]\\.^$12,", max_size=8))
def test_what_is_called_quick_is_quick(source: str) -> None:
    """Steps are not to be counted from outside; but what has one repeat at most cannot repeat inside of a repeat."""
    try:
        parsed = parse_query(f"'/{source}/'")
    except Refused:
        return
    if parsed.of("expression") or len(source) < 1:
        return
    tree = repr(re._parser.parse(source)) if parsed.conditions else ""  # type: ignore[attr-defined]
    assert tree.count("_REPEAT") + tree.count("BRANCH") <= 1
    assert "GROUPREF" not in tree
