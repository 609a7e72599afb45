"""Colouring of program text: what is told apart, what goes on over lines, and that no text takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.languages import LANGUAGES, Language, language_of
from osexplorer.model.syntax import colour


def language(name: str, first: str = "") -> Language:
    found = language_of(name, first)
    assert found is not None
    return found


def coloured(line: str, of: Language, state: str = "") -> list[tuple[str, str]]:
    return [(line[piece.start : piece.end], piece.style) for piece in colour(line, of, state)[0]]


@pytest.mark.parametrize(
    ("name", "first", "found"),
    [
        ("a.py", "", "Python"),
        ("A.PY", "", "Python"),
        ("Makefile", "", "Makefile"),
        ("run", "#!/usr/bin/env python3", "Python"),
        ("run", "#!/bin/sh -e", "shell"),
        (".bashrc", "", "shell"),
        ("x", "<?xml version", "XML"),
    ],
)
def test_languages_are_known(name: str, first: str, found: str) -> None:
    assert language(name, first).name == found


def test_of_others_nothing_is_said() -> None:
    assert language_of("notes.txt", "hello") is None
    assert language_of("py") is None


def test_words_strings_numbers_comments() -> None:
    python = language("a.py")
    assert coloured("return 'x' + 12  # why", python) == [
        ("return", "directory"),
        ("'x'", "good"),
        ("12", "warn"),
        ("# why", "dim"),
    ]
    assert coloured('x = "a\\"b # no"', python) == [('"a\\"b # no"', "good")]
    assert coloured("echo ${x#y} # z", language("a.sh")) == [("# z", "dim")]


def test_keys() -> None:
    assert coloured("  - name: x", language("a.yml")) == [("name", "link")]
    assert coloured('  "name": "x"', language("a.json")) == [('"name"', "link"), ('"x"', "good")]


def test_what_goes_on_over_lines() -> None:
    c = language("a.c")
    pieces, state = colour("int x; /* a", c)
    assert (pieces[-1][2], state) == ("dim", "*/")
    assert coloured("b */ return", c, state) == [("b */", "dim"), ("return", "directory")]
    assert colour("b", c, state)[1] == "*/"
    python = language("a.py")
    assert colour('x = """a', python)[1] == '"""'
    assert colour('x = """a"""', python)[1] == ""


def test_lines_of_one_style() -> None:
    diff = language("a.diff")
    assert [coloured(line, diff)[0][1] for line in ("+a", "-b", "@@ 1", "+++ c")] == ["good", "bad", "accent", "strong"]


@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
def test_pieces_lie_in_the_line_and_follow_each_other(line: str, of: Language) -> None:
    at = 0
    for piece in colour(line, of)[0]:
        assert at <= piece.start < piece.end <= len(line)
        at = piece.end


@pytest.mark.parametrize("of", LANGUAGES, ids=lambda of: of.name)
@pytest.mark.parametrize("part", ["'", '"', "\\", "'\\", "a", "0", "<", "/*", "/", " ", "#", "-", "a:", "`"])
def test_no_line_takes_long(of: Language, part: str) -> None:
    """A hundred times as long as any that is coloured would still be quick: nothing grows with the square."""
    began = time.process_time()
    colour(part * 2000, of)
    assert time.process_time() - began < 1
