"""The command palette: every action there is, in whatever pane it belongs to."""

from __future__ import annotations

from collections.abc import Callable

from osexplorer.ui.actions import ACTIONS, SCOPES, Action, key_text
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.rowlist import Column, Span

_SELF_EVIDENT = frozenset({"list.down", "list.up", "list.page-down", "list.page-up", "list.first", "list.last"})


class Palette(Picker[Action]):
    """Dismisses with the action chosen.

    Args:
        here: the scope of the focused pane; its actions come first.
        keys_of: the keys that an action has now.
    """

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
            lambda action: f"{action.title} {SCOPES[action.scope]} {action.id}",
        )

    def _show(self, action: Action, column: str) -> Span:
        if column == "title":
            return Span(action.title)
        if column == "place":
            return Span(SCOPES[action.scope], "dim")
        return Span("  ".join(key_text(key) for key in self._keys_of(action)), "strong")
