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
from osexplorer.model.errors import Denied, Gone, call_error
from osexplorer.system import calls, reaper

_PR_SET_CHILD_SUBREAPER = 36
_STAT_SIZE = 1024
_COMMAND_SIZE = 1024
_DEAD = "ZX"


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


class Settled(NamedTuple):
    """What became of adopted processes."""

    ends: dict[int, int]
    """By pid, the status of wait(2) of each that was waited for."""
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

    def look() -> Look:
        """Read every process there is."""
        at = time.monotonic_ns()
        stats = {}
        for name in os.listdir("/proc"):
            if name.isdecimal() and (stat := stat_of(int(name))) is not None and stat.state not in _DEAD:
                stats[stat.pid] = stat
        own, group = os.getpid(), os.getpgrp()
        adopted = tuple(stat.pid for stat in stats.values() if stat.ppid == own and stat.group != group)
        return Look(at, stats, adopted)

    def look_below(pids: Iterable[int]) -> Look:
        """As :func:`look`, and much faster: only these processes, all children of this one, and what is below them.

        What starts a process and ends all the time can get away from one that reads all of ``/proc``, not from this.
        """
        at = time.monotonic_ns()
        own, group = os.getpid(), os.getpgrp()
        stats: dict[int, Stat] = {}
        adopted = []
        missed = set()
        stack = []
        for pid in {*_children(), *pids}:
            stat = stat_of(pid)
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
                stat = stat_of(pid)
                if stat is None or not stat.running:
                    missed.add(pid)
                    continue
                stats[pid] = stat
                stack.append(pid)
        return Look(at, stats, tuple(adopted), frozenset(missed))

    def stat_of(pid: int) -> Stat | None:
        """What ``/proc/PID/stat`` tells; None when there is no such process."""
        try:
            fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            raw = os.read(fd, _STAT_SIZE)
        except OSError:  # it went meanwhile
            return None
        finally:
            os.close(fd)
        begin, end = raw.find(b"("), raw.rfind(b")")  # the name may hold anything
        fields = raw[end + 2 :].split(None, 26)
        return Stat(
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

    def command_of(stat: Stat) -> str:
        """Its command line, or its name where that cannot be read."""
        try:
            fd = os.open(f"/proc/{stat.pid}/cmdline", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return stat.name
        try:
            words = os.read(fd, _COMMAND_SIZE).rstrip(b"\0").split(b"\0")
        except OSError:
            return stat.name
        finally:
            os.close(fd)
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
        """
        children, group = set(known), os.getpgrp()
        ends: dict[int, int] = {}
        orphans: set[int] = set()
        young = False
        for pid in _children():
            stat = stat_of(pid) if pid not in children else None
            if stat is None or stat.group == group:  # what is in this group was launched by somebody here
                continue
            if stat.state not in _DEAD:
                if stat.born < before:
                    orphans.add(pid)
            elif stat.born >= before:
                young = True
            elif (status := reaper.reap_adopted(pid, stat.name)) is not None:
                ends[pid] = status
        return Settled(ends, frozenset(orphans), young)

    def _children(of: str = "self") -> list[int]:
        """Every child of a process, those that have ended too; proc(5), /proc/PID/task/TID/children."""
        found: list[int] = []
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{of}/task"):
                with contextlib.suppress(OSError), open(f"/proc/{of}/task/{task}/children", "rb") as file:
                    found += map(int, file.read().split())
        return found

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
            rest = {int(name) for name in os.listdir("/proc") if name.isdecimal()} - {*preferred, os.getpid()}
            found = [pid for pid in sorted(rest) if inodes & pipes_of(pid)]
        return [(pid, stat.name) for pid in found if (stat := stat_of(pid)) is not None]

    def pipes_of(pid: int) -> frozenset[int]:
        """The inodes of the pipes that a process has open; none where this one may not look."""
        inodes = set()
        with contextlib.suppress(OSError):
            for number in os.listdir(f"/proc/{pid}/fd"):
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
        return Settled({}, frozenset(), False)

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
