"""Back and forward through visited directories."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.history import KEEP, History


def visited(*paths: str) -> History:
    history = History()
    for path in paths:
        history = history.visit(path)
    return history


def test_back_and_forward() -> None:
    history = visited("/a", "/b", "/c")
    assert (history.here, history.place(-1), history.place(1)) == ("/c", "/b", None)
    history = history.step(-2)
    assert (history.here, history.place(-1), history.place(1)) == ("/a", None, "/b")
    assert history.step(1).here == "/b"


def test_a_visit_forgets_what_lay_ahead() -> None:
    history = visited("/a", "/b", "/c").step(-2).visit("/x")
    assert history.places == ("/a", "/x")
    assert history.visit("/x") == history


def test_visiting_what_comes_next_keeps_what_comes_after() -> None:
    assert visited("/a", "/b", "/c").step(-2).visit("/b").place(1) == "/c"


def test_a_place_that_is_gone_is_forgotten() -> None:
    history = visited("/a", "/b", "/a", "/c").without("/b")
    assert history.places == ("/a", "/c")
    assert history.here == "/c"
    assert history.without("/c") == history


def test_recent() -> None:
    assert visited("/a", "/b", "/a", "/c").recent == ("/a", "/b")


@given(st.lists(st.sampled_from("abcd")), st.lists(st.integers(-3, 3)), st.sampled_from("abcd"))
def test_it_is_always_somewhere(paths: list[str], steps: list[int], gone: str) -> None:
    history = visited(*paths)
    for step in steps:
        history = history.step(step)
    here = history.here
    history = history.without(gone)
    assert history.here == here
    assert len(history.places) <= KEEP
    assert all(one != other for one, other in zip(history.places, history.places[1:], strict=False))
