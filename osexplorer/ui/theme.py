"""The themes: dark, light, and the terminal's own sixteen colours; and the screen without any colour."""

from __future__ import annotations

import os
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

DARK = Theme(
    name="dark",
    dark=True,
    primary="#7aa2f7",
    secondary="#9aa5ce",
    accent="#7dcfff",
    success="#9ece6a",
    warning="#e0af68",
    error="#f7768e",
    foreground="#d5daf0",
    background="#16161e",
    surface="#1a1b26",
    panel="#292e42",
)
LIGHT = Theme(
    name="light",
    dark=False,
    primary="#2450a8",
    secondary="#4a5578",
    accent="#00667a",
    success="#2f6b12",
    warning="#8a5300",
    error="#b3123a",
    foreground="#1f2335",
    background="#ffffff",
    surface="#f7f7fa",
    panel="#e1e3ee",
)
THEMES = (DARK, LIGHT)
NAMES = ("dark", "light", "textual-ansi")
"""Themes in the order in which the action goes through them; the last is the terminal's own colours."""


def colour_is_unwanted() -> bool:
    """Whether ``NO_COLOR`` is set and not empty, as https://no-color.org asks."""
    return bool(os.environ.get("NO_COLOR"))


class NoColour(LineFilter):
    """Takes every colour away; bold, underline and reverse stay and carry the meaning."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, _plain(style), control) if style is not None else Segment(text, style, control)
            for text, style, control in segments
        ]


@lru_cache(maxsize=4096)
def _plain(style: Style) -> Style:
    return Style(
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        reverse=style.reverse,
        strike=style.strike,
        meta=style.meta or None,
    )
