"""The themes: dark, light, and the terminal's own sixteen colours; and the screen without any colour."""

from __future__ import annotations

import os
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

VARIABLES = {
    "muted": "ansi_bright_black",
    "frame": "ansi_bright_black",
    "blurred": "ansi_default",
}
"""Our own variables: dim text, the frame of a pane without the keyboard, the cursor's row in a list without it."""

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
    variables={"muted": "#8891b8", "frame": "#3b4261", "blurred": "#292e42"},
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
    variables={"muted": "#5a6180", "frame": "#b4b9cf", "blurred": "#e1e3ee"},
)
TERMINAL = Theme(
    name="terminal",
    ansi=True,
    dark=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        **VARIABLES,
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border-blurred": "ansi_bright_black",
        "input-selection-background": "ansi_bright_blue",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_bright_blue",
        "screen-selection-foreground": "ansi_black",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_white",
        "input-cursor-background": "ansi_white",
        "input-cursor-foreground": "ansi_black",
        "input-cursor-text-style": "none",
    },
)
THEMES = (DARK, LIGHT, TERMINAL)
NAMES = tuple(theme.name for theme in THEMES)
"""In the order in which the action goes through them."""


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
