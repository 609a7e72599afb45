"""Colouring of program text, a line at a time and in time that grows with its length only.

No grammar: comments, strings, numbers and keywords by a table of languages. The expressions used cannot backtrack, so
that no file, however it was made, can hold the interpreter up; a general highlighter's can.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from osexplorer.model.languages import Language

LONGEST = 2000
"""Characters of a line that are coloured; the rest is plain."""


class Piece(NamedTuple):
    """A part of a line and the name of its style; ``""`` is plain."""

    start: int
    end: int
    style: str


State = str
"""What ends the comment or string that goes on in the next line; ``""`` when none does."""


@cache
def _expression(language: Language) -> re.Pattern[str]:
    begins = [re.escape(start) for start, _ in language.block]
    begins += [re.escape(start) for start in language.long]
    parts = [f"(?P<begin>{'|'.join(begins)})"] if begins else []
    if language.line:
        ends = "|".join(re.escape(start) for start in language.line)
        guard = r"(?<![^\s;|&(])" if language.line == ("#",) else ""
        parts.append(f"{guard}(?P<comment>{ends})")
    parts += [rf"(?:{quote}(?:[^{quote}\\]|\\.)*+(?:{quote}|$))" for quote in language.quotes]
    parts.append(r"(?P<number>\b[0-9][0-9a-zA-Z_.]*+)")
    parts.append(r"(?P<word>[^\W\d]\w*+)")
    if language.name == "XML":
        parts.append(r"(?P<tag></?[\w:.-]*+|/?>)")
    return re.compile("|".join(parts))


def colour(line: str, language: Language, state: State = "") -> tuple[list[Piece], State]:
    """The parts of a line that are not plain, and what goes on in the next line.

    Args:
        state: what the line before gave.
    """
    text = line[:LONGEST]
    pieces: list[Piece] = []
    at = 0
    if state:
        stop = text.find(state)
        style = _style_within(language, state)
        if stop < 0:
            return ([Piece(0, len(text), style)] if text else []), state
        at = stop + len(state)
        pieces.append(Piece(0, at, style))
    else:
        for head, style in language.heads:
            if text.startswith(head):
                return [Piece(0, len(text), style)], ""
    scan = _expression(language).search
    while (found := scan(text, at)) is not None and found.end() > found.start():
        kind, start, at = found.lastgroup, found.start(), found.end()
        if kind == "comment":
            pieces.append(Piece(start, len(text), "dim"))
            return pieces, ""
        if kind == "begin":
            closing = next((end for begin, end in language.block if begin == found[0]), found[0])
            stop = text.find(closing, at)
            style = _style_within(language, closing)
            if stop < 0:
                pieces.append(Piece(start, len(text), style))
                return pieces, closing
            at = stop + len(closing)
            pieces.append(Piece(start, at, style))
        elif style := _style_of(kind, found, text, language):
            pieces.append(Piece(start, at, style))
    return pieces, ""


def _style_within(language: Language, closing: str) -> str:
    return "dim" if any(end == closing for _, end in language.block) else "good"


def _style_of(kind: str | None, found: re.Match[str], text: str, language: Language) -> str:
    if kind == "number":
        return "warn"
    if kind == "tag":
        return "directory"
    if kind == "word":
        if found[0] in language.keywords:
            return "directory"
        if language.key and not text[: found.start()].strip(" -\t") and _is_key(text, found.end(), language.key):
            return "link"
        return ""
    if language.name == "JSON" and text[found.end() :].lstrip().startswith(":"):
        return "link"
    return "good"


def _is_key(text: str, at: int, sign: str) -> bool:
    while at < len(text) and (text[at].isalnum() or text[at] in "_-. "):
        at += 1
    return text[at : at + 1] == sign
