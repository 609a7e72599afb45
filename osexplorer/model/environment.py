"""Environment variables: what a child will inherit, beside what this program was started with.

Names and values are held as Python holds them (`os.environ`): bytes that are not UTF-8 are lone surrogates (PEP 383).
See environ(7) and POSIX.1-2017, chapter 8.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import Refused

State = Literal["inherited", "changed", "added", "deleted"]

_LISTS = frozenset(("INFOPATH", "LD_PRELOAD", "XDG_DATA_DIRS", "XDG_CONFIG_DIRS", "TERMINFO_DIRS"))
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_POINTER = 8


class Limits(NamedTuple):
    """How much a new program may be given; see execve(2), "Limits on size of arguments and environment"."""

    string: int
    """Bytes of one ``NAME=value`` with the NUL that ends it: 32 pages on Linux, 128 KiB."""
    total: int
    """Bytes of all arguments and variables together, with a pointer to each."""


class Variable(NamedTuple):
    """One variable, as a row shows it."""

    name: str
    value: str
    """What children get; the value it had, for a deleted one."""
    state: State
    started: str | None
    """Its value when this program was started; None when it was not set then."""

    @property
    def entries(self) -> list[str] | None:
        """The entries of a list of paths such as ``PATH``; None for any other variable."""
        return split_paths(self.value) if is_path_list(self.name, self.value) else None


@dataclass(frozen=True, slots=True)
class Variables:
    """All variables at one moment. The two mappings are never changed."""

    now: Mapping[str, str]
    """What a child launched now gets."""
    started: Mapping[str, str]
    """What this program was started with."""
    limits: Limits

    def __iter__(self) -> Iterator[Variable]:
        """Every variable, the deleted ones too, by name."""
        return map(self.variable, sorted({*self.now, *self.started}))

    def variable(self, name: str) -> Variable:
        """One variable.

        Raises:
            KeyError: it is not set, and was not when this program was started.
        """
        now, started = self.now.get(name), self.started.get(name)
        if now is None:
            return Variable(name, self.started[name], "deleted", started)
        if started is None:
            return Variable(name, now, "added", None)
        return Variable(name, now, "inherited" if now == started else "changed", started)

    def with_value(self, name: str, value: str | None) -> Variables:
        """The same with one variable set to `value`, or deleted for None."""
        now = dict(self.now)
        if value is None:
            now.pop(name, None)
        else:
            now[name] = value
        return replace(self, now=now)

    @property
    def size(self) -> int:
        """Bytes that the variables take of :attr:`Limits.total`."""
        return sum(string_size(name, value) + _POINTER for name, value in self.now.items())

    @property
    def altered(self) -> int:
        """How many differ from what this program was started with."""
        return sum(variable.state != "inherited" for variable in self)


def string_size(name: str, value: str) -> int:
    """Bytes of ``NAME=value`` with the NUL that ends it."""
    return len(_bytes(name)) + len(_bytes(value)) + 2


def problem_with_name(name: str) -> str:
    """Why no variable can have this name, or ``""``; setenv(3) refuses the same."""
    if not name:
        return "A variable needs a name"
    if "=" in name:
        return "A name cannot contain ="
    return _problem_with_text(name, "A name")


def problem_with_value(value: str) -> str:
    """Why no variable can have this value, or ``""``."""
    return _problem_with_text(value, "A value")


def _problem_with_text(text: str, what: str) -> str:
    if "\0" in text:
        return f"{what} cannot contain a NUL byte"
    try:
        _bytes(text)
    except UnicodeEncodeError as error:
        return f"{what} cannot contain {display(text[error.start])}, which has no form in bytes"
    return ""


def problem_with(variables: Variables, name: str, value: str) -> str:
    """Why `name` cannot be set to `value`, or ``""``: one of the texts, or a size with which exec would fail."""
    if problem := problem_with_name(name) or problem_with_value(value):
        return problem
    limits = variables.limits
    if (size := string_size(name, value)) > limits.string:
        return f"Too long: {size} bytes, and a new program takes {limits.string} a variable (E2BIG)"
    if (size := variables.with_value(name, value).size) > limits.total:
        return f"Too much: {size} bytes of variables, and a new program takes {limits.total} in all (E2BIG)"
    return ""


def check(variables: Variables, name: str, value: str) -> None:
    """Raise :class:`~osexplorer.model.errors.Refused` where :func:`problem_with` finds something."""
    if problem := problem_with(variables, name, value):
        raise Refused(problem)


def is_path_list(name: str, value: str) -> bool:
    """Whether the variable is a list of paths with ``:`` between them, by its name or else by what it holds."""
    if name.endswith("PATH") or name in _LISTS:
        return True
    entries = value.split(":")
    return len(entries) > 1 and all(entry.startswith("/") for entry in entries)


def split_paths(value: str) -> list[str]:
    """The entries of a list of paths. An empty one among them means the working directory (environ(7))."""
    return value.split(":") if value else []


def join_paths(entries: Sequence[str]) -> str:
    """The inverse of :func:`split_paths`, but for a list of one empty entry, which has no text of its own."""
    return ":".join(entries)


def duplicate_of(entries: Sequence[str], at: int) -> int | None:
    """The index of an earlier entry that names the same path as entry `at`, by its text; None where there is none."""
    path = _bare(entries[at])
    return next((index for index in range(at) if _bare(entries[index]) == path), None)


def without_duplicates(entries: Sequence[str]) -> list[str]:
    """The entries, each only where it stands first: what a search through the list finds stays the same."""
    return [entry for at, entry in enumerate(entries) if duplicate_of(entries, at) is None]


def _bare(entry: str) -> str:
    return entry.rstrip("/") or entry[:1]


def matches(variable: Variable, text: str) -> bool:
    """Whether the name or the value contains `text`; case counts only where `text` has a capital letter."""
    if text == text.lower():
        return text in variable.name.lower() or text in variable.value.lower()
    return text in variable.name or text in variable.value


def export_line(variable: Variable) -> str:
    """The line of a shell script that gives a child this variable, or takes it away.

    A name that no shell accepts (``A.B``) becomes a comment. Unprintable characters are quoted as ``$'\\033'``, which
    bash, zsh, ksh and POSIX.1-2024 know.
    """
    if not _IDENTIFIER.fullmatch(variable.name):
        return f"# no shell can export the name {display(variable.name)}"
    if variable.state == "deleted":
        return f"unset {variable.name}"
    return f"export {variable.name}={shell_quote(variable.value)}"


def shell_quote(text: str) -> str:
    """`text` as one word of a shell, with nothing unprintable in it."""
    if text.isprintable():
        return shlex.quote(text)
    return f"$'{''.join(map(_ansi_c, text))}'"


def _ansi_c(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\{byte:03o}" for byte in _bytes(character))


def _bytes(text: str) -> bytes:
    return os.fsencode(text)
