"""A terminal emulator for tests: pyte, fed only what it understands, and the modes that a program leaves set."""

from __future__ import annotations

import copy
import re
from typing import Any

import pyte
from pyte import modes

_ALTERNATE_SCREEN = 1049

_NOT_FOR_PYTE = re.compile(
    rb"\x1b\[[<>=][0-9;:]*[@-~]"  # private parameters other than "?", which pyte prints as text
    rb"|\x1b\[[?0-9;:]*[ -/]+[@-~]"  # intermediate bytes: "$p", " q"
    rb"|\x1b\[\?[0-9;]*[^hl0-9;]"  # private sequences that are not modes
    rb"|\x1b[P_X^][^\x1b\x07]*(?:\x1b\\|\x07)"  # DCS, APC, SOS, PM
    rb"|\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)"  # OSC
)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[P_X^\]][^\x1b\x07]*\x1b?)?\Z")
_MODES = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[(?:>[0-9]*|<([0-9]*))u")

ANSWERS = (
    (b"\x1b[6n", b"\x1b[1;1R"),
    (b"\x1b[c", b"\x1b[?62;c"),
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
    (b"\x1b[?u", b"\x1b[?0u"),
    (b"\x1b]10;?", b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\"),
    (b"\x1b]11;?", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
)
"""Queries of programs and what a terminal replies."""

SET_BY_DEFAULT = {7: "line wrap", 25: "the cursor"}
CLEAR_BY_DEFAULT = {
    1: "application cursor keys",
    1000: "mouse clicks",
    1002: "mouse drags",
    1003: "mouse motion",
    1004: "focus reports",
    1006: "SGR mouse reports",
    1015: "urxvt mouse reports",
    1016: "mouse reports in pixels",
    1049: "the alternate screen",
    2004: "bracketed paste",
    2026: "synchronised output",
    2048: "size reports",
}


class _Screen(pyte.Screen):
    """A pyte screen with an alternate screen."""

    _ordinary: tuple[Any, Any] | None = None

    def set_mode(self, *numbers: int, **kwargs: Any) -> None:
        if kwargs.get("private") and _ALTERNATE_SCREEN in numbers and self._ordinary is None:
            self._ordinary = copy.deepcopy(self.buffer), copy.copy(self.cursor)
            self.erase_in_display(2)
        super().set_mode(*numbers, **kwargs)

    def reset_mode(self, *numbers: int, **kwargs: Any) -> None:
        if kwargs.get("private") and _ALTERNATE_SCREEN in numbers and self._ordinary is not None:
            hidden = self.cursor.hidden
            self.buffer, self.cursor = self._ordinary
            self.cursor.hidden = hidden
            self._ordinary = None
        super().reset_mode(*numbers, **kwargs)


class Emulator:
    """What a person would see after the bytes fed so far."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = _Screen(columns, rows)
        self.screen.set_mode(modes.LNM)
        self.screen.reset_mode(modes.LNM)
        self._stream = pyte.ByteStream(self.screen)
        self._rest = b""
        self.in_update = False
        """Inside a synchronised update (mode 2026), which a terminal does not show before its end."""

    def feed(self, data: bytes) -> bytes:
        """Show `data`; returns what a terminal replies to the queries in it."""
        data = self._rest + data
        self._rest = b""
        if unfinished := _UNFINISHED.search(data):
            data, self._rest = data[: unfinished.start()], unfinished.group()
        begun, ended = data.rfind(b"\x1b[?2026h"), data.rfind(b"\x1b[?2026l")
        if begun != ended:
            self.in_update = begun > ended
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data))
        asked = sorted((at, answer) for query, answer in ANSWERS if (at := data.find(query)) >= 0)
        return b"".join(answer for _, answer in asked)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)

    def text(self) -> str:
        """The screen's rows, without the spaces at their ends."""
        return "\n".join(row.rstrip() for row in self.screen.display)


def left_set(raw: bytes) -> list[str]:
    """What a program's whole output leaves a terminal with that is not its ordinary state, in words."""
    state: dict[int, bool] = {}
    for numbers, action in _MODES.findall(raw):
        for number in numbers.split(b";"):
            state[int(number)] = action == b"h"
    faults = [f"{name} left on" for number, name in CLEAR_BY_DEFAULT.items() if state.get(number)]
    faults += [f"{name} left off" for number, name in SET_BY_DEFAULT.items() if state.get(number) is False]
    pushed = 0
    for match in _KITTY.finditer(raw):
        pushed = max(0, pushed - int(match.group(1) or 1)) if b"<" in match.group() else pushed + 1
    return [*faults, f"kitty keyboard flags pushed {pushed} times"] if pushed else faults
