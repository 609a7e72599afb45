"""Where the panes stand: never outside, never over each other, the focused one always in sight."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from osexplorer.ui.arrangement import PANES, arrange

SIZES = st.tuples(st.integers(40, 300), st.integers(8, 100))


@given(SIZES, st.sampled_from(PANES), st.lists(st.sampled_from(PANES), max_size=4), st.booleans())
def test_every_cell_belongs_to_one_pane(size: tuple[int, int], focused: str, recent: list[str], zoomed: bool) -> None:
    width, height = size
    arrangement = arrange(width, height, focused, tuple(recent), zoomed)
    assert focused in arrangement.areas
    cells = sum(area.width * area.height for area in arrangement.areas.values())
    assert cells == width * (height - arrangement.tab_bar)
    seen: set[tuple[int, int]] = set()
    for area in arrangement.areas.values():
        assert area.x >= 0 and area.x + area.width <= width
        assert area.y >= 0 and area.y + area.height <= height
        corners = {(area.x, area.y), (area.x + area.width - 1, area.y + area.height - 1)}
        assert not corners & seen
        seen |= corners
    assert {name for deck in arrangement.decks.values() for name in deck} <= set(PANES)


def test_a_deck_shows_the_pane_that_was_focused_last() -> None:
    assert "calls" in arrange(200, 60, "files", ("files", "calls", "children"), False).areas
    assert "children" in arrange(200, 60, "files", ("files",), False).areas
    assert arrange(120, 40, "files", (), False).decks["environment"] == PANES[3:]


def test_three_sizes() -> None:
    assert len(arrange(80, 22, "files", (), False).areas) == 1
    assert len(arrange(120, 38, "files", (), False).areas) == 4
    assert len(arrange(200, 58, "files", (), False).areas) == 6
    assert len(arrange(200, 58, "files", (), True).areas) == 1
