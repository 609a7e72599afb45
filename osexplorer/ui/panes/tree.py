"""The tree pane: directories, expanded as far as somebody asked."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.events import DescendantFocus
from textual.timer import Timer

from osexplorer.model.display import display
from osexplorer.model.files import FilesState
from osexplorer.model.fuzzy import Query
from osexplorer.model.tree import Branch, TreeRow, TreeState
from osexplorer.model.units import duration_text
from osexplorer.services.session import Session
from osexplorer.services.tree import Tree
from osexplorer.ui.messages import GoTo, Selected
from osexplorer.ui.pane import Pane
from osexplorer.ui.rowlist import Cell, Column, RowList, Span
from osexplorer.ui.rowlist.cells import elide

COLUMNS = [Column("name", "Directory", 12, flex=1, scrolls=True, sortable=False)]

_DEEPEST = 99
_WAIT_SHOWN = 0.3
_TICK = 0.5
_SIGNS = {
    Branch.COLLAPSED: "▸ ",
    Branch.LOADING: "… ",
    Branch.EXPANDED: "▾ ",
    Branch.EMPTY: "· ",
    Branch.FAILED: "! ",
}


class TreeSource:
    """The rows of the tree service, for the list; with a filter, those that match and what leads to them."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._filter = ""
        self._kept: list[int] | None = None
        self._places: dict[str, int] = {}

    def set_filter(self, text: str) -> None:
        """Show only directories whose name fits `text`, and those above them."""
        self._filter = text
        self.arrange()

    def arrange(self) -> None:
        """The tree has other rows."""
        query = Query(self._filter)
        if not query:
            self._kept = None
            return
        kept: list[int] = []
        depth = -1
        for index in range(len(self._tree) - 1, -1, -1):
            row = self._tree.row(index)
            if query.rank(row.name) is not None or row.depth < depth:
                kept.append(index)
                depth = row.depth
        kept.reverse()
        self._kept = kept
        self._places = {self._tree.row(index).path: place for place, index in enumerate(kept)}

    def row(self, index: int) -> TreeRow:
        """The row at a place on the screen."""
        return self._tree.row(index if self._kept is None else self._kept[index])

    def __len__(self) -> int:
        return len(self._tree) if self._kept is None else len(self._kept)

    def key(self, index: int) -> str:
        return self.row(index).path

    def index(self, key: object) -> int | None:
        if not isinstance(key, str):
            return None
        return self._tree.index(key) if self._kept is None else self._places.get(key)

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        row = self.row(index)
        return [_cell(row) for _ in columns]


def _cell(row: TreeRow) -> Cell:
    guides = "".join("  " if last else "│ " for last in row.last[:-1])
    if row.last:
        guides += "└ " if row.last[-1] else "├ "
    failed = row.branch is Branch.FAILED
    spans = [Span(guides + _SIGNS[row.branch], "bad" if failed else "dim")]
    spans.append(Span(row.name, "link" if row.link else "directory"))
    if row.link:
        spans.append(Span("@", "dim"))
    if row.mount:
        spans.append(Span(" mounted", "dim"))
    if row.loop:
        spans.append(Span(" a loop: it is above", "bad"))
    if row.error is not None:
        spans.append(Span(f" {row.error.code}", "bad"))
    elif row.unreadable:
        spans.append(Span(" unreadable", "bad"))
    return spans


def _depth_problem(text: str) -> str:
    return "" if text.isdecimal() and 1 <= int(text) <= _DEEPEST else f"A number from 1 to {_DEEPEST}"


class TreePane(Pane):
    """Directories. It follows the listing, and leads it on ``Enter``."""

    SCOPE = "tree"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.tree_service = session.tree
        self.source = TreeSource(session.tree)
        self._revision = -1
        self._listed = ""
        self._awaited = ("", 0.0)
        self._ticking: Timer | None = None

    def content(self) -> ComposeResult:
        yield RowList(COLUMNS, self.source, marks=False)

    def on_mount(self) -> None:
        self._ticking = self.set_interval(_TICK, self._tell, pause=True)
        self.follow(self.tree_service.feed, self._show)
        self.follow(self.session.files.feed, self._follow_files)

    def _show(self, state: TreeState) -> None:
        if state.revision != self._revision:
            self._revision = state.revision
            self.source.arrange()
            self.rows.rows_changed()
        self._tell()

    def _tell(self) -> None:
        """In the frame what is listed, and what is waited for, its name shortened so that how long stays in sight."""
        state, awaited = self.tree_service.feed.value, self.tree_service.waited_for
        status = "dot-files shown" if state.hidden else ""
        if awaited is None:
            self._awaited = ("", 0.0)
        elif awaited != self._awaited[0]:
            self._awaited = (awaited, time.monotonic())
        elif (waited := time.monotonic() - self._awaited[1]) > _WAIT_SHOWN:
            rest = f", {duration_text(waited)}; Esc gives up"
            name = elide(display(os.path.basename(awaited)), max(self.size.width - len(rest) - 6, 4), "middle")
            status = name + rest
        self.retitle(display(state.current or ""), status)
        if self._ticking is not None:
            if awaited is None:
                self._ticking.pause()
            else:
                self._ticking.resume()

    def _follow_files(self, state: FilesState) -> None:
        if state.ticket and state.path != self._listed:
            self._listed = state.path
            self.work(self._reveal(state.path))

    async def _reveal(self, path: str) -> None:
        await self.tree_service.reveal(path)
        if path == self._listed:
            self._show(self.tree_service.feed.value)
            self.rows.move_to_key(path)

    # -- what is selected

    @property
    def row(self) -> TreeRow | None:
        """The row under the cursor."""
        return self.source.row(self.rows.cursor) if self.rows.cursor < len(self.source) else None

    def show_path(self, path: str) -> None:
        self._listed = path
        self.work(self._reveal(path))

    @on(RowList.CursorMoved)
    def _cursor_moved(self, event: RowList.CursorMoved) -> None:
        event.stop()
        if self.rows.has_focus:
            self._tell_selected()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self._tell_selected()

    def _tell_selected(self) -> None:
        row = self.row
        self.post_message(Selected(row.path if row is not None else None))

    # -- actions

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        if isinstance(event.key, str):
            self.post_message(GoTo("files", path=event.key))

    def action_expand(self) -> None:
        """Expand; on an expanded one go to the first below it."""
        row = self.row
        if row is None:
            return
        if row.branch in (Branch.COLLAPSED, Branch.FAILED):
            self.work(self.tree_service.expand(row.path), self._expanded)
        elif row.branch is Branch.EXPANDED:
            self.rows.move_to(self.rows.cursor + 1)

    def _expanded(self, _: None) -> None:
        self._show(self.tree_service.feed.value)
        self.call_after_refresh(self._show_below)

    def _show_below(self) -> None:
        """Scroll so that what was expanded is in sight, as much of it as fits below the cursor."""
        rows, row = self.rows, self.row
        if row is None:
            return
        end = rows.cursor + 1
        while end < len(self.source) and self.source.row(end).depth > row.depth:
            end += 1
        page = max(rows.size.height - 1, 1)
        last = min(end - 1, rows.cursor + page - 1)
        if last >= rows.scroll_offset.y + page:
            rows.scroll_to(y=last - page + 1, animate=False, force=True)

    def action_collapse(self) -> None:
        """Collapse; on a collapsed one go to the directory it is in."""
        row = self.row
        if row is None:
            return
        if row.branch in (Branch.EXPANDED, Branch.EMPTY, Branch.FAILED):
            self.tree_service.collapse(row.path)
        else:
            self.action_parent()

    def is_below(self) -> bool:
        return self.row is not None and self.row.depth > 0

    def action_parent(self) -> None:
        """To the directory that it is in."""
        if (row := self.row) is not None and row.depth:
            self.rows.move_to_key(os.path.dirname(row.path))

    def action_expand_to(self) -> None:
        """Expand what is below the cursor, so many levels deep."""
        from osexplorer.ui.dialogs.prompt import Prompt

        if (row := self.row) is None:
            return

        def answered(text: str | None) -> None:
            if text is not None:
                self.work(self.tree_service.expand_to(row.path, int(text)), self._expanded_to)

        detail = "Levels below it. Links and mounted file systems stay collapsed; Esc stops"
        title = f"Expand {display(row.name)} to a depth of"
        self.app.push_screen(Prompt(title, "2", detail=detail, check=_depth_problem, replace=True), answered)

    def _expanded_to(self, left_out: str) -> None:
        self._expanded(None)
        if left_out:
            self.say(left_out[0].upper() + left_out[1:])

    def action_collapse_all(self) -> None:
        """Show only the way to the directory listed, with the cursor on it."""
        self.tree_service.collapse_all()
        self._show(self.tree_service.feed.value)
        self.rows.move_to_key(self._listed)

    def can_clear(self) -> bool:
        return self.tree_service.is_expanding or self.tree_service.waited_for is not None or super().can_clear()

    def action_clear(self) -> None:
        """``Esc``: what is being expanded or read is given up first."""
        stopped = self.tree_service.stop_expanding()
        if not (self.tree_service.abandon() or stopped):
            super().action_clear()

    def action_hidden(self) -> None:
        """Show directories that begin with a dot, or not."""
        self.tree_service.set_hidden(not self.tree_service.feed.value.hidden)

    def action_refresh(self) -> None:
        """Read every expanded directory again."""
        self.work(self.tree_service.refresh())

    def apply_filter(self, text: str) -> None:
        self.source.set_filter(text)
        self.rows.rows_changed()
