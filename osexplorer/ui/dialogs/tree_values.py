"""Ask what else shall become of a tree: ACL, inode flags, an attribute, times; each line empty leaves it as it is."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from osexplorer.model.acl_change import parse_acl_change
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.inode_flags import INODE_FLAGS
from osexplorer.model.times import NewTimes, parse_time
from osexplorer.model.tree_values import ValueRules, parse_attribute, parse_flags
from osexplorer.model.units import exact_time_text
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.acl import AclNames
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.fields import FieldsDialog
from osexplorer.ui.field import Field

_FIELDS = {
    "acl": ("ACL", "as setfacl: u:ada:rwX, d:g:staff:r, -u:ada, -b"),
    "flags": ("Inode flags", "as chattr takes them: +i, -a, +dA"),
    "attribute": ("Extended attribute", "user.note=text, user.note=0x00ff, or -user.note"),
    "mtime": ("Modified", "a date with or without time, now, -2h, @1700000000"),
    "atime": ("Accessed", "the same"),
}


class TreeValuesDialog(FieldsDialog[ValueRules]):
    """Dismisses with the rules; nothing is changed by them before they were looked at.

    Args:
        names: what the tree is called; foreign text in it has passed ``display()``.
    """

    HINTS: ClassVar[str] = "Enter preview changes · ↑ ↓ field · Esc cancel"

    def __init__(self, session: Session, names: str) -> None:
        super().__init__(f"Change {names} and everything below")
        self.session = session

    def body(self) -> ComposeResult:
        for name, (title, placeholder) in _FIELDS.items():
            yield Text(title)
            yield Field("", id=name, placeholder=f"{placeholder}; empty leaves it")
        yield Text("", id="meaning", classes="meaning")
        yield Text("", id="problem", classes="problem")
        yield Text("Links are not followed and other file systems are left out. First you see what would change.")

    def on_mount(self) -> None:
        self.query_one("#acl", Field).focus()
        self.begin(self._learn())
        self._judge()

    async def _learn(self) -> None:
        permissions = self.session.permissions
        self.query_one("#acl", Field).suggester = AclNames(await permissions.users(), await permissions.groups())

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge()

    def _judge(self) -> None:
        """Say what the lines mean, or what is wrong with one."""
        problem, meanings = "", []
        for name, (title, _) in _FIELDS.items():
            text = self.typed(name)
            if not text:
                continue
            try:
                meanings.append(_meaning(name, text))
            except Refused as error:
                problem = f"{title}: {error}"
        self.query_one("#meaning", Text).show("; ".join(filter(None, meanings)))
        self.tell(problem)

    async def accept(self) -> None:
        now = time.time_ns()
        text = self.typed
        try:
            acl = await self.session.attributes.acl_steps(text("acl")) if text("acl") else ()
            on, off = parse_flags(text("flags")) if text("flags") else (0, 0)
            attribute = parse_attribute(text("attribute")) if text("attribute") else None
            atime, mtime = (parse_time(text(name), now) if text(name) else None for name in ("atime", "mtime"))
        except OSExplorerError as error:
            self.tell(str(error))
            return
        rules = ValueRules(acl, on, off, attribute, NewTimes(atime, mtime))
        if rules == ValueRules():
            self.tell("Say what to change")
        else:
            self.dismiss(rules)


def _meaning(name: str, text: str) -> str:
    """What a line means beyond what it says.

    Raises:
        Refused: it means nothing; in words.
    """
    if name == "acl":
        defaults = any(clause.step.default for clause in parse_acl_change(text))
        return "default entries for directories alone" if defaults else ""
    if name == "flags":
        parts = {"set": parse_flags(text)[0], "cleared": parse_flags(text)[1]}
        named = {word: [INODE_FLAGS[bit][1] for bit in INODE_FLAGS if bit & bits] for word, bits in parts.items()}
        return "; ".join(f"{', '.join(names)} {word}" for word, names in named.items() if names)
    if name == "attribute":
        parse_attribute(text)
        return ""
    return f"{_FIELDS[name][0].lower()} {exact_time_text(parse_time(text, time.time_ns()))}"
