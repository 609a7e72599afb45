"""The settings: what each is, its default, and which values it takes. Reading them from a file is in `config.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from osexplorer.model.ladder import DEFAULT_LADDER, parse_ladder

Theme = Literal["dark", "light", "terminal", "none"]
SortColumn = Literal[
    "name", "extension", "kind", "size", "mtime", "ctime", "atime", "btime", "mode", "uid", "gid", "links"
]
Names = Literal["natural", "natural-case", "code-points"]
OnQuit = Literal["ask", "end", "leave"]
CpuUnit = Literal["core", "machine"]
Icons = Literal["none", "nerd", "emoji"]


class Option(NamedTuple):
    """One setting, as the settings file knows it.

    Attributes:
        name: its key in the file, and the attribute of :class:`Settings`.
        table: the table of the file it stands in; ``""`` for the top.
        default: its value where the file says nothing.
        text: what it is for.
        choices: the values it takes, where they are few.
        least: the smallest number it takes, None for any.
        most: the largest.
        valid: for a string, whether it may be this one.
        form: for a string, what it looks like.
    """

    name: str
    table: str
    default: Any
    text: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    valid: Callable[[str], bool] | None = None
    form: str = "a string"

    @property
    def expected(self) -> str:
        """Which values it takes, in words."""
        if self.choices:
            return "one of " + ", ".join(f'"{choice}"' for choice in self.choices)
        if isinstance(self.default, bool):
            return "true or false"
        if isinstance(self.default, int | float):
            kind = "a number" if isinstance(self.default, float) else "a whole number"
            return f"{kind} from {self.least:g} to {self.most:g}"
        return self.form

    def accepts(self, value: object) -> bool:
        """Whether the file may give it this value."""
        if isinstance(self.default, bool):
            return isinstance(value, bool)
        if isinstance(self.default, int | float):
            if isinstance(value, bool) or not isinstance(value, int | type(self.default)):
                return False
            least, most = self.least, self.most
            return (least is None or value >= least) and (most is None or value <= most)
        if not isinstance(value, str) or (self.choices and value not in self.choices):
            return False
        return self.valid is None or self.valid(value)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, with their defaults; :data:`OPTIONS` says what each is for."""

    theme: Theme = "dark"
    mouse: bool = True
    confirm_quit: bool = True
    show_hidden: bool = False
    directories_first: bool = True
    sort: SortColumn = "name"
    ls_colors: bool = True
    icons: Icons = "none"
    names: Names = "natural"
    refresh_seconds: float = 2.0
    cpu_unit: CpuUnit = "core"
    shell: str = "/bin/sh"
    stop: str = DEFAULT_LADDER
    on_quit: OnQuit = "ask"
    history: int = 500
    show_reads: bool = False
    presets: str = ""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """By action id, the keys that replace its default ones, in Textual's names; an empty tuple for none."""


_DEFAULTS = Settings()


def _are_modes(text: str) -> bool:
    from osexplorer.model.errors import Refused
    from osexplorer.model.mode_text import presets_of

    try:
        presets_of(text)
    except Refused:
        return False
    return True


def _is_ladder(text: str) -> bool:
    from osexplorer.model.errors import Refused

    try:
        parse_ladder(text)
    except Refused:
        return False
    return True


def _option(table: str, name: str, text: str, **rules: Any) -> Option:
    return Option(name, table, getattr(_DEFAULTS, name), text, **rules)


OPTIONS: tuple[Option, ...] = (
    _option(
        "",
        "theme",
        'Colours. "terminal" uses the terminal\'s own sixteen; "none" uses none at all, as NO_COLOR does.',
        choices=get_args(Theme),
    ),
    _option("", "mouse", "Whether clicks and the wheel reach the program."),
    _option("", "confirm_quit", "Ask before quitting while children run or tasks are unfinished."),
    _option("files", "show_hidden", "Show entries whose names begin with a dot."),
    _option("files", "directories_first", "List directories before everything else."),
    _option("files", "sort", "What a listing is sorted by at first.", choices=get_args(SortColumn)),
    _option("files", "ls_colors", "Colour names as $LS_COLORS says, where it is set."),
    _option(
        "files",
        "icons",
        'Icons before names: "nerd" needs a font with the signs of Font Awesome (Nerd Fonts), "emoji" needs none.',
        choices=get_args(Icons),
    ),
    _option(
        "files",
        "names",
        'How names are compared. "natural": numbers by their value, case ignored; "natural-case": capital letters '
        'first; "code-points": as ls does in the C locale.',
        choices=get_args(Names),
    ),
    _option(
        "processes",
        "refresh_seconds",
        "How often the table of processes is read, in seconds.",
        least=0.2,
        most=3600.0,
    ),
    _option(
        "processes",
        "cpu_unit",
        'What 100 % of CPU means: one "core", so that a process may have more, or the whole "machine".',
        choices=get_args(CpuUnit),
    ),
    _option(
        "children",
        "shell",
        "The shell for command lines that need one.",
        valid=lambda text: text != "" and "\0" not in text,
        form="the path of a program",
    ),
    _option(
        "children",
        "stop",
        "How a child is ended with all it has started: signals, each but the last with the seconds until the next.",
        valid=_is_ladder,
        form='signals as "INT 2, TERM 5, KILL"',
    ),
    _option(
        "children",
        "on_quit",
        'What becomes of running children when the program is quit: "ask", "end" them, or "leave" them running.',
        choices=get_args(OnQuit),
    ),
    _option(
        "children",
        "history",
        "How many children that have ended are remembered beyond the end of the program; 0 for none.",
        least=0,
        most=10000,
    ),
    _option(
        "permissions",
        "presets",
        "Modes of your own beside 644, 755, 600, 700, 2775 and 1777, between spaces: octal, or as chmod takes them.",
        valid=_are_modes,
        form='modes as chmod takes them, as "640 2770 u=rwX,go=rX"',
    ),
    _option("calls", "show_reads", "Show successful reads in the call log, beside changes and failures."),
)
"""Every setting except the keys, in the order of the file."""

KEYS_TABLE = "keys"
"""The table of the file that gives actions other keys."""
