"""The command palette: every action there is, in whatever pane it belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from osexplorer.ui.actions import ACTIONS, SCOPES, Action, key_text
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.meanings import MEANINGS
from osexplorer.ui.rowlist import Column, RowList, Span

_SELF_EVIDENT = frozenset(
    f"list.{way}" for way in ("down", "up", "page-down", "page-up", "half-page-down", "half-page-up", "first", "last")
)


class Palette(Picker[Action]):
    """Dismisses with the action chosen.

    Args:
        here: the scope of the focused pane; its actions come first.
        keys_of: the keys that an action has now.
    """

    DEFAULT_CSS: ClassVar[str] = "Palette #means { height: 2; color: $muted; }"

    def __init__(self, here: str, keys_of: Callable[[Action], tuple[str, ...]]) -> None:
        self._keys_of = keys_of
        near = (here, "list", "pane", "app")
        super().__init__(
            "Every action",
            sorted(
                (action for action in ACTIONS if action.id not in _SELF_EVIDENT),
                key=lambda action: near.index(action.scope) if action.scope in near else len(near),
            ),
            [
                Column("title", "Action", 18, flex=2),
                Column("place", "Where", 12, flex=1, priority=1),
                Column("keys", "Keys", 16),
            ],
            self._show,
            lambda action: f"{_named(action)} {MEANINGS[action.id]}",
        )

    def body(self) -> ComposeResult:
        yield from super().body()
        yield Text("", id="means")

    def matches(self, words: Sequence[str]) -> list[tuple[int, Action]]:
        """Those that have the words whole before those that have them as a part of others ("cp" in "CPU"); of both,
        those that are called so before those of which only the meaning has them.
        """

        def place(item: tuple[int, Action]) -> tuple[bool, bool, bool]:
            name = _named(item[1]).lower()
            text = f"{name} {MEANINGS[item[1].id].lower()}"
            whole = all(re.search(rf"\b{re.escape(word)}\b", text) for word in words)
            return not (whole and name.startswith(words[0])), not whole, not all(word in name for word in words)

        return sorted(super().matches(words), key=place) if words else super().matches(words)

    @on(RowList.CursorMoved)
    def _moved(self, event: RowList.CursorMoved) -> None:
        event.stop()
        means = MEANINGS[self.choices[event.key].id] if isinstance(event.key, int) else ""
        self.query_one("#means", Text).show(means)

    def _show(self, action: Action, column: str) -> Span:
        if column == "title":
            return Span(action.title)
        if column == "place":
            return Span(SCOPES[action.scope], "dim")
        return Span("  ".join(key_text(key) for key in self._keys_of(action)), "strong")


def _named(action: Action) -> str:
    return f"{action.title} {SCOPES[action.scope]} {action.id}"
