"""What a child wrote is kept within a bound and read as lines."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from osexplorer.model.output import BLOCK, OutputStream
from osexplorer.system.output_store import OutputStore

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
    assert len(view.bytes()) <= 10_000 or len(view.bytes()) < BLOCK
    assert view.dropped + len(view.bytes()) == view.total == len(whole)
    assert view.bytes() == whole[view.dropped :]


def test_single_bytes_to_both_streams_in_turn_are_bounded_too() -> None:
    store = OutputStore(keep=100_000)
    for at in range(20_000):
        store.append(b"x", OUT if at % 2 else ERR, 0)
    assert len(store.view()) < 100_000 / 64 + 512


def test_an_endless_line_is_shown_in_parts() -> None:
    store = OutputStore()
    store.append(b"x" * (BLOCK * 2 + 5), OUT, 0)
    assert [len(text) for text in texts(store)] == [BLOCK, BLOCK, 5]


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
    assert view.find("line 29999") == 29_999
    assert view.find("line 777", 778) == 7770
    assert view.find("line 777", 7000, backwards=True) == 777
    assert view.find("absent") is None


class Shelf:
    """A spill in memory."""

    def __init__(self, capacity: int) -> None:
        self.capacity, self.data, self.problem = capacity, b"", ""

    @property
    def first(self) -> int | None:
        return None if self.problem else max(len(self.data) - self.capacity, 0)

    def write(self, data: bytes) -> int:
        self.data += data
        return len(self.data) - len(data)

    def read(self, position: int, size: int) -> bytes | None:
        first = self.first
        return None if first is None or position < first else self.data[position : position + size]

    def close(self) -> None:
        self.problem = "closed"


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from([b"y\n" * 300, b"x" * 20_000, b"z", b"\n"]), st.sampled_from([OUT, ERR])), max_size=20
    )
)
def test_what_memory_has_no_room_for_is_read_back_as_it_was(parts: list[tuple[bytes, OutputStream]]) -> None:
    small, large = OutputStore(keep=10_000, spill=Shelf(10**9)), OutputStore(keep=10**9)
    for time, (data, stream) in enumerate(parts):
        for store in (small, large):
            store.append(data, stream, time * 10**9)
    assert small.view().bytes() == large.view().bytes() == b"".join(data for data, _ in parts)
    assert list(small.view().lines()) == list(large.view().lines())
    assert (small.dropped, small.view().dropped_lines) == (0, 0)


def test_the_file_is_bounded_too_and_line_numbers_stay() -> None:
    store = OutputStore(keep=200_000, spill=Shelf(500_000))
    for at in range(200_000):
        store.append(b"line %d\n" % at, OUT, 0)
    view = store.view()
    assert not view.ready(0)
    view.load(0, 10)
    assert view.ready(0)
    assert view.dropped + len(view.bytes()) == view.total
    assert 600_000 < len(view.bytes()) < 700_000
    assert view[0].text == f"line {view.dropped_lines}"
    assert view[len(view) - 1].text == "line 199999"
    assert view.find(f"line {view.dropped_lines + 5}") == 5


def test_what_the_file_has_lost_meanwhile_is_told() -> None:
    store = OutputStore(keep=100_000, spill=Shelf(300_000))
    for _ in range(40):
        store.append(b"y\n" * 5000, OUT, 0)
    view = store.view()
    for _ in range(40):
        store.append(b"n\n" * 5000, OUT, 0)
    assert view[0].text == "(not kept any more)"
    assert view.find("(not kept") is None


def test_a_file_that_cannot_be_used_leaves_what_is_in_memory() -> None:
    shelf = Shelf(10**9)
    store = OutputStore(keep=100_000, spill=shelf)
    for at in range(60):
        if at == 30:
            shelf.problem = "No space left on device"
        store.append(b"y\n" * 5000, OUT, 0)
    view = store.view()
    assert view.problem == "No space left on device"
    assert len(view.bytes()) <= 100_000
    assert view.dropped + len(view.bytes()) == view.total


def test_each_line_has_the_time_at_which_it_arrived() -> None:
    store = OutputStore()
    store.append(b"one\ntw", OUT, 1_000_000_000)
    store.append(b"o\nthree\n", OUT, 1_005_000_000)  # within 10 ms: the same time
    store.append(b"four\nfi", OUT, 2_000_000_000)
    store.append(b"ve\nsix\n", OUT, 3_000_000_000)
    times = [(line.text, line.time // 10**9) for line in store.view().lines()]
    assert times == [("one", 1), ("two", 1), ("three", 1), ("four", 2), ("five", 2), ("six", 3)]


def test_search_minds_capital_letters_and_not_colours() -> None:
    store = OutputStore()
    store.append(b"error\nan \x1b[31mErr\x1b[0mor here\n", OUT, 0)
    view = store.view()
    assert view.find("error") == 0
    assert view.find("error", 1) == 1
    assert view.find("Error") == 1
    assert view.find("ERROR") is None
