"""What somebody typed, as what will be executed: an argument list, or a line for the shell.

The words are split by the rules of the shell's quoting (POSIX.1-2017, Shell Command Language 2.2 and 2.3), so that a
line without any other shell syntax gives the very arguments that ``sh -c`` would give.
"""

from __future__ import annotations

import os.path
import re
import shlex
from typing import Literal, NamedTuple

from osexplorer.model.errors import Refused

Mode = Literal["auto", "argv", "shell"]
MODES: tuple[Mode, ...] = ("auto", "argv", "shell")

SHELL = "/bin/sh"

_OPERATORS = "|&;<>()\n"
_GLOBS = "*?"
_EXPANSIONS = "$`"
_BLANK = " \t"
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
# Words that mean something to a shell only: no program of that name does the same.
_SHELL_WORDS = frozenset(
    (
        *(
            "!",
            ".",
            ":",
            "alias",
            "bg",
            "break",
            "case",
            "cd",
            "continue",
            "do",
            "done",
            "elif",
            "else",
            "esac",
            "eval",
        ),
        *("exec", "exit", "export", "fc", "fg", "fi", "for", "hash", "if", "in", "jobs", "read", "readonly", "return"),
        *("set", "shift", "source", "then", "times", "trap", "type", "ulimit", "umask", "unalias", "unset", "until"),
        *("wait", "while", "{", "}"),
    )
)


class Command(NamedTuple):
    """What will be executed, and where it came from."""

    line: str
    """As typed."""
    argv: tuple[str, ...]
    """The arguments of execve(2); for a shell line, those of the shell."""
    shell: bool
    """Whether a shell reads `line`."""
    program: str
    """The file to execute: a name without a slash is looked up in the child's ``PATH``."""
    reason: str = ""
    """Why a shell was chosen, as ``"| is shell syntax"``; ``""`` where it was asked for, or is not used."""

    @property
    def preview(self) -> str:
        """What will be executed, as Python: unprintable characters are escaped, every argument is told apart."""
        return f"os.execvp({self.program!r}, [{', '.join(map(repr, self.argv))}])"


def parse_command(line: str, mode: Mode = "auto", shell: str = SHELL) -> Command:
    """What `line` executes.

    Args:
        mode: ``"argv"`` takes every character outside quotes literally; ``"shell"`` hands the line to ``shell -c`` as
            it stands; ``"auto"`` uses the shell only where the line needs one.
        shell: the shell, one that takes ``-c``.

    Raises:
        Refused: nothing was typed, a quote is not closed, or there is a NUL character.
    """
    if "\0" in line:
        raise Refused("An argument cannot hold a NUL character")
    if not line.strip():
        raise Refused("Type a command")
    if mode == "shell":
        return _shell(shell, line, "")
    words, reason, fault = _split(line)
    if mode == "auto" and reason and not (fault and "<<" not in line):
        return _shell(shell, line, reason)
    if fault:
        raise Refused(fault)
    if mode == "auto":
        if match := _ASSIGNMENT.match(line.lstrip(_BLANK)):
            return _shell(shell, line, f"{match[0]} before a command is shell syntax")
        if words[0] in _SHELL_WORDS:
            return _shell(shell, line, f"{words[0]} is a word of the shell, not a program")
    if not words[0]:
        raise Refused("The name of the program is empty")
    return Command(line, tuple(words), False, words[0])


def command_of(argv: list[str] | tuple[str, ...]) -> Command:
    """The command for an argument list that is given as one.

    Raises:
        Refused: it is empty, its first word is, or there is a NUL character.
    """
    if not argv or not argv[0]:
        raise Refused("The name of the program is empty")
    if any("\0" in word for word in argv):
        raise Refused("An argument cannot hold a NUL character")
    return Command(shlex.join(argv), tuple(argv), False, argv[0])


def _shell(shell: str, line: str, reason: str) -> Command:
    return Command(line, (os.path.basename(shell), "-c", line), True, shell, reason)


def _split(line: str) -> tuple[list[str], str, str]:
    """The words of `line`; why it needs a shell, or ``""``; what is wrong with its quoting, or ``""``."""
    words: list[str] = []
    word: list[str] | None = None  # None between words: '' is a word too
    reason = fault = ""
    at, end = 0, len(line)
    while at < end:
        char = line[at]
        if char in _BLANK or char == "\n":
            if word is not None:
                words.append("".join(word))
                word = None
            if char == "\n" and line[at:].strip() and line[:at].strip():
                reason = reason or "several lines need a shell"
            at += 1
            continue
        starts, word = word is None, [] if word is None else word
        if char == "\\":
            if at + 1 == end:
                fault = fault or "The line ends in a backslash that escapes nothing"
            elif line[at + 1] != "\n":  # a backslash at the end of a line joins it with the next
                word.append(line[at + 1])
            elif starts:
                word = None
            at += 2
        elif char == "'":
            close = line.find("'", at + 1)
            if close < 0:
                fault = fault or f"The quote ' at column {at + 1} is never closed"
                close = end
            word.append(line[at + 1 : close])
            at = close + 1
        elif char == '"':
            text, close, expands = _double_quoted(line, at + 1)
            if close < 0:
                fault = fault or f'The quote " at column {at + 1} is never closed'
                close = end
            if expands:
                reason = reason or f"{expands} in double quotes is shell syntax"
            word.append(text)
            at = close + 1
        else:
            if not reason:
                reason = _need(line, at, starts)
            word.append(char)
            at += 1
    if word is not None:
        words.append("".join(word))
    return words or [""], reason, fault


def _need(line: str, at: int, starts: bool) -> str:
    """Why the unquoted character at `at` needs a shell, or ``""``."""
    char = line[at]
    if char in _OPERATORS or char in _GLOBS or char in _EXPANSIONS:
        return f"{char} is shell syntax"
    if char == "[" and "]" in re.split(r"\s", line[at + 1 :], maxsplit=1)[0]:
        return "[…] is shell syntax"
    if starts and char in "~#":
        return f"{char} at the start of a word is shell syntax"
    return ""


def _double_quoted(line: str, at: int) -> tuple[str, int, str]:
    """The text from `at` to the closing quote, the place of that quote (-1 for none), the first expansion in it."""
    text: list[str] = []
    expands = ""
    while at < len(line):
        char = line[at]
        if char == '"':
            return "".join(text), at, expands
        if char == "\\" and at + 1 < len(line) and line[at + 1] in '$`"\\\n':
            if line[at + 1] != "\n":
                text.append(line[at + 1])
            at += 2
            continue
        if char in _EXPANSIONS:
            expands = expands or char
        text.append(char)
        at += 1
    return "".join(text), -1, expands
