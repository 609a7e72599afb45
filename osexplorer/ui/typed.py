"""What the bytes of a terminal mean: Textual's parser, with three of its faults worked around (8.2.8).

Esc and a key soon after it are one key to it, Alt and that key; of ``Esc :`` and ``Esc [`` the Esc is lost; and of a
pasted text that holds an Esc, what follows is taken for keys, so that a text could delete files.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.events import Key
from textual.message import Message

_ESC = "\x1b"
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
_BEGINS_A_SEQUENCE = "[O\x1b"
"""What may follow an Esc in what a terminal sends for one key: CSI, SS3, and Alt before such a key."""


class Typed:
    """Turns text from a terminal, in pieces of any size, into messages.

    Args:
        alt_is_bound: whether a key such as Alt+X has a meaning; most terminals send it as Esc and x.
    """

    def __init__(self, alt_is_bound: Callable[[], bool], debug: bool = False) -> None:
        self._debug = debug
        self._parser = XTermParser(debug)
        self._alt_is_bound = alt_is_bound
        self._after_escape = False
        self._begun = ""  # "[" or "O" after an Esc, while nothing has followed
        self._tail = ""  # what may be the beginning of a paste
        self._pasted: str | None = None  # of a paste, what may be the beginning of its end

    @property
    def due(self) -> float | None:
        """When, by Textual's clock, an Esc that nothing followed counts as the key; None while there is none."""
        return self._parser._timeout_time

    def feed(self, text: str) -> Iterator[Message]:
        """What `text` means, after all that was fed before."""
        at_once = _ESC not in text and not self._after_escape and _ESC not in self._tail
        while text:  # an empty one would tell the parser that the input has ended
            if self._pasted is not None:
                text = yield from self._paste(text)
                continue
            if at_once:
                yield from self._parsed(text)
                return
            piece, text = text[0], text[1:]
            yield from self._key(piece)
            self._tail = (self._tail + piece)[-len(_PASTE_BEGINS) :]
            if self._tail == _PASTE_BEGINS:
                self._tail, self._pasted = "", ""
                self._after_escape, self._begun = False, ""

    def tick(self) -> Iterator[Message]:
        """What the time that has passed means: an Esc that nothing followed, or a key that looked like more."""
        for message in self._parser.tick():
            self._after_escape = False
            if begun := self._begun:
                self._begun = ""
                yield Key("escape", _ESC)
                yield from self._parser._sequence_to_key_events(begun)
            else:
                yield message

    def _parsed(self, text: str) -> Iterator[Message]:
        """What cannot be understood (a key code out of range) is left out."""
        try:
            yield from list(self._parser.feed(text))
        except (ValueError, ArithmeticError, LookupError):
            self._parser = XTermParser(self._debug)  # the old one's generator ended with the exception

    def _key(self, piece: str) -> Iterator[Message]:
        """Esc and the key after it are two keys, however fast they come: no key of ours is Alt and a letter, unless the
        settings have one; terminals that tell Alt from Esc (kitty's protocol) send it another way."""
        after, self._after_escape, self._begun = self._after_escape, piece == _ESC, ""
        if after and not self._alt_is_bound():
            if piece in _BEGINS_A_SEQUENCE:
                self._begun = piece if piece != _ESC else ""
            else:
                self._parser._timeout_time = get_time() - 1  # Textual would wait for more of a sequence
                yield from self._parser.tick()
        yield from self._parsed(piece)

    def _paste(self, text: str) -> Generator[Message, None, str]:
        """Text inside a paste: no Esc of it reaches the parser, but for the one of its end. Returns what follows it."""
        text = (self._pasted or "") + text
        inside, end, rest = text.partition(_PASTE_ENDS)
        kept = 0 if end else _beginning_at_end(inside)
        self._pasted = None if end else inside[len(inside) - kept :]
        if plain := inside[: len(inside) - kept].replace(_ESC, ""):
            yield from self._parsed(plain)
        for piece in end:
            yield from self._parsed(piece)
        return rest


def _beginning_at_end(text: str) -> int:
    """How many characters at the end of `text` may be the beginning of the end of a paste."""
    return next((n for n in range(len(_PASTE_ENDS) - 1, 0, -1) if text.endswith(_PASTE_ENDS[:n])), 0)
