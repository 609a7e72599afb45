"""A child's own terminal: its screen, live, and the keyboard for the program on it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size

from osexplorer.model.children import Child
from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog
from osexplorer.ui.dialogs.terminal_screen import TerminalScreen

_TYPING = "all keys go to the program · Ctrl+] leaves it"
_WATCHING = "Enter type · o output as lines · Esc close"
_ENDED = "o output as lines · R run again · Esc close"


def terminal_size(screen: Size) -> tuple[int, int]:
    """Columns and rows of a terminal in this dialog, on a screen of this size."""
    return max(screen.width - 2, 1), max(screen.height - 2, 1)


class TerminalDialog(Dialog[None]):
    """Shows the terminal of the child with this id until it is closed.

    Args:
        typing: whether the keyboard is the program's at once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,i", "type", show=False),
        Binding("o", "lines", show=False),
        Binding("R", "again", show=False),
        Binding("q", "close", show=False),
    ]
    DEFAULT_CSS = """
    TerminalDialog > #frame { width: 100%; max-width: 100%; height: 100%; max-height: 100%; padding: 0; }
    TerminalDialog.-typing > #frame { border: round $success; border-title-color: $success; }
    TerminalDialog.-typing:nocolor > #frame { border: double $foreground; }
    """

    def __init__(self, session: Session, id: int, *, typing: bool = False) -> None:
        super().__init__("Terminal")
        self.session = session
        self.child_id = id
        self._starts_typing = typing

    def body(self) -> ComposeResult:
        yield TerminalScreen()

    @property
    def terminal(self) -> TerminalScreen:
        """The widget with the screen."""
        return self.query_one(TerminalScreen)

    def on_mount(self) -> None:
        self.terminal.focus()
        self._set_typing(self._starts_typing and self._is_open())
        self.begin(self._follow_child())
        self.begin(self._follow_output())

    def _is_open(self) -> bool:
        into = self.session.children.input(self.child_id)
        return into is not None and into.open

    async def _follow_child(self) -> None:
        async for _ in self.session.children.feed.watch():
            child = self.session.children.get(self.child_id)
            if child is None:
                return
            if self.terminal.typing and not self._is_open():
                self._set_typing(False)
            self._show_child(child)

    async def _follow_output(self) -> None:
        async for _ in self.session.children.output_feed(self.child_id).watch():
            self._show()

    def _show(self) -> None:
        if (view := self.session.children.terminal(self.child_id)) is not None:
            self.terminal.show(view)

    def _show_child(self, child: Child) -> None:
        hints = _TYPING if self.terminal.typing else _WATCHING if self._is_open() else _ENDED
        self.retitle(f"{display(child.command.line)} · {child.exit_text}", hints)

    # -- keys

    def _set_typing(self, typing: bool) -> None:
        self.terminal.set_typing(typing)
        self.set_class(typing, "-typing")
        if (child := self.session.children.get(self.child_id)) is not None:
            self._show_child(child)

    @on(TerminalScreen.Typed)
    def _typed(self, event: TerminalScreen.Typed) -> None:
        event.stop()
        into = self.session.children.input(self.child_id)
        if into is None:
            return
        try:
            into.write(event.data)
        except Refused as refusal:
            self.notify(str(refusal), severity="error", markup=False)

    @on(TerminalScreen.Left)
    def _left(self, event: TerminalScreen.Left) -> None:
        event.stop()
        self._set_typing(False)

    @on(TerminalScreen.Resized)
    def _resized(self, event: TerminalScreen.Resized) -> None:
        event.stop()
        self.session.children.resize_terminal(self.child_id, (event.size.width, event.size.height))
        self._show()

    def action_type(self) -> None:
        """The keyboard is the program's from now on."""
        if self._is_open():
            self._set_typing(True)

    def action_lines(self) -> None:
        """What it has written, as lines."""
        from osexplorer.ui.dialogs.output import OutputDialog

        self.app.push_screen(OutputDialog(self.session, self.child_id))

    def action_again(self) -> None:
        """Launch it once more, once it has ended."""
        child = self.session.children.get(self.child_id)
        if child is not None and not child.alive:
            self.begin(self._again())

    async def _again(self) -> None:
        child = await self.session.children.run_again(self.child_id)
        self.app.push_screen(TerminalDialog(self.session, child.id, typing=True))
        self.dismiss(None)
