"""Ask for one line of text."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.suggester import Suggester
from textual.widgets import Input

from osexplorer.model.display import display, undisplay
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.field import Field


class Prompt(Dialog[str]):
    """Ask for one line; dismisses with the raw text.

    Args:
        title: the question.
        value: raw text to begin with; unprintable characters show, and are typed, as their escapes.
        detail: a line below the field.
        check: what is wrong with the text so far, or ``""``; a text that is wrong is not accepted.
        preview: what the text so far means, in words.
        replace: what is typed first replaces `value`.
        suggester: completes what is typed; ``→`` takes it over.
    """

    HINTS: ClassVar[str] = "Enter accept · Esc cancel"

    def __init__(
        self,
        title: str,
        value: str = "",
        *,
        detail: str = "",
        check: Callable[[str], str] | None = None,
        preview: Callable[[str], str] | None = None,
        replace: bool = False,
        suggester: Suggester | None = None,
    ) -> None:
        super().__init__(title)
        self.value, self.detail, self.check, self.preview = value, detail, check, preview
        self._replace, self._suggester = replace, suggester

    def body(self) -> ComposeResult:
        yield Field(display(self.value), id="field", suggester=self._suggester)
        yield Text(self.detail, id="detail", classes="hint")
        yield Text("", id="preview")
        yield Text("", id="problem", classes="problem")

    def on_mount(self) -> None:
        field = self.query_one(Field)
        field.cursor_position = len(field.value)
        if self._replace:
            field.select_all()
        self.query_one("#detail").display = bool(self.detail)
        self.query_one("#preview").display = self.preview is not None
        self._judge(field.value, accept=False)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._judge(event.value, accept=False)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self._judge(event.value, accept=True)

    def _judge(self, shown: str, *, accept: bool) -> None:
        value = undisplay(shown)
        problem = self.check(value) if self.check else ""
        self.query_one("#problem", Text).show(problem)
        self.query_one("#problem").display = bool(problem)
        if self.preview:
            self.query_one("#preview", Text).show("" if problem else self.preview(value))
        if accept and not problem:
            self.dismiss(value)
