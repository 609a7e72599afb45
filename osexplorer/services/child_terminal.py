"""The terminal of one child: its output on an emulated screen, its size, the answers it gives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from pyte.screens import Char

from osexplorer.model.terminal import Modes, Run, Style, TerminalLine, TerminalView
from osexplorer.services.emulator import Emulator

_NO_LINE = TerminalLine((), -1)


_look = itemgetter(slice(1, None))
"""All of a cell but its character."""
_character = itemgetter(0)


@lru_cache(maxsize=4096)
def _style(look: tuple[Any, ...]) -> Style:
    cell = Char(" ", *look)
    return Style(
        "" if cell.fg == "default" else cell.fg,
        "" if cell.bg == "default" else cell.bg,
        bold=cell.bold,
        italic=cell.italics,
        underline=cell.underscore,
        strike=cell.strikethrough,
        reverse=cell.reverse,
        blink=cell.blink,
    )


class ChildTerminal:
    """Is fed in one thread and looked at in another.

    Args:
        size: columns and rows.
        answer: called in the feeding thread with what the terminal has to say to the program.
    """

    def __init__(self, size: tuple[int, int], answer: Callable[[bytes], None]) -> None:
        self._lock = threading.Lock()
        self._emulator = Emulator(*size)
        self._answer = answer
        self._version = 0
        self._seen = -1
        self._lines: list[TerminalLine] = []
        self._view: TerminalView | None = None

    def feed(self, data: bytes) -> None:
        """Show what the program has written."""
        emulator = self._emulator
        with self._lock:
            emulator.feed(data)
            self._version += 1
            answers = bytes(emulator.answers)
            emulator.answers.clear()
        if answers:
            self._answer(answers)

    def resize(self, size: tuple[int, int]) -> None:
        """Give the screen another size; the program hears of it from the kernel."""
        columns, rows = size
        with self._lock:
            self._emulator.screen.resize(rows, columns)
            self._version += 1

    def view(self) -> TerminalView:
        """The screen now. Only lines that have changed since the last look are made anew."""
        with self._lock:
            if self._view is not None and self._seen == self._version:
                return self._view
            self._seen = self._version
            self._update_lines()
            screen = self._emulator.screen
            cursor = None if screen.cursor.hidden else (min(screen.cursor.x, screen.columns - 1), screen.cursor.y)
            self._view = TerminalView(
                screen.columns,
                screen.lines,
                tuple(self._lines),
                cursor,
                Modes(screen.application_cursor, screen.bracketed_paste),
                self._version,
            )
            return self._view

    def _update_lines(self) -> None:
        screen = self._emulator.screen
        if len(self._lines) != screen.lines:
            self._lines = [_NO_LINE] * screen.lines
            screen.dirty.update(range(screen.lines))
        columns = range(screen.columns)
        for y in screen.dirty:
            if y < screen.lines:
                line = screen.buffer[y]
                cells = map(line.__getitem__, columns)
                runs = tuple(
                    Run("".join(map(_character, run)), _style(look)) for look, run in groupby(cells, key=_look)
                )
                if runs != self._lines[y].runs:
                    self._lines[y] = TerminalLine(runs, self._version)
        screen.dirty.clear()
