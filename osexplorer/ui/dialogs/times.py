"""Ask for access and modification time: by date, by a span from now, or those of another file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.suggester import Suggester
from textual.widgets import Input

from osexplorer.model.display import display, undisplay
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.status import Status
from osexplorer.model.times import NewTimes, parse_time
from osexplorer.model.units import exact_time_text
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.fields import FieldsDialog
from osexplorer.ui.field import Field

_NAMES = {"mtime": "Modified", "atime": "Accessed"}


class _Paths(Suggester):
    """Completes a path by the first entry that goes on as it was typed."""

    def __init__(self, session: Session, here: str) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._session, self._here = session, here

    async def get_suggestion(self, value: str) -> str | None:
        completion = await self._session.typed_paths.complete(undisplay(value), self._here)
        found = next((f"{completion.head}{one.name}" for one in completion.candidates), None)
        return None if found is None or not display(found).startswith(value) else display(found)


class TimesDialog(FieldsDialog[NewTimes]):
    """Dismisses with the times that were chosen.

    Args:
        names: what is to be changed; foreign text in it has passed ``display()``.
        statuses: of what will be changed.
        here: the directory that a path typed begins at.
    """

    HINTS: ClassVar[str] = "Enter set · ↑ ↓ field · Esc cancel"

    def __init__(self, session: Session, names: str, statuses: Sequence[Status], here: str) -> None:
        super().__init__(f"Set the times of {names}")
        self.session, self.statuses, self.here = session, tuple(statuses), here
        self._known: dict[str, int] = {}  # what the text of a file's time stands for: it does not say all of each
        self._first = {
            name: exact_time_text(getattr(statuses[0], name)) if len(statuses) == 1 else "" for name in _NAMES
        }

    def body(self) -> ComposeResult:
        for name, title in _NAMES.items():
            yield Text(title)
            yield Field(self._first[name], id=name, placeholder="empty leaves it")
            yield Text("", id=f"{name}-meaning", classes="meaning")
        yield Text("As those of the file")
        about = "a path; Enter here takes its times over into the lines above"
        yield Field("", id="like", placeholder=about, suggester=_Paths(self.session, self.here))
        yield Text("", id="problem", classes="problem")
        yield Text("A date with or without time and zone, now, -2h, +3d, 5min ago, @1700000000.5", classes="hint")

    def on_mount(self) -> None:
        self.query_one("#mtime", Field).focus()
        self._judge()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge()

    def _wanted(self, name: str, now: int) -> int | None:
        """What a line asks for; None where it was left as it is."""
        text = self.typed(name)
        if text in ("", self._first[name]):
            return None
        return self._known[text] if text in self._known else parse_time(text, now)

    def _judge(self) -> None:
        problem, now = "", time.time_ns()
        for name, title in _NAMES.items():
            meaning = "left as it is"
            try:
                moment = self._wanted(name, now)
            except Refused as error:
                problem, meaning = f"{title}: {error}", ""
            else:
                if moment is not None:
                    meaning = f"becomes {exact_time_text(moment)}"
            self.query_one(f"#{name}-meaning", Text).show(meaning)
        self.tell(problem)

    async def accept(self) -> None:
        try:
            if self.query_one("#like", Field).has_focus and self.typed("like"):
                await self._take_over()
                return
            now = time.time_ns()
            current = all(self.typed(name).lower() == "now" for name in _NAMES)
            wanted = NewTimes(self._wanted("atime", now), self._wanted("mtime", now), current)
        except OSExplorerError as error:
            self.tell(str(error))
            return
        if wanted == NewTimes():
            self.tell("Both times are as they were: type others")
            return
        self.dismiss(wanted)

    async def _take_over(self) -> None:
        """Put the times of the file that was named into the lines."""
        path = await self.session.typed_paths.resolve(self.typed("like"), self.here)
        found = await self.session.times.like(path)
        for name in _NAMES:
            text = exact_time_text(getattr(found, name))
            self._known[text] = getattr(found, name)
            self.query_one(f"#{name}", Field).value = text
        self.query_one("#mtime", Field).focus()
        self.query_one("#like", Field).value = display(path)
