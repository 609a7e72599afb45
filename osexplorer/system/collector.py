"""What a collector of the process table is on every platform, and what it reads of ``/proc`` where there is one."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from osexplorer.model.errors import call_error
from osexplorer.model.processes import Process, ProcessId, Totals, command_text, parse_stat

PROC = "/proc"
COMMAND_LIMIT = 32 * 1024
"""Bytes of a command line that a row holds; a longer one ends in ``…``. The details hold all of it."""

HIDDEN = frozenset({errno.EACCES, errno.EPERM})
"""What reading about another user's process may say (``hidepid``)."""

STAT_SIZE = 2048  # 52 numbers of at most 20 digits, and a name of at most 64 bytes


class Reading(NamedTuple):
    """One sample of all processes."""

    rows: tuple[Process, ...]
    window: float
    """Seconds over which `cpu` was measured; 0 when there is no earlier sample."""
    totals: Totals
    unnamed: tuple[ProcessId, ...]
    """Processes whose command line is to be read: see :func:`read_commands`."""


class Collector(Protocol):
    """Takes samples; from any thread, one at a time."""

    def sample(self, *, restart: bool = False) -> Reading:
        """All processes as they are now.

        Args:
            restart: forget the processor times of the last sample, so that `cpu` is None.

        Raises:
            Unavailable: the system does not tell (``/proc`` is not mounted).
            CallError: it refused.
        """
        ...

    def named(self, rows: Sequence[Process]) -> tuple[Process, ...]:
        """`rows` with the command lines that have been read since."""
        ...

    def confirm(self, process: ProcessId) -> bool:
        """Whether the process that the last sample saw under this name still exists, be it as a zombie."""
        ...

    @property
    def commands(self) -> dict[ProcessId, str]:
        """Where :func:`read_commands` puts what it reads."""
        ...

    def close(self) -> None:
        """Give back the descriptors."""
        ...


def read_commands(processes: Sequence[ProcessId], into: dict[ProcessId, str], proc: str = PROC) -> None:
    """Read the command lines of `processes` into a dictionary, as they come; ``""`` for one that we may not read.

    Apart from the sample because reading ``cmdline`` waits for the target's memory lock, which a process in trouble
    may hold for ever. A process that is gone, or whose number is another's by now, is left out.
    """
    for process in processes:
        place = f"{proc}/{process.pid}"
        try:
            with open(f"{place}/cmdline", "rb", buffering=0) as file:
                raw = file.read(COMMAND_LIMIT + 1) or b""
            stat = parse_stat(read_stat(f"{place}/stat"))
        except (FileNotFoundError, ProcessLookupError):
            continue
        except OSError as error:
            if error.errno not in HIDDEN:
                raise call_error(error, "open", f"{place}/cmdline") from error
            into[process] = ""
            continue
        if stat.start == process.born:
            text = command_text(raw[:COMMAND_LIMIT], stat.name)
            into[process] = text + "…" if len(raw) > COMMAND_LIMIT else text


def read_stat(path: str) -> bytes:
    """The content of a ``/proc/PID/stat``."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(fd, STAT_SIZE, 0)
    finally:
        os.close(fd)
