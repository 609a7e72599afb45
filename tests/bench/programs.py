"""The programs that are measured: ours, a minimal Textual app, and the peers that are installed."""

from __future__ import annotations

import shutil
import sys

OURS = "osexplorer"
MINIMAL = "minimal Textual app"

_MINIMAL_APP = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("entry-000")
Minimal().run()
"""

_FILE_MANAGERS = {
    "ranger": ["ranger", "--clean", "."],
    "nnn": ["nnn", "."],
    "lf": ["lf", "."],
    "mc": ["mc", "--nosubshell", ".", "."],
    "vifm": ["vifm", "."],
}
_PROCESS_VIEWERS = {"htop": ["htop"], "btop": ["btop", "--utf-force"]}


def ours(*arguments: str) -> list[str]:
    """How our program is started; as its console script does, with the interpreter of this run.

    Without ``-P`` Python would look for modules in the working directory, and keep a list of the million files there.
    """
    code = "import sys; from osexplorer.cli import main; sys.exit(main())"
    return [sys.executable, "-P", "-c", code, *arguments]


def minimal() -> list[str]:
    """A Textual app that shows one line."""
    return [sys.executable, "-P", "-c", _MINIMAL_APP]


def file_managers() -> dict[str, list[str]]:
    """Those that are installed, and how each opens the working directory."""
    return {name: argv for name, argv in _FILE_MANAGERS.items() if shutil.which(name)}


def process_viewers() -> dict[str, list[str]]:
    """Those that are installed."""
    return {name: argv for name, argv in _PROCESS_VIEWERS.items() if shutil.which(name)}
