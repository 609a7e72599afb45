"""Finding names by some of their letters, and how well each fits.

    query = Query("rdm")
    query.rank("README.md")      # a small number for a good fit; None when it does not fit
    query.letters("README.md")   # [0, 3, 4]: what to highlight

A word of the query fits a name that has its letters in that order; a word behind ``'`` fits one that contains it as it
is. Words are parted by spaces, and all of them must fit. Case counts only in a word with a capital letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import compress

from osexplorer.model.names import END

EXACT = "'"
"""Before a word: it is looked for as it is, letter beside letter."""

WORST = 254

_WHOLE, _PREFIX, _WORD, _INSIDE, _INITIALS, _APART = range(6)


class Word:
    """One word of a query.

    Args:
        text: as typed.
        exact: it is looked for as it is, :data:`EXACT` before it or not.
    """

    __slots__ = ("_apart", "_initials", "exact", "fold", "text")

    def __init__(self, text: str, exact: bool = False) -> None:
        self.exact = exact or text.startswith(EXACT)
        text = text[1:] if self.exact and not exact else text
        self.fold = text == text.lower()
        self.text = text
        self._apart = _pattern(text)
        self._initials = _initials(text) if len(text) > 1 else None

    def folded(self, text: str) -> str:
        """`text` as this word compares it."""
        return text.lower() if self.fold else text

    def search(self, folded: str) -> Sequence[int]:
        """For each name of :meth:`folded` text, how well it fits, beginning with 1; 0 where it does not."""
        text = self.text
        count = folded.count(END)
        if self.exact:
            return [text in name for name in folded.split(END)[:count]] if text in folded else bytes(count)
        if any(letter not in folded for letter in text):
            return bytes(count)
        spans = self._apart.findall(folded)
        if not any(spans):
            return bytes(count)
        names, length, rank_apart = folded.split(END), len(text), self._rank_apart
        ranks = bytearray(count)
        for at in compress(range(count), spans):
            name = names[at]
            place = name.find(text)
            if place > 0:
                ranks[at] = 1 + (_INSIDE if name[place - 1].isalnum() else _WORD)
            elif place < 0:
                ranks[at] = 1 + rank_apart(name, len(spans[at]) - length)
            else:
                ranks[at] = 1 + (_WHOLE if name[length : length + 1] in ("", ".") else _PREFIX)
        return ranks

    def rank(self, folded: str) -> int | None:
        """How well one folded name fits."""
        return self.search(folded + END)[0] - 1 if self.text else 0

    def _rank_apart(self, folded: str, gap: int) -> int:
        if self._initials is not None and self._initials.match(folded):
            return _INITIALS
        return min(_APART + gap, WORST - 1)

    def letters(self, name: str) -> list[int]:
        """Where in a name that fits its letters stand."""
        origin, folded = list(range(len(name))), name
        if self.fold:
            lowered = [letter.lower() for letter in name]
            origin = [at for at, letters in enumerate(lowered) for _ in letters]
            folded = "".join(lowered)
        text = self.text
        if (at := _best(folded, text)) >= 0:
            return [origin[place] for place in range(at, at + len(text))]
        if self.exact:
            return []
        if self._initials is not None and (found := self._initials.match(folded)):
            return [origin[found.start(group)] for group in range(1, len(text) + 1)]
        return [origin[place] for place in _apart(folded, text)]


class Query:
    """What was typed to filter by.

    Args:
        exact: the text is one word that names contain as it is.
    """

    __slots__ = ("exact", "text", "words")

    def __init__(self, text: str, exact: bool = False) -> None:
        self.text, self.exact = text, exact
        words = [Word(text, exact=True)] if exact else map(Word, text.split())
        self.words = [word for word in words if word.text]

    def __bool__(self) -> bool:
        return bool(self.words)

    @property
    def ranks(self) -> bool:
        """Whether some names fit better than others."""
        return any(not word.exact for word in self.words)

    def narrows(self, other: Query) -> bool:
        """Whether every name that fits also fits the other query."""
        return bool(other.words) and self.exact == other.exact and self.text.startswith(other.text)

    def search(self, text: str) -> tuple[list[int], bytearray]:
        """Which names of a text fit, and how well: 0 best, :data:`WORST` worst.

        Args:
            text: names, each with :data:`END` behind it.
        """
        first, *others = self.words
        ranks: Sequence[int] = first.search(first.folded(text))
        hits = list(compress(range(len(ranks)), ranks))
        found = bytearray([ranks[at] - 1 for at in hits])
        if others and hits:
            names = text.split(END)
            for word in others:
                ranks = word.search(word.folded(END.join([names[at] for at in hits]) + END))
                found = bytearray(
                    [min(rank + other - 1, WORST) for rank, other in zip(found, ranks, strict=True) if other]
                )
                hits = list(compress(hits, ranks))
                if not hits:
                    break
        return hits, found

    def glance(self, text: str) -> list[int]:
        """Those names of a text that fit best: every word stands in them as it is. Much quicker than to search."""
        folded = text.lower()
        if any(word.text.lower() not in folded for word in self.words):
            return []
        names = text.split(END)
        hits: Sequence[int] = range(len(names) - 1)
        for word in self.words:
            needle = word.text
            if word.fold:
                hits = [at for at in hits if needle in names[at].lower()]
            else:
                hits = [at for at in hits if needle in names[at]]
        return list(hits)

    def rank(self, name: str) -> int | None:
        """How well a name fits; None when it does not."""
        if not self.words:
            return 0
        hits, ranks = self.search(name + END)
        return ranks[0] if hits else None

    def letters(self, name: str) -> list[int]:
        """Which letters of a name that fits were typed, in order."""
        return sorted({at for word in self.words for at in word.letters(name)})


def _pattern(text: str) -> re.Pattern[str]:
    """Goes through names, each with its END, and gives for each the shortest beginning that has the letters.

    Every letter is met where it first occurs, so no step is ever tried twice (possessive), and the time grows with the
    length of the names only.
    """
    escaped = [re.escape(letter) for letter in text]
    apart = "".join(f"[^{letter}{END}]*+{letter}" for letter in escaped[1:])
    lead = f"[^{escaped[0]}{END}]*+({escaped[0]}{apart})[^{END}]*+{END}|" if escaped else ""
    return re.compile(f"{lead}[^{END}]*+{END}")


def _initials(text: str) -> re.Pattern[str]:
    """Matches a name in which every letter of `text` begins a word."""
    return re.compile("".join(rf"(?>.*?(?<![^\W_])({re.escape(letter)}))" for letter in text), re.DOTALL)


def _best(folded: str, text: str) -> int:
    """Where `text` stands in a name: rather at the beginning of a word; -1 when it does not."""
    at = first = folded.find(text)
    while at > 0 and folded[at - 1].isalnum():
        at = folded.find(text, at + 1)
    return at if at >= 0 else first


def _apart(folded: str, text: str) -> list[int]:
    """Where the letters stand when they are met forwards to the first end, and from there backwards."""
    at = -1
    for letter in text:
        at = folded.find(letter, at + 1)
        if at < 0:
            return []
    places = [at]
    for letter in reversed(text[:-1]):
        at = folded.rfind(letter, 0, at)
        places.append(at)
    return places[::-1]
