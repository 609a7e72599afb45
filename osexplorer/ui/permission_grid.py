"""The permission grid: the twelve mode bits of one file or several, as boxes to tick, and what ticking them means.

It draws and moves; what is edited, and applying it, is the pane's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from osexplorer.model.display import display
from osexplorer.model.mode_edit import ModeEdit
from osexplorer.model.mode_text import bits_of, octal_of
from osexplorer.model.permissions import CLASSES, SPECIAL_NAME, Who, bit, bit_meaning
from osexplorer.ui.rowlist.cells import Span, elide, width_of
from osexplorer.ui.wrap import wrap

PERMISSIONS = ("r", "w", "x", "s")
_LABEL = 7
_CELL = 5
_HEAD = 2
"""Lines above the first class."""
_BODY = _HEAD + len(CLASSES)
_WIDE = 68
"""Columns from which the titles are words and the owner and the group are named."""
_WORDS = {"r": "read", "w": "write", "x": "exec"}
_DIRECTORY_WORDS = {"r": "list", "w": "change", "x": "enter"}


class GridView(NamedTuple):
    """What the grid shows."""

    edit: ModeEdit
    owner: str = ""
    """Raw; ``""`` where the files have several."""
    group: str = ""
    ours: Who | None = None
    """Which class counts for us."""
    notes: tuple[Span, ...] = ()
    """What an edit means and what is risky, below the boxes; foreign text in it raw."""

    @property
    def text(self) -> str:
        """The modes in a line: ``0644 rw-r--r-- → 0755 rwxr-xr-x``."""
        old, new = _modes_text(self.edit.old), _modes_text(self.edit.new)
        return f"{old} → {new}" if self.edit.changed else old


class PermissionGrid(Widget, can_focus=True):
    """Rows user, group and other; columns read, write, execute, and setuid, setgid, sticky."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"grid--{name}" for name in ("dim", "strong", "changed", "cursor", "accent", "warn", "bad"))
    }
    DEFAULT_CSS = """
    PermissionGrid {
        height: 5; width: 1fr; background: $surface; color: $foreground;
        & > .grid--dim { color: $muted; }
        & > .grid--strong { text-style: bold; }
        & > .grid--changed { color: $warning; text-style: bold; }
        & > .grid--accent { color: $accent; }
        & > .grid--warn { color: $warning; }
        & > .grid--bad { color: $error; text-style: bold; }
        & > .grid--cursor { background: $primary; color: $background; text-style: bold; }
        &:nocolor > .grid--cursor { text-style: reverse; }
        &:ansi > .grid--cursor { text-style: reverse; color: $foreground; background: $surface; }
    }
    """

    class Toggled(Message):
        """A box was clicked."""

        def __init__(self, mode_bit: int) -> None:
            super().__init__()
            self.bit = mode_bit

    class Resized(Message):
        """The notes need another number of lines."""

    def __init__(self) -> None:
        super().__init__()
        self.view: GridView | None = None
        self.message = Span("", "dim")
        """What stands here while there is nothing to show."""
        self.row = 0
        self.column = 0
        self.room = 0
        """Lines that it may take; 0 for as many as it needs."""

    # -- what the pane calls

    def show(self, view: GridView) -> None:
        """Show these modes."""
        if view != self.view:
            self.view = view
            self._fit()

    def show_message(self, text: str, style: str = "dim") -> None:
        """Show no modes, and say why."""
        self.view = None
        self.message = Span(text, style)
        self._fit()

    def allow(self, room: int) -> None:
        """How many lines it may take; what does not fit is counted in its last line."""
        if room != self.room:
            self.room = room
            self._fit()

    @property
    def under_cursor(self) -> int:
        """The mode bit under the cursor."""
        return bit(CLASSES[self.row], PERMISSIONS[self.column])

    @property
    def who(self) -> Who:
        """The class of the row under the cursor."""
        return CLASSES[self.row]

    def move(self, rows: int, columns: int) -> bool:
        """Move the cursor; False when there is nothing further in that direction."""
        row, column = self.row + rows, self.column + columns
        if not (0 <= row < len(CLASSES) and 0 <= column < len(PERMISSIONS)):
            return False
        self.row, self.column = row, column
        self._fit()
        return True

    # -- drawing

    def render_line(self, y: int) -> Strip:
        width, view = self.size.width, self.view
        if view is None:
            lines = self._notes()
            spans = [Span(" "), lines[y]] if y < len(lines) else []
        elif y == 0:
            spans = self._mode_line(view, width)
        elif y == 1:
            spans = self._titles(view, width)
        elif y < _BODY:
            return self._class_line(view, y - _HEAD, width)
        else:
            notes = self._notes()
            spans = [Span(" "), notes[y - _BODY]] if y - _BODY < len(notes) else []
        return self._strip([(text, self._style(style)) for text, style in spans], width)

    def _mode_line(self, view: GridView, width: int) -> list[Span]:
        edit = view.edit
        count = len(edit.old)
        spans = [Span(f" {count} files  ", "dim")] if count > 1 else [Span(" mode  ", "dim")]
        spans.append(Span(_modes_text(edit.old), "dim" if edit.changed else "strong"))
        if edit.changed:
            spans += [Span(" → ", "dim"), Span(_modes_text(edit.new), "changed")]
        if sum(width_of(text) for text, _ in spans) > width:
            spans = [Span(" "), *spans[1:]]
        return spans

    def _titles(self, view: GridView, width: int) -> list[Span]:
        words = _DIRECTORY_WORDS if all(view.edit.directories) else _WORDS
        titles = [words[one] if width >= _WIDE else one for one in "rwx"]
        cell = self._cell(width)
        text = " " * self._label(width) + "".join(f" {title:<{cell - 1}}" for title in titles)
        return [Span(text, "dim")]

    def _class_line(self, view: GridView, row: int, width: int) -> Strip:
        who = CLASSES[row]
        label = self._label(width)
        name = {"user": view.owner, "group": view.group, "other": ""}[who] if width >= _WIDE else ""
        text = f" {who:<6}{elide(display(name), label - 8)}"
        parts = [(text + " " * (label - width_of(text)), self._style("strong" if who == view.ours else ""))]
        for column, permission in enumerate(PERMISSIONS):
            parts += self._box(view.edit, row, column, bit(who, permission), width)
        parts.append((SPECIAL_NAME[who], self._style("dim")))
        if who == view.ours:
            parts.append((" you", self._style("accent")))
        return self._strip(parts, width)

    def _box(self, edit: ModeEdit, row: int, column: int, mode_bit: int, width: int) -> list[tuple[str, Style]]:
        has, altered = edit.has(mode_bit), edit.alters(mode_bit)
        box = f"[{'~' if has is None else 'x' if has else ' '}]"
        style = self._style("changed" if altered else "dim" if has is False else "")
        if self.has_focus and (row, column) == (self.row, self.column):
            style = self.rich_style + self.get_component_rich_style("grid--cursor", partial=True)
        gap = " " * (self._cell(width) - len(box) - 1)
        return [(box, style), (("*" if altered else " ") + gap, self._style("changed"))]

    def _label(self, width: int) -> int:
        return 24 if width >= _WIDE else _LABEL

    def _cell(self, width: int) -> int:
        return 8 if width >= _WIDE else _CELL

    def _notes(self) -> list[Span]:
        """The notes as lines that fit; what the bit under the cursor is for where there is room left."""
        notes = (self.message,) if self.view is None else self.view.notes
        lines = self._wrapped(notes)
        room = self.room - (0 if self.view is None else _BODY)
        if self.view is not None and self.has_focus:
            meaning = self._wrapped((self._meaning(self.view),))
            if not self.room or len(meaning) + len(lines) <= room:
                return meaning + lines
        room = max(room, 1)
        if self.room and len(lines) > room:
            rest = len(lines) - room + 1
            text = elide(f"… and {rest} more lines: zoom with z", self._note_width, "end")
            lines[room - 1 :] = [Span(text, "dim")]
        return lines

    @property
    def _note_width(self) -> int:
        return max(self.size.width - 1, 8)

    def _wrapped(self, notes: Sequence[Span]) -> list[Span]:
        return [Span(line, note.style) for note in notes for line in wrap(note.text, self._note_width)]

    def _meaning(self, view: GridView) -> Span:
        """What the bit under the cursor is for."""
        who, permission = CLASSES[self.row], PERMISSIONS[self.column]
        kinds = {bit_meaning(who, permission, directory=directory) for directory in view.edit.directories}
        return Span("; ".join(sorted(kinds)), "dim")

    def _strip(self, parts: list[tuple[str, Style]], width: int) -> Strip:
        strip = Strip([Segment(text, style) for text, style in parts])
        return strip.adjust_cell_length(width, self.rich_style)

    def _style(self, name: str) -> Style:
        if not name:
            return self.rich_style
        return self.rich_style + self.get_component_rich_style(f"grid--{name}", partial=True)

    # -- geometry and mouse

    def _fit(self) -> None:
        height = len(self._notes()) + (0 if self.view is None else _BODY)
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = max(height, 1)
        self.refresh()

    def on_resize(self) -> None:
        self._fit()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.focus()
        column, rest = divmod(event.x - self._label(self.size.width), self._cell(self.size.width))
        row = event.y - _HEAD
        if self.view is None or not (0 <= row < len(CLASSES) and event.x >= self._label(self.size.width)):
            return
        column = min(column, len(PERMISSIONS) - 1)
        if rest >= 3 and column < len(PERMISSIONS) - 1:
            return
        self.row, self.column = row, column
        self._fit()
        self.post_message(self.Toggled(self.under_cursor))

    def on_focus(self) -> None:
        self._fit()

    def on_blur(self) -> None:
        self._fit()


def _modes_text(modes: tuple[int, ...]) -> str:
    """``0644 rw-r--r--``; for several that differ, ``?`` where they do."""
    return f"{octal_of(modes)} {bits_of(modes)}"
