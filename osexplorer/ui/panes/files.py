"""The files pane: the entries of one directory, as they are now."""

from __future__ import annotations

import os
import time
from collections import OrderedDict

from textual import on
from textual.app import ComposeResult
from textual.events import DescendantFocus
from textual.timer import Timer

from osexplorer.model.display import display
from osexplorer.model.entry import EntryStat, Kind
from osexplorer.model.errors import CallError, NotFound
from osexplorer.model.files import FilesState, Status
from osexplorer.model.ls_colors import parse_ls_colors
from osexplorer.model.units import count_text, duration_text
from osexplorer.model.watch import Watching
from osexplorer.services.reading import first_arrangement
from osexplorer.services.session import Session
from osexplorer.ui.entering import PATIENCE
from osexplorer.ui.messages import MODE, PREVIEW, FooterChanged, GoTo, Selected
from osexplorer.ui.panes.file_cells import columns_for
from osexplorer.ui.panes.file_operations import FileOperations
from osexplorer.ui.panes.file_rows import FileMarks, FilesSource
from osexplorer.ui.rowlist import Column, RowList
from osexplorer.ui.rowlist.cells import elide, width_of
from osexplorer.ui.rowlist.sorting import next_sort

_REMEMBERED = 1000
_WIDE = 78
"""Cells from which there is room to say why a directory is polled."""
_TICK = 0.5


class FilesPane(FileOperations):
    """The listing of a directory. Entries are looked at when they come into sight."""

    SCOPE = "files"
    FILTER_HINT = "filter: some letters of names; 'word as it is"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.files = session.files
        self._shown = FilesState()
        self._places: OrderedDict[str, str] = OrderedDict()
        self._ticking: Timer | None = None
        self._settling = False
        """The directory was entered, and its rows are not all there and in order yet."""

    def content(self) -> ComposeResult:
        source = FilesSource(self.session)
        source.icons = self.explorer.settings.icons
        if self.explorer.settings.ls_colors and (said := os.environ.get("LS_COLORS")):
            source.colours = parse_ls_colors(said)
        yield RowList(self._columns, source, marking=FileMarks(self.files), tells_viewport=True)

    def on_mount(self) -> None:
        self._ticking = self.set_interval(_TICK, self._tick, pause=True)
        self.follow(self.files.feed, self._show)
        if not self.files.state.ticket:
            self.files.begin_with(first_arrangement(self.explorer.settings))
            self.enter_by(self._begin_at(self.explorer.start_path), self.explorer.start_path)

    async def _begin_at(self, path: str) -> None:
        try:
            await self.files.show(path)
        except CallError:
            if self.files.state.status is not Status.FAILED:  # else the list itself tells
                raise

    def _columns(self, width: int) -> list[Column]:
        return columns_for(width, self._shown.arrangement.by)

    # -- showing what is there

    def _show(self, state: FilesState) -> None:
        before, self._shown = self._shown, state
        rows, view = self.rows, self.files.view
        entered = state.ticket != before.ticket
        if entered:
            rows.clear_marks()
            self.drop_filter()
            self.explorer.show_directory(state.path)
            self.session.visited.entered(state.path)
        how = state.arrangement
        rows.set_sort("" if how.filter and how.ranked else how.by, how.reverse)  # what fits best comes first
        if state.arrangement.by != before.arrangement.by:
            rows.set_columns(self._columns)
        rows.set_stale(state.status is Status.STALE)
        rows.set_empty(*self._empty_text(state))
        wanted = None
        if state.cursor is not None and (entered or state.cursor != before.cursor):
            wanted = state.cursor
        elif len(view) and (entered or (rows.cursor == 0 and self._rows_come(before, state))):
            wanted = view.key(0)
        self._settling = (self._settling or entered) and (state.status is Status.LOADING or state.progress is not None)
        if entered or wanted is not None or state.revision != before.revision:
            rows.rows_changed(wanted)
            if entered:
                self._tell_selected()
        elif state.status is not before.status and not len(view):
            self._tell_selected()
        elif state.looks != before.looks:
            rows.cells_changed()
        self._retitle()
        if self._ticking is not None:
            if state.since or state.again:
                self._ticking.resume()
            else:
                self._ticking.pause()

    def _rows_come(self, before: FilesState, state: FilesState) -> bool:
        """Whether rows come in still, the best not first: a cursor that nobody has moved stays on the first row."""
        if self._settling:
            return True
        filtered = state.arrangement.filter
        return bool(filtered) and (before.progress is not None or filtered != before.arrangement.filter)

    def _tick(self) -> None:
        self._retitle()
        self.rows.set_empty(*self._empty_text(self._shown))
        self.post_message(FooterChanged())

    def _empty_text(self, state: FilesState) -> tuple[str, str]:
        """What an empty list says, raw: the list escapes it."""
        if state.error is not None:
            error = state.error
            return f"{error.call} {error.path}: {error.code} ({error.strerror}). {error.hint}", "bad"
        if state.status in (Status.NONE, Status.LOADING):
            return self._waiting_text(state), "dim"
        if state.arrangement.filter:
            if state.progress is not None:
                return "Looking", "dim"
            return f"Nothing here matches {state.arrangement.filter}", "dim"
        if state.total:
            names = count_text(state.total, "name that begins", "names that begin")
            return f"Nothing but {names} with a dot: press . to see", "dim"
        return "The directory is empty", "dim"

    def _waiting_text(self, state: FilesState) -> str:
        waited = time.monotonic() - state.since if state.since else 0.0
        place = state.pending if state.pending is not None else state.path
        text = f"Reading {place}" if place else "Reading"
        return text if waited < PATIENCE else f"{text}, {duration_text(waited)} so far; Esc gives up"

    def _waiting_title(self, state: FilesState) -> str:
        """What is waited for, its path shortened so that how long, and how to give up, stay in sight."""
        text = display(self._waiting_text(state))
        place = display(state.pending if state.pending is not None else state.path)
        short = elide(place, max(self.size.width - 6 - (width_of(text) - width_of(place)), 6), "start")
        return text.replace(place, short, 1) if place else text

    def _retitle(self) -> None:
        state = self._shown
        parts: list[str] = []
        if state.since and time.monotonic() - state.since > PATIENCE:
            parts.append(self._waiting_title(state))
        elif state.again:
            parts.append(f"reading it again, {duration_text(time.monotonic() - state.again)} so far")
        if state.progress is not None:
            parts.append(f"{state.activity} {state.progress:.0%}")
        if self.rows.marks:
            parts.append(f"{len(self.rows.marks):,} marked")
        if self.clipboard_text:
            parts.append(self.clipboard_text)
        if state.arrangement.filter:
            parts.append(f"{state.shown:,} of {max(self._fitting(state), state.shown):,} match")
        elif state.ticket:
            parts.append(count_text(state.shown, "entry", "entries"))
            if state.shown < state.total:
                parts.append(f"{state.total - state.shown:,} hidden")
        if state.status is Status.PARTIAL:
            parts.append(f"incomplete: {state.error.strerror}" if state.error else "incomplete: given up")
        elif state.status is Status.STALE:
            parts.append(f"stale: {state.error.strerror}" if state.error else "stale")
        elif state.watching is not Watching.OFF:
            why = f": {display(state.watching_reason)}" if state.watching_reason and self.size.width >= _WIDE else ""
            parts.append(state.watching.value + why)
        self.retitle(display(state.path), " · ".join(parts))

    def _fitting(self, state: FilesState) -> int:
        """How many entries the filter chose from: hidden ones are not shown, whether they fit or not."""
        return state.total if state.arrangement.hidden else state.total - self.files.listing.dot_count()

    def show_clipboard(self) -> None:
        self._retitle()

    # -- what is selected

    @property
    def path(self) -> str | None:
        """The path under the cursor."""
        key = self.rows.cursor_key
        return self.files.path_of(key) if isinstance(key, int) else None

    def chosen_paths(self) -> list[str]:
        """The marked paths in their order, or else the one under the cursor."""
        keys = [key for key in self.rows.chosen if isinstance(key, int)]
        return [path for key in keys if (path := self.files.path_of(key)) is not None]

    def chosen_files(self) -> list[str]:
        """Those of :meth:`chosen_paths` that can be read: files and links."""
        listing = self.files.listing
        rows = [row for key in self.rows.chosen if isinstance(key, int) and (row := listing.row(key)) is not None]
        readable = (Kind.FILE, Kind.SYMLINK)
        return [
            os.path.join(self.files.state.path, listing.names[row]) for row in rows if listing.kinds[row] in readable
        ]

    def has_entry(self) -> bool:
        return self.rows.cursor_key is not None

    @on(RowList.CursorMoved)
    def _cursor_moved(self, event: RowList.CursorMoved) -> None:
        event.stop()
        self._tell_selected()

    @on(RowList.ViewportChanged)
    def _viewport_changed(self, event: RowList.ViewportChanged) -> None:
        event.stop()
        self.files.want(event.first, event.last)

    @on(RowList.MarksChanged)
    def _marks_changed(self, event: RowList.MarksChanged) -> None:
        event.stop()
        self._retitle()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self._tell_selected()

    def _tell_selected(self) -> None:
        if self.explorer.focused_scope != "tree":
            self.post_message(Selected(self.path or self._bare_directory()))

    def _bare_directory(self) -> str | None:
        """The directory listed, where it shows nothing that could be selected; None while that is not known."""
        state = self.files.state
        return state.path if state.status is Status.READY and not len(self.files.view) else None

    # -- going somewhere

    def show_path(self, path: str) -> None:
        self.go(path)

    def go(self, path: str, cursor: str | None = None) -> None:
        self.note_place()
        self.enter_by(self.files.show(path, cursor or self.cursor_in(path)), path)

    def cursor_in(self, path: str) -> str | None:
        return self._places.get(path)

    def note_place(self) -> None:
        state, here = self.files.state, self.rows.cursor_key
        if isinstance(here, int) and (row := self.files.listing.row(here)) is not None:
            self._places[state.path] = self.files.listing.names[row]
            self._places.move_to_end(state.path)
            while len(self._places) > _REMEMBERED:
                self._places.popitem(last=False)

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        self._enter(offer=True)

    def action_enter(self) -> None:
        """Enter the directory, or show the file in the inspector."""
        self._enter(offer=False)

    def _enter(self, offer: bool, known: bool = False) -> None:
        """As :meth:`action_enter`.

        Args:
            offer: a program is not shown; launching it is offered.
            known: where a link leads was waited for already.
        """
        path = self.path
        if path is None:
            return
        view, at = self.files.view, self.rows.cursor
        kind, stat = view.kind(at), view.stat(at)
        target = stat.target if isinstance(stat, EntryStat) else None
        if kind is Kind.SYMLINK and target is None and not known:
            looked = self.work(self.files.looks.until_idle(), lambda _: self._enter_now(path, offer))
            self.explorer.entering.begin(looked, path, lambda: False)
            return
        if kind is Kind.SYMLINK and target is not None:
            kind = target.kind or kind
            enters = kind is Kind.DIRECTORY
        else:
            enters = kind in (Kind.DIRECTORY, Kind.SYMLINK)
        if enters:
            self.go(path)
        elif self.is_picking():
            self.action_pick()
        elif offer and isinstance(stat, EntryStat) and stat.is_program:
            self.offer_to_launch(path)
        else:
            self.post_message(GoTo("inspector", path=path, key=PREVIEW))

    def _enter_now(self, path: str, offer: bool) -> None:
        """It is known where the link leads, unless that does not answer."""
        if self.path == path:
            self._enter(offer, known=True)

    def action_parent(self) -> None:
        """Up, with the cursor on where we came from."""
        if self.files.state.path.strip("/"):
            self.note_place()
            self.enter_by(self._go_up(self.files.state.path), os.path.dirname(self.files.state.path.rstrip("/")))

    async def _go_up(self, path: str) -> None:
        """To the parent; where that is gone too, to the nearest above it that is there."""
        gone = []
        while True:
            path, name = os.path.split(path.rstrip("/"))
            try:
                await self.files.show(path, name)
            except NotFound:
                if path == "/":
                    raise
                gone.append(path)
            else:
                break
        if gone:
            self.say(f"{display(gone[0])} is not there any more: this is the nearest directory above it")

    def action_refresh(self) -> None:
        """Read the directory again."""
        self.work(self.files.refresh())

    def can_clear(self) -> bool:
        return bool(self._shown.since or self.explorer.entering.reason) or super().can_clear()

    def action_clear(self) -> None:
        """``Esc``: what is being read is given up first, then marks, then the filter."""
        if not self.files.abandon() and not self.explorer.entering.give_up():
            super().action_clear()

    # -- how it is shown

    def apply_filter(self, text: str) -> None:
        if text != self.files.state.arrangement.filter:
            if text:
                self.rows.move_to(0)  # and there the cursor stays, on what fits best, until it is moved
            self.work(self.files.filter(text))

    def apply_sort(self, column: Column) -> None:
        name, reverse = next_sort(self.rows, column)
        self.work(self.files.sort(name, reverse=reverse))  # type: ignore[arg-type]

    def action_hidden(self) -> None:
        """Show dot-files, or not."""
        self.work(self.files.set_hidden(not self.files.state.arrangement.hidden))

    def action_directories_first(self) -> None:
        """Directories before everything else, or among the rest."""
        how = self.files.state.arrangement
        first = not how.directories_first
        self.work(self.files.sort(how.by, reverse=how.reverse, directories_first=first))
        self.say("Directories come first" if first else "Directories stand among the files")

    # -- changes

    def action_execute(self) -> None:
        """Turn the owner's execute bit on or off: of several files on, unless all have it."""
        self.work(self._toggle_execute([key for key in self.rows.chosen if isinstance(key, int)]))

    async def _toggle_execute(self, keys: list[int]) -> None:
        from osexplorer.ui.panes.file_modes import toggle_execute

        done = await toggle_execute(self.session, await self.files.looks.stats_of(keys))
        if done is not None:
            self.say(done.report, problem=bool(done.failures or done.differing))

    def action_mode(self) -> None:
        """To the permission grid of the marked files, or of the one under the cursor."""
        paths = self.chosen_paths()
        if len(paths) == 1:
            self.post_message(GoTo("inspector", path=paths[0], key=MODE))
        elif paths:
            self.post_message(GoTo("inspector", path=self.path, key=tuple(paths)))

    def action_why(self) -> None:
        """May I, or another user, do something to the entry under the cursor, and which rule says so."""
        from osexplorer.ui.dialogs.why import WhyDialog

        if (path := self.path) is not None:
            self.app.push_screen(WhyDialog(self.session, path))

    def action_measure(self) -> None:
        """Count what lies below the chosen directories, as tasks."""
        for path in self.chosen_paths():
            self.session.measure.start(path)
            self.show_measures()
            self.say(f"Counting what lies below {display(path)}: 7 shows how far it is")
