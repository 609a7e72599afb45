"""A system call that was made: what the call log holds, and how it reads as Python."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from osexplorer.model.errors import errno_name

_MODE_AT = {
    **dict.fromkeys(("os.chmod", "os.lchmod", "os.fchmod", "os.mkdir", "os.makedirs", "os.mkfifo", "os.mknod"), 1),
    "os.open": 2,
    "os.umask": 0,
}
_SIGNAL_AT = {"os.kill": 1, "os.killpg": 1, "signal.pidfd_send_signal": 1}
_OPEN_FLAGS = (
    *("O_WRONLY", "O_RDWR", "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_NONBLOCK"),
    *("O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_PATH"),
)


class Source(str):
    """An argument that reads as Python source and not as a string, as ``subprocess.DEVNULL``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it was made.

    Attributes:
        function: dotted name, as ``"os.chmod"``.
        arguments: positional arguments; keyword arguments as ``(name, value)`` in `keywords`.
        result: what it returned, None for nothing.
        errno: 0 when it succeeded.
        error: the system's text for `errno`, or ``""``.
        started: wall clock, nanoseconds since the epoch.
        duration: nanoseconds; 0 where it was not measured.
        change: whether it changes something (or would have).
        note: what the arguments do not show, as "through an O_PATH descriptor" or "200 entries".
        serial: position in the log, given by the log; 0 before that.
    """

    function: str
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]
    result: Any
    errno: int
    error: str
    started: int
    duration: int
    change: bool
    note: str = ""
    serial: int = 0

    @property
    def outcome(self) -> str:
        """``"ok"``, the result where there is one, or the errno's name."""
        if self.errno:
            return errno_name(self.errno)
        return "ok" if self.result is None else repr(self.result)

    def python(self) -> str:
        """The call as Python source that makes the same call again."""
        shown = [
            *(_source(self.function, at, value) for at, value in enumerate(self.arguments)),
            *(f"{name}={value!r}" for name, value in self.keywords),
        ]
        return f"{self.function}({', '.join(shown)})"


def python_lines(calls: Iterable[Call]) -> str:
    """Calls as Python source, a line each."""
    return "\n".join(call.python() for call in calls)


def _source(function: str, at: int, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        if _MODE_AT.get(function) == at and value >= 0:
            return f"0o{value:03o}"
        if _SIGNAL_AT.get(function) == at:
            return _signal_source(value)
        if function == "os.open" and at == 1 and value >= 0:
            return _flags_source(value)
    if isinstance(value, os.PathLike):
        return repr(os.fspath(value))
    return repr(value)


def _signal_source(number: int) -> str:
    try:
        return f"signal.{signal.Signals(number).name}"
    except ValueError:
        return str(number)


def _flags_source(flags: int) -> str:
    names = [name for name in _OPEN_FLAGS if (bit := getattr(os, name, 0)) and flags & bit == bit]
    known = 0
    for name in names:
        known |= getattr(os, name)
    if not flags & os.O_ACCMODE:
        names.insert(0, "O_RDONLY")
    source = " | ".join(f"os.{name}" for name in names)
    return f"{source} | {flags & ~known:#x}" if flags & ~known else source
