"""A process of the machine: one row of the process table, and how ``/proc/PID/stat`` is read.

See proc_pid_stat(5). Names and command lines are raw: they hold whatever their owner put there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from osexplorer.model.errors import CallError

STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "waiting, uninterruptible",
    "Z": "zombie",
    "T": "stopped",
    "t": "stopped by a debugger",
    "I": "idle",
    "P": "parked",
    "X": "dead",
    "x": "dead",
    "K": "wakekill",
    "W": "waking",
    "?": "unknown",
}
"""State letters of the kernel, in words."""

_PF_KTHREAD = 0x0020_0000
_STAT_FIELDS = 26  # after the name, up to startstack


class ProcessId(NamedTuple):
    """Which process: its number, and when it was born, since numbers are used again."""

    pid: int
    born: int
    """Start time in clock ticks since boot, field 22 of ``/proc/PID/stat``; elsewhere microseconds since the epoch."""


class Process(NamedTuple):
    """One process at the moment of the sample."""

    pid: int
    born: int
    """As in :class:`ProcessId`."""
    ppid: int
    name: str
    """The kernel's name for it, at most 15 bytes (more for kernel threads); any process may change its own."""
    command: str
    """Arguments joined by spaces; ``[name]`` where there are none, as for kernel threads."""
    state: str
    """One letter of :data:`STATES`."""
    uid: int
    """Effective user."""
    user: str
    """Name of the effective user."""
    cpu: float | None
    """Processor time used since the last sample, as a fraction of ONE core: 2.0 is two cores busy. None until there are
    two samples."""
    rss: int
    """Resident memory in bytes, shared pages included."""
    vsize: int
    """Address space in bytes."""
    threads: int
    start: int
    """When it started, nanoseconds since the epoch, to a clock tick."""
    time: float
    """Seconds of processor time so far, user and system, all threads."""
    nice: int
    priority: int
    """As the kernel gives it: 20 + nice for ordinary processes, negative for real-time ones."""
    tty: str
    """Controlling terminal, as ``pts/3``; ``""`` for none."""
    kernel: bool
    """Whether it is a thread of the kernel."""

    @property
    def id(self) -> ProcessId:
        """What it is called by: the same through its whole life, never used again."""
        return ProcessId(self.pid, self.born)

    @property
    def zombie(self) -> bool:
        """Whether it has exited and only waits for its parent to take its status."""
        return self.state == "Z"

    @property
    def state_word(self) -> str:
        """The state in words."""
        return STATES.get(self.state, f"unknown ({self.state})")


class Totals(NamedTuple):
    """The machine as a whole at the moment of the sample."""

    processes: int
    running: int
    zombies: int
    threads: int
    hidden: int
    """Processes that the system lists but does not let us see (``hidepid``)."""
    cores: int
    """Logical processors."""
    load: tuple[float, float, float] | None
    """Mean number of processes running or waiting to, over 1, 5 and 15 minutes."""
    memory_total: int | None
    """Bytes."""
    memory_available: int | None
    """Bytes that programs can have without swapping."""


class ProcessTable(NamedTuple):
    """All processes of the machine at one moment."""

    rows: tuple[Process, ...]
    """By process number, ascending."""
    taken: int
    """When, nanoseconds since the epoch; 0 before the first sample."""
    window: float
    """Seconds over which `cpu` of the rows was measured; 0 when there is no earlier sample."""
    totals: Totals
    error: CallError | None = None
    """Why the last sample failed; the rows are then those of the sample before."""


EMPTY_TABLE = ProcessTable((), 0, 0.0, Totals(0, 0, 0, 0, 0, 1, None, None, None))
"""What is known before the first sample."""


class Stat(NamedTuple):
    """What ``/proc/PID/stat`` says, in its own units."""

    pid: int
    name: str
    state: str
    ppid: int
    tty: int
    """Device number, 0 for none."""
    kernel: bool
    ticks: int
    """User and system time in clock ticks."""
    priority: int
    nice: int
    threads: int
    start: int
    """Clock ticks since boot."""
    vsize: int
    pages: int
    """Resident pages."""
    stack: int
    """Address of the stack's bottom, changed by every execve(2); 0 where we may not know."""


def parse_stat(raw: bytes) -> Stat:
    """Read the content of ``/proc/PID/stat``.

    The name stands in parentheses and may itself hold parentheses, spaces, newlines and bytes that are not UTF-8; no
    later field holds a parenthesis, so the last one ends it.

    Raises:
        ValueError: this is not the content of such a file.
    """
    first, last = raw.index(b"("), raw.rindex(b")")
    fields = raw[last + 2 :].split(None, _STAT_FIELDS)
    if len(fields) < _STAT_FIELDS:
        raise ValueError(f"{len(fields)} fields after the name, at least {_STAT_FIELDS} expected")
    return Stat(
        int(raw[:first]),
        raw[first + 1 : last].decode("utf-8", "surrogateescape"),
        fields[0].decode("ascii"),
        int(fields[1]),
        int(fields[4]),
        bool(int(fields[6]) & _PF_KTHREAD),
        int(fields[11]) + int(fields[12]),
        int(fields[15]),
        int(fields[16]),
        int(fields[17]),
        int(fields[19]),
        int(fields[20]),
        int(fields[21]),
        int(fields[25]),
    )


def tty_name(device: int) -> str:
    """The terminal a device number stands for: ``pts/3``, ``tty1``, ``ttyS0``, ``5:1``; ``""`` for 0.

    See the kernel's admin-guide/devices.
    """
    if not device:
        return ""
    device &= 0xFFFF_FFFF
    major, minor = os.major(device), os.minor(device)
    if 136 <= major <= 143:
        return f"pts/{minor + (major - 136) * 256}"
    if major == 4:
        return f"tty{minor}" if minor < 64 else f"ttyS{minor - 64}"
    return f"{major}:{minor}"


def command_text(raw: bytes, name: str) -> str:
    """The command line from ``/proc/PID/cmdline``, arguments joined by spaces; ``[name]`` when it is empty."""
    joined = raw.rstrip(b"\0").replace(b"\0", b" ")
    return joined.decode("utf-8", "surrogateescape") if joined else f"[{name}]"


def brief_command(command: str) -> str:
    """`command` for little room: of the paths of the program and of a script that it runs only the names, ``…`` before
    them; nothing tells ``/srv/app/.venv/bin/python3 /srv/app/serve`` from others by its first twenty letters.
    """
    program, *rest = command.split(" ", 2)
    return " ".join(_brief_path(word) for word in (program, *rest[:1])) + "".join(f" {word}" for word in rest[1:])


def _brief_path(word: str) -> str:
    name = word.rpartition("/")[2]
    return f"…/{name}" if word.startswith("/") and name and len(name) + 2 < len(word) else word


def machine_share(cpu: float, cores: int) -> float:
    """A fraction of one core as a fraction of the whole machine."""
    return cpu / max(cores, 1)


def _cpu_key(process: Process) -> float:
    return -1.0 if process.cpu is None else process.cpu


SORT_KEYS: dict[str, Callable[[Process], Any]] = {
    "pid": lambda process: process.pid,
    "user": lambda process: (process.user, process.pid),
    "cpu": lambda process: (_cpu_key(process), process.time),
    "mem": lambda process: process.rss,
    "state": lambda process: (process.state, process.pid),
    "start": lambda process: (process.start, process.pid),
    "threads": lambda process: process.threads,
    "time": lambda process: process.time,
    "nice": lambda process: (process.nice, process.pid),
    "name": lambda process: (process.name.casefold(), process.pid),
    "command": lambda process: (process.command.casefold(), process.pid),
}
"""What to sort rows by, by column."""

LARGEST_FIRST = frozenset({"cpu", "mem", "threads", "time", "start"})
"""Columns of which a person first wants to see the largest, or the latest."""


def sort_processes(rows: Sequence[Process], column: str, reverse: bool | None = None) -> list[Process]:
    """`rows` by a column of :data:`SORT_KEYS`; in the column's usual direction when `reverse` is None."""
    backwards = column in LARGEST_FIRST if reverse is None else reverse
    return sorted(rows, key=SORT_KEYS[column], reverse=backwards)


def matcher(pattern: str) -> Callable[[Process], bool]:
    """Whether a process holds `pattern` in its name, command, user or number.

    Case counts only when the pattern has a capital letter.
    """
    if pattern == pattern.lower():

        def matches(process: Process) -> bool:
            return (
                pattern in process.command.lower()
                or pattern in process.name.lower()
                or pattern in process.user.lower()
                or pattern in str(process.pid)
            )

    else:

        def matches(process: Process) -> bool:
            return pattern in process.command or pattern in process.name or pattern in process.user

    return matches
