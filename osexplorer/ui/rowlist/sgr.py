"""Styles that the environment names by the terminal's own codes, as ``LS_COLORS`` does."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color
from rich.style import Style

from osexplorer.model.ls_colors import Colour, look_of

SGR = "sgr:"
"""Begins the name of a style that goes on with codes of SGR: ``sgr:01;34``."""


@lru_cache(maxsize=1024)
def sgr_style(name: str) -> Style:
    """The style of that name; a plain one where its codes mean nothing."""
    look = look_of(name.removeprefix(SGR))
    if look is None:
        return Style()
    on = dict.fromkeys(look.attributes, True)
    return Style(color=_colour(look.foreground), bgcolor=_colour(look.background), **on)  # type: ignore[arg-type]


def _colour(colour: Colour) -> Color | None:
    if colour is None:
        return None
    return Color.from_ansi(colour) if isinstance(colour, int) else Color.from_rgb(*colour)
