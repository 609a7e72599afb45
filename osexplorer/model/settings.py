"""The settings: what each is, its default, and which values it takes. Reading them from a file is in `config.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, NamedTuple

Theme = Literal["dark", "light", "terminal", "none"]
SortColumn = Literal["name", "size", "mtime", "extension"]
CpuUnit = Literal["core", "machine"]


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
    """

    name: str
    table: str
    default: Any
    text: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def expected(self) -> str:
        """Which values it takes, in words."""
        if self.choices:
            return "one of " + ", ".join(f'"{choice}"' for choice in self.choices)
        if isinstance(self.default, bool):
            return "true or false"
        if isinstance(self.default, int | float):
            return f"a number from {self.least:g} to {self.most:g}"
        return "a string"

    def accepts(self, value: object) -> bool:
        """Whether the file may give it this value."""
        if isinstance(self.default, bool):
            return isinstance(value, bool)
        if isinstance(self.default, int | float):
            if isinstance(value, bool) or not isinstance(value, int | float):
                return False
            least, most = self.least, self.most
            return (least is None or value >= least) and (most is None or value <= most)
        return isinstance(value, str) and (not self.choices or value in self.choices)


def _option(default: Any, text: str, table: str = "", **rules: Any) -> Any:
    return field(default=default, metadata={"text": text, "table": table, **rules})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; each documented, with its default, by :data:`OPTIONS`."""

    theme: Theme = _option(
        "dark",
        'Colours. "terminal" uses the terminal\'s own sixteen; "none" uses none at all, as NO_COLOR does.',
        choices=("dark", "light", "terminal", "none"),
    )
    mouse: bool = _option(True, "Whether clicks and the wheel reach the program.")
    confirm_quit: bool = _option(True, "Ask before quitting while children run or tasks are unfinished.")
    show_hidden: bool = _option(False, "Show entries whose names begin with a dot.", "files")
    directories_first: bool = _option(True, "List directories before everything else.", "files")
    sort: SortColumn = _option(
        "name", "What the listing is sorted by at first.", "files", choices=("name", "size", "mtime", "extension")
    )
    refresh_seconds: float = _option(
        2.0, "How often the table of processes is read, in seconds.", "processes", least=0.2, most=3600.0
    )
    cpu_unit: CpuUnit = _option(
        "core",
        'What 100 % of CPU means: one "core", so that a process may have more, or the whole "machine".',
        "processes",
        choices=("core", "machine"),
    )
    shell: str = _option("/bin/sh", "The shell for command lines that are launched with one.", "children")
    show_reads: bool = _option(False, "Show successful reads in the call log, beside changes and failures.", "calls")
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """By action id, the keys that replace its default ones, in Textual's names; an empty tuple for none."""


OPTIONS: tuple[Option, ...] = tuple(
    Option(name=each.name, default=each.default, **each.metadata) for each in fields(Settings) if each.metadata
)
"""Every setting except the keys, in the order of the file."""

KEYS_TABLE = "keys"
"""The table of the file that gives actions other keys."""
