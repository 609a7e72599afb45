"""Ways from one directory to another, as part of the files pane: back, forward, bookmarks."""

from __future__ import annotations

import os
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from osexplorer.model.display import display
from osexplorer.ui.messages import MODE, PREVIEW, GoTo, ShowPreview
from osexplorer.ui.pane import Pane

if TYPE_CHECKING:
    from osexplorer.ui.dialogs.find_actions import Answer


class FileJumps(Pane):
    """What the files pane can do to be somewhere else. A subclass says what is selected, and goes."""

    _measures_shown = False

    @property
    def path(self) -> str | None:
        """The path under the cursor."""
        return None

    @property
    def directory(self) -> str:
        """The directory listed."""
        return self.session.files.state.path

    def go(self, path: str, cursor: str | None = None) -> None:
        """List a directory; the cursor goes where it was there last, or to the entry of that name."""

    def enter_by(self, job: Coroutine[Any, Any, object], place: str) -> None:
        """Do what lists another directory, and let keys that change something wait for it."""
        files = self.session.files
        ticket = files.state.ticket
        self.explorer.entering.begin(self.work(job), place, lambda: files.state.ticket != ticket)

    def cursor_in(self, path: str) -> str | None:
        """The name on which the cursor stood in a directory when it was left."""
        return None

    def note_place(self) -> None:
        """Remember where the cursor is in this directory."""

    # -- history

    def can_go_back(self) -> bool:
        return self.session.visited.feed.value.place(-1) is not None

    def can_go_forward(self) -> bool:
        return self.session.visited.feed.value.place(1) is not None

    def action_back(self) -> None:
        """To the directory listed before."""
        self._step(-1)

    def action_forward(self) -> None:
        """To the directory from which somebody went back."""
        self._step(1)

    def _step(self, by: int) -> None:
        path = self.session.visited.feed.value.place(by)
        if path is not None:
            self.note_place()
            self.enter_by(self.session.visited.go(by, self.cursor_in(path)), path)

    # -- bookmarks

    def action_bookmarks(self) -> None:
        """Choose among bookmarks and the directories visited in this run."""
        from osexplorer.ui.dialogs.places import Place, PlacesDialog

        def answered(place: Place | None) -> None:
            if place is not None:
                self.go(place.path)

        self.app.push_screen(PlacesDialog(self.session), answered)

    def action_bookmark(self) -> None:
        """Bookmark the directory listed, or no longer."""
        path = self.directory

        def told(marked: bool) -> None:
            self.say(f"{display(path)} is {'bookmarked: b goes there' if marked else 'no bookmark any more'}")

        self.work(self.session.bookmarks.toggle(path), told)

    def action_home(self) -> None:
        home = self.explorer.absolute("~")
        if os.path.basename(home) == "~":
            self.say("No home directory is known: HOME is not set, and the user has no passwd entry", problem=True)
        else:
            self.go(home)

    # -- find

    def action_find(self) -> None:
        """Search below the directory listed, and go to what was found."""
        from osexplorer.ui.dialogs.find import FindDialog

        self.app.push_screen(FindDialog(self.session, self.directory), self._go_to_found)

    def action_audit(self) -> None:
        """List what is worth a look about permissions below the directory listed."""
        from osexplorer.ui.dialogs.audit import AuditDialog

        self.app.push_screen(AuditDialog(self.session, self.directory), self._go_to_found)

    def show_clipboard_text(self) -> None:
        """Something may have been copied or cut elsewhere."""

    def _go_to_found(self, answer: Answer | None) -> None:
        self.show_clipboard_text()
        if answer is None:
            return
        path = answer.paths[0]
        if answer.preview:
            self.post_message(GoTo("inspector", path=path, key=PREVIEW))
        elif answer.modes:
            key = answer.paths if len(answer.paths) > 1 else MODE
            self.post_message(GoTo("inspector", path=path, key=key))
        else:
            directory, name = os.path.split(path)
            self.go(directory, name)

    def show_measures(self) -> None:
        """From now on show what directories take as it becomes known."""
        if not self._measures_shown:
            self._measures_shown = True
            self.session.files.counted.ask(self.session.measure.size_of)
            self.follow(self.session.measure.feed, lambda _: self._more_is_counted())

    def _more_is_counted(self) -> None:
        self.rows.redraw()
        self.session.files.counted.changed()

    def action_disk_use(self) -> None:
        """What takes the room below the directory listed."""
        from osexplorer.ui.dialogs.disk_use import DiskUseDialog

        self.show_measures()

        def answered(path: str | None) -> None:
            if path is not None:
                directory, name = os.path.split(path)
                self.go(directory, name or None)

        self.app.push_screen(DiskUseDialog(self.session, self.directory), answered)

    # -- the preview

    def action_preview(self) -> None:
        """Show what is in the file under the cursor, or no longer."""
        if self.path is not None:
            self.post_message(ShowPreview(self.path))
