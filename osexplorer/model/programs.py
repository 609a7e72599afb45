"""Other programs for what is shown here: an editor, a pager, a shell, the desktop's opener."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from osexplorer.model.command_line import Command, command_of, parse_command
from osexplorer.model.errors import Refused
from osexplorer.model.signals import signal_name

Purpose: TypeAlias = Literal["editor", "pager", "shell", "opener"]

_VARIABLES: dict[Purpose, tuple[str, ...]] = {
    "editor": ("VISUAL", "EDITOR"),
    "pager": ("PAGER",),
    "shell": ("SHELL",),
    "opener": (),
}
_USUAL: dict[Purpose, tuple[str, ...]] = {
    "editor": ("sensible-editor", "editor", "nano", "vim", "vi", "emacs"),
    "pager": ("less", "more"),
    "shell": ("/bin/sh",),
    "opener": ("open",) if sys.platform == "darwin" else ("xdg-open", "gio open", "wslview"),
}


class Wish(NamedTuple):
    """Which program is wanted: the first of these that there is."""

    lines: tuple[str, ...]
    """Command lines, to which paths are added."""
    source: str
    """Where the first comes from, as ``$VISUAL``; ``""`` for the usual ones."""


class Ended(NamedTuple):
    """How a program ended that had the terminal."""

    name: str
    """What was run, raw."""
    status: int
    """As wait(2) tells it."""

    @property
    def failed(self) -> bool:
        """Whether it says that something went wrong."""
        return self.status != 0

    @property
    def text(self) -> str:
        """In words, raw: ``vim: exit 1``, ``less: SIGTERM``."""
        if os.WIFSIGNALED(self.status):
            return f"{self.name}: {signal_name(os.WTERMSIG(self.status))}"
        return f"{self.name}: exit {os.WEXITSTATUS(self.status)}"


def wish(purpose: Purpose, variables: Mapping[str, str]) -> Wish:
    """Which program serves the purpose: what the variables name, or else one of the usual ones."""
    for name in _VARIABLES[purpose]:
        if (line := variables.get(name, "").strip()) != "":
            return Wish((line,), f"${name}")
    return Wish(_USUAL[purpose], "")


def command_with(line: str, paths: Sequence[str]) -> Command:
    """The command line with paths added as arguments. It is read as an argument list, without a shell.

    Raises:
        Refused: the line is not a command.
    """
    return command_of([*parse_command(line, "argv").argv, *paths])


def none_found(purpose: Purpose, wanted: Wish) -> Refused:
    """Says that there is no such program, and what would help."""
    variables = " or ".join(f"${name}" for name in _VARIABLES[purpose])
    tried = ", ".join(line.split()[0] for line in wanted.lines)
    if wanted.source:
        return Refused(f"{wanted.source} names {tried}, which is not in $PATH")
    return Refused(f"No {purpose} is there ({tried})" + (f": set {variables} in pane 4" if variables else ""))
