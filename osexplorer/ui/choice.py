"""A field in which one of a few values is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from osexplorer.model.display import printable


class Choice(Widget, can_focus=True, inherit_bindings=False):
    """Shows the value chosen between arrows, ``‹ pipes ›``; the arrow keys and Space choose another.

    Args:
        texts: the values and how each is shown.
        value: the one chosen first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right,space", "turn(1)", show=False),
    ]
    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; background: $panel; color: $foreground; }
    Choice:focus { text-style: bold; color: $primary; }
    Choice:nocolor:focus, Choice:ansi:focus { text-style: reverse; }
    """

    class Changed(Message):
        """Another value was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, texts: dict[Any, str], value: Any, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.texts = texts
        self.values: tuple[Any, ...] = tuple(texts)
        self.value = value

    def allow(self, values: Sequence[Any], value: Any) -> None:
        """Offer only these values, this one chosen."""
        if (tuple(values), value) != (self.values, self.value):
            self.values, self.value = tuple(values), value
            self.refresh()

    def action_turn(self, by: int) -> None:
        """The next value, or the one before."""
        at = self.values.index(self.value)
        self.value = self.values[(at + by) % len(self.values)]
        self.refresh()
        self.post_message(self.Changed(self))

    def render(self) -> Content:
        text = printable(self.texts[self.value])
        return Content(f"‹ {text} ›" if len(self.values) > 1 else f"  {text}")
