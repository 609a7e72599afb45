"""How an entry of a directory looks: its columns, and its kind by a sign as well as by colour."""

from __future__ import annotations

import os
import stat as _stat
from collections.abc import Sequence
from typing import TYPE_CHECKING

from osexplorer.model.entry import EntryStat, Kind, suffix
from osexplorer.model.errors import CallError
from osexplorer.model.icons import icon
from osexplorer.model.ls_colors import LsColors
from osexplorer.model.order import extension
from osexplorer.model.settings import Icons
from osexplorer.model.units import size_text, time_text
from osexplorer.ui.rowlist import Cell, Column, Span
from osexplorer.ui.rowlist.cells import Glyph, Matched
from osexplorer.ui.rowlist.sgr import SGR

if TYPE_CHECKING:
    from osexplorer.model.measure import Use

COLUMNS = [
    Column("name", "Name", 16, flex=1, scrolls=True),
    Column("size", "Size", 7, priority=1, align="right", descending=True),
    Column("mode", "Mode", 10, priority=3),
    Column("uid", "Owner", 8, priority=4),
    Column("gid", "Group", 8, priority=6),
    Column("mtime", "Modified", 16, priority=2, descending=True),
    Column("ctime", "Changed", 16, priority=9, descending=True),
    Column("atime", "Accessed", 16, priority=11, descending=True),
    Column("btime", "Born", 16, priority=12, descending=True),
    Column("links", "Links", 5, priority=10, align="right", descending=True),
    Column("kind", "Kind", 16, priority=7),
    Column("extension", "Extension", 9, priority=8),
]


_ALWAYS = frozenset(("name", "size", "mtime"))
"""Columns that keep their importance, whatever is sorted by."""


def columns_for(width: int, by: str = "name") -> list[Column]:
    """The columns, the name keeping about two fifths of `width` cells for itself at least.

    Args:
        by: what is sorted by: it is shown before others are.
    """
    name, *others = COLUMNS
    shown = [column._replace(priority=1) if column.id == by and by not in _ALWAYS else column for column in others]
    return [name._replace(width=max(name.width, (width - 6) * 2 // 5)), *shown]


_STYLES = {
    Kind.DIRECTORY: "directory",
    Kind.FILE: "",
    Kind.SYMLINK: "link",
}


def cells(
    name: str,
    kind: Kind,
    stat: EntryStat | CallError | None,
    columns: Sequence[str],
    use: Use | None = None,
    colours: LsColors | None = None,
    matched: tuple[int, ...] = (),
    icons: Icons = "none",
) -> list[Cell]:
    """What an entry shows in these columns.

    Args:
        use: what a directory takes with all below it, where that was counted.
        colours: how names look, where ``LS_COLORS`` says so.
        matched: characters of the name that a filter has found.
        icons: which icon stands before the name.
    """
    codes = colours.codes(name, kind, stat if isinstance(stat, EntryStat) else None) if colours is not None else ""
    look = SGR + codes if codes else ""
    if isinstance(stat, EntryStat):
        known = stat
        return [
            _with_icon(_name(name, kind, known, look, matched), icons, name, kind, known.executable)
            if column == "name"
            else _cell(name, kind, known, column, use)
            for column in columns
        ]
    return [
        _with_icon(_unknown(name, kind, stat, column, look, matched), icons, name, kind)
        if column == "name"
        else _unknown(name, kind, stat, column, look, matched)
        for column in columns
    ]


def _with_icon(cell: Cell, icons: Icons, name: str, kind: Kind, executable: bool = False) -> Cell:
    if icons == "none":
        return cell
    sign = Glyph(f"{icon(icons, name, kind, executable)} ", "dim")
    return [sign, *cell] if isinstance(cell, list) else [sign, Span(cell) if isinstance(cell, str) else cell]  # type: ignore[list-item]


def _unknown(name: str, kind: Kind, error: CallError | None, column: str, look: str, matched: tuple[int, ...]) -> Cell:
    """A cell of an entry that was not looked at, or cannot be."""
    if column == "name":
        spans = [_text(name, look or _STYLES.get(kind, "special"), matched), Span(suffix(kind), "dim")]
        return [*spans, Span(f"  {error.code}", "bad")] if error is not None else spans
    if column == "kind":
        return Span(kind.word, "dim")
    if column == "extension":
        return Span(_extension(name, kind), "dim")
    return Span("?", "bad") if error is not None else ""


def _text(name: str, style: str, matched: tuple[int, ...]) -> Span | Matched:
    return Matched(name, style, matched) if matched else Span(name, style)


def _name(name: str, kind: Kind, stat: EntryStat, look: str, matched: tuple[int, ...]) -> Cell:
    style = look or ("executable" if stat.executable else _STYLES.get(kind, "special"))
    if kind is not Kind.SYMLINK:
        mark = suffix(kind, stat)
        shown = _text(name, style, matched)
        return [shown, Span(mark, "dim")] if mark else shown
    target = stat.target
    broken = target is not None and target.broken
    spans = [_text(name, "broken" if broken and not look else style, matched), Span("@", "dim")]
    if stat.link is not None:
        spans.append(Span(f" → {stat.link}", "broken" if broken else "dim"))
    if target is not None and target.broken:
        spans.append(Span(f" ({target.fault})", "bad"))
    elif target is not None and target.kind is not None and target.kind is not Kind.FILE:
        spans.append(Span(suffix(target.kind), "dim"))
    return spans


def _cell(name: str, kind: Kind, stat: EntryStat, column: str, use: Use | None) -> Cell:
    match column:
        case "size":
            return _size(kind, stat, use)
        case "mode":
            return _stat.filemode(stat.mode)
        case "uid":
            return stat.owner
        case "gid":
            return stat.group
        case "mtime":
            return time_text(stat.mtime)
        case "ctime":
            return time_text(stat.ctime)
        case "atime":
            return time_text(stat.atime)
        case "btime":
            return "" if stat.btime is None else time_text(stat.btime)
        case "links":
            return str(stat.links)
        case "kind":
            return Span(kind.word, "dim")
        case _:
            return Span(_extension(name, kind), "dim")


def _size(kind: Kind, stat: EntryStat, use: Use | None) -> Cell:
    if use is not None:
        sign = "~" if stat.mtime != use.mtime else "≥" if use.partial else ""
        return Span(sign + size_text(use.size), "dim" if sign else "accent")
    if kind in (Kind.CHARACTER_DEVICE, Kind.BLOCK_DEVICE):
        return f"{os.major(stat.rdev)},{os.minor(stat.rdev)}"
    return Span(size_text(stat.size), "" if kind is Kind.FILE else "dim")


def _extension(name: str, kind: Kind) -> str:
    return extension(name) if kind is not Kind.DIRECTORY else ""
