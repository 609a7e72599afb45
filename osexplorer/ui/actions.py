"""Every action, declared once. Bindings, footer, help, palette and the settings' ``[keys]`` all read this list.

An action's id is ``scope.name``; the widget of that scope carries it out in ``action_name`` (dashes as underscores).
`when` names a method of that widget that says whether the action applies now; the footer then leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import ClassVar, NamedTuple

from textual.binding import Binding

UNBOUND = "f24+"
"""Begins the key of an action without one: no keyboard sends it, yet the settings can give the action a key."""


class Action(NamedTuple):
    """One thing a person can do.

    Attributes:
        id: ``scope.name``; what the settings' ``[keys]`` table calls it.
        title: short, for the footer and the help.
        keys: defaults, in Textual's names; the first is the one shown.
        footer: its place in the footer, 1 first; 0 keeps it out.
        when: name of a method of the widget; ``""`` for always.
        acts: whether in Files it does something to the directory listed or its entries, or begins a text about them:
            its key waits for a directory that is being entered, see :mod:`osexplorer.ui.entering`.
    """

    id: str
    title: str
    keys: tuple[str, ...]
    footer: int = 0
    when: str = ""
    acts: bool = False

    @property
    def scope(self) -> str:
        return self.id.partition(".")[0]

    @property
    def method(self) -> str:
        return self.id.partition(".")[2].replace("-", "_")


ACTIONS: tuple[Action, ...] = (
    # everywhere; carried out by the main screen
    Action("app.tree", "Tree", ("1",)),
    Action("app.files", "Files", ("2",)),
    Action("app.inspector", "Inspector", ("3",)),
    Action("app.environment", "Environment", ("4",)),
    Action("app.processes", "Processes", ("5",)),
    Action("app.children", "Children", ("6",)),
    Action("app.tasks", "Tasks", ("7",)),
    Action("app.calls", "Calls", ("8",)),
    Action("app.next-pane", "Next pane", ("tab",)),
    Action("app.previous-pane", "Previous pane", ("shift+tab",)),
    Action("app.zoom", "Zoom", ("z",), footer=92),
    Action("app.help", "Help", ("question_mark", "f1"), footer=90),
    Action("app.palette", "Palette", ("colon", "ctrl+p"), footer=91),
    Action("app.launch", "Launch", ("exclamation_mark",), footer=80, acts=True),
    Action("app.undo", "Undo", ("u",), footer=81, when="can_undo"),
    Action("app.refresh", "Refresh", ("ctrl+r", "f5")),
    Action("app.redraw", "Redraw the screen", ("ctrl+l",)),
    Action("app.go-to", "Go to a path", ("ctrl+g",)),
    Action("app.theme", "Next theme", ()),
    Action("app.suspend", "Suspend", ("ctrl+z",)),
    Action("app.quit", "Quit", ("q", "f10"), footer=93),
    # every list
    Action("list.down", "Down", ("down", "j")),
    Action("list.up", "Up", ("up", "k")),
    Action("list.page-down", "Page down", ("pagedown",)),
    Action("list.page-up", "Page up", ("pageup",)),
    Action("list.half-page-down", "Half a page down", ("ctrl+d",)),
    Action("list.half-page-up", "Half a page up", ("ctrl+u",)),
    Action("list.first", "First", ("home", "g")),
    Action("list.last", "Last", ("end", "G")),
    Action("list.open", "Open", ("enter",), footer=1, when="has_rows"),
    Action("list.filter", "Filter", ("slash",), footer=30, acts=True),
    Action("list.sort", "Sort", ("s",), footer=31, when="can_sort"),
    Action("list.mark", "Mark", ("space", "insert"), footer=32, when="can_mark_rows", acts=True),
    Action("list.mark-all", "Mark all", ("a",), when="can_mark_rows", acts=True),
    Action("list.mark-others", "Mark the others", ("I",), when="can_mark_rows", acts=True),
    Action("list.mark-pattern", "Mark by a pattern", ("plus",), when="can_mark_rows", acts=True),
    Action("list.unmark-pattern", "Unmark by a pattern", ("minus",), when="has_marks", acts=True),
    Action("list.values-left", "Scroll values left", ("shift+left", "less_than_sign"), when="can_scroll_values"),
    Action("list.values-right", "Scroll values right", ("shift+right", "greater_than_sign"), when="can_scroll_values"),
    # every pane
    Action("pane.clear", "Clear", ("escape",), footer=2, when="can_clear"),
    # tree
    Action("tree.expand", "Expand", ("right", "l"), footer=2),
    Action("tree.collapse", "Collapse", ("left", "h"), footer=3),
    Action("tree.hidden", "Dot-files", ("full_stop",), footer=4),
    Action("tree.parent", "To its parent", ("backspace", "p"), footer=28, when="is_below"),
    Action("tree.expand-to", "Expand to a depth", ("e",), footer=26),
    Action("tree.collapse-all", "Collapse all", ("c",), footer=27),
    # files
    Action("files.enter", "Enter", ("right", "l")),
    Action("files.parent", "Up", ("left", "h", "backspace"), footer=2),
    Action("files.hidden", "Dot-files", ("full_stop",), footer=5),
    Action("files.directories-first", "Directories first, or not", ("t",)),
    Action("files.execute", "Execute bit", ("asterisk",), footer=3, when="has_entry", acts=True),
    Action("files.mode", "Mode", ("m",), footer=4, when="has_entry", acts=True),
    Action("files.why", "Why", ("w",), footer=7, when="has_entry", acts=True),
    Action("files.measure", "Count below", ("c",), footer=6, when="has_entry", acts=True),
    Action("files.new", "New", ("n", "f7"), footer=11, acts=True),
    Action("files.rename", "Rename", ("r", "f2"), footer=12, when="has_entry", acts=True),
    Action("files.link", "Link", ("L",), when="has_entry", acts=True),
    Action("files.copy", "Copy", ("y",), footer=13, when="has_entry", acts=True),
    Action("files.cut", "Cut", ("x",), when="has_entry", acts=True),
    Action("files.paste", "Paste", ("p",), footer=3, when="can_paste", acts=True),
    Action("files.trash", "To the trash", ("d", "delete", "f8"), footer=14, when="has_entry", acts=True),
    Action("files.delete", "Delete for good", ("D",), when="has_entry", acts=True),
    Action("files.home", "Home directory", ("tilde",)),
    Action("files.pick", "Choose, and leave", ("P",), footer=1, when="is_picking", acts=True),
    Action("files.edit", "Edit", ("e", "f4"), footer=8, when="has_entry", acts=True),
    Action("files.page", "Read in $PAGER", ("V",), when="has_entry", acts=True),
    Action("files.open", "Open as the desktop does", ("o",), when="has_entry", acts=True),
    Action("files.shell", "Shell here", ("S",), acts=True),
    Action("files.find", "Find below", ("F", "ctrl+f"), footer=9, acts=True),
    Action("files.audit", "Audit below", ("A",), acts=True),
    Action("files.disk-use", "Disk use", ("U",), footer=10, acts=True),
    Action("files.each", "Run over each", ("X",), when="has_entry", acts=True),
    Action("files.back", "Back", ("left_square_bracket", "alt+left"), when="can_go_back"),
    Action("files.forward", "Forward", ("right_square_bracket", "alt+right"), when="can_go_forward"),
    Action("files.bookmarks", "Bookmarks and visited", ("b",)),
    Action("files.bookmark", "Bookmark this directory", ("B",), acts=True),
    Action("files.preview", "Preview", ("v", "f3"), footer=7, when="has_entry", acts=True),
    # inspector
    Action("inspector.look", "Read it", ("enter",), footer=1, when="is_held_back"),
    Action("inspector.back", "To Files", ("escape", "left", "h", "backspace"), footer=2, when="on_preview"),
    Action("inspector.apply", "Apply", ("enter",), footer=1, when="has_edit"),
    Action("inspector.put-back", "Put back", ("escape",), footer=2, when="has_edit"),
    Action("inspector.tick", "Toggle", ("space",), footer=3, when="on_grid"),
    Action("inspector.type-mode", "Type a mode", ("equals_sign",), footer=4, when="has_file"),
    Action("inspector.presets", "Usual modes", ("p",), footer=7, when="has_file"),
    Action("inspector.grid", "Mode", ("m",), footer=5, when="off_grid"),
    Action("inspector.facts", "Facts", ("pagedown", "end", "G"), footer=6, when="on_grid"),
    Action("inspector.preview", "Preview", ("v",), footer=7),
    Action("inspector.bytes", "Bytes or text", ("x",), footer=8, when="has_text"),
    Action("inspector.page-down", "Page down", ("pagedown", "space"), when="on_preview"),
    Action("inspector.page-up", "Page up", ("pageup",), when="on_preview"),
    Action("inspector.first", "First line", ("home", "g"), when="on_preview"),
    Action("inspector.last", "Last line", ("end", "G"), when="on_preview"),
    Action("inspector.values-left", "Long lines to the left", ("shift+left", "less_than_sign"), when="on_preview"),
    Action(
        "inspector.values-right", "Long lines to the right", ("shift+right", "greater_than_sign"), when="on_preview"
    ),
    Action("inspector.owner", "Owner", ("o",), footer=7, when="has_found"),
    Action("inspector.acl", "ACL", ("A",), footer=7, when="has_file"),
    Action("inspector.attributes", "Extended attributes", ("X",), when="has_file"),
    Action("inspector.capabilities", "Capabilities", ("c",), when="has_file"),
    Action("inspector.flags", "Inode flags", ("f",), when="has_file"),
    Action("inspector.times", "Times", ("t",), footer=7, when="has_found"),
    Action("inspector.recursive", "All below", ("R",), footer=7, when="has_file"),
    Action("inspector.tree-values", "ACL, flags, attributes, times of all below", ("T",), when="has_file"),
    Action("inspector.take-back", "Take back an earlier change", ("U",)),
    Action("inspector.why", "Why", ("W",), footer=7, when="has_path"),
    Action("inspector.copy", "Copy value", ("y",), when="has_fact"),
    Action("inspector.read", "Toggle read", ("r",), when="on_grid"),
    Action("inspector.write", "Toggle write", ("w",), when="on_grid"),
    Action("inspector.execute", "Toggle execute", ("x",), when="on_grid"),
    Action("inspector.special", "Toggle setuid, setgid or sticky", ("s",), when="on_grid"),
    Action("inspector.left", "Left", ("left", "h"), when="on_grid"),
    Action("inspector.right", "Right", ("right", "l"), when="on_grid"),
    Action("inspector.up", "Up", ("up", "k"), when="off_facts"),
    Action("inspector.down", "Down", ("down", "j")),
    Action("inspector.find", "Filter the facts", ("slash",)),
    # environment
    Action("environment.edit", "Edit as text", ("e", "f4"), when="has_variable"),
    Action("environment.new", "New", ("n",), footer=2),
    Action("environment.delete", "Delete", ("d", "delete"), footer=3, when="can_delete"),
    Action("environment.rename", "Rename", ("r", "f2"), footer=4, when="can_rename"),
    Action("environment.restore", "As started", ("o",), footer=5, when="can_restore"),
    Action("environment.copy", "Copy as export", ("y",), footer=6, when="has_variable"),
    Action("environment.altered", "Only altered", ("t",), footer=7),
    Action("environment.save", "Save as a profile", ("S",), when="has_altered"),
    Action("environment.profiles", "Profiles", ("P",), footer=8),
    # processes
    Action("processes.signal", "Signal", ("K", "f9"), footer=2, when="has_process"),
    Action("processes.tree", "Tree", ("t",), footer=3),
    Action("processes.follow", "Follow", ("f",), footer=4, when="has_process"),
    Action("processes.open-files", "Open files", ("o",), footer=5, when="has_process"),
    Action("processes.share", "CPU of one core or of all", ("percent_sign",)),
    # children
    Action("children.signal", "Signal", ("K", "f9"), footer=2, when="has_running"),
    Action("children.stop", "End all of it", ("x",), footer=3, when="has_tree"),
    Action("children.details", "Details", ("i",), footer=6, when="on_child"),
    Action("children.tree", "Tree", ("t",), footer=7),
    Action("children.again", "Run again", ("R",), footer=3, when="has_child"),
    Action("children.change", "Again, changed", ("E",), footer=4, when="has_child"),
    Action("children.wait", "Tell when it has ended", ("w",), footer=5, when="can_wait"),
    Action("children.wait-any", "Tell when any has ended", ("A",), when="can_wait_for_several"),
    Action("children.wait-all", "Tell when all have ended", ("W",), when="can_wait_for_several"),
    Action("children.rules", "Rules: time limit, restarts, files", ("r",), when="has_child"),
    Action("children.stop-rules", "Stop its rules", ("c",), footer=1, when="has_rules"),
    Action("children.several", "Start several", ("n",), footer=6),
    Action("children.history", "History", ("H",), footer=7),
    Action("children.templates", "Templates", ("T",), footer=8),
    Action("children.save", "Save as a template", ("S",), when="can_save"),
    Action("children.remove", "Remove", ("d", "delete"), footer=4, when="has_finished"),
    Action("children.remove-all", "Remove all that ended", ("D",), when="has_any_finished"),
    # tasks
    Action("tasks.pause", "Pause, go on", ("p",), footer=2, when="has_unfinished"),
    Action("tasks.cancel", "Cancel", ("c",), footer=3, when="can_stop"),
    Action("tasks.remove", "Remove", ("d", "delete"), footer=4, when="has_finished"),
    # calls
    Action("calls.copy", "Copy as Python", ("y",), footer=2, when="has_call"),
    Action("calls.reads", "Reads too", ("t",), footer=3),
    Action("calls.follow", "Newest", ("f",), footer=4, when="is_behind"),
)

SCOPES: dict[str, str] = {
    "app": "Everywhere",
    "pane": "In every pane",
    "list": "In every list",
    "tree": "Tree",
    "files": "Files",
    "inspector": "Inspector",
    "environment": "Environment",
    "processes": "Processes",
    "children": "Children",
    "tasks": "Tasks",
    "calls": "Calls",
}
"""Scopes and how the help calls them."""

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


@cache
def in_scope(scope: str) -> tuple[Action, ...]:
    """The actions of one scope, in their declared order."""
    return tuple(action for action in ACTIONS if action.scope == scope)


def bindings(*scopes: str) -> Iterator[Binding]:
    """Textual's bindings for the actions of these scopes; the action's id is the binding's, for rebinding."""
    for scope in scopes:
        for action in in_scope(scope):
            yield Binding(
                ",".join(action.keys) or f"{UNBOUND}{action.method}",
                action.method,
                action.title,
                show=action.footer > 0,
                id=action.id,
            )


class ActionHost:
    """A widget that carries out the actions of a scope; mix it in before the widget class."""

    SCOPE: ClassVar[str] = ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether the action applies now, as its declaration's `when` says."""
        when = _conditions(self.SCOPE).get(action)
        if when is None:
            return True
        condition = getattr(self, when)
        return bool(condition())


@cache
def _conditions(scope: str) -> dict[str, str]:
    scopes = (scope,) if scope in ("app", "list") else (scope, "pane")
    return {action.method: action.when for name in scopes for action in in_scope(name) if action.when}


_SHOWN = {
    "question_mark": "?",
    "colon": ":",
    "exclamation_mark": "!",
    "slash": "/",
    "full_stop": ".",
    "plus": "+",
    "minus": "-",
    "percent_sign": "%",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "asterisk": "*",
    "equals_sign": "=",
    "tilde": "~",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "backspace": "Backspace",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
}


def key_text(key: str) -> str:
    """A key as people write it: ``question_mark`` is ``?``, ``ctrl+p`` is ``Ctrl+P``."""
    *modifiers, name = key.split("+")
    shown = _SHOWN.get(name, name if len(name) == 1 else name.replace("_", " ").capitalize())
    if modifiers and len(shown) == 1:
        shown = shown.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), shown])
