"""The part of the inspector that shows what is in the file: when it is in sight, and its keys."""

from __future__ import annotations

from collections.abc import Sequence

from osexplorer.model.errors import CallError
from osexplorer.model.preview import TextContent, stamp_of
from osexplorer.model.status import Status
from osexplorer.services.session import Session
from osexplorer.ui.messages import GoTo
from osexplorer.ui.pane import Pane
from osexplorer.ui.preview import PreviewView


class PreviewingPane(Pane):
    """A pane with a preview in it. A subclass yields what :meth:`make_inside` makes, and lays out in `place_parts`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.previewing = False
        """Whether the preview has the place of everything else."""
        self._about: tuple[Sequence[str], Sequence[Status | CallError]] = (), ()

    def place_parts(self) -> None:
        """Give each part its place; the preview's is another one when `previewing` has changed."""

    def make_inside(self) -> PreviewView:
        """The preview."""
        return PreviewView(lambda path, asked: self.session.previews.look(path, asked=asked))

    @property
    def inside(self) -> PreviewView:
        """What is in the file."""
        return self.query_one(PreviewView)

    def toggle_preview(self) -> None:
        """Show what is in the file in the place of everything else, or no longer; the keyboard stays in this pane."""
        focused = self.has_focus_within
        self.previewing = not self.previewing
        self.place_parts()
        if focused:
            self.focus_inside()

    def look_inside(self, paths: Sequence[str], found: Sequence[Status | CallError], asked: bool = False) -> None:
        """Show what is in the file, if the preview is in sight.

        Args:
            found: the status of each path; empty while it is not known.
            asked: whether a person asked for what is held back otherwise.
        """
        self._about = paths, found
        if not self.inside.display or not paths:
            return
        if len(paths) > 1:
            self.inside.show_message(f"{len(paths)} files are marked: one of them can be looked into")
        elif found:
            self.inside.want(paths[0], stamp_of(found[0]), asked)

    # -- when its keys apply

    def on_preview(self) -> bool:
        return self.inside.has_focus

    def off_preview(self) -> bool:
        return not self.inside.has_focus

    def has_text(self) -> bool:
        shown = self.inside.preview
        return self.on_preview() and shown is not None and isinstance(shown.content, TextContent)

    def is_held_back(self) -> bool:
        return self.on_preview() and self.inside.held_back

    # -- its keys

    def action_preview(self) -> None:
        """To what is in the file, and back."""
        self.previewing = not self.on_preview()
        self.place_parts()
        self.focus_inside()

    def action_back(self) -> None:
        self.post_message(GoTo("files"))

    def action_page_down(self) -> None:
        self.inside.page(1)

    def action_page_up(self) -> None:
        self.inside.page(-1)

    def action_first(self) -> None:
        self.inside.go_first()

    def action_last(self) -> None:
        self.inside.go_last()

    def action_values_left(self) -> None:
        self.inside.sideways(-1)

    def action_values_right(self) -> None:
        self.inside.sideways(1)

    def action_bytes(self) -> None:
        self.inside.show_as_bytes(not self.inside.as_bytes)

    def action_look(self) -> None:
        self.look_inside(*self._about, asked=True)
