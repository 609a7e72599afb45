"""The inspector: everything the system keeps about what is selected, and its mode as a grid to edit."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import cast

from textual import on
from textual.app import ComposeResult

from osexplorer.model.display import display
from osexplorer.model.errors import CallError
from osexplorer.model.facts import Fact, brief, facts
from osexplorer.model.identity import Identity
from osexplorer.model.mode_edit import ModeEdit
from osexplorer.model.mode_text import umask_text
from osexplorer.model.status import Status
from osexplorer.model.units import duration_text
from osexplorer.services.identity import read_identity
from osexplorer.services.session import Session
from osexplorer.ui.fact_list import FactList
from osexplorer.ui.messages import PREVIEW, FooterChanged, GoTo
from osexplorer.ui.mode_notes import error_words, mode_notes, targets_of, view_of
from osexplorer.ui.panes.attribute_actions import AttributePane
from osexplorer.ui.permission_grid import PermissionGrid
from osexplorer.ui.rowlist import RowList

_TELL_SECONDS = 0.7
"""How long an answer is waited for before it is told, and how often it is told again."""
_SETTLE_SECONDS = 0.06
"""How long the cursor must rest on a file before it is looked at: longer than a held key takes to repeat."""
_PATIENCE_SECONDS = 0.1
"""How long what is shown may be of the file before, without a word."""
_LOOK_SECONDS = 1.0
"""How often the file shown is looked at again."""
_SHORT = 11
"""Lines from which both the grid and the facts are shown."""
_LEAST_FACTS = 6
"""Lines that the grid's notes leave to the facts."""
_TALL = 30
"""Lines from which the preview is shown below the facts."""


class InspectorPane(AttributePane):
    """Follows the selection of Files and Tree; several paths at once when they are marked there.

    A change from outside shows within a second or so; bits that are edited but not applied yet stay edited.
    """

    SCOPE = "inspector"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._single: str | None = None
        """What was selected last, marks aside."""
        self._watcher: asyncio.Task[None] | None = None
        self._awaited = False
        """Whether nothing is known of the files yet, for a moment only."""
        self._asking: asyncio.Task[Identity] | None = None

    def content(self) -> ComposeResult:
        yield PermissionGrid()
        yield FactList()
        yield self.make_inside()

    def on_mount(self) -> None:
        self._in_front: PermissionGrid | FactList = self.grid
        self.place_parts()
        self.grid.show_message("Nothing is selected: go to a file in Files or Tree")
        self.retitle("")
        self.call_later(self._begin)

    def _begin(self) -> None:
        """Look at what was selected before this pane was mounted."""
        self._asking = self.work(read_identity(self.session.door), self._know)
        paths, self.paths = self.paths, ()
        if not paths and self.explorer.selected is not None:
            self._single = self.explorer.selected
            paths = (self._single,)
        self._select(paths)

    @property
    def grid(self) -> PermissionGrid:
        return self.query_one(PermissionGrid)

    @property
    def facts(self) -> FactList:
        return self.query_one(FactList)

    def focus_inside(self) -> None:
        if self.previewing:
            self.inside.focus()
        else:
            self._focus(self.grid)

    def _focus(self, widget: PermissionGrid | FactList) -> None:
        """Give the keyboard to the grid or the facts; where there is no room for both, it alone is shown."""
        self._in_front = widget
        self.previewing = False
        self.place_parts()
        widget.focus()

    def place_parts(self) -> None:
        height = self.size.height
        short, tall = height < _SHORT, height >= _TALL
        for widget in (self.grid, self.facts):
            widget.display = (not short or widget is self._in_front) and (tall or not self.previewing)
        self.inside.display = tall or self.previewing
        self.inside.set_class(tall, "-below")
        self.grid.allow(height if short else height - _LEAST_FACTS)
        self.look_inside(self.paths, self.found)

    def on_resize(self) -> None:
        self.place_parts()

    # -- what is shown

    def show_path(self, path: str) -> None:
        same, self._single = path == self._single, path
        if not (same and len(self.paths) > 1):  # a listing read anew selects again what is selected
            self._select((path,))

    def show_key(self, key: object) -> None:
        """With several paths: show them together. With anything else: the one file that is selected; with
        :data:`PREVIEW` what is in it, otherwise its mode."""
        if isinstance(key, tuple | list | set | frozenset) and key:
            self._select(tuple(cast("Sequence[str]", key)))
        elif len(self.paths) > 1 and self._single is not None:
            self._select((self._single,))
        self.previewing = key == PREVIEW
        if self.is_mounted:
            self.place_parts()
            self.call_after_refresh(self.focus_inside)

    def _select(self, paths: tuple[str, ...]) -> None:
        if paths == self.paths:
            return
        if not self.is_mounted:
            self.paths = paths
            return
        if self.has_edit():
            self.say(f"The mode of {self._names()} was left as it is: Enter would have applied the edit")
        self.paths, self.edit, self.targets, self.found = paths, None, (), ()
        self.inside.forget()
        if not paths:
            self._show_waiting()
        self._watch_anew()

    def _names(self) -> str:
        if len(self.paths) > 1:
            return f"{len(self.paths)} files"
        return display(os.path.basename(self.paths[0]) or self.paths[0]) if self.paths else ""

    def placed(self) -> None:
        super().placed()
        if self._watcher is None:
            self._watch_anew()

    def unplaced(self) -> None:
        super().unplaced()
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None

    def _watch_anew(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None
        self._awaited = bool(self.paths and self.is_on_screen and not self.found)
        if self.paths and self.is_on_screen:
            self._watcher = self.work(self._watch(self.paths))

    @property
    def is_settling(self) -> bool:
        return self._awaited or (self._asking is not None and not self._asking.done())

    def _show_waiting(self) -> None:
        """What is shown is of the file before: say so, and whose answer is waited for."""
        self.facts.set_stale(True)
        self.retitle(self._names())

    async def _watch(self, paths: tuple[str, ...]) -> None:
        """Follow what the files are. An answer that comes soon is drawn once, without a stage of waiting before it."""
        waiting = asyncio.get_running_loop().call_later(_SETTLE_SECONDS + _PATIENCE_SECONDS, self._show_waiting)
        telling = asyncio.create_task(self._tell_waiting(paths))
        try:
            await asyncio.sleep(_SETTLE_SECONDS)
            async with aclosing(self.session.permissions.changes_of(paths, _LOOK_SECONDS)) as stream:
                async for found in stream:
                    waiting.cancel()
                    telling.cancel()
                    self._show(found)
        finally:
            waiting.cancel()
            telling.cancel()
            if self._watcher is asyncio.current_task():
                self._awaited = False

    async def _tell_waiting(self, paths: tuple[str, ...]) -> None:
        """No answer for long: nothing of the file before is left in sight, and how long it has been waited for is."""
        begun = time.monotonic()
        while not self.is_leaving:
            await asyncio.sleep(_TELL_SECONDS)
            self._awaited = False
            place = paths[0] if len(paths) == 1 else f"{len(paths)} files"
            self.facts.set_stale(False)
            self.facts.show_facts(())
            self.facts.set_empty(f"No answer about {place} for {duration_text(time.monotonic() - begun)}", "warn")
            self.grid.show_message("There is no answer yet")
            self.retitle(self._names(), "waiting")

    def _show(self, found: tuple[Status | CallError, ...]) -> None:
        before, edit = self.targets, self.edit
        self._awaited = False
        self.found, self.targets = found, targets_of(found)
        modes = tuple(target.status.permissions for target in self.targets)
        if not self.targets:
            self.edit = None
        elif edit is not None and [one.status.id for one in before] == [one.status.id for one in self.targets]:
            self.edit = edit.rebased(modes)
        else:
            if edit is not None and edit.changed:
                self.say(f"{self._names()} was replaced by another file: the edit of its mode is dropped", problem=True)
            self.edit = ModeEdit.of(modes, tuple(target.status.is_directory for target in self.targets))
        self._show_facts()
        self._show_mode()
        self.look_inside(self.paths, self.found)

    def _show_facts(self) -> None:
        rows = self.facts
        rows.set_stale(False)
        if len(self.found) == 1:
            status = self.found[0]
            if isinstance(status, CallError):
                rows.show_facts(())
                rows.set_empty(error_words(status), "bad")
            else:
                rows.show_facts([Fact("path", status.path), *self._with_umask(status)])
            return
        rows.show_facts([brief(path, one) for path, one in zip(self.paths, self.found, strict=True)])

    def _with_umask(self, status: Status) -> list[Fact]:
        """The facts, and below what we may do what our umask gives to new entries."""
        found = facts(status)
        if self._identity is not None:
            at = 1 + next(at for at, fact in enumerate(found) if fact.label == "you may")
            text = umask_text(self._identity.umask, default_acl=bool(status.extended.default_acl))
            found.insert(at, Fact("umask", text))
        return found

    def _show_mode(self) -> None:
        if self.edit is None:
            self.grid.show_message(*mode_notes(self.found))
        else:
            self.grid.show(view_of(self.edit, self.targets, self._identity))
        self.retitle(self._names(), "edited, not applied" if self.has_edit() else "")
        self.post_message(FooterChanged())

    def _know(self, identity: Identity) -> None:
        self._identity = identity
        if self.found:
            self._show_facts()
        if self.edit is not None:
            self._show_mode()

    # -- editing

    @property
    def position(self) -> str:
        """That among the facts, while they have the keyboard."""
        return super().position if self.facts.has_focus else ""

    def on_descendant_focus(self) -> None:
        self.show_status()

    def on_descendant_blur(self) -> None:
        self.show_status()

    def on_grid(self) -> bool:
        return self.grid.has_focus and self.edit is not None

    def off_grid(self) -> bool:
        return not self.grid.has_focus

    def off_facts(self) -> bool:
        return not self.facts.has_focus

    def has_fact(self) -> bool:
        return self.facts.fact is not None

    def action_grid(self) -> None:
        self._focus(self.grid)

    def action_up(self) -> None:
        if self.on_preview():
            self.inside.move(-1)
        else:
            self.grid.move(-1, 0)

    def action_down(self) -> None:
        if self.on_preview():
            self.inside.move(1)
        elif self.edit is None or not self.grid.move(1, 0):
            self._focus(self.facts)

    def action_left(self) -> None:
        self.grid.move(0, -1)

    def action_right(self) -> None:
        self.grid.move(0, 1)

    def action_facts(self) -> None:
        self._focus(self.facts)
        self.facts.action_page_down()

    def action_find(self) -> None:
        self.facts.action_filter()

    # -- the rest

    def action_copy(self) -> None:
        if (fact := self.facts.fact) is not None:
            self.explorer.copy(display(fact.value))

    def action_refresh(self) -> None:
        """``Ctrl+R``: look again now."""
        self.work(read_identity(self.session.door), self._know)
        self._watch_anew()

    def apply_filter(self, text: str) -> None:
        self.facts.show_filter(text)

    def close_filter(self) -> None:
        super().close_filter()
        self._focus(self.facts)

    @on(FactList.PastTop)
    def _past_top(self, event: FactList.PastTop) -> None:
        event.stop()
        self._focus(self.grid)

    @on(PermissionGrid.Toggled)
    def _clicked(self, event: PermissionGrid.Toggled) -> None:
        event.stop()
        self._toggle(event.bit)

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        """``Enter`` on a fact: apply an edit that waits; else go to where a link leads."""
        event.stop()
        status = self.found[0] if len(self.found) == 1 else None
        if self.has_edit():
            self.action_apply()
        elif isinstance(status, Status) and status.target is not None:
            self.work(self.session.permissions.resolve(status.path), self._go_to)

    def _go_to(self, path: str) -> None:
        self.post_message(GoTo("files", path=path))
