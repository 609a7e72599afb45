"""Typed paths: what stands for something else in them, and what Tab adds."""

from __future__ import annotations

import pytest

from osexplorer.model.typed_path import Candidate, Completion, absolute, expand, matching

VARIABLES = {"HOME": "/home/ann", "X": "/x y", "EMPTY": ""}


def home_of(user: str) -> str | None:
    return {"": "/pw/ann", "bob": "/home/bob"}.get(user)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("~", "/home/ann"),
        ("~/a", "/home/ann/a"),
        ("~bob/a", "/home/bob/a"),
        ("~none/a", "~none/a"),
        ("a~", "a~"),
        ("$X/b", "/x y/b"),
        ("${X}b", "/x yb"),
        ("$NONE/b", "$NONE/b"),
        ("$EMPTY/b", "/b"),
        ("$$X", "$/x y"),
    ],
)
def test_expansion(text: str, path: str) -> None:
    assert expand(text, VARIABLES, home_of) == path


def test_home_is_asked_for_where_the_variable_is_not_set() -> None:
    assert expand("~/a", {}, home_of) == "/pw/ann/a"


@pytest.mark.parametrize(
    ("text", "path"),
    [("a/../b", "/here/b"), ("/a//b/.", "/a/b"), ("//a", "/a"), ("..", "/"), ("", "/here"), ("../../..", "/")],
)
def test_absolute(text: str, path: str) -> None:
    assert absolute(text, "/here") == path


def names(*some: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(name.rstrip("/"), name.endswith("/")) for name in some)


def test_matching() -> None:
    some = names("Downloads/", "documents/", ".cache/", "dump")
    assert matching(some, "d") == names("documents/", "dump")
    assert matching(some, "do") == names("documents/")
    assert matching(some, "DO") == names("Downloads/", "documents/")
    assert matching(some, "") == names("Downloads/", "documents/", "dump")
    assert matching(some, ".") == names(".cache/")


@pytest.mark.parametrize(
    ("text", "candidates", "common"),
    [
        ("/u", names("usr/"), "/usr/"),
        ("/usr/l", names("lib/", "lib64/"), "/usr/lib"),
        ("/usr/x", (), "/usr/x"),
        ("~/a", names("a1", "a2"), "~/a"),
        ("/D", names("downloads/"), "/downloads/"),
        ("/x", names("Xa", "xB"), "/x"),
    ],
)
def test_completion(text: str, candidates: tuple[Candidate, ...], common: str) -> None:
    head = text[: text.rfind("/") + 1]
    assert Completion(text, head, candidates).common == common
