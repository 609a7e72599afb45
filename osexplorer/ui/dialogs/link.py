"""Make a link: its name, and which kind."""

from __future__ import annotations

import os.path
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.display import display, undisplay
from osexplorer.model.operations import LinkKind, name_problem
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.field import Field

_KINDS = tuple(LinkKind)


class LinkWish(NamedTuple):
    """The link that is wanted."""

    path: str
    kind: LinkKind


class LinkDialog(Dialog[LinkWish]):
    """Dismisses with the link that is wanted. Shows the call while it is typed.

    Args:
        source: what it leads to, raw.
        directory: where it is made, raw.
        name: what the field begins with, raw.
    """

    HINTS: ClassVar[str] = "Enter make · Ctrl+T which kind · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+t", "kind", show=False, priority=True)]
    DEFAULT_CSS = "LinkDialog #call { margin-top: 1; }"

    def __init__(self, session: Session, source: str, directory: str, name: str) -> None:
        super().__init__(f"Link to {display(os.path.basename(source))}")
        self.session, self.source, self.directory, self.name_at_first = session, source, directory, name
        self.kind = LinkKind.RELATIVE

    def body(self) -> ComposeResult:
        yield Field(display(self.name_at_first))
        yield Text("", id="kind", classes="hint")
        yield Text("", id="call")
        yield Text("", id="problem", classes="problem")

    def on_mount(self) -> None:
        field = self.query_one(Field)
        field.cursor_position = len(field.value)
        self._show()

    @property
    def path(self) -> str:
        """Where the link would be, raw."""
        return os.path.join(self.directory, undisplay(self.query_one(Field).value))

    def _problem(self) -> str:
        return name_problem(undisplay(self.query_one(Field).value))

    def _show(self) -> None:
        self.query_one("#kind", Text).show(f"{self.kind.value}; Ctrl+T: another kind")
        problem = self._problem()
        self.query_one("#problem", Text).show(problem)
        self.query_one("#problem").display = bool(problem)
        self.query_one("#call").display = not problem
        if not problem:
            self.begin(self._show_call(self.path, self.kind))

    async def _show_call(self, path: str, kind: LinkKind) -> None:
        text = self.source
        if kind is LinkKind.RELATIVE:
            text = await self.session.operations.link_text(self.source, path, kind)
        call = "os.link" if kind is LinkKind.HARD else "os.symlink"
        if (path, kind) == (self.path, self.kind):  # else it was typed on meanwhile
            self.query_one("#call", Text).show(f"{call}({text!r}, {path!r})")

    def action_kind(self) -> None:
        """The next kind of link."""
        self.kind = _KINDS[(_KINDS.index(self.kind) + 1) % len(_KINDS)]
        self._show()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._problem():
            self.dismiss(LinkWish(self.path, self.kind))
