"""Text is broken into lines that fit, and nothing of it is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.display import display
from osexplorer.ui.rowlist.cells import width_of
from osexplorer.ui.wrap import wrap


def test_lines_break_after_spaces_and_inside_long_words() -> None:
    assert wrap("2026-11-24 02:30:38 +0000", 14) == ["2026-11-24 ", "02:30:38 +0000"]
    assert wrap("/a/long/path/without/spaces", 10) == ["/a/long/pa", "th/without", "/spaces"]
    assert wrap("", 10) == [""]
    assert wrap("日本語", 4) == ["日本", "語"]
    assert wrap("\x1b\x1b", 4) == ["\x1b", "\x1b"]


@given(st.text(max_size=60), st.integers(10, 30))
def test_nothing_is_lost_and_every_line_fits(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines) == text
    assert all(width_of(display(line)) <= width for line in lines)
