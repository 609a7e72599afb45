"""The screen of an emulated terminal: pyte's, more like xterm's; see :mod:`.emulator`."""

from __future__ import annotations

import unicodedata
from typing import Any

import pyte
from pyte import charsets, modes
from pyte.screens import Char, StaticDefaultDict, wcwidth

_COMBINED = 8
"""Characters in one cell: a letter and what is above and below it."""
_BLANK = Char(" ")
_ALTERNATE = (47, 1047, 1049)
_DROPPED_MODES = (3, 9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2026)
_CURSOR_KEYS = 1 << 5
_PASTE = 2004 << 5


class _Cells(dict[str, Char]):
    """The cells in one look, by their character."""

    def __init__(self, look: Char) -> None:
        super().__init__()
        self.look = look

    def __missing__(self, character: str) -> Char:
        cell = self[character] = self.look._replace(data=character)
        return cell


class Screen(pyte.Screen):
    """pyte's screen, more like xterm's. Cells hold printable characters only."""

    def __init__(self, columns: int, rows: int) -> None:
        self._cells = _Cells(_BLANK)
        self._ordinary: tuple[Any, Any] | None = None
        self.last = ""
        """The last character that was drawn, for REP."""
        super().__init__(columns, rows)

    @property
    def application_cursor(self) -> bool:
        return _CURSOR_KEYS in self.mode

    @property
    def bracketed_paste(self) -> bool:
        return _PASTE in self.mode

    # -- text

    def draw(self, data: str) -> None:
        mapping = self.g1_charset if self.charset else self.g0_charset
        if mapping is not charsets.LAT1_MAP:
            data = data.translate(mapping)
        self.last = data[-1]
        wraps = modes.DECAWM in self.mode
        if data.isascii() and wraps and modes.IRM not in self.mode:
            self._draw_plain(data)
        else:
            for character in data:
                self._draw_one(character, wraps)
        self.dirty.add(self.cursor.y)

    def _cells_now(self) -> _Cells:
        if self._cells.look != self.cursor.attrs:
            self._cells = _Cells(self.cursor.attrs)
        return self._cells

    def _draw_plain(self, data: str) -> None:
        """ASCII, where every character takes one cell."""
        cells, cursor, at = self._cells_now(), self.cursor, 0
        while at < len(data):
            if cursor.x >= self.columns:
                self._wrap()
            piece = data[at : at + self.columns - cursor.x]
            line = self.buffer[cursor.y]
            self._part_wide(line, cursor.x, cursor.x + len(piece))
            line.update(zip(range(cursor.x, cursor.x + len(piece)), map(cells.__getitem__, piece), strict=True))
            cursor.x += len(piece)
            at += len(piece)

    def _draw_one(self, character: str, wraps: bool) -> None:
        width = wcwidth(character)
        if width <= 0:
            self._combine(character)
            return
        if not character.isprintable():
            character, width = "\ufffd", 1
        cursor = self.cursor
        if width > self.columns:
            return
        if cursor.x + width > self.columns:
            if wraps:
                self._wrap()
            else:
                cursor.x = self.columns - width
        if modes.IRM in self.mode:
            self.insert_characters(width)
        line = self.buffer[cursor.y]
        self._part_wide(line, cursor.x, cursor.x + width)
        cells = self._cells_now()
        line[cursor.x] = cells[character]
        if width == 2:
            line[cursor.x + 1] = cells[""]
        cursor.x += width
        if not wraps:
            cursor.x = min(cursor.x, self.columns)

    def _part_wide(self, line: dict[int, Char], start: int, end: int) -> None:
        """Half of a wide character that is written over leaves a blank for its other half."""
        if start and start in line and not line[start].data:
            line[start - 1] = line[start - 1]._replace(data=" ")
        if end in line and not line[end].data:
            line[end] = line[end]._replace(data=" ")

    def _combine(self, character: str) -> None:
        cursor, line = self.cursor, self.buffer[self.cursor.y]
        at = cursor.x - 1
        if at > 0 and not line[at].data:
            at -= 1
        if at < 0 or not unicodedata.combining(character) or len(line[at].data) >= _COMBINED:
            return
        line[at] = line[at]._replace(data=unicodedata.normalize("NFC", line[at].data + character))

    def _wrap(self) -> None:
        self.dirty.add(self.cursor.y)
        self.cursor.x = 0
        self.index()

    # -- lines that come and go have the background colour

    @property
    def blank(self) -> Char:
        """What erasing leaves."""
        background = self.cursor.attrs.bg
        return _BLANK if background == "default" else _BLANK._replace(bg=background)

    def _clear_line(self, y: int) -> None:
        blank = self.blank
        if blank is _BLANK:
            self.buffer.pop(y, None)
        else:
            self.buffer[y] = StaticDefaultDict(blank)

    def _margins(self) -> tuple[int, int]:
        return self.margins if self.margins is not None else (0, self.lines - 1)

    def _scroll(self, top: int, bottom: int, count: int) -> None:
        """Move the lines from `top` to `bottom` up by `count`, down for a negative one."""
        if top > bottom:
            return
        self.dirty.update(range(top, bottom + 1))
        buffer = self.buffer
        lines = [buffer.pop(y, None) for y in range(top, bottom + 1)]
        for y, line in enumerate(lines, top):
            if line is not None and top <= y - count <= bottom:
                buffer[y - count] = line
        blanks = (
            range(max(bottom - count + 1, top), bottom + 1) if count > 0 else range(top, min(top - count, bottom + 1))
        )
        for y in blanks:
            self._clear_line(y)

    def index(self) -> None:
        top, bottom = self._margins()
        if self.cursor.y == bottom:  # as _scroll does, in a third of the time: this is what a flood of lines takes
            lines = self.buffer
            lines.update(zip(range(top, bottom), map(lines.__getitem__, range(top + 1, bottom + 1)), strict=True))
            self.dirty.update(range(top, bottom + 1))
            self._clear_line(bottom)
        elif self.cursor.y < self.lines - 1:
            self.cursor.y += 1

    def reverse_index(self) -> None:
        top, bottom = self._margins()
        if self.cursor.y == top:
            self._scroll(top, bottom, -1)
        elif self.cursor.y:
            self.cursor.y -= 1

    def insert_lines(self, count: int | None = None) -> None:
        top, bottom = self._margins()
        if top <= self.cursor.y <= bottom:
            self._scroll(self.cursor.y, bottom, -(count or 1))
            self.cursor.x = 0

    def delete_lines(self, count: int | None = None) -> None:
        top, bottom = self._margins()
        if top <= self.cursor.y <= bottom:
            self._scroll(self.cursor.y, bottom, count or 1)
            self.cursor.x = 0

    def scroll_up(self, count: int = 0) -> None:
        """SU."""
        self._scroll(*self._margins(), min(count or 1, self.lines))

    def scroll_down(self, count: int = 0) -> None:
        """SD."""
        self._scroll(*self._margins(), -min(count or 1, self.lines))

    def erase_characters(self, count: int | None = None) -> None:
        self._erase(self.cursor.y, self.cursor.x, min(self.cursor.x + (count or 1), self.columns))

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        start = 0 if how else self.cursor.x
        end = min(self.cursor.x + 1, self.columns) if how == 1 else self.columns
        self._erase(self.cursor.y, start, end)

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        lines = range(self.lines)
        if how == 0:
            lines = range(self.cursor.y + 1, self.lines)
        elif how == 1:
            lines = range(self.cursor.y)
        elif how != 2:
            return
        for y in lines:
            self._clear_line(y)
        self.dirty.update(lines)
        if how in (0, 1):
            self.erase_in_line(how)

    def _erase(self, y: int, start: int, end: int) -> None:
        self.dirty.add(y)
        line, blank = self.buffer[y], self.blank
        self._part_wide(line, start, end)
        for x in range(start, end):
            line[x] = blank

    # -- the cursor

    def save_cursor(self) -> None:
        super().save_cursor()
        del self.savepoints[:-1]

    def restore_cursor(self) -> None:
        kept = self.savepoints[-1:]
        super().restore_cursor()
        self.cursor.x = min(self.cursor.x, self.columns)
        if kept:
            self.save_cursor()

    def set_margins(self, top: int | None = None, bottom: int | None = None) -> None:
        first = max((top or 1) - 1, 0)
        last = min((bottom or self.lines) - 1, self.lines - 1)
        if first < last:
            self.margins = None if (first, last) == (0, self.lines - 1) else pyte.screens.Margins(first, last)
            self.cursor_position()

    def cursor_to_line(self, line: int | None = None) -> None:
        """VPA. In origin mode lines count from the top margin, of the whole screen where none is set."""
        self.cursor_position(line, self.cursor.x + 1)

    def tab_back(self, count: int = 0) -> None:
        """CBT."""
        for _ in range(min(count or 1, self.columns)):
            self.cursor.x = max((stop for stop in self.tabstops if stop < self.cursor.x), default=0)

    def repeat(self, count: int = 0) -> None:
        """REP."""
        if self.last:
            self.draw(self.last * min(count or 1, self.columns * self.lines))

    # -- modes

    def set_mode(self, *numbers: int, **kwargs: Any) -> None:
        if kwargs.get("private"):
            self._switch(numbers, True)
            numbers = tuple(number for number in numbers if number not in (*_DROPPED_MODES, *_ALTERNATE, 1048))
        if numbers:
            super().set_mode(*numbers, **kwargs)

    def reset_mode(self, *numbers: int, **kwargs: Any) -> None:
        if kwargs.get("private"):
            self._switch(numbers, False)
            numbers = tuple(number for number in numbers if number not in (*_DROPPED_MODES, *_ALTERNATE, 1048))
        if numbers:
            super().reset_mode(*numbers, **kwargs)

    def _switch(self, numbers: tuple[int, ...], alternate: bool) -> None:
        """The alternate screen, and the cursor kept with it."""
        for number in numbers:
            if number in (1048, 1049) and alternate:
                self.save_cursor()
            if number in _ALTERNATE and alternate is (self._ordinary is None):
                if alternate:
                    self._ordinary = dict(self.buffer), self.savepoints
                    self.buffer.clear()
                elif self._ordinary is not None:
                    lines, self.savepoints = self._ordinary
                    self._ordinary = None
                    self.buffer.clear()
                    self.buffer.update((y, line) for y, line in lines.items() if y < self.lines)
                self.dirty.update(range(self.lines))
            if number in (1048, 1049) and not alternate:
                self.restore_cursor()

    def reset(self) -> None:
        self._ordinary = None
        self.savepoints = []
        super().reset()

    def soft_reset(self) -> None:
        """DECSTR."""
        self.margins = None
        self.mode.difference_update((modes.IRM, modes.DECOM, _CURSOR_KEYS))
        self.mode.add(modes.DECAWM)
        self.cursor.hidden = False
        self.cursor.attrs = _BLANK
        self.charset, self.g0_charset, self.g1_charset = 0, charsets.LAT1_MAP, charsets.VT100_MAP

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """As xterm: blank lines below the cursor go first, then those on top."""
        lines, columns = lines or self.lines, columns or self.columns
        if (lines, columns) == (self.lines, self.columns):
            return
        over = self.cursor.y - (lines - 1)
        if over > 0:
            self._scroll(0, self.lines - 1, over)
            self.cursor.y -= over
        for y in [y for y in self.buffer if y >= lines]:
            del self.buffer[y]
        for line in self.buffer.values():
            for x in [x for x in line if x >= columns]:
                del line[x]
            if columns - 1 in line and wcwidth(line[columns - 1].data[:1] or " ") == 2:
                line[columns - 1] = line[columns - 1]._replace(data=" ")
        self.lines, self.columns = lines, columns
        self.margins = None
        self.cursor.x = min(self.cursor.x, columns - 1)
        self.tabstops = set(range(8, columns, 8))
        self.dirty.update(range(lines))
