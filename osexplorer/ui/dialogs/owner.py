"""Ask for owner and group as chown takes them, and say what the change brings along."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.accounts import Account
from osexplorer.model.display import display, undisplay
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.owner import Owner, falling, owner_warnings, parse_owner
from osexplorer.model.status import Status
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.accounts import AccountPicker, OwnerNames
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.field import Field


class NewOwner(NamedTuple):
    """What was answered."""

    owner: Owner
    keep: bool
    """Whether setuid, setgid and capabilities shall be put back."""


class OwnerDialog(Dialog[NewOwner]):
    """Dismisses with the owner that was chosen.

    Args:
        names: what is to be changed; foreign text in it has passed ``display()``.
        statuses: of what will be changed.
    """

    HINTS: ClassVar[str] = "Enter accept · → complete · Tab list · F2 keep set-ID · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "list", "List", show=False, priority=True),
        Binding("f2", "keep", "Keep", show=False, priority=True),
    ]

    def __init__(self, session: Session, names: str, statuses: Sequence[Status]) -> None:
        super().__init__(f"Change owner and group of {names}")
        self.session, self.statuses = session, tuple(statuses)
        self.keep = False
        self._names = OwnerNames()
        self._task: asyncio.Task[None] | None = None
        self._foreseeing: asyncio.Task[None] | None = None

    def body(self) -> ComposeResult:
        yield Field("", id="field", suggester=self._names)
        yield Text("user, user:group, :group, or user: for that user's own group; names or numbers", classes="hint")
        yield Text("", id="preview")
        yield Text("", id="becomes")
        yield Text("", id="problem", classes="problem")

    def on_mount(self) -> None:
        self._judge("")
        self._task = self.begin(self._names.learn(self.session))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge(event.value)
        if self._foreseeing is not None:
            self._foreseeing.cancel()
        self._foreseeing = self.begin(self._foresee(undisplay(event.value)))

    async def _foresee(self, text: str) -> None:
        """Say what the owners become, or that there is nobody of that name."""
        becomes = ""
        try:
            owner = await self.session.permissions.owner_of(text)
        except OSExplorerError as error:
            problem = str(error) if text else ""
            self.tell(problem)
        else:
            new = dict.fromkeys(owner.after(one.uid, one.gid) for one in self.statuses)
            becomes = _several("becomes", [self._named(*one) for one in new])
        self.query_one("#becomes", Text).show(becomes)

    def _named(self, uid: int, gid: int) -> str:
        user, group = (
            next((display(one.name) for one in accounts if one.id == number), str(number))
            for accounts, number in ((self._names.users, uid), (self._names.groups, gid))
        )
        return f"{user}:{group} ({uid}:{gid})"

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._task is not None:
            self._task.cancel()
        self._task = self.begin(self._accept(undisplay(event.value)))

    async def _accept(self, text: str) -> None:
        try:
            owner = await self.session.permissions.owner_of(text)
        except OSExplorerError as error:
            self.tell(str(error))
            return
        self.dismiss(NewOwner(owner, self.keep))

    def _judge(self, shown: str) -> None:
        try:
            parse_owner(undisplay(shown))
        except Refused as error:
            self.tell(str(error) if shown else "")
        else:
            self.tell("")
        lines = [_owners(self.statuses)]
        lines += [f"! {warning}" for warning in owner_warnings(self.statuses, keep=self.keep)]
        if any(map(falling, self.statuses)):
            lines.append(f"[{'x' if self.keep else ' '}] F2: put back what falls")
        self.query_one("#preview", Text).show("\n".join(lines))

    def action_keep(self) -> None:
        """Put setuid, setgid and capabilities back, or not."""
        self.keep = not self.keep
        self._judge(self.query_one(Field).value)

    def action_list(self) -> None:
        """Choose from all users, or after a colon from all groups."""
        field = self.query_one(Field)
        user, colon, _ = field.value.partition(":")

        def chosen(account: Account | None) -> None:
            if account is not None:
                name = display(account.name)
                field.value = f"{user}:{name}" if colon else name
                field.cursor_position = len(field.value)

        title, accounts = ("Group", self._names.groups) if colon else ("User", self._names.users)
        self.app.push_screen(AccountPicker(title, accounts), chosen)


def _owners(statuses: Sequence[Status]) -> str:
    """Whose the files are now."""
    owners = dict.fromkeys(f"{display(one.user)}:{display(one.group)} ({one.uid}:{one.gid})" for one in statuses)
    return _several("now", list(owners))


def _several(word: str, owners: Sequence[str]) -> str:
    more = f" and {len(owners) - 3} others" if len(owners) > 3 else ""
    return f"{word} {', '.join(owners[:3])}{more}"
