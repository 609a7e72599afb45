"""Where the panes stand: a pure function of the size of the screen, the focused pane and the zoom.

Three arrangements, none of which ever cuts a pane off:

- narrow (80x24): one pane, and a tab bar above it;
- medium (120x40): tree, files and inspector on top; below, one of the lower deck;
- wide (from 150x44): three on top; below, environment and processes beside a deck of children, tasks and calls.
"""

from __future__ import annotations

from typing import NamedTuple

PANES = ("tree", "files", "inspector", "environment", "processes", "children", "tasks", "calls")
"""The panes' scopes in the order of their keys, 1 to 8."""

TOP = PANES[:3]
MINIMUM = (40, 10)
"""Columns and rows below which nothing sensible can be shown."""

_MEDIUM = (100, 30)
_WIDE = (150, 44)


class Area(NamedTuple):
    """A rectangle, in cells."""

    x: int
    y: int
    width: int
    height: int


class Arrangement(NamedTuple):
    """Which panes are shown, where, and what they share a place with."""

    areas: dict[str, Area]
    """By scope, the panes that have a place."""
    decks: dict[str, tuple[str, ...]]
    """By scope, for each pane with a place, the panes that take turns there, itself among them."""
    tab_bar: bool
    """Whether the tab bar is needed to see which panes there are."""


def arrange(width: int, height: int, focused: str, recent: tuple[str, ...], zoomed: bool) -> Arrangement:
    """Arrange the panes.

    Args:
        width: columns for the panes and the tab bar.
        height: rows for the panes and the tab bar.
        focused: the scope that has the keyboard.
        recent: scopes as they were last focused, newest first; decides which pane of a deck is in front.
        zoomed: whether the focused pane has the whole screen.
    """
    if width < _MEDIUM[0] or height < _MEDIUM[1] or zoomed:
        return _narrow(width, height, focused, tabs=not zoomed)
    if width < _WIDE[0] or height < _WIDE[1]:
        lower = _turns(PANES[3:], focused, recent)
        return _two_rows(width, height, ((PANES[3:], lower),), (1,))
    deck = _turns(PANES[5:], focused, recent)
    return _two_rows(
        width,
        height,
        ((PANES[3:4], PANES[3]), (PANES[4:5], PANES[4]), (PANES[5:], deck)),
        (27, 40, 33),
    )


def _narrow(width: int, height: int, focused: str, *, tabs: bool) -> Arrangement:
    top = 1 if tabs else 0
    return Arrangement({focused: Area(0, top, width, height - top)}, {focused: (focused,)}, tabs)


def _two_rows(
    width: int, height: int, lower: tuple[tuple[tuple[str, ...], str], ...], shares: tuple[int, ...]
) -> Arrangement:
    above = height - max(height * 2 // 5, 10)
    tree = max(width * 20 // 100, 22)
    inspector = max(min(width * 30 // 100, 56), 42)
    areas = {
        "tree": Area(0, 0, tree, above),
        "files": Area(tree, 0, width - tree - inspector, above),
        "inspector": Area(width - inspector, 0, inspector, above),
    }
    decks: dict[str, tuple[str, ...]] = {name: (name,) for name in TOP}
    x, left, total = 0, width, sum(shares)
    for (turns, shown), share in zip(lower, shares, strict=True):
        room = left * share // total
        left, total = left - room, total - share
        areas[shown] = Area(x, above, room, height - above)
        decks[shown] = turns
        x += room
    return Arrangement(areas, decks, False)


def _turns(deck: tuple[str, ...], focused: str, recent: tuple[str, ...]) -> str:
    """The pane of a deck that is in front."""
    if focused in deck:
        return focused
    return next((name for name in recent if name in deck), deck[0])
