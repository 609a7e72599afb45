"""What panes and dialogs may ask of the app they live in; :class:`osexplorer.ui.app.Explorer` carries it out."""

from __future__ import annotations

import asyncio
import os
from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from osexplorer.model.display import printable
from osexplorer.model.settings import Settings
from osexplorer.model.units import count_text
from osexplorer.services.session import Session
from osexplorer.ui.entering import Entering
from osexplorer.ui.header import Header
from osexplorer.ui.life import TerminalApp

if TYPE_CHECKING:
    from osexplorer.model.launch import Launch

T = TypeVar("T")
Picking = Literal["", "lines", "nul"]
"""Whether the program is used to choose paths, and what ends each in its output."""


class Host(TerminalApp[int]):
    """The app as panes, dialogs and the main screen know it.

    Args:
        path: where to begin.
        settings: as read from the settings file.
        session: the services.
    """

    def __init__(self, path: str, settings: Settings, session: Session) -> None:
        super().__init__()
        self.start_path = path
        self.settings = settings
        self.settings_keys: dict[str, tuple[str, ...]] = {action: tuple(keys) for action, keys in settings.keys.items()}
        """By action id, the keys that replace the declared ones."""
        self.session = session
        self.picking: Picking = ""
        self.picked: tuple[str, ...] = ()
        """The paths that were chosen, when the program is used to choose some."""
        self.replacement: Launch | None = None
        """What is executed in the place of this program once it has been left."""
        self.entering = Entering()
        """The way to another directory in Files."""
        self.selected: str | None = None
        """The path under the cursor in Files or Tree."""

    # -- the screen

    @property
    @abstractmethod
    def header(self) -> Header:
        """The header; it knows the working directory and who we are."""

    @property
    @abstractmethod
    def focused_scope(self) -> str:
        """The scope of the pane that has the keyboard."""

    @abstractmethod
    def is_placed(self, scope: str) -> bool:
        """Whether the pane of that scope has a place on the screen now."""

    @abstractmethod
    def tabs_of(self, scope: str) -> tuple[str, ...]:
        """The scopes that take turns in the place of that pane, its own among them; one where it stands alone."""

    @abstractmethod
    def next_theme(self) -> None:
        """The next of the themes."""

    @property
    @abstractmethod
    def is_settling(self) -> bool:
        """Whether the keyboard is on its way to a pane, or the main screen has messages left to handle."""

    @abstractmethod
    def withholds_frame(self) -> bool:
        """Whether keys are typed ahead, so that painting what one of them has changed would be wasted."""

    # -- what is done for every pane

    @abstractmethod
    def work(self, job: Coroutine[Any, Any, T], then: Callable[[T], None] | None = None) -> asyncio.Task[T]:
        """Run a service call in the background for the focused pane; tell a failure, and hand the result on."""

    @abstractmethod
    def go_to(self, pane: str, *, path: str | None = None, key: object = None) -> None:
        """Show a pane, and in it a thing; see :class:`osexplorer.ui.messages.GoTo`."""

    @abstractmethod
    def show_directory(self, path: str) -> None:
        """The working directory, for header and title, is another one."""

    @abstractmethod
    async def read_identity(self) -> None:
        """Look again who we are, for the header."""

    @abstractmethod
    def ask_to_launch(self, line: str = "") -> None:
        """Ask for a command line, and launch it as a child."""

    def say(self, text: str, problem: bool = False) -> None:
        """Show a notification; foreign text in `text` has passed ``display()``."""
        safe = "\n".join(printable(line) for line in text.split("\n"))
        self.notify(safe, severity="error" if problem else "information", timeout=8 if problem else 4, markup=False)

    def copy(self, text: str) -> None:
        """Put text on the clipboard of the terminal (OSC 52)."""
        self.copy_to_clipboard(text)
        self.say(f"Copied {count_text(len(text), 'character')}")

    def absolute(self, path: str) -> str:
        """`path` as typed by a person, made absolute: ``~`` is home, the rest is below the working directory.

        ``..`` stays in it: behind a link the kernel alone knows where it leads.
        """
        return os.path.join(self.header.path or "/", os.path.expanduser(path))
