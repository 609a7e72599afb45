"""Processes below a child: found in ``/proc``, adopted when their parents end, reaped when they end themselves.

With PR_SET_CHILD_SUBREAPER, prctl(2), a process whose parent has ended becomes this program's child and not init's, so
that no tree of a child falls apart unseen. Such a process has to be waited for here.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable
from typing import NamedTuple

from osexplorer.model.calls import Source
from osexplorer.model.children import SignalOutcome
from osexplorer.model.descendants import Stat
from osexplorer.model.errors import Denied, Gone, NotFound, call_error
from osexplorer.system import calls, reaper

_PR_SET_CHILD_SUBREAPER = 36
_STAT_SIZE = 1024
_COMMAND_SIZE = 1024
_PART = 64 << 10
_NOT_THERE = (FileNotFoundError, ProcessLookupError, PermissionError, NotFound, Denied)
"""A process that has ended, or one that this one may not look into."""


def adopt_orphans(adopt: bool = True) -> bool:
    """Become the parent of every descendant whose parent ends, or no longer; whether the kernel does so (Linux 3.4)."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0) == 0)


class Look(NamedTuple):
    """What was there at one moment."""

    at: int
    """Monotonic clock, nanoseconds."""
    stats: dict[int, Stat]
    """Every process that is no zombie, by its number."""
    adopted: tuple[int, ...]
    """Processes that have this one as their parent, and are in another group; children among them."""
    missed: frozenset[int] = frozenset()
    """Processes that were listed and had ended when they were asked: what they started meanwhile may not be here."""
    zombies: frozenset[tuple[int, int]] = frozenset()
    """The identities of processes that have ended and were not waited for yet."""


class Settled(NamedTuple):
    """What became of adopted processes."""

    ends: tuple[tuple[Stat, int], ...]
    """Each that was waited for, as it was last, with its status of wait(2)."""
    orphans: frozenset[int]
    """The numbers of those that run."""
    young: bool
    """Whether one has ended that may yet be a child that is being launched: ask again."""


def own() -> int:
    """This process."""
    return os.getpid()


TOLD = sys.platform == "linux"
"""Whether this system tells of descendants."""

if sys.platform == "linux":
    TICKS = os.sysconf("SC_CLK_TCK")
    """Clock ticks in a second."""
    _PAGE = os.sysconf("SC_PAGE_SIZE")

    _known: dict[int, tuple[bytes, Stat]] = {}
    """What was read last of each process, and what it meant."""
    _MOST_KNOWN = 10_000

    def look() -> Look:
        """Read every process there is, but those that this one may not look into.

        Raises:
            CallError: ``/proc`` cannot be read now, as without descriptors (EMFILE): nothing is told then.
        """
        at = time.monotonic_ns()
        stats = {}
        ended = set()
        for pid in _processes():
            if (stat := _seen(pid)) is None:
                continue
            if stat.running:
                stats[pid] = stat
            else:
                ended.add(stat.identity)
        own, group = os.getpid(), os.getpgrp()
        adopted = tuple(stat.pid for stat in stats.values() if stat.ppid == own and stat.group != group)
        return Look(at, stats, adopted, zombies=frozenset(ended))

    def look_below(pids: Iterable[int]) -> Look:
        """As :func:`look`, and much faster: only these processes, all children of this one, and what is below them.

        What starts a process and ends all the time can get away from one that reads all of ``/proc``, not from this.

        Raises:
            CallError: as :func:`look`.
        """
        at = time.monotonic_ns()
        own, group = os.getpid(), os.getpgrp()
        stats: dict[int, Stat] = {}
        adopted = []
        missed = set()
        stack = []
        for pid in {*_children(), *pids}:
            stat = _seen(pid)
            if stat is None or not stat.running:
                missed.add(pid)
                continue
            stats[pid] = stat
            if stat.ppid == own and stat.group != group:
                adopted.append(pid)
                stack.append(pid)
        while stack:
            for pid in _children(str(stack.pop())):
                if pid in stats:
                    continue
                stat = _seen(pid)
                if stat is None or not stat.running:
                    missed.add(pid)
                    continue
                stats[pid] = stat
                stack.append(pid)
        return Look(at, stats, tuple(adopted), frozenset(missed))

    def stat_of(pid: int) -> Stat | None:
        """What ``/proc/PID/stat`` tells; None when there is no such process.

        Raises:
            Denied: this one may not look into it (``hidepid``, see proc(5)).
            CallError: it cannot be read now, as without descriptors (EMFILE): nothing is told of the process then.
        """
        try:
            raw = _contents(f"/proc/{pid}/stat", _STAT_SIZE)
        except NotFound:
            return None
        if (known := _known.get(pid)) is not None and known[0] == raw:  # of a process that rests, nothing changes
            return known[1]
        begin, end = raw.find(b"("), raw.rfind(b")")  # the name may hold anything
        fields = raw[end + 2 :].split(None, 26)
        stat = Stat(
            pid=pid,
            born=int(fields[19]),
            ppid=int(fields[1]),
            group=int(fields[2]),
            session=int(fields[3]),
            state=fields[0].decode(),
            name=os.fsdecode(raw[begin + 1 : end]),
            ticks=int(fields[11]) + int(fields[12]),
            rss=int(fields[21]) * _PAGE,
            stack=int(fields[25]),
        )
        if len(_known) > _MOST_KNOWN:
            _known.clear()
        _known[pid] = raw, stat
        return stat

    def _seen(pid: int) -> Stat | None:
        """As :func:`stat_of`; None also where this one may not look: then it can do nothing to it either."""
        try:
            return stat_of(pid)
        except Denied:
            return None

    def _processes() -> list[int]:
        """The number of every process."""
        return [int(name) for name in _names("/proc") if name.isdecimal()]

    def command_of(stat: Stat) -> str:
        """Its command line, or its name where that may not be read.

        Raises:
            CallError: as :func:`stat_of`.
        """
        try:
            words = _contents(f"/proc/{stat.pid}/cmdline", _COMMAND_SIZE).rstrip(b"\0").split(b"\0")
        except _NOT_THERE:
            return stat.name
        return os.fsdecode(b" ".join(words)) or stat.name

    def ticks_at(monotonic: int) -> int:
        """A moment of the monotonic clock in clock ticks after the boot, rounded down."""
        boot = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns() + monotonic
        return boot * TICKS // 1_000_000_000

    def reap_adopted(known: Iterable[int], before: int) -> Settled:
        """Wait for adopted processes that have ended. Never blocks, and never takes the status of a child.

        Args:
            known: children, whose statuses are not to be taken.
            before: clock ticks after the boot. What was born later may be a child that is just being launched.

        Raises:
            CallError: as :func:`look`.
        """
        children, group = set(known), os.getpgrp()
        ends: list[tuple[Stat, int]] = []
        orphans: set[int] = set()
        young = False
        for stat in [_seen(pid) for pid in _children() if pid not in children]:  # all before the first status is taken
            if stat is None or stat.group == group:  # what is in this group was launched by somebody here
                continue
            if stat.running:
                if stat.born < before:
                    orphans.add(stat.pid)
            elif stat.born >= before:
                young = True
            elif (status := reaper.reap_adopted(stat.pid, stat.name)) is not None:
                ends.append((stat, status))
        return Settled(tuple(ends), frozenset(orphans), young)

    def _children(of: str = "self") -> list[int]:
        """Every child of a process, those that have ended too; proc(5), /proc/PID/task/TID/children."""
        found: list[int] = []
        try:
            for task in _names(f"/proc/{of}/task"):
                with contextlib.suppress(*_NOT_THERE):
                    found += map(int, _contents(f"/proc/{of}/task/{task}/children").split())
        except _NOT_THERE:
            return []
        return found

    def _contents(path: str, size: int = 0) -> bytes:
        """The beginning of a file of ``/proc``, or with size 0 all of it; a failure is recorded, where it is none of
        the process's."""
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                data = os.read(fd, size or _PART)
                while not size and (more := os.read(fd, _PART)):
                    data += more
                return data
            finally:
                os.close(fd)
        except OSError as error:
            if not isinstance(error, _NOT_THERE):
                calls.record("os.open", path, started=time.time_ns(), duration=0, error=error)
            raise call_error(error, "os.open", path) from error

    def _names(path: str) -> list[str]:
        """What a directory of ``/proc`` holds."""
        try:
            return os.listdir(path)
        except OSError as error:
            if not isinstance(error, _NOT_THERE):
                calls.record("os.listdir", path, started=time.time_ns(), duration=0, error=error)
            raise call_error(error, "os.listdir", path) from error

    def signal_one(stat: Stat, number: int) -> SignalOutcome:
        """Send a signal to a process, and to no other that has got its number meanwhile.

        Raises:
            CallError: neither permission nor absence is the reason.
        """
        try:
            fd = os.pidfd_open(stat.pid)
        except ProcessLookupError:
            return SignalOutcome.GONE
        except OSError as error:
            raise call_error(error, "os.pidfd_open") from error
        try:
            if not runs(stat):
                return SignalOutcome.GONE
            shown = (Source(f"os.pidfd_open({stat.pid})"), number)
            calls.change_as(shown, stat.name, signal.pidfd_send_signal, fd, number)
        except Gone:
            return SignalOutcome.GONE
        except Denied:
            return SignalOutcome.DENIED
        finally:
            os.close(fd)
        return SignalOutcome.SENT

    def holders(inodes: frozenset[int], first: Iterable[int]) -> list[tuple[int, str]]:
        """Who can write to one of these pipes: pid and name. Where one among `first` can, no others are looked for.

        Processes that this one may not look into are not found.
        """
        preferred = list(first)
        found = [pid for pid in preferred if inodes & pipes_of(pid)]
        if not found:
            rest = set(_processes()) - {*preferred, os.getpid()}
            found = [pid for pid in sorted(rest) if inodes & pipes_of(pid)]
        return [(pid, stat.name) for pid in found if (stat := _seen(pid)) is not None]

    def pipes_of(pid: int) -> frozenset[int]:
        """The inodes of the pipes that a process has open; none where this one may not look.

        Raises:
            CallError: as :func:`stat_of`.
        """
        inodes = set()
        with contextlib.suppress(*_NOT_THERE):
            for number in _names(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):  # closed meanwhile
                    target = os.readlink(f"/proc/{pid}/fd/{number}")
                    if target.startswith("pipe:["):
                        inodes.add(int(target[6:-1]))
        return frozenset(inodes)

else:
    TICKS = 100

    def look() -> Look:
        """Nothing is told here."""
        return Look(time.monotonic_ns(), {}, ())

    def look_below(pids: Iterable[int]) -> Look:
        """Nothing is told here."""
        return look()

    def stat_of(pid: int) -> Stat | None:
        """Nothing is told here."""
        return None

    def command_of(stat: Stat) -> str:
        """Nothing is told here."""
        return stat.name

    def ticks_at(monotonic: int) -> int:
        """Nothing is told here."""
        return 0

    def reap_adopted(known: Iterable[int], before: int) -> Settled:
        """Nothing is adopted here."""
        return Settled((), frozenset(), False)

    def signal_one(stat: Stat, number: int) -> SignalOutcome:
        """Nothing is told of descendants here, so there is none to signal."""
        return SignalOutcome.GONE

    def holders(inodes: frozenset[int], first: Iterable[int]) -> list[tuple[int, str]]:
        """Nothing is told here."""
        return []

    def pipes_of(pid: int) -> frozenset[int]:
        """Nothing is told here."""
        return frozenset()


def runs(stat: Stat) -> bool:
    """Whether this very process is still there, and has not ended."""
    now = stat_of(stat.pid)
    return now is not None and now.identity == stat.identity and now.running


def signal_all(stats: Iterable[Stat], number: int) -> dict[int, SignalOutcome]:
    """Send a signal to each of these processes; what became of it, by pid.

    Raises:
        CallError: neither permission nor absence is the reason (EINVAL: no such signal).
    """
    return {stat.pid: signal_one(stat, number) for stat in stats}
