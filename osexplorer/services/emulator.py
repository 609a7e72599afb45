"""An emulator of a terminal like xterm, for children: pyte's screen, with a parser that bounds what it keeps.

What pyte (0.8.2) lacks or does in another way than xterm, and the programs of terminfo's ``xterm-256color`` rely on:
the alternate screen, scrolling by SU and SD, REP, CBT, the background colour of what is erased, colours with colons.
Its own parser keeps titles of any length and stops at what it does not know, so it is not used.

What a child could do to somebody else through its terminal it cannot: titles, the clipboard, colours and mouse reports
are dropped, a title is never told back, and only fixed answers about the terminal and its cursor are sent.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from osexplorer.services.emulator_screen import Screen
from osexplorer.services.emulator_sgr import apply_sgr

_TOKEN = re.compile(
    r"([^\x00-\x1f\x7f-\x9f]+)"  # 1 text
    r"|\x1b\[([<=>?]?)([0-9:;]*)([ -/]*)([@-~])"  # 2 private, 3 parameters, 4 intermediates, 5 final
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b([ -/]+)([0-~])"  # 6 intermediates, 7 final
    r"|\x1b([0-OQ-WYZ\\`-~])"  # 8 the other escape sequences
    r"|([\x00-\x1a\x1c-\x1f\x7f-\x9f])"  # 9 control
)
_UNFINISHED = re.compile(r"\x1b(?:\[[<=>?]?[0-9:;]*[ -/]*|[ -/]*|[\]PX^_][^\x07\x1b\x9c]*\x1b?)\Z")
_STRING = re.compile(r"\x1b[\]PX^_]")
_STRING_END = re.compile(r"[\x07\x9c]|\x1b\\?")
_LONGEST = 4096
"""Characters kept of a sequence that is not finished; the rest of a longer string is dropped unseen."""
_ANSWERS = 4096
"""Bytes of answers that wait to be taken."""


class Emulator:
    """A screen, fed with bytes.

    Attributes:
        screen: what is on it.
        answers: what the terminal has to say to the program; whoever takes it clears it.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = Screen(columns, rows)
        self.answers = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._skipping = False
        screen = self.screen
        self._controls: dict[str, Callable[[], None]] = {
            "\b": screen.backspace,
            "\t": screen.tab,
            "\n": screen.linefeed,
            "\v": screen.linefeed,
            "\f": screen.linefeed,
            "\r": screen.carriage_return,
            "\x0e": screen.shift_out,
            "\x0f": screen.shift_in,
        }
        self._escapes: dict[str, Callable[[], None]] = {
            "c": screen.reset,
            "D": screen.index,
            "E": self._next_line,
            "M": screen.reverse_index,
            "H": screen.set_tab_stop,
            "7": screen.save_cursor,
            "8": screen.restore_cursor,
        }
        self._sequences: dict[str, Callable[..., None]] = {
            "@": screen.insert_characters,
            "A": screen.cursor_up,
            "B": screen.cursor_down,
            "C": screen.cursor_forward,
            "D": screen.cursor_back,
            "E": screen.cursor_down1,
            "F": screen.cursor_up1,
            "G": screen.cursor_to_column,
            "H": screen.cursor_position,
            "I": self._tab_on,
            "J": screen.erase_in_display,
            "K": screen.erase_in_line,
            "L": screen.insert_lines,
            "M": screen.delete_lines,
            "P": screen.delete_characters,
            "S": screen.scroll_up,
            "T": screen.scroll_down,
            "X": screen.erase_characters,
            "Z": screen.tab_back,
            "`": screen.cursor_to_column,
            "a": screen.cursor_forward,
            "b": screen.repeat,
            "c": lambda *_: self._answer(b"\x1b[?62;22c"),
            "d": screen.cursor_to_line,
            "e": screen.cursor_down,
            "f": screen.cursor_position,
            "g": screen.clear_tab_stop,
            "h": screen.set_mode,
            "l": screen.reset_mode,
            "n": self._report,
            "r": screen.set_margins,
            "s": lambda *_: screen.save_cursor(),
            "u": lambda *_: screen.restore_cursor(),
        }
        self._takes = {"H": 2, "f": 2, "r": 2, "h": 99, "l": 99}

    def feed(self, data: bytes) -> None:
        """Act on what the program has written. Never raises, whatever it is."""
        text = self._rest + self._decoder.decode(data)
        self._rest = ""
        if self._skipping:
            text = self._skip(text)
        unfinished = _UNFINISHED.search(text, max(len(text) - _LONGEST - 8, 0))
        if unfinished is not None:
            text, self._rest = text[: unfinished.start()], unfinished[0]
        elif (begun := text.rfind("\x1b", 0, -1)) >= 0 and _STRING.match(text, begun):
            self._skipping = _STRING_END.search(text, begun + 2) is None
            if self._skipping:
                text = text[:begun]
        if len(self._rest) > _LONGEST:
            self._skipping, self._rest = _STRING.match(self._rest) is not None, ""
        draw, act = self.screen.draw, self._act
        for match in _TOKEN.finditer(text):
            if match[1]:
                draw(match[1])
            else:
                act(match)

    def _skip(self, text: str) -> str:
        """What follows the string that is too long to be kept."""
        end = _STRING_END.search(text)
        if end is None:
            return ""
        self._skipping = False
        return text[end.end() :] if end[0] != "\x1b" or end.end() < len(text) else text[end.start() :]

    def _act(self, match: re.Match[str]) -> None:
        if control := match[9]:
            if control in self._controls:
                self._controls[control]()
        elif final := match[5]:
            self._sequence(match[2], match[3], match[4], final)
        elif escape := match[8]:
            if escape in self._escapes:
                self._escapes[escape]()
        elif match[6] in ("(", ")"):
            self.screen.define_charset(match[7], match[6])
        elif match[6] == "#" and match[7] == "8":
            self.screen.alignment_display()

    def _sequence(self, private: str, parameters: str, between: str, final: str) -> None:
        if final == "m" and not private and not between:
            screen = self.screen
            screen.cursor.attrs = apply_sgr(screen.cursor.attrs, parameters)
            return
        numbers = [min(int(word.partition(":")[0] or 0), 9999) for word in parameters.split(";")] if parameters else []
        if between:
            if (between, final) == ("$", "p") and private == "?" and numbers:
                self._answer(b"\x1b[?%d;0$y" % numbers[0])
            elif (between, final) == ("!", "p"):
                self.screen.soft_reset()
            return
        if private == ">" and final == "c":
            self._answer(b"\x1b[>41;0;0c")
        elif private == "?" and final in "hl":
            (self.screen.set_mode if final == "h" else self.screen.reset_mode)(*numbers, private=True)
        elif private == "?" and final == "n":
            self._report(numbers[0] if numbers else 0, private=True)
        elif private == "?" and final in "JK":
            self._sequences[final](*numbers[:1])
        elif not private and (function := self._sequences.get(final)) is not None:
            function(*numbers[: self._takes.get(final, 1)])

    def _next_line(self) -> None:
        self.screen.index()
        self.screen.carriage_return()

    def _tab_on(self, count: int = 0) -> None:
        for _ in range(min(count or 1, self.screen.columns)):
            self.screen.tab()

    def _report(self, what: int = 0, private: bool = False) -> None:
        mark = b"?" if private else b""
        if what == 6:
            x, y = min(self.screen.cursor.x, self.screen.columns - 1), self.screen.cursor.y
            self._answer(b"\x1b[%s%d;%dR" % (mark, y + 1, x + 1))
        elif what == 5 and not private:
            self._answer(b"\x1b[0n")

    def _answer(self, data: bytes) -> None:
        if len(self.answers) < _ANSWERS:
            self.answers += data
