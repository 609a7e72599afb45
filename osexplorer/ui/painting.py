"""Painting what a key has changed before anything else happens."""

from __future__ import annotations

from textual.scroll_view import ScrollView
from textual.widget import Widget


def paint_now(view: ScrollView) -> None:
    """Paint what of a view and its scrollbar has to be repainted, now rather than after a round of messages.

    Where the screen has to be laid out first, or is behind a dialog, all is painted with the next frame.
    """
    screen, app = view.screen, view.app
    busy = screen._layout_required or screen._scroll_required or screen._recompose_required or screen._repaint_required
    if busy or app._batch_count or screen is not app.screen:
        view.check_idle()
        return
    bar = view.vertical_scrollbar
    parts: set[Widget] = {widget for widget in (view, bar) if widget._repaint_required and widget in screen._compositor}
    others = screen._dirty_widgets - parts
    for widget in parts:
        widget._repaint_required = False
    screen._compositor.update_widgets(parts)
    screen._compositor_refresh()
    screen._dirty_widgets.update(others)  # they can wait; a refresh takes all for painted
