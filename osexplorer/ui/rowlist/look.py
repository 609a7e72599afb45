"""How the parts of a list look."""

from __future__ import annotations

STYLES = (
    *("dim", "strong", "accent", "good", "bad", "warn"),
    *("directory", "link", "broken", "executable", "special", "match"),
)
"""Names a cell's style may have; each has a component class ``rowlist--NAME`` in the stylesheet."""

LOOKS = ("header", "cursor", "cursor-blurred", "marked")
"""What else has such a class: whole rows."""

CSS = """
    RowList {
        height: 1fr; width: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        background: $surface; color: $foreground;
        & > .rowlist--header { color: $muted; text-style: bold; }
        & > .rowlist--cursor { background: $primary; color: $background; text-style: bold; }
        & > .rowlist--cursor-blurred { background: $blurred; }
        & > .rowlist--marked { text-style: bold; color: $warning; }
        & > .rowlist--dim { color: $muted; }
        & > .rowlist--strong { text-style: bold; }
        & > .rowlist--accent { color: $accent; }
        & > .rowlist--good { color: $success; }
        & > .rowlist--bad { color: $error; text-style: bold; }
        & > .rowlist--warn { color: $warning; }
        & > .rowlist--directory { color: $primary; text-style: bold; }
        & > .rowlist--link { color: $accent; }
        & > .rowlist--broken { color: $error; text-style: underline; }
        & > .rowlist--executable { color: $success; text-style: bold; }
        & > .rowlist--special { color: $warning; }
        & > .rowlist--match { color: $accent; text-style: bold underline; }
        &:nocolor > .rowlist--cursor { text-style: reverse; }
        &:ansi > .rowlist--cursor { text-style: reverse; color: $foreground; background: $surface; }
        &:nocolor > .rowlist--cursor-blurred, &:ansi > .rowlist--cursor-blurred { text-style: underline; }
    }
"""
