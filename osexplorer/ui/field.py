"""The one text field: what is typed or pasted into it can never reach the terminal as a control code."""

from __future__ import annotations

from typing import Any

from textual.widgets import Input

from osexplorer.model.display import printable


class Field(Input):
    """An input line for raw text, shown and edited in its escaped form where it has unprintable characters.

    The text in the field is what :func:`~osexplorer.model.display.display` makes of the raw text when `escaped`, and
    :func:`~osexplorer.model.display.undisplay` makes of it what is meant; a field for a filter or a command is taken
    as it stands.
    """

    DEFAULT_CSS = """
    Field { height: 1; border: none; padding: 0; background: $panel; color: $foreground; }
    Field:focus { border: none; background: $panel; }
    """

    def __init__(self, value: str = "", **options: Any) -> None:
        super().__init__(printable(value), compact=True, select_on_focus=False, **options)
        self.cursor_blink = False

    def insert_text_at_cursor(self, text: str) -> None:
        super().insert_text_at_cursor(printable(text))

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(printable(text), start, end)
