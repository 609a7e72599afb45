"""Choose a user or a group, of those that the system lists or by a name or number that it does not."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.suggester import Suggester
from textual.widgets import Input

from osexplorer.model.accounts import Account
from osexplorer.model.display import undisplay
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.rowlist import Column, RowList

_COLUMNS = [
    Column("name", "Name", 12, flex=1),
    Column("id", "Number", 10, align="right"),
    Column("about", "", 12, flex=2, priority=1, elide="end"),
]


class OwnerNames(Suggester):
    """Completes the user before the colon, and the group after it."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.users: Sequence[Account] = ()
        self.groups: Sequence[Account] = ()

    async def get_suggestion(self, value: str) -> str | None:
        user, colon, group = value.partition(":")
        names, typed = (self.groups, group) if colon else (self.users, user)
        found = next((one.name for one in names if typed and one.name.startswith(typed)), None)
        return None if found is None or not found.isprintable() else f"{user}{colon}{found}" if colon else found

    async def learn(self, session: Session) -> None:
        """Ask which users and groups there are; nothing is completed before."""
        self.users = await session.permissions.users()
        self.groups = await session.permissions.groups()


class AccountPicker(Picker[Account]):
    """Dismisses with an account; what was typed and is not listed comes back as a name without a number, -1."""

    HINTS = "type a name or number · ↑ ↓ · Enter choose · Esc cancel"

    def __init__(self, title: str, accounts: Sequence[Account], *, detail: str = "") -> None:
        super().__init__(title, accounts, _COLUMNS, _cell, _text, detail=detail)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        if event.value and not len(self.query_one(RowList).source):
            event.stop()
            self.dismiss(Account(undisplay(event.value), -1))


def _cell(account: Account, column: str) -> str:
    return {"name": account.name, "id": str(account.id) if account.id >= 0 else "", "about": account.about}[column]


def _text(account: Account) -> str:
    return f"{account.name} {account.id if account.id >= 0 else ''} {account.about}"
