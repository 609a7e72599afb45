"""May somebody do something to a file, and which rule says so; and the smallest changes that would allow it."""

from __future__ import annotations

import asyncio
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.accounts import Account
from osexplorer.model.display import display, undisplay
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.remedies import Remedy
from osexplorer.model.why import Answer, Question
from osexplorer.model.why_text import Line, answer_lines
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.accounts import AccountPicker
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.confirm import Confirm
from osexplorer.ui.dialogs.question_keys import QUESTION_KEYS, question_words
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource
from osexplorer.ui.rowlist.painter import GUTTER
from osexplorer.ui.wrap import wrap

_SCROLLBAR = 1


class _Row(NamedTuple):
    """One line of the screen."""

    at: int
    line: Line
    text: str
    """Its part of the line."""


class WhyDialog(Dialog[None]):
    """Answers for one path; the question and the user can be changed, and a change that would help be made.

    Args:
        path: absolute, raw.
    """

    WIDE = True
    HINTS: ClassVar[str] = "r w x d c · o for whom · a who can · Enter do it · y copy · Esc close"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, f"ask('{question.value}')", question.value, show=False)
            for key, question in QUESTION_KEYS.items()
        ),
        Binding("o", "who", "Who", show=False),
        Binding("a", "who_can", "Who can", show=False),
        Binding("y", "copy", "Copy", show=False),
    ]
    DEFAULT_CSS = """
    WhyDialog #asked { margin-bottom: 1; }
    """

    def __init__(self, session: Session, path: str, question: Question = Question.READ) -> None:
        super().__init__(f"Why · {display(path)}")
        self.session, self.path, self.question = session, path, question
        self.user: str | None = None
        """By name or number; None is ourselves."""
        self.answer: Answer | None = None
        self.source: TableSource[_Row] = TableSource(lambda row: row.at, _cell)
        self._asking: asyncio.Task[None] | None = None

    def body(self) -> ComposeResult:
        yield Text("", id="asked")
        yield Text("", id="problem", classes="problem")
        yield RowList([Column("line", "Checked as the kernel does", 20, flex=1, elide="end")], self.source, marks=False)

    def on_mount(self) -> None:
        self.query_one("#problem").display = False
        self.query_one(RowList).focus()
        self._ask()

    def _ask(self) -> None:
        who = "you" if self.user is None else display(self.user)
        self.query_one("#asked", Text).show(f"{question_words(self.question)}  [o] for {who}")
        if self._asking is not None:
            self._asking.cancel()
        self._asking = self.begin(self._answer())

    async def _answer(self) -> None:
        rows = self.query_one(RowList)
        rows.set_stale(True)
        try:
            self.answer = await self.session.why.ask(self.path, self.question, self.user)
        except OSExplorerError as error:
            self.answer = None
            self._tell(str(error))
        else:
            self._tell("")
        rows.set_stale(False)
        self._show()

    def _tell(self, problem: str) -> None:
        text = self.query_one("#problem", Text)
        text.show(problem)
        text.display = bool(problem)

    def _show(self) -> None:
        rows = self.query_one(RowList)
        found = answer_lines(self.answer) if self.answer is not None else []
        width = max(rows.size.width - GUTTER - _SCROLLBAR, 16)
        shown = [(line, part) for line in found for part in wrap(undisplay(line.text), width)]
        self.source.set_rows(_Row(at, line, part) for at, (line, part) in enumerate(shown))
        rows.set_empty("There is no answer" if self.answer is None else "")
        rows.rows_changed()

    def on_resize(self) -> None:
        self._show()

    # -- what is asked

    def action_ask(self, name: str) -> None:
        self.question = Question(name)
        self._ask()

    async def action_who(self) -> None:
        users = await self.session.why.users()
        own = Account("myself", -1, "as this program runs")

        def chosen(account: Account | None) -> None:
            if account is not None:
                self.user = None if account is own else account.name
                self._ask()

        self.app.push_screen(AccountPicker("Who", (own, *users), detail="A user of the system"), chosen)

    def action_who_can(self) -> None:
        """The question turned round; with a user chosen there, it goes on about that one."""
        from osexplorer.ui.dialogs.who_can import Chosen, WhoCanDialog

        def chosen(answer: Chosen | None) -> None:
            if answer is not None:
                self.question, self.user = answer
                self._ask()

        self.app.push_screen(WhoCanDialog(self.session, self.path, self.question), chosen)

    # -- what can be done

    @property
    def remedy(self) -> Remedy | None:
        """The change under the cursor."""
        rows = self.query_one(RowList)
        return self.source.rows[rows.cursor].line.remedy if rows.cursor_key is not None else None

    def action_copy(self) -> None:
        rows = self.query_one(RowList)
        if rows.cursor_key is not None:
            row = self.source.rows[rows.cursor]
            text = row.line.text if row.line.remedy is None else row.line.remedy.command
            self.app.copy_to_clipboard(text)
            self.app.notify("Copied", markup=False)

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        remedy = self.remedy
        if remedy is None:
            return
        if not remedy.ready:
            self._tell(f"That is not done from here; in a shell: {display(remedy.command)}   (y copies it)")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._asking = self.begin(self._apply(remedy))

        detail = f"{display(remedy.command)}\nIt {display(remedy.effect)}. Undo with u."
        self.app.push_screen(Confirm("Make this change?", detail), answered)

    async def _apply(self, remedy: Remedy) -> None:
        try:
            await self.session.why.apply(remedy)
        except OSExplorerError as error:
            self._tell(str(error))
            return
        self._ask()


def _cell(row: _Row, column: str) -> Cell:
    if row.line.remedy is not None:
        return Span(row.text, "accent" if row.line.remedy.ready else "")
    return Span(row.text, {True: "good", False: "bad", None: "dim"}[row.line.good])
