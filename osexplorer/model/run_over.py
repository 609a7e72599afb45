"""One command run over many files, a child each: what each child executes, and how each went."""

from __future__ import annotations

import os.path
import re
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from osexplorer.model.command_line import SHELL, Command, Mode, command_of, parse_command

MOST_AT_ONCE = 256
_PLACES = re.compile(r"\{(|/|//|\.|/\.)\}")

PLACES_TEXT = "{} path · {/} name · {//} directory · {.} path without extension · {/.} name without it"


def command_over(line: str, path: str, mode: Mode = "auto", shell: str = SHELL) -> Command:
    """What is executed for one file: its path in every place that `line` leaves for it, or after the last argument.

    Where a shell reads the line, what is put in is quoted for it; otherwise it is one argument, or a part of one, as it
    is.

    Raises:
        Refused: the line is not a command.
    """
    command = parse_command(line, mode, shell)
    if command.shell:
        filled = _PLACES.sub(lambda match: shlex.quote(_part(match[1], path)), line)
        return parse_command(filled if _PLACES.search(line) else f"{line} {shlex.quote(path)}", "shell", shell)
    words = [_PLACES.sub(lambda match: _part(match[1], path), word) for word in command.argv]
    return command_of(words if any(map(_PLACES.search, command.argv)) else [*words, path])


def _part(place: str, path: str) -> str:
    stem = os.path.splitext(path)[0]
    return {
        "": path,
        "/": os.path.basename(path),
        "//": os.path.dirname(path),
        ".": stem,
        "/.": os.path.basename(stem),
    }[place]


class OneResult(NamedTuple):
    """How it went with one file."""

    at: int
    """Its place among the files, from 0."""
    path: str
    id: int = 0
    """The child; 0 before there is one."""
    text: str = "waiting"
    """How it stands, in words."""
    done: bool = False
    good: bool = False
    """Whether it ended with exit code 0."""
    duration: int | None = None
    """Nanoseconds, once it has ended."""
    cpu: float | None = None
    """Seconds of processor time."""
    output_bytes: int = 0


class OverState(NamedTuple):
    """A run over files as it stands."""

    line: str
    """The command as typed."""
    results: tuple[OneResult, ...]
    most: int
    """Children at once, at most."""
    finished: bool = False

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Files that wait, run, ended well, and did not."""
        done = [result for result in self.results if result.done]
        running = sum(1 for result in self.results if result.id and not result.done)
        good = sum(result.good for result in done)
        return len(self.results) - len(done) - running, running, good, len(done) - good


def begin_results(paths: Sequence[str]) -> tuple[OneResult, ...]:
    """Those of files for which nothing was done yet."""
    return tuple(OneResult(at, path) for at, path in enumerate(paths))
