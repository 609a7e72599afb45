"""A path as a person types it: ``~``, ``$VARIABLE``, relative to where we are; and what Tab makes of it."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

_VARIABLE = re.compile(r"\$(?:(\w+)|\{([^{}]*)\})", re.ASCII)
MOST = 500
"""Completions that are offered."""


class Candidate(NamedTuple):
    """A name that could stand at the end of what is typed."""

    name: str
    """Raw."""
    directory: bool
    """Whether it leads to a directory."""


class Completion(NamedTuple):
    """What could follow."""

    text: str
    """What was typed, raw."""
    head: str
    """The part of it that stays, up to the last slash."""
    candidates: tuple[Candidate, ...]
    problem: str = ""
    """Why there are none, where something is wrong."""

    @property
    def common(self) -> str:
        """What was typed, as far as it can be completed without a choice."""
        if not self.candidates:
            return self.text
        if len(self.candidates) == 1:
            return self.whole(self.candidates[0])
        names = [candidate.name for candidate in self.candidates]
        common = os.path.commonprefix(names)  # noqa: RUF071 - of characters is what is wanted
        typed = self.text[len(self.head) :]
        return self.head + common if common.lower().startswith(typed.lower()) else self.text

    def whole(self, candidate: Candidate) -> str:
        """What was typed with `candidate` at its end."""
        return self.head + candidate.name + ("/" if candidate.directory else "")


def expand(text: str, variables: Mapping[str, str], home_of: Callable[[str], str | None]) -> str:
    """`text` with ``~``, ``~user`` and variables that are set replaced; everything else stays.

    Args:
        home_of: a user's home directory by the user's name, ours for ``""``; None where there is no such user.
    """
    if text.startswith("~"):
        user, slash, rest = text[1:].partition("/")
        home = variables.get("HOME") or home_of("") if not user else home_of(user)
        if home:
            text = home.rstrip("/") + slash + rest if slash else home
    return _VARIABLE.sub(lambda match: variables.get(match[1] or match[2] or "", match[0]), text)


def absolute(text: str, here: str) -> str:
    """`text` as an absolute path without ``.``, ``..`` and double slashes; what is relative begins at `here`.

    By its text alone: behind a symbolic link ``..`` is somewhere else, see :func:`osexplorer.system.files.absolute`.
    """
    path = os.path.normpath(os.path.join(here or "/", text or "."))
    return path[1:] if path.startswith("//") else path


def matching(names: Sequence[Candidate], typed: str) -> tuple[Candidate, ...]:
    """Those that begin with what is typed; where none does, those that do but for upper and lower case.

    Names that begin with a dot only where a dot is typed.
    """
    shown = [one for one in names if typed.startswith(".") or not one.name.startswith(".")]
    exact = [one for one in shown if one.name.startswith(typed)]
    lower = typed.lower()
    return tuple(exact or [one for one in shown if one.name.lower().startswith(lower)])
