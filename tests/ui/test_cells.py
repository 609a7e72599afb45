"""Text of exact width, whatever is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from osexplorer.ui.rowlist.cells import MARK, Span, elide, fit, shift
from osexplorer.ui.rowlist.columns import Column, place

FOREIGN = st.text(
    st.characters() | st.sampled_from("\x1b\x9b\n\t\u202e\u200d[]/漢字👩\udce9e\u0301"),
    max_size=40,
)


@given(st.lists(st.builds(Span, FOREIGN, st.just("dim")), min_size=1, max_size=4), st.integers(0, 60))
def test_a_cell_is_exactly_as_wide_as_asked_and_printable(parts: list[Span], width: int) -> None:
    for align in ("left", "right"):
        for where in ("middle", "start", "end"):
            text = "".join(span.text for span in fit(parts, width, align, where))
            assert cell_len(text) == width
            assert text.isprintable()


@given(FOREIGN, st.integers(1, 30))
def test_what_is_cut_is_marked(text: str, width: int) -> None:
    (span,) = fit(text, width)
    if MARK not in span.text:
        from osexplorer.model.display import display

        assert span.text.rstrip(" ") == display(text).rstrip(" ")


@pytest.mark.parametrize(
    ("text", "width", "where", "expected"),
    [
        ("abcdefghij", 10, "middle", "abcdefghij"),
        ("abcdefghij", 7, "middle", "abc…hij"),
        ("abcdefghij", 7, "end", "abcdef…"),
        ("abcdefghij", 7, "start", "…efghij"),
        ("abcdefghij", 1, "middle", "…"),
        ("漢字漢字", 5, "end", "漢字…"),
        ("漢字漢字", 4, "end", "漢 …"),
    ],
)
def test_elide(text: str, width: int, where: str, expected: str) -> None:
    assert elide(text, width, where) == expected  # type: ignore[arg-type]


def test_shift_marks_what_lies_to_the_left() -> None:
    assert shift("abcdefghij", 0) == "abcdefghij"
    assert shift("abcdefghij", 4) == "…fghij"
    assert shift("abc", 40) == MARK


COLUMNS = [
    Column("name", "Name", 12, flex=1),
    Column("size", "Size", 6, priority=1),
    Column("owner", "Owner", 8, priority=3),
    Column("time", "Time", 16, priority=2),
]


def test_the_least_important_column_drops_first() -> None:
    def ids(width: int) -> list[str]:
        return [placed.column.id for placed in place(COLUMNS, width)]

    assert ids(45) == ["name", "size", "owner", "time"]
    assert ids(44) == ["name", "size", "time"]
    assert ids(35) == ["name", "size"]
    assert ids(18) == ["name"]
    assert ids(3) == ["name"]


@given(st.integers(1, 300))
def test_columns_fill_the_width_and_never_more(width: int) -> None:
    placed = place(COLUMNS, width)
    last = placed[-1]
    assert last.x + last.width == width
