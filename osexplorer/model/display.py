"""The one way a foreign string (a name, a link target, a command line, a variable) becomes text on a screen.

Neither Textual nor Rich removes escape codes, and a file may be named with them. :func:`display` replaces every
character that does not print with a visible escape, and doubles the backslash, so that two different strings never
look the same and :func:`undisplay` finds the original again.
"""

from __future__ import annotations

import re

_SURROGATE_ESCAPE = range(0xDC80, 0xDD00)  # how os.fsdecode keeps a byte that is not UTF-8 (PEP 383)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_UNNAMED = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([nrt\\]))")


def display(text: str) -> str:
    """Return `text` with every unprintable character escaped; reversible by :func:`undisplay`.

    The test is :meth:`str.isprintable`: C0, C1, bidirectional marks, zero-width characters, line separators,
    surrogates and unassigned code points all become visible. A byte that is not UTF-8 (held by Python as a lone
    surrogate, PEP 383) shows as ``\\xNN`` from 80 up, a C0 control as ``\\xNN`` below 80, anything else as ``\\uNNNN``
    or ``\\UNNNNNNNN``, so no two differ only in what cannot be seen.
    """
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(map(_escape, text))


def printable(text: str) -> str:
    """`text` with each unprintable character as its escape; a backslash stays single, as it was typed."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    if named := _NAMED.get(character):
        return named
    if character.isprintable():
        return character
    code = ord(character)
    if code in _SURROGATE_ESCAPE:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def undisplay(text: str) -> str:
    """Return the string that :func:`display` showed as `text`.

    Text that no call of :func:`display` returns (a lone backslash, say) is kept as it stands.
    """
    return _ESCAPE.sub(_unescape, text)


def _unescape(match: re.Match[str]) -> str:
    byte, short, long, named = match.groups()
    if named:
        return _UNNAMED[named]
    if byte:
        code = int(byte, 16)
        return chr(code + 0xDC00) if code >= 0x80 else chr(code)
    return chr(int(short or long, 16))
