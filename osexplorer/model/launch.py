"""All that can be said about a launch: what runs, as whom, where, with what, and what becomes of its output."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from osexplorer.model.command_line import Command
from osexplorer.model.errors import Refused

LAST_ID = 2**32 - 2
"""The largest number of a user or group; the one after it means "leave as it is" to the system calls."""


class Place(enum.Enum):
    """Where a child runs, seen from this program."""

    BACKGROUND = "background"
    """In a session of its own, beside this program: os.P_NOWAIT."""
    FOREGROUND = "foreground"
    """With this program's terminal, which waits for it: os.P_WAIT."""
    DETACHED = "detached"
    """In a session of its own, to outlive this program."""
    REPLACE = "replace"
    """In this program's own process: os.execve."""

    @property
    def captured(self) -> bool:
        """Whether its output can be kept here."""
        return self in (Place.BACKGROUND, Place.DETACHED)


class Source(enum.Enum):
    """What the child reads as its standard input."""

    NOTHING = "nothing"
    FILE = "file"
    TYPED = "typed"


class Target(enum.Enum):
    """Where the child's standard output and errors go."""

    PANE = "pane"
    FILE = "file"
    BOTH = "both"
    NOWHERE = "nowhere"

    @property
    def kept(self) -> bool:
        """Whether it is kept here, to be shown."""
        return self in (Target.PANE, Target.BOTH)

    @property
    def filed(self) -> bool:
        """Whether it goes to a file."""
        return self in (Target.FILE, Target.BOTH)


LIMITS: dict[str, tuple[str, str]] = {
    "as": ("address space", "bytes"),
    "core": ("core file", "bytes"),
    "cpu": ("processor time", "seconds"),
    "data": ("data segment", "bytes"),
    "fsize": ("size of a file", "bytes"),
    "memlock": ("locked memory", "bytes"),
    "msgqueue": ("message queues", "bytes"),
    "nice": ("niceness ceiling", ""),
    "nofile": ("open files", ""),
    "nproc": ("processes of the user", ""),
    "rss": ("resident memory", "bytes"),
    "rtprio": ("real-time priority", ""),
    "rttime": ("real-time processor time", "microseconds"),
    "sigpending": ("pending signals", ""),
    "stack": ("stack", "bytes"),
}
"""The resource limits of getrlimit(2) by the names that prlimit(1) gives them: what each limits, and its unit."""

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_LIMIT_VALUE = re.compile(r"(\d+)([KMGT]?)(?:i?B)?", re.IGNORECASE)


class Limit(NamedTuple):
    """One resource limit. A value of None is "unlimited"."""

    name: str
    """A key of :data:`LIMITS`."""
    soft: int | None
    hard: int | None

    def __str__(self) -> str:
        soft, hard = ("unlimited" if value is None else str(value) for value in (self.soft, self.hard))
        return f"{self.name}={soft}" if soft == hard else f"{self.name}={soft}:{hard}"


@dataclass(frozen=True, slots=True)
class RunAs:
    """As whom a child runs, resolved to numbers."""

    uid: int
    gid: int
    groups: tuple[int, ...]
    """All supplementary groups, ascending."""
    name: str
    home: str
    """``"/"`` where the user has no passwd entry."""
    shell: str

    def variables(self) -> dict[str, str]:
        """Those that tell a program whose it is."""
        return {"HOME": self.home, "USER": self.name, "LOGNAME": self.name, "SHELL": self.shell}

    def __str__(self) -> str:
        return f"uid {self.uid}, gid {self.gid}, groups {','.join(map(str, self.groups)) or 'none'}"


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch, complete. What is left at its default is as it is in this program."""

    command: Command
    cwd: str | None = None
    """None: this program's own; as another user, their home."""
    environment: Mapping[str, str] | None = field(default=None, hash=False)
    """All variables; None: this program's own."""
    umask: int | None = None
    user: str = ""
    """A name or a number."""
    group: str = ""
    """The main group, a name or a number; ``""``: the user's own."""
    groups: tuple[str, ...] | None = None
    """Supplementary groups, names or numbers; None: those of the user."""
    nice: int | None = None
    """Niceness, -20 to 19, not an increment."""
    limits: tuple[Limit, ...] = ()
    no_new_privs: bool = False
    """Whether no program below can gain privileges, by setuid bits for example: prctl(2), PR_SET_NO_NEW_PRIVS."""
    source: Source = Source.NOTHING
    source_file: str = ""
    target: Target = Target.PANE
    target_file: str = ""
    """What is written is added at its end."""
    terminal: bool = False
    """Whether it has a terminal of its own (pty(7)) instead of pipes."""
    size: tuple[int, int] = (80, 24)
    """Columns and rows of that terminal."""
    place: Place = Place.BACKGROUND
    timeout: float | None = None
    """Seconds after which it is ended; None: never."""
    restarts: int = 0
    """How often it is started again after a failure."""
    watched: tuple[str, ...] = ()
    """Paths after whose change it is run again."""

    @property
    def captured(self) -> bool:
        """Whether this program reads what it writes."""
        return self.place.captured and (self.target.kept or self.terminal)

    @property
    def leads(self) -> bool:
        """Whether it leads a session and a process group of its own: in the background, or as somebody else, who
        could otherwise type into this program's terminal (ioctl_tty(2), TIOCSTI)."""
        return self.place.captured or (self.place is Place.FOREGROUND and self.changes_user)

    @property
    def changes_user(self) -> bool:
        """Whether user or groups are other ones than this program's."""
        return bool(self.user or self.group or self.groups is not None)

    def problem(self) -> str:
        """Why the parts do not fit together, or ``""``."""
        if self.source is Source.FILE and not self.source_file:
            return "Name the file to read from"
        if self.target.filed and not self.target_file:
            return "Name the file to write to"
        if self.place is Place.DETACHED:
            if self.terminal:
                return "A terminal ends with this program: detached children use a file, or nothing"
            if self.target.kept:
                return "This program's pane does not outlive it: choose a file, or nowhere"
            if self.source is Source.TYPED:
                return "Nobody types once this program has ended"
        if not self.place.captured and (self.terminal or self.source is not Source.NOTHING):
            return "In the foreground it has this terminal, and its input"
        if self.terminal and self.source is not Source.NOTHING:
            return "On a terminal of its own the input is typed there"
        if self.terminal and not self.target.kept:
            return "A terminal is shown in the pane; its output can go to a file as well"
        return ""


def parse_limit(text: str) -> Limit:
    """A limit as prlimit(1) takes it: ``nofile=256``, ``as=2G``, ``core=unlimited``, ``nofile=256:1024``.

    One value is both the soft and the hard limit. K, M, G and T are powers of 1024.

    Raises:
        Refused: there is no such limit, or the value is not one.
    """
    name, equals, values = text.partition("=")
    name = name.strip().lower().removeprefix("rlimit_")
    if name not in LIMITS:
        raise Refused(f"There is no limit {name or text!r}: {' '.join(LIMITS)}")
    if not equals:
        raise Refused(f"A limit is set as {name}=VALUE")
    soft_text, colon, hard_text = values.partition(":")
    soft = _limit_value(name, soft_text)
    hard = _limit_value(name, hard_text) if colon else soft
    if hard is not None and (soft is None or soft > hard):
        raise Refused(f"The soft limit of {name} is above the hard one")
    return Limit(name, soft, hard)


def _limit_value(name: str, text: str) -> int | None:
    text = text.strip()
    if text.lower() in ("unlimited", "infinity"):
        return None
    match = _LIMIT_VALUE.fullmatch(text)
    if match is None:
        raise Refused(f"{name} takes a number, with K, M, G or T, or unlimited; not {text!r}")
    return int(match[1]) * _UNITS[match[2].upper()]


def parse_limits(text: str) -> tuple[Limit, ...]:
    """Limits with blanks or commas between them.

    Raises:
        Refused: as :func:`parse_limit`; or one is there twice.
    """
    limits = tuple(parse_limit(word) for word in re.split(r"[\s,]+", text) if word)
    names = [limit.name for limit in limits]
    for name in names:
        if names.count(name) > 1:
            raise Refused(f"{name} is there twice")
    return limits


def parse_umask(text: str) -> int:
    """A umask in octal, 000 to 777.

    Raises:
        Refused: it is none.
    """
    if not re.fullmatch(r"(0o)?[0-7]{1,4}", text.strip()) or (value := int(text.strip().removeprefix("0o"), 8)) > 0o777:
        raise Refused(f"{text!r} is not an octal mode from 000 to 777")
    return value


def parse_nice(text: str) -> int:
    """A niceness, -20 to 19.

    Raises:
        Refused: it is none.
    """
    try:
        value = int(text.strip())
    except ValueError:
        value = 99
    if not -20 <= value <= 19:
        raise Refused(f"{text!r} is not a niceness from -20 to 19")
    return value


def with_home(path: str, home: str) -> str:
    """`path` with a ``~`` at its beginning replaced, as a shell does; that of another user stays."""
    return home + path[1:] if path == "~" or path.startswith("~/") else path


def parse_seconds(text: str) -> float:
    """A span of time, as timeout(1) takes it: ``10``, ``1.5``, ``2m``, ``1h``, ``1d``.

    Raises:
        Refused: it is none, or not above 0.
    """
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*([smhd]?)", text.strip())
    seconds = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]] if match else 0.0
    if seconds <= 0:
        raise Refused(f"{text!r} is not a time: seconds, or a number with s, m, h or d")
    return seconds


def limit_words(limits: tuple[Limit, ...]) -> str:
    """Limits as :func:`parse_limits` reads them."""
    return " ".join(map(str, limits))
