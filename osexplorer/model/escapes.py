"""What a terminal would make of one line of output: colours kept, everything else that could act on a terminal gone.

Colours and weights (SGR, ECMA-48 8.3.117) become styles; a carriage return, a backspace and "erase in line" do to the
line what they do to a terminal's. Other escape sequences (titles, queries, cursor movement, clipboards) are left out,
never passed on. A control character that is none of these shows as its escape.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, clipboards
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"
    r"|(?P<control>[\r\b])"
    r"|[\x07\x0e\x0f]|\x1b"  # bell, character sets
)
_WEIGHTS = frozenset((1, 2, 3, 4, 7, 9))
_OFF = {22: (1, 2), 23: (3,), 24: (4,), 27: (7,), 29: (9,)}
_FORMS = {5: 1, 2: 3}
"""Numbers after 38 or 48: one of 256 colours, or red, green and blue."""


class Styled(NamedTuple):
    """Text with one style."""

    text: str
    """Raw: what is unprintable in it has still to be shown as escapes."""
    codes: str
    """Codes of SGR, as ``"1;31"``; ``""`` for none."""


def rendered(text: str, codes: str = "") -> list[Styled]:
    """What a line shows. `codes` are those that the lines before left on."""
    if "\x1b" not in text and "\r" not in text and "\b" not in text:
        return [Styled(text, codes)] if text else []
    if "\r" in text.rstrip("\r") or "\b" in text:
        return _overwritten(text, codes)
    parts: list[Styled] = []
    at = 0
    for match in _TOKEN.finditer(text):
        if match.start() > at:
            parts.append(Styled(text[at : match.start()], codes))
        at = match.end()
        if match["final"] == "m":
            codes = _added(codes, match["parameters"])
    if at < len(text):
        parts.append(Styled(text[at:], codes))
    return parts


def _overwritten(text: str, codes: str) -> list[Styled]:
    """The slow way, cell by cell, for lines that go back on themselves, as progress bars do."""
    cells: list[tuple[str, str]] = []
    column = at = 0

    def put(piece: str) -> None:
        nonlocal column
        end = column + len(piece)
        cells.extend([(" ", "")] * (column - len(cells)))
        cells[column:end] = [(character, codes) for character in piece]
        column = end

    for match in _TOKEN.finditer(text):
        put(text[at : match.start()])
        at = match.end()
        if match["control"]:
            column = 0 if match["control"] == "\r" else max(column - 1, 0)
        elif match["final"] == "m":
            codes = _added(codes, match["parameters"])
        elif match["final"] == "K":
            _erase(cells, column, match["parameters"])
    put(text[at:])
    parts: list[Styled] = []
    for character, style in cells:
        if parts and parts[-1].codes == style:
            parts[-1] = Styled(parts[-1].text + character, style)
        else:
            parts.append(Styled(character, style))
    return parts


def _erase(cells: list[tuple[str, str]], column: int, how: str) -> None:
    """Erase in line, ECMA-48 8.3.41: to its end, from its beginning, or all of it."""
    if how in ("", "0"):
        del cells[column:]
    elif how == "1":
        cells[: column + 1] = [(" ", "")] * len(cells[: column + 1])
    elif how == "2":
        cells[:] = [(" ", "")] * column


def _added(codes: str, more: str) -> str:
    """`codes` with those of one more sequence: each colour and weight once, whatever a program repeats."""
    more = more.replace(":", ";")
    if not re.fullmatch(r"[0-9;]*", more):  # a private sequence, no SGR
        return codes
    weights: dict[int, None] = {}
    colours: dict[int, str] = {}
    words = [*codes.split(";"), *more.split(";")] if codes else more.split(";")
    numbers = iter([int(word or 0) if len(word) < 4 else 0 for word in words])
    for code in numbers:
        if code == 0:
            weights, colours = {}, {}
        elif code in _WEIGHTS:
            weights[code] = None
        elif code in _OFF:
            for weight in _OFF[code]:
                weights.pop(weight, None)
        elif code in (38, 48):
            form = next(numbers, 0)
            colours[code] = ";".join(map(str, (code, form, *(next(numbers, 0) for _ in range(_FORMS.get(form, 0))))))
        elif 30 <= code <= 37 or 90 <= code <= 97:
            colours[38] = str(code)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            colours[48] = str(code)
        elif code in (39, 49):
            colours.pop(code - 1, None)
    return ";".join((*map(str, weights), *colours.values()))


def codes_after(text: str, codes: str = "") -> str:
    """The codes of SGR that `text` leaves on, which may have many lines."""
    start = max(text.rfind("\x1b[0m"), text.rfind("\x1b[m"))
    if start >= 0:
        codes = ""
    for match in re.finditer(r"\x1b\[([0-9;:]*)m", text[max(start, 0) :]):
        codes = _added(codes, match[1])
    return codes
