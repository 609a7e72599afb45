"""Signals of this platform: number, name, what each is for, and what it does to a process that has arranged nothing.

See signal(7). Numbers differ between platforms; they are asked of Python, which asked the C library.
"""

from __future__ import annotations

import enum
import signal
from functools import cache
from typing import NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import Refused


class Action(enum.Enum):
    """The default action of a signal."""

    TERMINATE = "ends it"
    CORE = "ends it, dumps core"
    STOP = "stops it"
    CONTINUE = "continues it"
    IGNORE = "ignored"
    NOTHING = "delivers nothing"


class Signal(NamedTuple):
    """One signal."""

    number: int
    name: str
    """With its prefix, as ``"SIGTERM"``; real-time signals as ``"SIGRTMIN+3"``."""
    description: str
    action: Action
    catchable: bool
    """Whether a process may handle, block or ignore it; False for KILL and STOP."""

    @property
    def short(self) -> str:
        """The name without its prefix, as kill(1) takes it: ``"TERM"``."""
        return self.name.removeprefix("SIG")


_KNOWN: dict[str, tuple[Action, str]] = {
    "SIGHUP": (Action.TERMINATE, "The terminal hung up; many daemons read their settings again"),
    "SIGINT": (Action.TERMINATE, "Interrupt from the keyboard, as Ctrl+C sends it"),
    "SIGQUIT": (Action.CORE, "Quit from the keyboard, as Ctrl+Backslash sends it"),
    "SIGILL": (Action.CORE, "Illegal machine instruction"),
    "SIGTRAP": (Action.CORE, "Trace or breakpoint trap"),
    "SIGABRT": (Action.CORE, "Abort, as abort(3) sends it"),
    "SIGEMT": (Action.CORE, "Emulator trap"),
    "SIGBUS": (Action.CORE, "Access to memory that has nothing behind it"),
    "SIGFPE": (Action.CORE, "Arithmetic error, as a division by zero"),
    "SIGKILL": (Action.TERMINATE, "End at once; cannot be caught, so nothing is saved or cleaned up"),
    "SIGUSR1": (Action.TERMINATE, "Means what the program says it means"),
    "SIGSEGV": (Action.CORE, "Access to memory that is not the process's own"),
    "SIGUSR2": (Action.TERMINATE, "Means what the program says it means"),
    "SIGPIPE": (Action.TERMINATE, "Wrote to a pipe that nobody reads"),
    "SIGALRM": (Action.TERMINATE, "A timer of alarm(2) ran out"),
    "SIGTERM": (Action.TERMINATE, "Please end; the program may save and clean up first"),
    "SIGSTKFLT": (Action.TERMINATE, "Stack fault of a coprocessor; unused"),
    "SIGCHLD": (Action.IGNORE, "A child exited, stopped or went on"),
    "SIGCONT": (Action.CONTINUE, "Go on after a stop"),
    "SIGSTOP": (Action.STOP, "Stop until CONT; cannot be caught"),
    "SIGTSTP": (Action.STOP, "Stop from the keyboard, as Ctrl+Z sends it"),
    "SIGTTIN": (Action.STOP, "Read from the terminal while in the background"),
    "SIGTTOU": (Action.STOP, "Wrote to the terminal while in the background"),
    "SIGURG": (Action.IGNORE, "Urgent data on a socket"),
    "SIGXCPU": (Action.CORE, "The limit on processor time was reached"),
    "SIGXFSZ": (Action.CORE, "The limit on file size was reached"),
    "SIGVTALRM": (Action.TERMINATE, "A timer of the process's own processor time ran out"),
    "SIGPROF": (Action.TERMINATE, "A profiling timer ran out"),
    "SIGWINCH": (Action.IGNORE, "The terminal changed its size"),
    "SIGINFO": (Action.IGNORE, "Status asked from the keyboard, as Ctrl+T sends it"),
    "SIGIO": (Action.TERMINATE, "A descriptor is ready for reading or writing"),
    "SIGPWR": (Action.TERMINATE, "The power is failing"),
    "SIGSYS": (Action.CORE, "A system call that is not allowed"),
}
_UNCATCHABLE = frozenset({"SIGKILL", "SIGSTOP"})
_BSD_IO = "SIGINFO"  # where this exists (macOS, the BSDs), SIGIO is ignored by default

CHECK = Signal(0, "0", "Delivers nothing: asks whether the process exists and may be signalled", Action.NOTHING, False)
"""The null signal of kill(2)."""

DEFAULT = int(signal.SIGTERM)
"""What is sent when nothing else is asked for."""


@cache
def signals() -> tuple[Signal, ...]:
    """Every signal of this platform by number, real-time ones included; the null signal is not among them."""
    found = []
    lowest = int(getattr(signal, "SIGRTMIN", 0))
    highest = int(getattr(signal, "SIGRTMAX", -1))
    for number in sorted(map(int, signal.valid_signals())):
        if lowest <= number <= highest:
            name = "SIGRTMIN" if number == lowest else f"SIGRTMIN+{number - lowest}"
            name = "SIGRTMAX" if number == highest else name
            meaning = f"Real-time signal {number - lowest}: queued; means what the program says it means"
            found.append(Signal(number, name, meaning, Action.TERMINATE, True))
            continue
        name = signal.Signals(number).name
        action, meaning = _KNOWN.get(name, (Action.TERMINATE, signal.strsignal(number) or "No description"))
        if name == "SIGIO" and hasattr(signal, _BSD_IO):
            action = Action.IGNORE
        found.append(Signal(number, name, meaning, action, name not in _UNCATCHABLE))
    return tuple(found)


def signal_name(number: int) -> str:
    """``15`` becomes ``"SIGTERM"``; a number that is no signal here becomes ``"signal 99"``."""
    return _by_number().get(number) or f"signal {number}"


def parse_signal(text: str) -> int:
    """The number that ``TERM``, ``sigterm``, ``15``, ``RTMIN+3``, ``RTMAX-1`` or ``0`` stands for.

    Raises:
        Refused: no signal of this platform is called so.
    """
    word = text.strip().upper()
    if not word:
        raise Refused("No signal was named")
    if word.isdecimal() and word.isascii():
        number = int(word) if len(word) < 10 else -1
        if number == CHECK.number or number in _by_number():
            return number
        raise Refused(f"{display(text.strip())} is not the number of a signal on this platform")
    name = word if word.startswith("SIG") else f"SIG{word}"
    if (found := _by_name().get(name)) is not None:
        return found
    raise Refused(f"{display(text.strip())} is not the name of a signal on this platform")


@cache
def _by_number() -> dict[int, str]:
    return {one.number: one.name for one in signals()}


@cache
def _by_name() -> dict[str, int]:
    """Names and aliases, such as SIGPOLL for SIGIO and SIGRTMAX-1 for a real-time signal."""
    names = {name: int(value) for name, value in signal.Signals.__members__.items()}
    names.update((one.name, one.number) for one in signals())
    lowest, highest = names.get("SIGRTMIN", 0), names.get("SIGRTMAX", -1)
    for number in range(lowest, highest):
        names[f"SIGRTMIN+{number - lowest}"] = number
        names[f"SIGRTMAX-{highest - number}"] = number
    if highest > lowest:
        names[f"SIGRTMIN+{highest - lowest}"] = highest
    return names
