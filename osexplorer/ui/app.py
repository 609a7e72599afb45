"""The Textual app: theme, keys, the life of the program. What the keys do stands in the main screen and the panes."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from textual import events
from textual.binding import BindingType
from textual.filter import LineFilter, Monochrome, NoColor

from osexplorer.model.display import display
from osexplorer.model.files import FilesState, Status
from osexplorer.model.settings import Settings
from osexplorer.services.identity import read_identity
from osexplorer.services.reading import Begun
from osexplorer.services.session import Session
from osexplorer.ui.actions import BY_ID, UNBOUND, Action
from osexplorer.ui.earlier import find_left
from osexplorer.ui.header import Header
from osexplorer.ui.host import Host, Picking
from osexplorer.ui.life import run
from osexplorer.ui.main_screen import MainScreen
from osexplorer.ui.messages import GoTo
from osexplorer.ui.notices import follow_notices
from osexplorer.ui.painting import paint_now
from osexplorer.ui.pane import Pane
from osexplorer.ui.panes.makers import makers, pane_class
from osexplorer.ui.rowlist import RowList
from osexplorer.ui.theme import NAMES, THEMES, VARIABLES, NoColour, colour_is_unwanted
from osexplorer.ui.typeahead import Pressed, TypeAhead

if TYPE_CHECKING:
    from osexplorer.model.launch import Launch

T = TypeVar("T")

_FOR_THE_FIRST, _FOR_THE_LAST = 0.05, 1.0
"""Seconds that the other panes wait for the first entries that are listed, and for the last."""
SWITCH_SECONDS = 0.0005
"""How long a computing thread may keep the interpreter; a tenth of Python's default keeps keys quick meanwhile."""


class Explorer(Host):
    """The program on a screen.

    Args:
        path: where to begin.
        settings: as read from the settings file.
        session: the services; new ones when None.
    """

    TITLE = "osexplorer"
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    CSS = """
    Toast { background: $panel; }
    * { scrollbar-color: $frame; scrollbar-background: $surface; scrollbar-corner-color: $surface; }
    """

    def __init__(self, path: str, settings: Settings, session: Session | None = None) -> None:
        super().__init__(path, settings, session or _session(settings))
        self._typeahead = TypeAhead(self, super().on_event, self._press, self._action_of)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "dark" if settings.theme == "none" else settings.theme
        self._choose_colour()
        self.set_keymap({id: ",".join(keys) or f"{UNBOUND}{id}" for id, keys in self.settings_keys.items()})

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLES

    def _choose_colour(self) -> None:
        """Textual takes an empty ``NO_COLOR`` for a set one, and answers with grey instead of no colour (8.2.8)."""
        self.no_color = colour_is_unwanted() or self.settings.theme == "none"
        filters: list[LineFilter] = [kept for kept in self._filters if not isinstance(kept, Monochrome | NoColor)]
        self._filters = [*filters, NoColour()] if self.no_color else filters

    # -- start

    def get_default_screen(self) -> MainScreen:
        """The main screen; pushed on top of Textual's, both would be composed and laid out."""
        self.main = MainScreen(self.session, self.pane_makers())
        return self.main

    def on_mount(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        self.call_after_refresh(lambda: self.run_worker(self._after_first_frame()))  # in its callback, keys would wait

    async def _after_first_frame(self) -> None:
        """What the first frame does not need: the other panes, who we are, and a frozen heap."""
        door = self.session.door
        workspace = self.main.workspace
        await self._let_entries_come()
        for scope in workspace.arrangement.areas:
            await door.run(pane_class, scope, lane="imports")  # 5 to 30 ms each
        await door.run(import_module, "osexplorer.services.child_history", lane="imports")
        if not workspace.is_attached:  # the program ends already
            return
        await workspace.complete_panes()
        await self.read_identity()
        await door.run(import_module, "osexplorer.services.recursive", lane="imports")
        await self.main.find_earlier()
        self._followers = (asyncio.create_task(find_left(self)), asyncio.create_task(follow_notices(self)))
        gc.freeze()  # without a collection, which takes 40 ms and finds some hundred objects
        gc.enable()

    async def _let_entries_come(self) -> None:
        """The entries of a large directory come first, and come into order: making the other panes would take half the
        time they need, and with both under way keys would wait.

        A directory that does not answer is not waited for.
        """
        await self._listed(lambda state: state.status is not Status.NONE, _FOR_THE_FIRST)
        await self._listed(lambda state: state.status is not Status.LOADING and state.progress is None, _FOR_THE_LAST)

    async def _listed(self, reached: Callable[[FilesState], bool], seconds: float) -> None:
        """Wait until the listing has come so far, but no longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for state in self.session.files.feed.watch():
                    if reached(state):
                        return

    async def read_identity(self) -> None:
        identity = await read_identity(self.session.door)
        self.header.show_identity(identity)

    def pane_makers(self) -> Mapping[str, Callable[[], Pane]]:
        """By scope, what makes the pane."""
        return makers(self.session)

    def withholds_frame(self) -> bool:
        return self._typeahead.withholds_frame()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typeahead.add(event)
        else:
            await super().on_event(event)

    def _press(self, key: str) -> Pressed:
        """Have the list with the keyboard carry out a key at once, where it can."""
        rows = self.focused
        if not isinstance(rows, RowList) or self.main.workspace.is_on_the_way:
            return Pressed.NOT
        if not rows.press(key):
            return Pressed.LATER if rows.tell() else Pressed.NOT
        if self.withholds_frame():
            rows.check_idle()
        else:
            paint_now(rows)
        return Pressed.DONE

    def _action_of(self, key: str) -> Action | None:
        """What a key leads to in Files. In other panes nothing acts on the directory that is being entered, and what
        everywhere launches a child says in which it will be."""
        rows = self.focused
        if self.screen is not self.main or not isinstance(rows, RowList):
            return None
        for _, bound in self.main._modal_binding_chain:
            for binding in bound.key_to_bindings.get(key, ()):
                if (action := BY_ID.get(binding.id or "")) is not None:
                    return action if self.focused_scope == "files" else action._replace(acts=False)
        return None

    # -- what panes ask of the app

    @property
    def header(self) -> Header:
        return self.main.query_one(Header)

    @property
    def focused_scope(self) -> str:
        return self.main.workspace.focused_scope

    def is_placed(self, scope: str) -> bool:
        return self.main.workspace.is_placed(scope)

    def tabs_of(self, scope: str) -> tuple[str, ...]:
        return self.main.workspace.arrangement.decks.get(scope, (scope,))

    @property
    def is_settling(self) -> bool:
        moving = self.main.workspace.is_on_the_way or self.main.message_queue_size > 0
        return moving or self.session.environment.is_changing or self.main.pane.is_settling

    def work(self, job: Coroutine[Any, Any, T], then: Callable[[T], None] | None = None) -> asyncio.Task[T]:
        return self.main.pane.work(job, then)

    def go_to(self, pane: str, *, path: str | None = None, key: object = None) -> None:
        self.main.post_message(GoTo(pane, path=path, key=key))

    def show_directory(self, path: str) -> None:
        self.header.show_path(path)
        self.title = f"osexplorer {display(path)}"

    def next_theme(self) -> None:
        at = NAMES.index(self.theme) if self.theme in NAMES else -1
        self.theme = NAMES[(at + 1) % len(NAMES)]

    def ask_to_launch(self, line: str = "") -> None:
        from osexplorer.ui.launching import ask_to_launch

        ask_to_launch(self, line, self.header.path)

    # -- end

    async def action_quit(self) -> None:
        """Quit; ask first when children run or tasks are unfinished."""
        self.picked = ()
        from osexplorer.ui.dialogs.quit import ask_to_quit

        await ask_to_quit(self)

    async def leave(self) -> None:
        if "child_history" in vars(self.session):
            from osexplorer.services.leaving import leave_behind

            await leave_behind(self.session.child_history)

    def action_help_quit(self) -> None:
        """``Ctrl+C``: says how to quit, since it quits most other programs."""
        self.say("Ctrl+C does not quit here: press q")


def _session(settings: Settings, begun: Begun | None = None) -> Session:
    keep = int(settings.history)
    return Session(refresh_seconds=settings.refresh_seconds, keep_children=keep, begun=begun)


class Left(NamedTuple):
    """How the program was left."""

    status: int
    """The exit status."""
    directory: str
    """The directory listed last; ``""`` when there was none."""
    picked: tuple[str, ...]
    """The paths that were chosen."""
    replacement: Launch | None
    """What is to be executed in the place of this program."""


def run_app(begun: Begun, settings: Settings, picking: Picking = "") -> Left:
    """Open the program on the directory that is being read, and return how it was left.

    Args:
        picking: whether paths are to be chosen, and what ends each in the output.
    """
    app = Explorer(begun.path, settings, _session(settings, begun))
    app.picking = picking
    status = run(app, mouse=settings.mouse)
    state = app.session.files.state
    return Left(status, state.path if state.ticket else "", app.picked, app.replacement)
