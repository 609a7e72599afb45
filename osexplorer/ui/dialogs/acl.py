"""Edit the ACLs of one file, entry by entry or as setfacl takes them; nothing is changed before it is applied."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.suggester import Suggester

from osexplorer.model.accounts import Account
from osexplorer.model.acl import AclEntry, Tag, entry_text, triplet
from osexplorer.model.acl_change import (
    EXPECTED,
    AclRow,
    Acls,
    acl_rows,
    checked,
    effective,
    group_column,
    is_minimal,
    mode_of_acl,
    parse_acl_change,
    remasked,
    with_entry,
    without_entry,
)
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError, Refused
from osexplorer.model.permissions import bits_text
from osexplorer.services.attributes import AclsFound
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.plain_list import PlainList
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.rowlist import Column, RowList, Span, TableSource
from osexplorer.ui.rowlist.cells import width_of

_ENTRY = Column("entry", "Entry", 18, elide="middle", sortable=False)
_OTHERS = [
    Column("may", "May", 3, sortable=False),
    Column("was", "", 9, sortable=False),
    Column("note", "", 20, flex=1, elide="end", sortable=False, priority=1),
]
_BITS = {"r": 4, "w": 2, "x": 1}
_ABOUT = {
    Tag.USER_OBJ: "the owner",
    Tag.GROUP_OBJ: "the owning group",
    Tag.MASK: "limit of groups, named users",
    Tag.OTHER: "everybody else",
}


class AclNames(Suggester):
    """Completes the user after ``u:`` and the group after ``g:`` of the clause typed last."""

    def __init__(self, users: Sequence[Account], groups: Sequence[Account]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._accounts = {"u": users, "user": users, "g": groups, "group": groups}

    async def get_suggestion(self, value: str) -> str | None:
        clause = value.replace(",", " ").rpartition(" ")[2].removeprefix("-")
        kind, _, typed = clause.removeprefix("default:").removeprefix("d:").partition(":")
        found = next((one.name for one in self._accounts.get(kind, ()) if typed and one.name.startswith(typed)), None)
        return None if found is None or not found.isprintable() else value[: len(value) - len(typed)] + found


async def acl_prompt(session: Session, title: str, value: str = "") -> Prompt:
    """Ask for a change of ACLs as :func:`parse_acl_change` takes it."""

    def check(text: str) -> str:
        if not text.strip():
            return "Type a change"  # how one is typed stands above
        try:
            parse_acl_change(text)
        except Refused as error:
            return str(error)
        return ""

    names = AclNames(await session.permissions.users(), await session.permissions.groups())
    return Prompt(title, value, detail=EXPECTED, check=check, suggester=names)


class AclDialog(Dialog[Acls]):
    """Dismisses with the ACLs that were edited.

    Args:
        names: what is to be changed; foreign text in it has passed ``display()``.
        found: its ACLs.
    """

    WIDE = True
    HINTS: ClassVar[str] = "r w x · n new · d drop · m mask · D default · b base · Ctrl+S apply"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(letter, f"bit('{letter}')", show=False) for letter in _BITS),
        Binding("n", "new", show=False),
        Binding("d", "take_away", show=False),
        Binding("m", "mask", show=False),
        Binding("D", "default", show=False),
        Binding("b", "strip", show=False),
        Binding("ctrl+s", "apply", show=False),
    ]
    DEFAULT_CSS = """
    AclDialog #about { margin-bottom: 1; }
    """

    def __init__(self, session: Session, names: str, found: AclsFound) -> None:
        super().__init__(f"ACL of {names}")
        self.session, self.found = session, found
        self.old = found.acls
        self._by_hand: set[bool] = set()
        """Which ACLs have a mask that was set by hand: it does not follow any more."""
        self._asking: asyncio.Task[None] | None = None

    @property
    def new(self) -> Acls:
        """The ACLs as they stand now."""
        return self.found.acls

    def body(self) -> ComposeResult:
        self._source: TableSource[AclRow] = TableSource(lambda row: row[:3], self._cell)
        yield Text("", id="about")
        yield Text("", id="problem", classes="problem")
        yield PlainList(self._columns, self._source, marks=False)

    def _columns(self, width: int) -> list[Column]:
        """The entries as wide as the longest of them, so that what they may stands beside them; two fifths at most."""
        longest = max((width_of(display(self._entry(row))) for row in self._source.rows), default=0)
        return [_ENTRY._replace(width=max(_ENTRY.width, min(longest + 2, width * 2 // 5))), *_OTHERS]

    @property
    def rows(self) -> RowList:
        """The list of entries."""
        return self.query_one(RowList)

    def on_mount(self) -> None:
        self._show()
        self.rows.focus()

    # -- showing

    def _show(self, problem: str = "") -> None:
        self._source.set_rows(acl_rows(self.old, self.new))
        self.rows.set_columns(self._columns)
        self.rows.rows_changed()
        old, new = bits_text(mode_of_acl(self.old.access)), bits_text(mode_of_acl(self.new.access))
        lines = [f"mode {old} → {new}" if old != new else f"mode {old}", group_column(self.new.access)]
        if self.new != self.old:
            lines.append("* changed, not applied yet: Ctrl+S applies, Esc leaves it as it was")
        elif is_minimal(self.new.access):
            lines.append("No users or groups are named: the mode says all. n names one")
        self.query_one("#about", Text).show("\n".join(lines))
        self.tell(problem)

    def _cell(self, row: AclRow, column: str) -> Span:
        now, was = row.now, row.was
        style = "" if now == was else "dim" if now is None else "accent"
        shown = now or was
        if shown is None:
            return Span("")
        if column == "entry":
            return Span(self._entry(row), style)
        if column == "may":
            return Span("" if now is None else triplet(now.permissions), style)
        if column == "was":
            if now is None:
                return Span("taken off", "bad")
            if was is None:
                return Span("new", style)
            return Span(f"was {triplet(was.permissions)}" if now != was else "", "dim")
        return self._note(row)

    def _entry(self, row: AclRow) -> str:
        """What the entry is about, with a star where it is changed."""
        if (shown := row.now or row.was) is None:
            return ""
        name = self.found.names.get((row.tag, row.id), "") if row.id is not None else ""
        text = entry_text(shown, name).rpartition(":")[0]
        return f"{'*' if row.now != row.was else ' '}{'default:' if row.default else ''}{text}"

    def _note(self, row: AclRow) -> Span:
        if row.now is not None:
            left = effective(self.new[row.default], row.now)
            if left != row.now.permissions:
                return Span(f"the mask leaves {triplet(left)}", "warn")
        about = _ABOUT.get(row.tag, "")
        if not row.default and row.tag in (Tag.USER_OBJ, Tag.GROUP_OBJ):
            about += f", {self.found.names.get((row.tag, None), '')}"
        return Span(about, "dim")

    # -- editing

    def _row(self) -> AclRow | None:
        return self._source.rows[self.rows.cursor] if self.rows.cursor_key is not None else None

    def _put(self, default: bool, acl: tuple[AclEntry, ...]) -> None:
        """Take one ACL over, its mask following, when the kernel would take it."""
        try:
            if not is_minimal(acl) and default not in self._by_hand:
                acl = remasked(acl)
            checked(acl)
        except Refused as error:
            self._show(str(error))
            return
        acls = Acls(self.new.access, acl) if default else Acls(acl, self.new.default)
        self.found = self.found._replace(acls=acls)
        self._show()

    def action_bit(self, letter: str) -> None:
        row = self._row()
        if row is None:
            return
        if row.tag is Tag.MASK:
            self._by_hand.add(row.default)
        permissions = (row.now.permissions if row.now else 0) ^ _BITS[letter]
        self._put(row.default, with_entry(self.new[row.default], AclEntry(row.tag, permissions, row.id)))

    def action_take_away(self) -> None:
        """Without the entry, or put one back that was taken away."""
        row = self._row()
        if row is None:
            return
        acl = self.new[row.default]
        if row.now is None and row.was is not None:
            self._put(row.default, with_entry(acl, row.was))
            return
        if row.tag is Tag.MASK:
            self._by_hand.add(row.default)
        self._put(row.default, without_entry(acl, row.tag, row.id))

    def action_mask(self) -> None:
        """The mask that limits nothing; from now on it follows again."""
        row = self._row()
        default = row is not None and row.default
        self._by_hand.discard(default)
        self._put(default, self.new[default])

    def action_default(self) -> None:
        """A default ACL like the access ACL, or none."""
        if not self.found.directory:
            self._show("Only directories have a default ACL")
        elif self.new.default:
            self.found = self.found._replace(acls=Acls(self.new.access))
            self._by_hand.discard(True)
            self._show()
        else:
            self._put(True, self.new.access)

    def action_strip(self) -> None:
        """No named entries, no mask, no default ACL."""
        self._by_hand.clear()
        self._change("-b")

    def action_new(self) -> None:
        self._ask("Change the ACL, as setfacl takes it")

    @on(RowList.Opened)
    def _edit(self, event: RowList.Opened) -> None:
        event.stop()
        row = self._row()
        if row is None or (entry := row.now or row.was) is None:
            return
        name = self.found.names.get((row.tag, row.id), "") if row.id is not None else ""
        self._ask("Edit the entry", f"{'default:' if row.default else ''}{entry_text(entry, name)}")

    def _ask(self, title: str, value: str = "") -> None:
        async def ask() -> None:
            prompt = await acl_prompt(self.session, title, value)
            self.app.push_screen(prompt, lambda text: None if text is None else self._change(text))

        self.begin(ask())

    def _change(self, text: str) -> None:
        """Change what is edited, as setfacl would."""

        async def change() -> None:
            try:
                self.found = await self.session.attributes.acls_after(self.found, text)
            except OSExplorerError as error:
                self._show(str(error))
            else:
                self._by_hand |= {step.default for step, _ in parse_acl_change(text) if step.tag is Tag.MASK}
                self._show()

        self.begin(change())

    def action_apply(self) -> None:
        if self.new == self.old:
            self._show("Nothing is edited")
        else:
            self.dismiss(self.new)
