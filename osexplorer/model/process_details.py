"""What can be told of one process beyond its row, read when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from osexplorer.model.processes import ProcessId


class Limit(NamedTuple):
    """A resource limit, see getrlimit(2)."""

    name: str
    """As the system calls it: ``Max open files``."""
    soft: int | None
    """None for unlimited."""
    hard: int | None
    unit: str
    """``"bytes"``, ``"seconds"``, ``"files"``; ``""`` for a plain number."""


class OpenFile(NamedTuple):
    """An open descriptor of a process."""

    fd: int
    target: str
    """A path, or what the kernel calls it: ``socket:[123]``, ``pipe:[456]``, ``anon_inode:[eventpoll]``."""
    access: str
    """``"r"``, ``"w"``, ``"rw"``, ``"path"`` for O_PATH; ``""`` where that is not known."""
    position: int | None
    """Offset in bytes; None where that is not known."""


class ProcessDetails(NamedTuple):
    """One process in full. A part that could not be read is empty, and `errors` says why."""

    id: ProcessId
    argv: tuple[str, ...]
    exe: str
    """Path of the program; ends in `` (deleted)`` when the file is gone."""
    cwd: str
    root: str
    environ: tuple[tuple[str, str], ...]
    """As it was at execve(2); what the program changed since does not show."""
    descriptors: int | None
    """Number of open descriptors."""
    limits: tuple[Limit, ...]
    io: tuple[tuple[str, int], ...]
    """Counters of ``/proc/PID/io``: ``read_bytes`` and so on."""
    status: tuple[tuple[str, str], ...]
    """Fields of ``/proc/PID/status`` in their order."""
    cgroup: str
    errors: Mapping[str, str]
    """By field name: why that part is empty, as ``EACCES (Permission denied)``."""


_FLAGS_ACCESS = {0: "r", 1: "w", 2: "rw"}
_O_PATH = 0o10000000


def parse_environ(raw: bytes) -> tuple[tuple[str, str], ...]:
    """Variables from ``/proc/PID/environ``; what has no ``=``, for a program may write anything there, has no value."""
    pairs = []
    for item in raw.split(b"\0"):
        if item:
            name, _, value = item.decode("utf-8", "surrogateescape").partition("=")
            pairs.append((name, value))
    return tuple(pairs)


def parse_argv(raw: bytes) -> tuple[str, ...]:
    """Arguments from ``/proc/PID/cmdline``."""
    if not raw:
        return ()
    return tuple(part.decode("utf-8", "surrogateescape") for part in raw.removesuffix(b"\0").split(b"\0"))


def parse_limits(text: str) -> tuple[Limit, ...]:
    """Limits from ``/proc/PID/limits``, a table with a heading and columns of fixed width."""
    limits = []
    for line in text.splitlines()[1:]:
        name, rest = line[:26].rstrip(), line[26:].split()
        if len(rest) >= 2:
            limits.append(Limit(name, _number(rest[0]), _number(rest[1]), rest[2] if len(rest) > 2 else ""))
    return tuple(limits)


def _number(word: str) -> int | None:
    return None if word == "unlimited" else int(word)


def parse_status(text: str) -> tuple[tuple[str, str], ...]:
    """Fields from ``/proc/PID/status``."""
    pairs = (line.partition(":") for line in text.split("\n") if line)
    return tuple((name, value.strip()) for name, _, value in pairs)


def parse_io(text: str) -> tuple[tuple[str, int], ...]:
    """Counters from ``/proc/PID/io``."""
    pairs = (line.partition(":") for line in text.split("\n") if line)
    return tuple((name, int(value)) for name, _, value in pairs)


def parse_fdinfo(text: str) -> tuple[str, int | None]:
    """Access and position from ``/proc/PID/fdinfo/N``."""
    fields = dict(parse_status(text))
    flags = int(fields.get("flags", "0"), 8)
    access = "path" if flags & _O_PATH else _FLAGS_ACCESS.get(flags & 3, "")
    return access, int(fields["pos"]) if "pos" in fields else None
