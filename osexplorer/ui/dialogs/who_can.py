"""Who may do something to a file: the users and groups of the system, and the rule that decides about each."""

from __future__ import annotations

import asyncio
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.accounts import Account
from osexplorer.model.display import display, undisplay
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.who_can import Holder
from osexplorer.model.who_can_text import about, rule_text, users_text
from osexplorer.model.why import Question
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.accounts import AccountPicker
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.question_keys import QUESTION_KEYS, question_words
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

_COLUMNS = [
    Column("allowed", "", 1, sortable=False),
    Column("who", "Who", 18, sortable=False, elide="end"),
    Column("users", "Users", 15, priority=1, sortable=False, elide="end"),
    Column("rule", "Rule that decides", 20, flex=1, scrolls=True, sortable=False),
]


class Chosen(NamedTuple):
    """What to ask why about."""

    question: Question
    user: str
    """By name."""


class WhoCanDialog(Dialog[Chosen]):
    """Dismisses with a user to ask why for.

    Args:
        path: absolute, raw.
    """

    WIDE = True
    HINTS: ClassVar[str] = "r w x d c what · Enter why for one of them · Esc back"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"ask('{question.value}')", question.value, show=False) for key, question in QUESTION_KEYS.items()
    ]
    DEFAULT_CSS = """
    WhoCanDialog #asked { margin-bottom: 1; }
    WhoCanDialog #about { color: $muted; }
    WhoCanDialog #rule { dock: bottom; min-height: 3; }
    """

    def __init__(self, session: Session, path: str, question: Question) -> None:
        super().__init__(f"Who can · {display(path)}")
        self.session, self.path, self.question = session, path, question
        self.source: TableSource[Holder] = TableSource(lambda holder: holder.who, _cell)
        self._asking: asyncio.Task[None] | None = None

    def body(self) -> ComposeResult:
        yield Text("", id="asked")
        yield Text("", id="about")
        yield RowList(_COLUMNS, self.source, marks=False)
        yield Text("", id="rule")

    def on_mount(self) -> None:
        self.query_one(RowList).focus()
        self._ask()

    def action_ask(self, name: str) -> None:
        self.question = Question(name)
        self._ask()

    def _ask(self) -> None:
        self.query_one("#asked", Text).show(question_words(self.question))
        if self._asking is not None:
            self._asking.cancel()
        self._asking = self.begin(self._answer())

    async def _answer(self) -> None:
        rows = self.query_one(RowList)
        rows.set_stale(True)
        try:
            found = await self.session.why.who(self.path, self.question)
        except OSExplorerError as error:
            self._show(str(error), ())
        else:
            self._show(about(found), found.holders)
        rows.set_stale(False)

    def _show(self, text: str, holders: tuple[Holder, ...]) -> None:
        rows = self.query_one(RowList)
        self.query_one("#about", Text).show(text)
        self.source.set_rows(holders)
        rows.set_empty("" if holders else "There is no answer")
        rows.rows_changed()
        self._tell()

    @on(RowList.CursorMoved)
    def _moved(self, event: RowList.CursorMoved) -> None:
        event.stop()
        self._tell()

    def _tell(self) -> None:
        """The rule about the row under the cursor, whole."""
        rows = self.query_one(RowList)
        holder = self.source.rows[rows.cursor] if rows.cursor_key is not None else None
        self.query_one("#rule", Text).show("" if holder is None else rule_text(holder))

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        users = self.source.rows[event.index].users
        if len(users) == 1:
            self.dismiss(Chosen(self.question, users[0]))
        elif users:
            self.begin(self._choose(users))

    async def _choose(self, users: tuple[str, ...]) -> None:
        def chosen(account: Account | None) -> None:
            if account is not None:
                self.dismiss(Chosen(self.question, account.name))

        try:
            listed = {account.name: account for account in await self.session.permissions.users()}
        except OSExplorerError as error:
            self.query_one("#about", Text).show(str(error))
            return
        choices = [listed[user] for user in users if user in listed]
        self.app.push_screen(AccountPicker("Why for whom", choices, detail="A user of these"), chosen)


def _cell(holder: Holder, column: str) -> Cell:
    match column:
        case "allowed":
            return Span("✓", "good") if holder.allowed else Span("✗", "bad")
        case "who":
            return Span(holder.who, "" if holder.allowed else "dim")
        case "users":
            return Span("" if holder.users == (holder.who,) else undisplay(users_text(holder)), "dim")
        case _:
            return Span(undisplay(rule_text(holder)), "" if holder.allowed else "dim")
