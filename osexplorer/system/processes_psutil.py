"""The process table where there is no ``/proc``: by psutil, whose figures are the kernel's, at ten times the cost."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Sequence

import psutil

from osexplorer.model.errors import Unavailable, call_error
from osexplorer.model.processes import Process, ProcessId
from osexplorer.system import machine
from osexplorer.system.collector import Reading

_STATES = {
    psutil.STATUS_RUNNING: "R",
    psutil.STATUS_SLEEPING: "S",
    psutil.STATUS_DISK_SLEEP: "D",
    psutil.STATUS_STOPPED: "T",
    psutil.STATUS_TRACING_STOP: "t",
    psutil.STATUS_ZOMBIE: "Z",
    psutil.STATUS_DEAD: "X",
    psutil.STATUS_IDLE: "I",
}
_MIN_WINDOW = 0.15


def born(process: psutil.Process) -> int:
    """When a process started, microseconds since the epoch: the second half of its :class:`ProcessId`."""
    return round(process.create_time() * 1_000_000)


class PsutilCollector:
    """Asks psutil. What the system hides from us (macOS: memory and threads of other users' processes) is 0."""

    def __init__(self) -> None:
        self.commands: dict[ProcessId, str] = {}
        self._lock = threading.Lock()
        self._window = 0.0
        self._began = 0.0
        self._base: dict[ProcessId, float] = {}
        self._cpu: dict[ProcessId, float] = {}

    def sample(self, *, restart: bool = False) -> Reading:
        """See :class:`osexplorer.system.processes.Collector`."""
        with self._lock:
            return self._sample(restart)

    def _sample(self, restart: bool) -> Reading:
        began = time.monotonic()
        span = began - self._began if self._began and not restart else 0.0
        new_window = restart or not self._began or span >= _MIN_WINDOW
        rows, hidden = self._rows()
        if new_window:
            self._cpu = (
                {row.id: max(row.time - self._base[row.id], 0.0) / span for row in rows if row.id in self._base}
                if span
                else {}
            )
            self._base = {row.id: row.time for row in rows}
            self._began, self._window = began, span
        shown = tuple(row._replace(cpu=self._cpu.get(row.id)) for row in rows)
        return Reading(shown, self._window, machine.totals(shown, hidden), ())

    def named(self, rows: Sequence[Process]) -> tuple[Process, ...]:
        """The command lines are read with the sample."""
        return tuple(rows)

    def confirm(self, process: ProcessId) -> bool:
        """See :class:`osexplorer.system.processes.Collector`; by the start time."""
        try:
            return born(psutil.Process(process.pid)) == process.born
        except psutil.NoSuchProcess:
            return False

    def close(self) -> None:
        """Nothing is held."""

    def _rows(self) -> tuple[list[Process], int]:
        rows, hidden = [], 0
        try:
            for process in psutil.process_iter():
                try:
                    rows.append(_row(process))
                except psutil.NoSuchProcess:
                    continue
                except psutil.AccessDenied:
                    hidden += 1
        except OSError as error:
            raise call_error(error, "psutil.process_iter") from error
        if not rows:
            raise Unavailable(errno.ENODEV, "The system lists no process", "psutil.process_iter")
        return sorted(rows), hidden


def _row(process: psutil.Process) -> Process:
    with process.oneshot():
        name, start, threads, rss, vsize, seconds = process.name(), born(process), 0, 0, 0, 0.0
        try:
            used, memory = process.cpu_times(), process.memory_info()
            threads, rss, vsize = process.num_threads(), memory.rss, memory.vms
            seconds = used.user + used.system
            command = " ".join(process.cmdline())
        except (psutil.AccessDenied, psutil.ZombieProcess):
            command = ""
        nice = process.nice()
        return Process(
            pid=process.pid,
            born=start,
            ppid=process.ppid(),
            name=name,
            command=command or f"[{name}]",
            state=_STATES.get(process.status(), "?"),
            uid=process.uids().effective,
            user=process.username(),
            cpu=None,
            rss=rss,
            vsize=vsize,
            threads=threads,
            start=start * 1000,
            time=seconds,
            nice=nice,
            priority=20 + nice,
            tty=(process.terminal() or "").removeprefix("/dev/"),
            kernel=False,
        )
