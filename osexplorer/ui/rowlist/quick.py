"""Keys that move the cursor, carried out at once; what else they lead to waits until they rest."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Container
from typing import Any

from textual.geometry import Region
from textual.widget import Widget

from osexplorer.ui.delayed import Delayed
from osexplorer.ui.rowlist.canvas import Canvas

_KEYS_REST = 0.05
"""Seconds until others hear where the cursor stands, without another key: longer than a held key takes to repeat."""
_QUICK = frozenset({"list.down", "list.up", "list.page-down", "list.page-up", "list.first", "list.last"})
"""The actions whose keys are carried out at once."""


class QuickCanvas(Canvas, inherit_bindings=False):
    """A canvas that a key can move and repaint without a round of messages.

    What the cursor stands on, and which rows are in sight, is told to others when no key has come for a while:
    what they show then costs more than a row, and would only be in the way of the next key.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._hurrying = False
        self._cursor_news = Delayed(self.post_cursor, _KEYS_REST, anew=True)
        self._viewport_news = Delayed(self.post_viewport, _KEYS_REST)
        self._quick: dict[str, str] | None = None

    @abstractmethod
    def post_cursor(self) -> None:
        """Tell others where the cursor stands."""

    @abstractmethod
    def post_viewport(self) -> None:
        """Tell others which rows are in sight."""

    def press(self, key: str) -> bool:
        """Carry out a key that moves the cursor; False, and nothing done, for every other key.

        What it has changed is to be painted by :func:`osexplorer.ui.painting.paint_now`.
        """
        if self._quick is None:
            self._quick = quick_keys(self, _QUICK)
        method = self._quick.get(key)
        if method is None or not self.check_action(method, ()):
            return False
        self._hurrying = True
        try:
            getattr(self, f"action_{method}")()
        finally:
            self._hurrying = False
        return True

    def keys_changed(self) -> None:
        """Other keys may be bound now."""
        self._quick = None

    def tell(self) -> bool:
        """Tell others now what they would hear when the keys rest; whether there was anything to tell."""
        waiting = [news for news in (self._viewport_news, self._cursor_news) if news.is_waiting]
        for news in waiting:
            news.now()
        return bool(waiting)

    def _hear(self, news: Delayed) -> None:
        """Let others hear some news: at once, or while keys are carried out when they rest."""
        if self._hurrying:
            news.soon()
        else:
            news.now()

    def _repaint(self, *regions: Region) -> None:
        """Have parts painted; while a key is carried out, without the messages that lead to a frame."""
        if self._hurrying:
            self._set_dirty(*regions)
            self._repaint_required = True
        else:
            self.refresh(*regions)


def quick_keys(widget: Widget, ids: Container[str]) -> dict[str, str]:
    """By key, the widget's action: of its own bindings with these ids those that no other binding comes before.

    Rebound keys are considered. The widget has the keyboard.
    """
    chain = widget.screen._modal_binding_chain
    taken = set()
    for _, bindings in chain:
        taken |= {key for key, bound in bindings.key_to_bindings.items() if any(one.priority for one in bound)}
    found: dict[str, str] = {}
    for node, bindings in chain:
        if node is widget:
            for key, bound in bindings.key_to_bindings.items():
                if key not in taken and bound[0].id in ids:
                    found[key] = bound[0].action
    return found
