"""The footer: the keys that work now, most important first, as many as fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from osexplorer.ui.actions import BY_ID, UNBOUND, key_text
from osexplorer.ui.rowlist.cells import width_of


class Footer(Widget):
    """Reads the screen's active bindings, so it also tells rebound keys, and leaves out what does not apply."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"footer--key"}
    DEFAULT_CSS = """
    Footer { height: 1; width: 1fr; dock: bottom; background: $panel; color: $muted; }
    Footer > .footer--key { color: $foreground; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._items: list[tuple[str, str, str]] = []

    def update_keys(self) -> None:
        """Look again which keys work."""
        items = self._read()
        if items != self._items:
            self._items = items
            self.refresh()

    def _read(self) -> list[tuple[str, str, str]]:
        """(key, title, action id), in the footer's order; nothing under a dialog, which names its keys itself.

        A field has keys of its own that are no actions; their id is ``""``.
        """
        if self.app.screen is not self.screen:
            return []
        found: dict[str, tuple[str, str, str]] = {}
        for key, active in self.screen.active_bindings.items():
            action = BY_ID.get(active.binding.id or "")
            if action is None or not action.footer or not active.enabled or key.startswith(UNBOUND):
                continue
            shown = key_text(key)
            if action.id not in found or key == action.keys[0]:
                found[action.id] = (shown, action.title, action.id)
        own: Iterable[tuple[str, str]] = getattr(self.screen.focused, "KEYS", ())
        return [*((key, title, "") for key, title in own), *sorted(found.values(), key=_place)]

    def _fitting(self) -> list[tuple[str, str, str]]:
        """The items that fit; the general ones at the end give way last to first, help and quit never."""
        room = self.size.width - 1
        items = list(self._items)
        while items and sum(width_of(key) + len(title) + 3 for key, title, _ in items) > room:
            loose = [item for item in items if item[2] not in ("", "app.help", "app.quit")]
            if not loose:
                break
            items.remove(max(loose, key=lambda item: place if (place := _place(item)) < 80 else 25))
        return items

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        key_style = base + self.get_component_rich_style("footer--key", partial=True)
        segments = [Segment(" ", base)]
        for key, title, _ in self._fitting():
            segments += [Segment(key, key_style), Segment(f" {title}  ", base)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        x = event.x - 1
        for key, title, action in self._fitting():
            length = width_of(key) + len(title) + 3
            if 0 <= x < length:
                if not action:
                    return
                self.app.call_later(self.screen.perform, action)  # type: ignore[attr-defined]
                return
            x -= length


def _place(item: tuple[str, str, str]) -> int:
    return BY_ID[item[2]].footer
