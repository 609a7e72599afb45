"""The children pane: what was launched here, how it goes, how it ended and what it used."""

from __future__ import annotations

import time
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult

from osexplorer.model.children import Child
from osexplorer.model.descendants import Descendant
from osexplorer.model.errors import Refused
from osexplorer.ui.messages import FooterChanged, GoTo
from osexplorer.ui.panes.child_cells import COLUMNS, cell, memory_of, used_by
from osexplorer.ui.panes.child_groups import ChildGroups
from osexplorer.ui.panes.child_notes import note_text, with_notes
from osexplorer.ui.panes.child_tree import ChildRows, ProcessKey
from osexplorer.ui.panes.child_tree_actions import ChildTreeActions
from osexplorer.ui.rowlist import RowList


class _Remains(NamedTuple):
    """What removing came to."""

    removed: int
    running: int


class ChildrenPane(ChildTreeActions, ChildGroups):
    """A row for each child, the newest on top. Its clock goes on because running children are sampled every second."""

    SCOPE = "children"

    def content(self) -> ComposeResult:
        self.source = ChildRows(
            cell,
            sort_keys={
                "state": lambda child: child.exit_text,
                "pid": lambda child: child.pid,
                "clock": lambda child: child.elapsed(time.monotonic_ns()),
                "cpu": lambda child: child.tree_cpu or 0.0,
                "memory": memory_of,
                "use": lambda child: used_by(child) or 0.0,
                "output": lambda child: child.output_bytes,
                "note": note_text,
                "command": lambda child: child.command.line,
            },
            text=lambda child: f"{child.command.line} {child.exit_text} {child.pid} {note_text(child)}",
        )
        yield RowList(COLUMNS, self.source)

    def on_mount(self) -> None:
        self.rows.set_empty("Nothing was launched yet: press ! and type a command")
        self.follow(self.session.children.feed, self._show)
        self.follow(self.session.children.strays, self._show_strays)

    def _show(self, children: tuple[Child, ...]) -> None:
        self.source.set_rows(reversed(children))
        columns = with_notes(COLUMNS, children)
        if len(columns) != len(self.rows.columns):
            self.rows.set_columns(columns)
        self.rows.rows_changed()
        running = sum(child.alive for child in children)
        ended = len(children) - running
        self.retitle(f"{running} running" if running else "", f"{ended} ended" if ended else "")

    def _show_strays(self, strays: tuple[Descendant, ...]) -> None:
        self.source.strays = strays
        self.source.unfold(self.source.unfolded)
        self.rows.rows_changed()

    def show_key(self, key: object) -> None:
        self._show(self.session.children.feed.value)
        super().show_key(key)

    # -- which apply

    def has_child(self) -> bool:
        return bool(self._chosen())

    def has_running(self) -> bool:
        return self.has_tree() or bool(self.chosen_processes())

    def has_finished(self) -> bool:
        return any(not child.alive for child in self._chosen())

    def has_any_finished(self) -> bool:
        return any(not child.alive for child in self.session.children.feed.value)

    # -- actions

    @on(RowList.CursorMoved)
    @on(RowList.MarksChanged)
    def _choice_changed(self, event: RowList.CursorMoved | RowList.MarksChanged) -> None:
        event.stop()
        self.post_message(FooterChanged())

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        if isinstance(event.key, ProcessKey):
            self.show_process(event.key)
        if not isinstance(event.key, int):
            return
        child = self.session.children.get(event.key)
        from osexplorer.ui.launching import go_on_here

        if child is not None and go_on_here(self.explorer, child):
            return
        if self.session.children.terminal(event.key) is not None:
            from osexplorer.ui.dialogs.terminal import TerminalDialog

            self.app.push_screen(TerminalDialog(self.session, event.key))
            return
        from osexplorer.ui.dialogs.output import OutputDialog

        self.app.push_screen(OutputDialog(self.session, event.key))

    def action_signal(self) -> None:
        from osexplorer.ui.dialogs.child_signal import ask_for_signal

        children = [child for child in self._chosen() if child.alive or child.descendants or child.output_open]
        processes = self.chosen_processes()
        if children or processes:
            ask_for_signal(self, children, processes)

    def action_again(self) -> None:
        for child in self._chosen():
            self.work(self.session.children.run_again(child.id), self.launched)

    def action_change(self) -> None:
        """Launch what is under the cursor again, with changes."""
        from osexplorer.ui.launching import ask_to_change

        child = self.session.children.get(key) if isinstance(key := self.rows.cursor_key, int) else None
        if child is not None:
            ask_to_change(self.explorer, child)

    def launched(self, child: Child) -> None:
        """A child was launched: tell what went wrong, and stand on its row."""
        if child.error is not None:
            self.say(str(child.error), problem=True)
        self.post_message(GoTo("children", key=child.id))

    def action_remove(self) -> None:
        self.work(self._remove([child.id for child in self._chosen()]), self._removed)

    def action_remove_all(self) -> None:
        children = self.session.children.feed.value
        self.work(self._remove([child.id for child in children if not child.alive]), self._removed)

    async def _remove(self, ids: list[int]) -> _Remains:
        running = 0
        for id in ids:
            if (child := self.session.children.get(id)) is not None and not child.alive:
                self.session.child_rules.stop(id)
            try:
                await self.session.children.remove(id)
            except Refused:
                running += 1
        return _Remains(len(ids) - running, running)

    def _removed(self, remains: _Remains) -> None:
        if remains.running:
            self.say(f"{remains.running} not removed: still running; K ends them", problem=True)
