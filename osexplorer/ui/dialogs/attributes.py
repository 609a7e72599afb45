"""The extended attributes of one file or several: view, add, edit and remove them, as text or in hex."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from osexplorer.model.attribute_names import ACL_ATTRIBUTE, CAPABILITY_ATTRIBUTE, DEFAULT_ACL_ATTRIBUTE
from osexplorer.model.attribute_value import NAMESPACES, check_name, parse_value, value_meaning, value_source
from osexplorer.model.display import display, undisplay
from osexplorer.model.errors import CallError, LeftAlone, OSExplorerError, Refused
from osexplorer.model.files_changed import FilesChanged
from osexplorer.services.session import Session
from osexplorer.services.several import Targets
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.fields import FieldsDialog
from osexplorer.ui.dialogs.plain_list import PlainList
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

_LONGEST_EDITED = 4096
"""Bytes of a value that a line can be edited in."""
_COLUMNS = [
    Column("name", "Attribute", 18, flex=1, elide="middle", sortable=False),
    Column("size", "Bytes", 6, align="right", sortable=False),
    Column("value", "Value", 20, flex=2, scrolls=True, elide="end", sortable=False),
]


class ValueDialog(FieldsDialog[tuple[str, bytes]]):
    """Dismisses with name and value of an attribute.

    Args:
        names: of which files; foreign text in it has passed ``display()``.
        name: of the attribute, raw; None asks for it.
        value: what it is.
    """

    HINTS: ClassVar[str] = "Enter set · F2 text or hex · ↑ ↓ field · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "form", "Form", show=False, priority=True)]

    def __init__(self, names: str, name: str | None, value: bytes = b"") -> None:
        super().__init__(f"Attribute of {names}" if name is None else f"{display(name)} of {names}")
        self.attribute, self.value = name, value

    def body(self) -> ComposeResult:
        if self.attribute is None:
            yield Text("Name, with its namespace")
            yield Field("user.", id="name")
            yield Text("", id="space", classes="meaning")
            yield Text("Value")
        yield Field(display(value_source(self.value)), id="value")
        yield Text("", id="meaning", classes="meaning")
        yield Text("", id="problem", classes="problem")
        yield Text('Text, 0x and hex, or 0s and base64; "in quotation marks" it is text in any case', classes="hint")

    def on_mount(self) -> None:
        field = self.query_one("#value" if self.attribute is not None else "#name", Field)
        field.focus()
        field.cursor_position = len(field.value)
        self._judge()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge()

    @property
    def name_typed(self) -> str:
        """The attribute's name, raw."""
        return self.attribute if self.attribute is not None else self.typed("name")

    @property
    def value_typed(self) -> bytes:
        """The value. Raises ``Refused`` where the text is none."""
        return parse_value(undisplay(self.query_one("#value", Field).value))

    def _judge(self) -> None:
        problem, meaning = "", ""
        try:
            meaning = value_meaning(self.name_typed, self.value_typed)
        except Refused as error:
            problem = str(error)
        self.query_one("#meaning", Text).show(meaning)
        if self.attribute is None:
            space = self.typed("name").partition(".")[0]
            self.query_one("#space", Text).show(NAMESPACES.get(space, "user., trusted. or security."))
        self.tell(problem)

    def action_form(self) -> None:
        """The same value as hex, or as text."""
        field = self.query_one("#value", Field)
        try:
            value = self.value_typed
        except Refused as error:
            self.tell(str(error))
            return
        field.value = display(value_source(value, text=field.value[:2].lower() == "0x"))

    async def accept(self) -> None:
        try:
            self.dismiss((check_name(self.name_typed), self.value_typed))
        except Refused as error:
            self.tell(str(error))


class AttributesDialog(Dialog[None]):
    """Each change is made at once, and `u` takes it back.

    Args:
        names: which files; foreign text in it has passed ``display()``.
        targets: the files, as they were shown.
    """

    WIDE = True
    HINTS: ClassVar[str] = "Enter edit · n new · d remove · u undo · < > sideways · Esc close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", show=False),
        Binding("d", "remove", show=False),
        Binding("u", "undo", show=False),
    ]
    DEFAULT_CSS = """
    AttributesDialog #about { margin-bottom: 1; }
    """

    def __init__(self, session: Session, names: str, targets: Targets) -> None:
        super().__init__(f"Extended attributes of {names}")
        self.session, self.names, self.targets = session, names, targets
        self._found: list[dict[str, bytes | CallError]] = []
        self._known: Targets = ()
        """The files that `_found` is of."""
        self.changed: list[str] = []
        """Paths that were changed."""
        self._made = 0
        """Changes made here that were not taken back."""

    def body(self) -> ComposeResult:
        self._source: TableSource[str] = TableSource(lambda name: name, self._cell)
        yield Text("", id="about", classes="hint")
        yield Text("", id="problem", classes="problem")
        yield PlainList(_COLUMNS, self._source, marks=False)

    @property
    def rows(self) -> RowList:
        """The list of attributes."""
        return self.query_one(RowList)

    def on_mount(self) -> None:
        about = "user. is anybody's who may write the file; trusted. root's alone; security. of security modules"
        self.query_one("#about", Text).show(about)
        self.rows.set_empty("Looking")
        self.rows.focus()
        self.tell("")
        self.begin(self._look())

    async def _look(self) -> None:
        found = await self.session.attributes.values(self.targets)
        errors = [one for one in found if isinstance(one, OSExplorerError)]
        known = [(at, one) for at, one in enumerate(found) if not isinstance(one, OSExplorerError)]
        self._known = [self.targets[at] for at, _ in known]
        self._found = [one for _, one in known]
        self._source.set_rows(sorted({name for one in self._found for name in one}))
        self.rows.set_empty(str(errors[0]) if errors else "It has none: n makes one", "bad" if errors else "dim")
        self.rows.rows_changed()

    def _values(self, name: str) -> list[bytes | CallError | None]:
        return [one.get(name) for one in self._found]

    def _cell(self, name: str, column: str) -> Cell:
        values = self._values(name)
        first = values[0]
        if column == "name":
            return Span(name)
        if any(value != first for value in values):
            have = sum(value is not None for value in values)
            text = "differs" if have == len(values) else f"{have} of {len(values)} have it"
            return Span(text if column == "value" else "", "warn")
        if isinstance(first, CallError):
            return Span(f"cannot be read: {first.code} ({first.strerror})" if column == "value" else "", "bad")
        if first is None:
            return Span("")
        if column == "size":
            return Span(str(len(first)), "dim")
        if name == CAPABILITY_ATTRIBUTE:
            return Span(value_meaning(name, first).partition(": ")[2])
        if name in (ACL_ATTRIBUTE, DEFAULT_ACL_ATTRIBUTE):
            return Span("the ACL: A in the inspector edits it", "dim")
        return Span(value_source(first[:_LONGEST_EDITED]))

    # -- changing

    def _chosen(self) -> str | None:
        return self._source.rows[self.rows.cursor] if self.rows.cursor_key is not None else None

    def _work(self, job: Coroutine[Any, Any, FilesChanged | str]) -> None:
        async def run() -> None:
            try:
                done = await job
            except OSExplorerError as error:
                self._made -= isinstance(error, LeftAlone)  # it is off the stack, and undo would reach what was before
                self.tell(str(error))
                await self._look()  # of several files some may have been put back
                return
            if isinstance(done, FilesChanged):
                self.changed += done.done
                self._made += bool(done.done)
                self.tell(done.report if done.failures else "")
            else:
                self._made -= 1
                self.tell("")
                self.app.notify(done, markup=False)
            await self._look()

        self.begin(run())

    def action_undo(self) -> None:
        """Take back what was changed here; what was changed before is undone outside."""
        if self._made:
            self._work(self.session.undo.undo())
        else:
            self.tell("Nothing was changed here")

    def action_new(self) -> None:
        def answered(answer: tuple[str, bytes] | None) -> None:
            if answer is not None:
                name, value = answer
                self._work(self.session.attributes.set_value(self.targets, name, value, new=len(self.targets) == 1))

        self.app.push_screen(ValueDialog(self.names, None), answered)

    def action_remove(self) -> None:
        name = self._chosen()
        if name is not None:
            having = [target for target, found in zip(self._known, self._found, strict=True) if name in found]
            self._work(self.session.attributes.set_value(having, name, None))

    @on(RowList.Opened)
    def _edit(self, event: RowList.Opened) -> None:
        event.stop()
        name = self._chosen()
        if name is None:
            return
        values = {value for value in self._values(name) if isinstance(value, bytes)}
        value = values.pop() if len(values) == 1 else b""
        if len(value) > _LONGEST_EDITED:
            self.tell(f"{len(value)} bytes are too long for a line: edit it in a shell, with setfattr")
            return
        try:
            check_name(name)
        except Refused as error:
            self.tell(f"{error}, by A in the inspector")
            return

        def answered(answer: tuple[str, bytes] | None) -> None:
            if answer is not None:
                self._work(self.session.attributes.set_value(self.targets, *answer))

        self.app.push_screen(ValueDialog(self.names, name, value), answered)
