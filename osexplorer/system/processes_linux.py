"""The process table from ``/proc``, see proc(5).

One pread(2) of ``/proc/PID/stat`` a process and sample, on a descriptor that is kept open. The descriptor is the
process: once it is reaped, reading gives ESRCH even if its number is used again. What cannot be read there (user,
command line) is read when a process is first seen and when it may have changed.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Sequence

from osexplorer.model.errors import OSExplorerError, Unavailable, call_error
from osexplorer.model.processes import Process, ProcessId, Stat, parse_stat, tty_name
from osexplorer.system import calls, machine
from osexplorer.system.collector import HIDDEN, PROC, STAT_SIZE, Reading, read_stat
from osexplorer.system.identity import user_name

_MIN_WINDOW = (
    150_000_000  # ns, less than the shortest time between samples; ticks of 10 ms tell nothing of a shorter one
)
_NS = 1_000_000_000
_RECHECK = 16  # samples after which the command line of a process that has run is read again: it may have set its title
_HOLD_MOST = 100_000
_FULL = frozenset({errno.EMFILE, errno.ENFILE})


class _Seen:
    """What is remembered of one process between samples."""

    __slots__ = ("asked", "base", "command", "fd", "mark", "raw", "row", "ticks")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        """Its open ``stat``; -1 where descriptors are short."""
        self.raw = b""
        self.row: Process | None = None
        self.ticks = 0
        self.base: int | None = None
        """Clock ticks used at the beginning of the window; None when not known."""
        self.mark: tuple[str, int] | None = None
        """Changes when it executes another program."""
        self.command = ""
        self.asked = False
        """Whether its command line is being read."""


class ProcCollector:
    """Reads ``/proc``, see proc(5).

    Args:
        proc: where it is mounted.
        hold: descriptors to keep open; half of the soft RLIMIT_NOFILE when None. Beyond it files are opened each time.
    """

    def __init__(self, proc: str = PROC, hold: int | None = None) -> None:
        if hold is None:
            import resource

            soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            hold = _HOLD_MOST if soft == resource.RLIM_INFINITY else min(soft // 2, _HOLD_MOST)
        self.commands: dict[ProcessId, str] = {}
        self._lock = threading.Lock()  # a caller who gave up waiting has left its thread at work
        self.opened = 0
        """Files opened so far."""
        self._proc = proc
        self._hold = hold
        self._held = 0
        self._seen: dict[str, _Seen] = {}
        self._next: dict[str, _Seen] = {}
        """Those that the sample under way has met so far."""
        self._samples = 0
        self._hz = os.sysconf("SC_CLK_TCK")
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._booted = _booted()
        self._window = 0.0
        self._window_began = 0  # monotonic
        self._window_began_tick = 0  # since boot
        self._hidden = 0
        self._unnamed: list[ProcessId] = []

    def sample(self, *, restart: bool = False) -> Reading:
        """See :class:`Collector`."""
        with self._lock:
            return self._sample(restart)

    def _sample(self, restart: bool) -> Reading:
        began, began_tick, began_ns = time.monotonic_ns(), self._tick_now(), time.time_ns()
        names = self._list()
        if abs(_booted() - self._booted) > _NS:  # the clock was set: every start time reads differently
            self._booted = _booted()
            for one in self._seen.values():
                one.raw = b""
        span = began - self._window_began if self._window_began and not restart else 0
        new_window = restart or not self._window_began or span >= _MIN_WINDOW
        self._samples += 1
        self._hidden, self._unnamed = 0, []
        old, new = self._seen, self._next
        rows: list[Process] = []
        opened = self.opened
        for name in names:
            known = old.get(name)
            try:
                seen = self._look(name, known)
            except OSExplorerError:
                for met, one in new.items():
                    if old.get(met) is not one:
                        self._release(one)
                self._next = {}
                raise
            if seen is None:
                continue
            row = seen.row
            assert row is not None
            if new_window:
                cpu = None
                if span and seen.base is not None:
                    cpu = max(seen.ticks - seen.base, 0) * _NS / (self._hz * span)
                seen.base = seen.ticks
                if cpu != row.cpu:
                    row = seen.row = row._replace(cpu=cpu)
            new[name] = seen
            rows.append(row)
        for name, one in old.items():
            if new.get(name) is not one:
                self._release(one)
        self._seen, self._next = new, {}
        for id in list(self.commands):
            if str(id.pid) not in new:
                self.commands.pop(id, None)
        if new_window:
            self._window_began, self._window_began_tick = began, began_tick
            self._window = span / _NS
        if self._samples == 1:
            calls.record(
                "os.listdir",
                self._proc,
                started=began_ns,
                duration=time.monotonic_ns() - began,
                note=f"{len(rows)} processes, {self.opened - opened} files opened",
            )
        return Reading(tuple(rows), self._window, machine.totals(rows, self._hidden), tuple(self._unnamed))

    def named(self, rows: Sequence[Process]) -> tuple[Process, ...]:
        """See :class:`Collector`."""
        commands = self.commands
        return tuple(row._replace(command=command) if (command := commands.get(row.id)) else row for row in rows)

    def confirm(self, process: ProcessId) -> bool:
        """See :class:`Collector`. Certain where the descriptor is held; elsewhere by its start time."""
        try:
            with self._lock:
                seen = self._seen.get(str(process.pid))
                if seen is not None and seen.fd >= 0 and seen.row is not None and seen.row.born == process.born:
                    return bool(os.pread(seen.fd, 1, 0))
            return parse_stat(read_stat(f"{self._proc}/{process.pid}/stat")).start == process.born
        except (ProcessLookupError, FileNotFoundError):
            return False

    def close(self) -> None:
        """See :class:`Collector`."""
        with self._lock:
            for one in self._seen.values():
                self._release(one)
            self._seen = {}

    def _list(self) -> list[str]:
        try:
            names = [name for name in os.listdir(self._proc) if name.isdecimal()]
        except OSError as error:
            raise call_error(error, "os.listdir", self._proc) from error
        if not names:
            hint = "Mount it: mount -t proc proc /proc"
            raise Unavailable(errno.ENODEV, f"{self._proc} is not mounted", "os.listdir", self._proc, hint)
        return names

    def _look(self, name: str, seen: _Seen | None) -> _Seen | None:
        """Bring what is remembered of a process up to date; None when it is gone, or hidden from us."""
        known = seen
        try:
            if seen is not None and seen.fd >= 0:
                try:
                    raw = os.pread(seen.fd, STAT_SIZE, 0)
                except ProcessLookupError:  # reaped; its number may be another's
                    seen = None
            if seen is None or seen.fd < 0:
                fd, raw = self._open(name)
                if seen is None:
                    seen = _Seen(fd)
                seen.fd = fd
            if raw != seen.raw or seen.asked:
                return self._learn(name, seen, raw)
        except OSError as error:
            if seen is not None and seen is not known:
                self._release(seen)
            if isinstance(error, FileNotFoundError | ProcessLookupError):
                return None
            if error.errno not in HIDDEN:
                raise call_error(error, "os.open", f"{self._proc}/{name}/stat") from error
            self._hidden += 1
            return None
        return seen

    def _open(self, name: str) -> tuple[int, bytes]:
        """Open a process's ``stat`` and read it; the descriptor is -1 when it was not kept."""
        path = f"{self._proc}/{name}/stat"
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno not in _FULL or not self._held:
                raise
            self._hold = self._held // 2  # somebody needs the descriptors: give back half
            for one in (*self._seen.values(), *self._next.values()):
                if self._held > self._hold:
                    self._release(one)
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.opened += 1
        try:
            raw = os.pread(fd, STAT_SIZE, 0)
        except OSError:
            os.close(fd)
            raise
        if self._held < self._hold:
            self._held += 1
            return fd, raw
        os.close(fd)
        return -1, raw

    def _release(self, seen: _Seen) -> None:
        if seen.fd >= 0:
            os.close(seen.fd)
            seen.fd = -1
            self._held -= 1

    def _learn(self, name: str, seen: _Seen, raw: bytes) -> _Seen:
        try:
            stat = parse_stat(raw)
        except ValueError as error:
            path = f"{self._proc}/{name}/stat"
            raise Unavailable(errno.EIO, "It does not read as proc(5) says", "os.pread", path) from error
        row = seen.row
        if row is not None and row.born != stat.start:  # not held, and the number is another's now
            fresh = _Seen(seen.fd)
            seen.fd = -1
            seen, row = fresh, None
        if row is None and self._window_began_tick and stat.start > self._window_began_tick:
            seen.base = 0  # born within the window: all it has used, it has used since then
        uid = os.stat(f"{self._proc}/{name}").st_uid  # the directory's owner is the effective user, see proc(5)
        ran = raw != seen.raw
        seen.raw, seen.ticks = raw, stat.ticks
        seen.row = Process(
            stat.pid,
            stat.start,
            stat.ppid,
            stat.name,
            self._command(seen, stat, ran),
            stat.state,
            uid,
            user_name(uid),
            None if row is None else row.cpu,
            stat.pages * self._page,
            stat.vsize,
            stat.threads,
            self._booted + stat.start * _NS // self._hz,
            stat.ticks / self._hz,
            stat.nice,
            stat.priority,
            tty_name(stat.tty),
            stat.kernel,
        )
        return seen

    def _command(self, seen: _Seen, stat: Stat, ran: bool) -> str:
        if not stat.kernel and stat.state != "Z":  # a zombie has no memory left, but what it ran is still true
            id = ProcessId(stat.pid, stat.start)
            if (command := self.commands.pop(id, None)) is not None:
                seen.command, seen.asked = command, False
            mark = (stat.name, stat.stack)
            if mark != seen.mark:
                seen.mark, seen.command, seen.asked = mark, "", True
            elif ran and (self._samples + stat.pid) % _RECHECK == 0:
                seen.asked = True
            if seen.asked:
                self._unnamed.append(id)
        else:
            seen.asked = False
        return seen.command or f"[{stat.name}]"

    def _tick_now(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) * self._hz // _NS


def _booted() -> int:
    """When the machine started, nanoseconds since the epoch, by the clock as it is set now."""
    return time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME)
