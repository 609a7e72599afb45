"""Messages between panes, all handled by the main screen: a pane says what it wants, never to whom."""

from __future__ import annotations

from textual.message import Message

PREVIEW = "preview"
"""The key of the inspector's preview, for :class:`GoTo`."""
MODE = "mode"
"""The key of the inspector's permission grid, for :class:`GoTo`."""


class GoTo(Message):
    """Show a pane, and in it a thing.

    Attributes:
        pane: its scope, as ``"files"``.
        path: the path to show there (Files, Tree, Inspector), raw.
        key: the row to put the cursor on, as that pane's list knows it.
    """

    def __init__(self, pane: str, *, path: str | None = None, key: object = None) -> None:
        super().__init__()
        self.pane, self.path, self.key = pane, path, key


class Selected(Message):
    """Another path is under the cursor in Files or Tree; the inspector follows. None when there is none."""

    def __init__(self, path: str | None) -> None:
        super().__init__()
        self.path = path

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Selected)


class ShowPreview(Message):
    """Show what is in the selected file beside the list, or no longer; where there is no room for both, go there.

    Attributes:
        path: the file, raw.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


class Launch(Message):
    """Ask for a command line and launch it.

    Attributes:
        line: what the question starts with, raw.
    """

    def __init__(self, line: str = "") -> None:
        super().__init__()
        self.line = line


class Say(Message):
    """Tell the person something, as a notification.

    Attributes:
        text: foreign text in it has passed ``display()``.
        problem: whether it is something that failed.
    """

    def __init__(self, text: str, problem: bool = False) -> None:
        super().__init__()
        self.text, self.problem = text, problem


class FooterChanged(Message):
    """The keys that apply now may have changed."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, FooterChanged)
