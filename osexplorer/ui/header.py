"""The header: host, working directory, who we are, umask. One line."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from osexplorer.model.display import display
from osexplorer.model.identity import Identity
from osexplorer.ui.rowlist.cells import elide, width_of


class Header(Widget):
    """Where and who we are. Root is told apart by more than colour."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"header--host", "header--path", "header--root"}
    DEFAULT_CSS = """
    Header { height: 1; width: 1fr; background: $panel; color: $foreground; }
    Header > .header--host { color: $muted; }
    Header > .header--path { text-style: bold; }
    Header > .header--root { color: $error; text-style: bold; }
    """

    path: reactive[str] = reactive("")
    """The working directory, raw."""
    identity: reactive[Identity | None] = reactive(None)
    """Who we are; None until it was read."""

    def show_path(self, path: str) -> None:
        """Set the working directory."""
        self.path = path

    def show_identity(self, identity: Identity) -> None:
        """Set who we are."""
        self.identity = identity

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        host, who, root = "", "", False
        if (identity := self.identity) is not None:
            host = f" {display(identity.host)} "
            root = identity.euid == 0
            who = f" {who_text(identity)}  umask {identity.umask:03o} "
        path_room = max(width - len(host) - width_of(who), 8)
        if path_room < 24 and host:
            host, path_room = " ", max(width - 1 - width_of(who), 8)
        path = elide(display(self.path), path_room, "start")
        path += " " * (path_room - width_of(path))
        style = self.get_component_rich_style
        segments = [
            Segment(host or " ", base + style("header--host", partial=True)),
            Segment(path, base + style("header--path", partial=True)),
            Segment(who, base + style("header--root", partial=True) if root else base),
        ]
        return Strip(segments).adjust_cell_length(width, base)


def who_text(identity: Identity) -> str:
    """The users: ``ann``, ``root #``, or ``ann, effective root #``."""
    real, effective = display(identity.user), display(identity.effective_user)
    text = real if identity.uid == identity.euid else f"{real}, effective {effective}"
    return f"{text} #" if identity.euid == 0 else text
