"""The area of the panes: mounts each when it first gets a place, and puts them where the arrangement says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.widget import Widget

from osexplorer.ui.arrangement import PANES, Arrangement, arrange
from osexplorer.ui.pane import Pane
from osexplorer.ui.tab_bar import TabBar


class _PaneLayout(Layout):
    """Places the panes as the workspace's arrangement says; a pane without a place is not drawn."""

    name = "panes"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        assert isinstance(parent, Workspace)
        arrangement = parent.arrangement_for(size)
        placements: ArrangeResult = []
        for child in children:
            if isinstance(child, TabBar):
                if arrangement.tab_bar:
                    placements.append(_placement(Region(0, 0, size.width, 1), child))
            elif (area := arrangement.areas.get(child.id or "")) is not None:
                placements.append(_placement(Region(*area), child))
        return placements


def _placement(region: Region, widget: Widget) -> WidgetPlacement:
    return WidgetPlacement(region, NULL_OFFSET, Spacing(), widget)


class Workspace(Widget):
    """Holds the panes.

    Args:
        makers: by scope, what makes the pane. A pane is made when it first gets a place on the screen.
        first: the pane that is made at once and has the keyboard first.
    """

    DEFAULT_CSS: ClassVar[str] = "Workspace { height: 1fr; width: 1fr; }"

    class Rearranged(Message):
        """Panes got or lost their places."""

    def __init__(self, makers: Mapping[str, Callable[[], Pane]], first: str) -> None:
        super().__init__()
        self._layout = _PaneLayout()
        self._makers = dict(makers)
        self.focused_scope = first
        self.recent: tuple[str, ...] = (first,)
        self.zoomed = False
        self.complete = False
        self._placed: frozenset[str] = frozenset()
        self._heading_for = ""

    @property
    def layout(self) -> Layout:
        return self._layout

    @property
    def panes(self) -> dict[str, Pane]:
        """The panes made so far, by scope."""
        return {child.id: child for child in self.children if isinstance(child, Pane) and child.id}

    def compose(self):  # type: ignore[no-untyped-def]
        yield TabBar()
        yield self._makers[self.focused_scope]()

    def arrangement_for(self, size: Size) -> Arrangement:
        """The arrangement in an area of `size`."""
        return arrange(size.width, size.height, self.focused_scope, self.recent, self.zoomed)

    @property
    def arrangement(self) -> Arrangement:
        """The arrangement now."""
        return self.arrangement_for(self.size)

    def pane(self, scope: str) -> Pane:
        """The pane of that scope, made if it was not yet."""
        pane = self.panes.get(scope)
        if pane is None:
            pane = self._makers[scope]()
            order = PANES.index(scope)
            after = [name for name in self.panes if PANES.index(name) < order]
            self.mount(pane, after=self.panes[max(after, key=PANES.index)] if after else self.query_one(TabBar))
        return pane

    async def complete_panes(self) -> None:
        """Make the panes that have a place and are not there yet; from now on every rearrangement does so."""
        for scope in self.arrangement.areas:
            pane = self.pane(scope)
            await pane._mounted_event.wait()  # each takes 10 ms and more: keys come in between
        self.complete = True
        self.rearrange()

    def show_pane(self, scope: str, *, keep_zoom: bool = False) -> Pane:
        """Give a pane a place and the keyboard."""
        if scope != self.focused_scope:
            self.focused_scope = scope
            self.recent = (scope, *(name for name in self.recent if name != scope))
            if not keep_zoom:
                self.zoomed = self.zoomed and False
        self._heading_for = scope
        pane = self.pane(scope)
        self.rearrange()
        pane.call_after_refresh(self._arrive, pane)
        return pane

    @property
    def is_on_the_way(self) -> bool:
        """Whether a pane was asked for that does not have the keyboard yet."""
        return bool(self._heading_for)

    def _arrive(self, pane: Pane) -> None:
        if self.focused_scope == pane.SCOPE:
            pane.focus_inside()
            self.app.call_later(self._arrived, pane)  # the app gives the keyboard, once it comes to it

    def _arrived(self, pane: Pane) -> None:
        if self._heading_for == pane.SCOPE:
            self._heading_for = ""

    def note_focus(self, scope: str) -> None:
        """The keyboard went to a pane by another way than :meth:`show_pane`, as by a click.

        On the way to a pane it rests on whatever Textual finds when the one before is hidden: for long, where the app
        has a dialog to take down before it gives it to the pane.
        """
        if scope != self.focused_scope and not self._heading_for:
            self.focused_scope = scope
            self.recent = (scope, *(name for name in self.recent if name != scope))
            self.rearrange()

    def zoom(self) -> None:
        """The focused pane takes the whole screen, or goes back to its place."""
        self.zoomed = not self.zoomed
        self.rearrange()

    def rearrange(self) -> None:
        """Lay out anew; make panes that got a place; tell panes that got or lost theirs."""
        arrangement = self.arrangement
        if self.complete:
            for scope in arrangement.areas:
                self.pane(scope)
        self._clear_arrangement_cache()  # refresh() clears only those of the ancestors
        self.refresh(layout=True)
        placed = frozenset(arrangement.areas)
        for scope, pane in self.panes.items():
            if scope in placed:
                if pane.is_mounted:
                    pane.placed()
            elif scope in self._placed:
                pane.unplaced()
        self._placed = placed
        self.query_one(TabBar).show(self.focused_scope)
        self.post_message(self.Rearranged())

    def is_placed(self, scope: str) -> bool:
        """Whether the pane of that scope has a place on the screen now."""
        return scope in self.arrangement.areas

    def on_resize(self) -> None:
        self.rearrange()
