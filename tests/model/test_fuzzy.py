"""Finding names by some of their letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.fuzzy import WORST, Query

letters = st.text("aAbBcİß.-_ é^]\\", max_size=9)
names = st.lists(st.text("aAbBcCİß.-_ é^]\\\udcff", min_size=1, max_size=12), max_size=40)


def is_subsequence(text: str, name: str) -> bool:
    rest = iter(name)
    return all(letter in rest for letter in text)


def fits(text: str, name: str) -> bool:
    """The obvious way."""
    for word in text.split():
        contains = word.startswith("'")
        word = word[1:] if contains else word
        folded = name.lower() if word == word.lower() else name
        if not (word in folded if contains else is_subsequence(word, folded)):
            return False
    return True


@given(letters, names)
def test_fits(text: str, found: list[str]) -> None:
    query = Query(text)
    expected = [at for at, name in enumerate(found) if fits(text, name)]
    if query:
        hits, ranks = query.search("".join(name + "\0" for name in found))
        assert hits == expected
        assert len(ranks) == len(hits) and all(rank <= WORST for rank in ranks)
        assert [query.rank(found[at]) for at in hits] == list(ranks)
    assert [at for at, name in enumerate(found) if query.rank(name) is not None] == expected


@given(letters, names)
def test_a_glance_finds_no_other_names(text: str, found: list[str]) -> None:
    query = Query(text)
    if query:
        hits = query.glance("".join(name + "\0" for name in found))
        words = [word.removeprefix("'") for word in text.split()]
        assert set(hits) <= {at for at, name in enumerate(found) if fits(text, name)}
        for at, name in enumerate(found):
            whole = all(word in (name.lower() if word == word.lower() else name) for word in words)
            assert (at in hits) == whole


@given(letters, st.text("aAbBc.-_ é", min_size=1, max_size=12))
def test_highlighted_letters_are_those_typed(text: str, name: str) -> None:
    query = Query(text)
    if query and query.rank(name) is not None:
        places = query.letters(name)
        assert places == sorted(set(places))
        for word in query.words:
            shown = "".join(name[at] for at in word.letters(name))
            assert (shown.lower() if word.fold else shown) == word.text


@given(letters, letters, st.text("aAbBc.-", min_size=1, max_size=12))
def test_more_letters_fit_fewer_names(text: str, more: str, name: str) -> None:
    longer, shorter = Query(text + more), Query(text)
    if longer.narrows(shorter) and longer.rank(name) is not None:
        assert shorter.rank(name) is not None


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("read", ["read", "READ.me", "readme", "must-read", "bread", "r-e-ad", "rxexaxd"]),
        ("fb", ["fb", "a.fb", "afb", "foo-bar", "fxb", "fxxb"]),
        ("io c", ["io.c", "io-acx", "xiox-xcx"]),
    ],
)
def test_ranking(text: str, ordered: list[str]) -> None:
    query = Query(text)
    ranks = [query.rank(name) for name in ordered]
    assert None not in ranks
    assert ranks == sorted(rank for rank in ranks if rank is not None)


@pytest.mark.parametrize(
    ("text", "name", "marked"),
    [
        ("rdm", "README.md", "R  DM    "),
        ("md", "README.md", "       md"),
        ("ab", "a--ab", "   ab"),
        ("abc", "a-abxc", "  ab c"),
        ("fb", "xf-foo-bar", "   f   b  "),
        ("'ea", "README", " EA   "),
        ("ea md", "README.md", " EA    md"),
    ],
)
def test_highlighting(text: str, name: str, marked: str) -> None:
    places = Query(text).letters(name)
    assert "".join(letter if at in places else " " for at, letter in enumerate(name)) == marked


def test_case_counts_only_with_a_capital() -> None:
    assert Query("re").rank("README") is not None
    assert Query("Re").rank("README") is None
    assert Query("Re").rank("Remake") is not None


def test_exact_text_keeps_its_spaces() -> None:
    query = Query("my f", exact=True)
    assert query.rank("my file") == 0 and query.rank("my-other f") is None
    assert not query.ranks


def test_time_grows_with_the_length_of_the_names_only() -> None:
    """With a pattern that tries again, these take longer than anybody waits."""
    name = "a-" * 2000
    assert Query("a" * 60 + "b").rank(name) is None
    assert Query("a" * 60).rank(name) is not None
