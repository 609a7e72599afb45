"""A child process launched here: what it is, how it goes, how it ended and what it used."""

from __future__ import annotations

import enum
import errno
import os
from typing import NamedTuple

from osexplorer.model.child_status import end_text
from osexplorer.model.command_line import Command
from osexplorer.model.descendants import AdoptedEnd, Descendant
from osexplorer.model.errors import CallError
from osexplorer.model.ladder import Stopping
from osexplorer.model.launch import Launch, Place
from osexplorer.model.signals import signal_name

HISTORY = 60
"""Samples of processor use that are kept."""


ENDS = 20
"""Ends of adopted processes that are kept of each child."""


class ChildState(enum.Enum):
    """Where a child is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPED = "stopped"
    EXITED = "exited"
    """It ended itself, with an exit code."""
    SIGNALLED = "signalled"
    """A signal ended it."""
    FAILED = "failed to start"
    """No process came to be, or it could not execute the program."""
    LOST = "lost"
    """It ended, but something else took its status."""


_ALIVE = frozenset({ChildState.STARTING, ChildState.RUNNING, ChildState.STOPPED})


class SignalOutcome(enum.Enum):
    """What became of a signal."""

    SENT = "sent"
    DENIED = "not permitted"
    GONE = "already gone"

    def text(self, name: str, number: int) -> str:
        """In words: ``SIGTERM sent to 1234 (sleep 60)``."""
        match self:
            case SignalOutcome.SENT:
                return f"{signal_name(number)} sent to {name}"
            case SignalOutcome.DENIED:
                return f"{signal_name(number)} not permitted to {name}"
            case SignalOutcome.GONE:
                return f"{name} is already gone"


class Rusage(NamedTuple):
    """What a process and the descendants it waited for have used: getrusage(2), as wait4(2) returns it."""

    user: float
    """Seconds of processor time in the program."""
    system: float
    """Seconds of processor time in the kernel."""
    max_rss: int | None
    """Peak resident memory in bytes; None where it is not known. See `max_rss_limit`."""
    max_rss_sampled: bool
    """Whether `max_rss` was read while the process ran, so that it may have grown after that."""
    max_rss_limit: int
    """The figure of wait4, in bytes. It starts at the launching process's own peak, so it is only an upper limit until
    it exceeds that."""
    minor_faults: int
    major_faults: int
    voluntary_switches: int
    involuntary_switches: int
    blocks_in: int
    """Blocks of 512 bytes read from a device."""
    blocks_out: int


class Sample(NamedTuple):
    """A running process at one moment, from ``/proc/PID/stat`` and ``/proc/PID/status``."""

    at: int
    """Monotonic clock, nanoseconds."""
    stopped: bool
    cpu_time: float
    """Seconds of processor time so far, user and system."""
    rss: int
    """Resident memory, bytes."""
    peak_rss: int | None
    """Peak resident memory so far, bytes; None where the system does not tell."""


class Child(NamedTuple):
    """A snapshot of one child."""

    id: int
    """This program's own number for it, from 1; never used again, unlike a pid."""
    command: Command
    cwd: str
    umask: int | None
    """None: the umask of this program."""
    started: int
    """Wall clock, nanoseconds since the epoch."""
    began: int
    """Monotonic clock at the launch, nanoseconds."""
    state: ChildState = ChildState.STARTING
    pid: int = 0
    """0 until it is started."""
    duration: int | None = None
    """Nanoseconds from launch to exit; None while it runs."""
    status: int | None = None
    """The 16-bit status of wait(2); None until it has ended."""
    stop_signal: int | None = None
    """What stopped it, while it is stopped and known."""
    told_at: int = 0
    """Monotonic clock when the kernel last told that it has stopped or goes on, nanoseconds; 0 when it never did."""
    error: CallError | None = None
    """Why it could not be started."""
    rusage: Rusage | None = None
    """What it used, once it has ended."""
    cpu: float | None = None
    """Processors in use, 1.0 for one whole core, over the last second; None when not sampled."""
    cpu_time: float | None = None
    """Seconds of processor time at the last sample."""
    sampled_at: int = 0
    """Monotonic clock of the last sample, nanoseconds."""
    rss: int | None = None
    """Resident memory in bytes at the last sample."""
    peak_rss: int | None = None
    """Peak resident memory in bytes at the last sample."""
    output_bytes: int = 0
    """Bytes that it and its descendants wrote so far."""
    dropped_bytes: int = 0
    """How many of them, the oldest, are not kept any more."""
    output_problem: str = ""
    """Why the file that its output goes to as well gets no more, as ``ENOSPC after 4,096 bytes``."""
    output_open: bool = False
    """Whether somebody can still write to its output: itself, or a descendant that outlives it."""
    descendants: tuple[Descendant, ...] = ()
    """The processes of its tree, parents before what they have started, when last looked at."""
    adopted_ends: tuple[AdoptedEnd, ...] = ()
    """Processes of its tree that were adopted and have ended, the newest last: at most :data:`ENDS`."""
    adopted_ended: int = 0
    """How many there were in all."""
    holders: tuple[tuple[int, str], ...] = ()
    """Who can still write to its output once it has ended, pid and name, as far as that could be found."""
    cpu_history: tuple[float, ...] = ()
    """Processors that its whole tree had in use, a sample a second while somebody watched, the newest last."""
    stopping: Stopping | None = None
    """How far the ending of its tree is, while it is being ended."""
    launch: Launch | None = None
    """How it was launched; None when an earlier run of this program did it."""
    earlier: bool = False
    """Whether an earlier run of this program has left it running: its parent is
    another now, so what it used is not told, and its status only by Linux 6.15 and later."""
    output_file: str = ""
    """Where what it writes goes since the earlier run has left it, or went already; ``""`` when that was not noted."""
    timed_out: bool = False
    """Whether its time was up before it ended."""
    note: str = ""
    """What its rules are about to do, or have done, as ``restarting in 4 s, 2 of 5``."""

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in _ALIVE

    @property
    def outlives(self) -> bool:
        """Whether it was launched to outlive this program."""
        return self.launch is not None and self.launch.place is Place.DETACHED

    @property
    def code(self) -> int | None:
        """Its exit code, 0 to 255; None where it has none."""
        return os.WEXITSTATUS(self.status) if self.status is not None and os.WIFEXITED(self.status) else None

    @property
    def signal(self) -> int | None:
        """The signal that ended it."""
        return os.WTERMSIG(self.status) if self.status is not None and os.WIFSIGNALED(self.status) else None

    @property
    def core_dumped(self) -> bool:
        """Whether the signal that ended it left a core file."""
        return self.signal is not None and os.WCOREDUMP(self.status or 0)

    @property
    def exit_text(self) -> str:
        """How it stands, in a few words: ``running``, ``exit 3``, ``SIGSEGV, core dumped``, ``not found``."""
        if self.error is not None:
            return failure_text(self.error)
        text = self._end_text
        return f"timed out, {text}" if self.timed_out and not self.alive else text

    @property
    def _end_text(self) -> str:
        if self.status is not None:
            return end_text(self.status)
        if self.state is ChildState.STOPPED and self.stop_signal:
            return f"stopped, {signal_name(self.stop_signal)}"
        return "status unknown" if self.state is ChildState.LOST else self.state.value

    @property
    def shell_status(self) -> int | None:
        """Its end as a shell's ``$?`` tells it: the code, 128 plus the signal, 127 not found, 126 not executable, 124
        when its time was up, as timeout(1) tells.

        125 stands for a failure that is not the program's: a directory that cannot be entered, no room for a process.
        """
        if self.error is not None:
            return shell_status_of(self.error)
        if self.timed_out and not self.alive:
            return 124
        if (number := self.signal) is not None:
            return 128 + number
        return self.code if self.state is not ChildState.LOST else 125

    def sampled(self, sample: Sample) -> Child:
        """This child with what `sample` tells of it.

        Whether it is stopped is not taken from a sample that may have been read before the kernel told of that: it
        would undo what was told, and which signal it was is told but once.
        """
        state, stop_signal = self.state, self.stop_signal
        if sample.at <= self.told_at:
            pass
        elif sample.stopped:
            state = ChildState.STOPPED
        elif state is ChildState.STOPPED:
            state, stop_signal = ChildState.RUNNING, None
        since_time, since = (self.cpu_time, self.sampled_at) if self.cpu_time is not None else (0.0, self.began)
        span = (sample.at - since) / 1e9
        return self._replace(
            state=state,
            stop_signal=stop_signal,
            cpu=max(sample.cpu_time - since_time, 0.0) / span if span > 0 else None,
            cpu_time=sample.cpu_time,
            sampled_at=sample.at,
            rss=sample.rss,
            peak_rss=sample.peak_rss,
        )

    @property
    def ended_well(self) -> bool:
        """Whether it ended with exit code 0."""
        return self.code == 0 and self.state is ChildState.EXITED and not self.timed_out

    def with_tree(self, tree: tuple[Descendant, ...], holders: tuple[tuple[int, str], ...], sampled: bool) -> Child:
        """This child with its tree as it was just found.

        Args:
            sampled: whether it was looked at itself, so that its own figures are of the same moment.
        """
        history = self.cpu_history
        if sampled and self.cpu is not None:
            all_of_it = self.cpu + sum(one.cpu or 0.0 for one in tree)
            history = (*history[1 - HISTORY :], all_of_it)
        return self._replace(descendants=tree, holders=holders, cpu_history=history)

    def with_end(self, end: AdoptedEnd) -> Child:
        """This child after the end of a process of its tree that was adopted."""
        return self._replace(adopted_ends=(*self.adopted_ends[1 - ENDS :], end), adopted_ended=self.adopted_ended + 1)

    @property
    def tree_size(self) -> int:
        """How many processes its tree has now, itself included while it runs."""
        return len(self.descendants) + self.alive

    @property
    def tree_cpu(self) -> float | None:
        """Processors in use by its whole tree, as :attr:`cpu`."""
        known = [cpu for cpu in (self.cpu, *(one.cpu for one in self.descendants)) if cpu is not None]
        return sum(known) if known else None

    @property
    def tree_rss(self) -> int | None:
        """Resident memory of its whole tree, bytes. What its processes share is counted for each of them."""
        known = [rss for rss in (self.rss, *(one.stat.rss for one in self.descendants)) if rss is not None]
        return sum(known) if known else None

    @property
    def ended(self) -> int:
        """When it ended, on the monotonic clock, nanoseconds; far in the future while it runs."""
        return self.began + self.duration if self.duration is not None else 2**62

    def elapsed(self, now: int) -> int:
        """Nanoseconds from launch to its end, or to `now` on the monotonic clock while it runs."""
        return self.duration if self.duration is not None else max(now - self.began, 0)


def shell_status_of(error: CallError) -> int:
    """What a shell's ``$?`` tells of a program that could not be started: 127 not found, 126 not executable, 125 for
    what is not the program's fault."""
    if error.call != "os.execve" or error.errno in (errno.EAGAIN, errno.ENOMEM, errno.EMFILE):
        return 125
    return 127 if error.errno in (errno.ENOENT, errno.ENOTDIR) else 126


_STEPS = {
    "os.chdir": "directory",
    "os.open": "file",
    "os.setpriority": "niceness",
    "resource.setrlimit": "limits",
    "os.setgroups": "groups",
    "os.setresgid": "group",
    "os.setresuid": "user",
    "/proc/self/status": "user",
    "fcntl.ioctl": "terminal",
    "os.openpty": "terminal",
    "os.tcsetpgrp": "terminal",
}
"""What a child could not be given, by the call that failed."""


def failure_text(error: CallError) -> str:
    """Why a program could not be started, in two or three words and the errno's name."""
    if error.call in _STEPS:
        return f"{_STEPS[error.call]}: {error.code}"
    texts = {
        errno.ENOENT: "not found",
        errno.EACCES: "not executable",
        errno.ENOEXEC: "not a program",
        errno.E2BIG: "arguments too long",
        errno.EAGAIN: "process limit",
        errno.EMFILE: "no descriptors",
        errno.ENFILE: "no descriptors",
        errno.ENOMEM: "out of memory",
    }
    text = texts.get(error.errno or 0)
    return f"{text}, {error.code}" if text else error.code
