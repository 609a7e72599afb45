"""Quitting while children run or tasks are unfinished."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from rich.text import Text as RichText
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.children import Child
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.tasks import Task
from osexplorer.model.units import count_text
from osexplorer.services.feed import Feed
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text

if TYPE_CHECKING:
    from osexplorer.model.launch import Launch
    from osexplorer.ui.host import Host

Answer = Literal["terminate", "leave"]

_LISTED = 8


class QuitDialog(Dialog[Answer]):
    """Lists what is under way, as long as it is; dismisses with what becomes of it, or None to stay."""

    HINTS: ClassVar[str] = "t end them and quit · l leave children running and quit · Esc stay"
    TASKS_ONLY: ClassVar[str] = "t end them and quit · Esc stay"
    NOTHING_LEFT: ClassVar[str] = "Enter quit · Esc stay"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "answer('terminate')", show=False),
        Binding("l", "answer('leave')", show=False),
        Binding("enter", "quit", show=False),
        Binding("n,q", "close", show=False),
    ]
    DEFAULT_CSS = """
    QuitDialog #answers { margin-top: 1; }
    """

    def __init__(self, session: Session) -> None:
        super().__init__("Quit?")
        self.session = session
        self.children_running, self.tasks_unfinished = _under_way(session)

    def body(self) -> ComposeResult:
        yield Text(self._what())
        yield Text(self._answers(), id="answers")

    def on_mount(self) -> None:
        self.retitle(self.dialog_title, self._hints())
        made = vars(self.session)
        if "child_history" in made:
            self.begin(self._follow(self.session.children.feed))
        if "tasks" in made:
            self.begin(self._follow(self.session.tasks.feed))

    async def _follow(self, feed: Feed[Any]) -> None:
        async for _ in feed.watch():
            now = _under_way(self.session)
            if now != (self.children_running, self.tasks_unfinished):
                self.children_running, self.tasks_unfinished = now
                what, answers = self.query(Text)
                what.show(self._what())
                answers.show(self._answers())
                self.retitle(self.dialog_title, self._hints())

    def _hints(self) -> str:
        if self.children_running:
            return self.HINTS
        return self.TASKS_ONLY if self.tasks_unfinished else self.NOTHING_LEFT

    def _what(self) -> str:
        children, tasks = self.children_running, self.tasks_unfinished
        lines = []
        if children:
            lines.append(f"{count_text(len(children), 'child runs', 'children run')}:")
            lines += _some([f"  {child.pid} {display(child.command.line)}" for child in children])
        if tasks:
            lines.append(f"{count_text(len(tasks), 'task is', 'tasks are')} unfinished:")
            lines += _some([f"  {task.title}" for task in tasks])
        return "\n".join(lines or ["Nothing is under way any more."])

    def _answers(self) -> str:
        children, tasks = self.children_running, self.tasks_unfinished
        if not children and not tasks:
            return "Enter  quit\nEsc    stay"
        answers = ["t  end them (SIGTERM, then SIGKILL after 3 s) and quit"]
        if children:
            answers.append("l  leave the children running and quit; output goes on to files")
            if tasks:
                answers.append("   (tasks are cancelled either way)")
        answers.append("Esc  stay")
        return "\n".join(answers)

    def action_quit(self) -> None:
        """Quit, once there is nothing left to decide about."""
        if not self.children_running and not self.tasks_unfinished:
            self.dismiss("terminate")

    def action_answer(self, answer: Answer) -> None:
        if answer == "leave" and not self.children_running:
            answer = "terminate"
        self.dismiss(answer)


def _some(lines: list[str]) -> list[str]:
    if len(lines) <= _LISTED:
        return lines
    return [*lines[:_LISTED], f"  and {len(lines) - _LISTED} more"]


def _under_way(session: Session) -> tuple[list[Child], list[Task]]:
    """The children and tasks that quitting would end, or leave."""
    made = vars(session)  # a service that nobody asked for has nothing under way
    known = session.children.feed.value if "child_history" in made else ()
    children = [child for child in known if child.alive and not child.earlier and not child.outlives]
    tasks = [task for task in session.tasks.feed.value if task.unfinished] if "tasks" in made else []
    return children, tasks


async def ask_to_quit(app: Host, replacement: Launch | None = None) -> None:
    """Quit at once when nothing is under way; else ask what becomes of it first.

    Args:
        replacement: what is to be executed in the place of this program.
    """
    app.replacement = replacement
    children, tasks = _under_way(app.session)
    if not children and not tasks:
        app.exit(0)
        return
    decided: Answer | None = {"end": "terminate", "leave": "leave"}.get(app.settings.on_quit)  # type: ignore[assignment]
    if not app.settings.confirm_quit or (decided is not None and not tasks):
        await _end(app, decided or "leave", bool(children), bool(tasks))
        return
    if isinstance(app.screen, QuitDialog):
        return

    def answered(answer: Answer | None) -> None:
        if answer is not None:
            app.work(_end(app, answer, bool(children), bool(tasks)))

    app.push_screen(QuitDialog(app.session), answered)


async def _end(app: Host, answer: Answer, children: bool, tasks: bool) -> None:
    from osexplorer.services import leaving

    if tasks:
        await app.session.tasks.cancel_all()
    if children:
        await app.session.child_rules.close()
    message: RichText | None = None
    if children and answer == "terminate":
        app.say("Waiting for the children to end")
        await leaving.terminate_all(app.session.children, earlier=False)
    elif children:
        try:
            files = await leaving.leave_all(app.session.child_history)
        except OSExplorerError as error:
            app.say(f"Not left: {error}", problem=True)
            return
        if files:
            places = dict.fromkeys(os.path.dirname(path) for path in files.values())
            message = RichText(f"What the children still write goes to {', '.join(map(display, places))}")
    app.exit(0, message=message)
