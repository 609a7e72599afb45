"""The terminal of a child: what is on its screen, and what its keys send."""

from __future__ import annotations

from typing import NamedTuple


class Style(NamedTuple):
    """How a piece of text looks. A colour is ``""`` for the terminal's own, ``"0"`` to ``"255"`` for one of its
    palette, or ``"#rrggbb"``."""

    foreground: str = ""
    background: str = ""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    reverse: bool = False
    blink: bool = False


class Run(NamedTuple):
    """Text in one style, all of it printable."""

    text: str
    style: Style


class TerminalLine(NamedTuple):
    """A line of the screen, as wide as the screen."""

    runs: tuple[Run, ...]
    version: int
    """Another one once it has changed."""


class TerminalView(NamedTuple):
    """The screen at one moment."""

    columns: int
    rows: int
    lines: tuple[TerminalLine, ...]
    cursor: tuple[int, int] | None
    """Column and row; None while it is hidden."""
    modes: Modes
    version: int
    """Another one once anything has changed."""

    def text(self) -> str:
        """The screen as lines of text, without the blanks at their ends."""
        return "\n".join("".join(run.text for run in line.runs).rstrip() for line in self.lines)


class Modes(NamedTuple):
    """What the program on the terminal asked for about its keys."""

    application_cursor: bool = False
    """DECCKM: the cursor keys send ``ESC O A``, not ``ESC [ A``."""
    bracketed_paste: bool = False
    """Pasted text is told from typed text."""


_CURSOR = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_TILDE = {
    "insert": 2,
    "delete": 3,
    "pageup": 5,
    "pagedown": 6,
    **{f"f{number}": code for number, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)},
}
_F1 = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
_PLAIN = {"enter": "\r", "tab": "\t", "escape": "\x1b", "backspace": "\x7f", "space": " "}
_CONTROLS = {
    "space": 0,
    "at": 0,
    "left_square_bracket": 27,
    "backslash": 28,
    "right_square_bracket": 29,
    "circumflex_accent": 30,
    "underscore": 31,
    "slash": 31,
    "question_mark": 127,
    "backspace": 8,
}
_SHIFT, _ALT, _CTRL = 1, 2, 4


def key_bytes(key: str, character: str | None, modes: Modes) -> bytes:
    """What a key sends, as xterm's does (ctlseqs, "PC-Style Function Keys"); ``b""`` for one that sends nothing.

    Args:
        key: its name, as Textual has it: ``"ctrl+a"``, ``"shift+up"``, ``"f5"``, ``"enter"``.
        character: what it types, where it types something.
    """
    *names, name = key.split("+") if key != "+" else ["+"]
    held = ("shift" in names) * _SHIFT | ("alt" in names) * _ALT | ("ctrl" in names) * _CTRL
    if name in _CURSOR or name in _F1:
        final = _CURSOR.get(name) or _F1[name]
        if held:
            return f"\x1b[1;{held + 1}{final}".encode()
        return f"\x1b{'O' if name in _F1 or modes.application_cursor else '['}{final}".encode()
    if name in _TILDE:
        return (f"\x1b[{_TILDE[name]};{held + 1}~" if held else f"\x1b[{_TILDE[name]}~").encode()
    if key == "shift+tab":
        return b"\x1b[Z"
    before = b"\x1b" if held & _ALT else b""
    if held & _CTRL:
        if len(name) == 1 and "a" <= name.lower() <= "z":
            return before + bytes([ord(name.lower()) & 31])
        return before + bytes([_CONTROLS[name]]) if name in _CONTROLS else b""
    if name in _PLAIN:
        return before + _PLAIN[name].encode()
    if character is not None:
        return before + character.encode("utf-8", "surrogateescape")
    if len(name) == 1:
        return before + name.encode("utf-8", "surrogateescape")
    return b""


def paste_bytes(text: str, modes: Modes) -> bytes:
    """What pasting sends. What would end the paste for the program, so that the rest ran as typed, is left out."""
    data = text.replace("\r\n", "\r").replace("\n", "\r").encode("utf-8", "surrogateescape")
    if not modes.bracketed_paste:
        return data
    inner = data
    while b"\x1b[201~" in inner:
        inner = inner.replace(b"\x1b[201~", b"")
    return b"\x1b[200~" + inner + b"\x1b[201~"
