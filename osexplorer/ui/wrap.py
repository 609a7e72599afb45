"""Foreign text broken into lines that fit, without losing a character."""

from __future__ import annotations

from osexplorer.model.display import display
from osexplorer.ui.rowlist.cells import width_of


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines whose shown form is at most `width` cells; raw like `text`, and together exactly `text`.

    Broken after the last space that fits, or else after the last character that does.
    """
    sizes = [width_of(display(character)) for character in text]
    lines: list[str] = []
    start = used = 0
    space = -1
    for at, character in enumerate(text):
        used += sizes[at]
        while used > width and at > start:
            end = space + 1 if space >= start else at
            lines.append(text[start:end])
            start = end
            used = sum(sizes[start : at + 1])
        if character == " ":
            space = at
    return [*lines, text[start:]]
