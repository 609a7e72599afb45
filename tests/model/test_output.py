"""What a child wrote is kept within a bound and read as lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.output import CHUNK, OutputStore, OutputStream

OUT, ERR = OutputStream.OUT, OutputStream.ERR


def texts(store: OutputStore) -> list[str]:
    return [line.text for line in store.view().lines()]


def test_lines_are_joined_across_arrivals() -> None:
    store = OutputStore()
    for part in (b"one\ntw", b"o\n", b"\nthree"):
        store.append(part, OUT, 1)
    assert texts(store) == ["one", "two", "", "three"]


def test_the_streams_are_told_apart() -> None:
    store = OutputStore()
    store.append(b"out\n", OUT, 1)
    store.append(b"err\n", ERR, 2)
    store.append(b"more\n", OUT, 3)
    assert [(line.text, line.stream, line.time) for line in store.view().lines()] == [
        ("out", OUT, 1),
        ("err", ERR, 2),
        ("more", OUT, 3),
    ]


def test_bytes_that_are_not_utf8_and_escape_codes_stay() -> None:
    store = OutputStore()
    store.append(b"\xff\x1b[31m\r\n", OUT, 1)
    assert texts(store) == ["\udcff\x1b[31m\r"]
    assert store.view().bytes() == b"\xff\x1b[31m\r\n"


@given(st.lists(st.tuples(st.binary(max_size=200), st.sampled_from([OUT, ERR])), max_size=60))
def test_nothing_is_lost_or_invented_below_the_limit(parts: list[tuple[bytes, OutputStream]]) -> None:
    store = OutputStore()
    for data, stream in parts:
        store.append(data, stream, 0)
    view = store.view()
    assert view.bytes() == b"".join(data for data, _ in parts)
    assert (view.total, view.dropped) == (len(view.bytes()), 0)
    kept = sum(len(line.text.encode("utf-8", "surrogateescape")) for line in view.lines())
    assert kept + view.bytes().count(b"\n") == view.total


@given(
    st.lists(st.tuples(st.sampled_from([b"y\n" * 3000, b"x" * 9000, b"z", b"\n"]), st.sampled_from([OUT, ERR]))),
)
def test_the_limit_holds_and_what_was_dropped_is_told(parts: list[tuple[bytes, OutputStream]]) -> None:
    store = OutputStore(keep=10_000)
    for data, stream in parts:
        store.append(data, stream, 0)
    view = store.view()
    whole = b"".join(data for data, _ in parts)
    assert len(view.bytes()) <= 10_000 or len(view.bytes()) < CHUNK
    assert view.dropped + len(view.bytes()) == view.total == len(whole)
    assert view.bytes() == whole[view.dropped :]


def test_single_bytes_to_both_streams_in_turn_are_bounded_too() -> None:
    store = OutputStore(keep=100_000)
    for at in range(20_000):
        store.append(b"x", OUT if at % 2 else ERR, 0)
    assert len(store.view()) < 500


def test_an_endless_line_is_shown_in_parts() -> None:
    store = OutputStore()
    store.append(b"x" * (CHUNK * 2 + 5), OUT, 0)
    assert [len(text) for text in texts(store)] == [CHUNK, CHUNK, 5]


def test_a_view_stays_as_it_was() -> None:
    store = OutputStore()
    store.append(b"a\nb", OUT, 0)
    view = store.view()
    store.append(b"c\n", OUT, 0)
    assert [line.text for line in view.lines()] == ["a", "b"]
    assert texts(store) == ["a", "bc"]


def test_search_finds_the_next_and_the_last_line() -> None:
    store = OutputStore()
    for at in range(30_000):
        store.append(b"line %d\n" % at, OUT if at % 1000 else ERR, 0)
    view = store.view()
    assert view.find("LINE 29999") == 29_999
    assert view.find("line 777", 778) == 7770
    assert view.find("line 777", 7000, backwards=True) == 777
    assert view.find("absent") is None
