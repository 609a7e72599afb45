"""One process in full, found by typing: what it runs, where, as whom, its environment, limits and counters."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.process_details import Limit, ProcessDetails
from osexplorer.model.processes import Process
from osexplorer.model.units import duration_text, exact_time_text, size_text
from osexplorer.services.session import Session
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource
from osexplorer.ui.rowlist.cells import elide

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_COLUMNS = [
    Column("part", "Part", 11, priority=1),
    Column("name", "Name", 22, elide="end"),
    Column("value", "Value", 20, flex=1, elide="end"),
]


class Fact(NamedTuple):
    """One line."""

    part: str
    name: str
    value: str
    """Raw."""
    problem: bool = False
    """Whether `value` says why it is not known."""


class ProcessDetailsDialog(Picker[Fact]):
    """Shows the details of a process as they were when it opened; ``Enter`` copies a value."""

    WIDE = True
    HINTS: ClassVar[str] = "type to filter · Enter copy · Ctrl+R read again · Esc close"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+r", "reload", show=False, priority=True)]
    DEFAULT_CSS = """
    ProcessDetailsDialog.-wide > #frame { height: 90%; max-height: 90%; }
    ProcessDetailsDialog #whole { color: $muted; max-height: 6; margin-top: 1; }
    """

    def __init__(self, session: Session, process: Process) -> None:
        facts = row_facts(process)
        super().__init__(f"{process.pid} {process.name}", facts, _COLUMNS, _cell, _text)
        self.session, self.process = session, process
        self._reading: asyncio.Task[None] | None = None

    def body(self) -> ComposeResult:
        yield from super().body()
        yield Text("", id="whole")

    def on_mount(self) -> None:
        self.action_reload()

    def action_reload(self) -> None:
        """Read everything again."""
        if self._reading is None or self._reading.done():
            self._reading = self.begin(self._read())

    async def _read(self) -> None:
        now = self.session.processes.find(self.process.pid)
        if now is not None and now.id == self.process.id:
            self.process = now
        own = row_facts(self.process)
        try:
            details = await self.session.processes.details(self.process.id)
        except OSExplorerError as error:
            self._show_facts([Fact("", "", str(error), True), *own])
        else:
            self._show_facts([*own, *detail_facts(details)])

    def _show_facts(self, facts: list[Fact]) -> None:
        self.choices = facts
        rows = self.query_one(RowList)
        source = rows.source
        if isinstance(source, TableSource):
            source.set_rows(self.matches(self.query_one(Field).value.lower().split()))
        rows.rows_changed()
        self._show_whole(rows)

    @on(RowList.CursorMoved)
    def _cursor_moved(self, event: RowList.CursorMoved) -> None:
        event.stop()
        self._show_whole(self.query_one(RowList))

    def _show_whole(self, rows: RowList) -> None:
        """The value under the cursor in full below the list, where the list has no room for it."""
        key = rows.cursor_key
        value = self.choices[key].value if isinstance(key, int) and key < len(self.choices) else ""
        whole = self.query_one("#whole", Text)
        room = max(whole.size.width, 20)
        shown = display(value)
        whole.display = len(shown) > room - 38
        whole.show(elide(shown, room * 5, "middle"))

    def choose(self, choice: Fact) -> None:
        cast("Host", self.app).copy(choice.value)


def row_facts(process: Process) -> list[Fact]:
    """What the row says, in full."""
    lines = [
        ("number", str(process.pid)),
        ("parent", str(process.ppid)),
        ("name", process.name),
        ("state", f"{process.state_word} ({process.state})"),
        ("user", f"{process.user} ({process.uid})"),
        ("started", exact_time_text(process.start)),
        ("processor time", duration_text(process.time)),
        ("CPU of one core", "–" if process.cpu is None else f"{process.cpu * 100:.1f} %"),
        ("resident memory", f"{size_text(process.rss)} ({process.rss} bytes)"),
        ("address space", f"{size_text(process.vsize)} ({process.vsize} bytes)"),
        ("threads", str(process.threads)),
        ("nice", f"{process.nice} (priority {process.priority})"),
        ("terminal", process.tty or "none"),
    ]
    return [Fact("process", name, value) for name, value in lines]


def detail_facts(details: ProcessDetails) -> list[Fact]:
    """Everything else; a part that we may not read is one line that says why."""
    errors = details.errors
    facts = [
        _single("program", "exe", details.exe, errors),
        _single("program", "cwd", details.cwd, errors),
        _single("program", "root", details.root, errors),
        *(Fact("argument", str(at), word) for at, word in enumerate(details.argv)),
        *_failed("argument", "argv", errors),
        _single("program", "descriptors", "" if details.descriptors is None else str(details.descriptors), errors),
        *(Fact("cgroup", "", line) for line in details.cgroup.split("\n") if line),
        *(Fact("environment", name, value) for name, value in details.environ),
        *_failed("environment", "environ", errors),
        *(Fact("limit", limit.name, _limit(limit)) for limit in details.limits),
        *_failed("limit", "limits", errors),
        *(Fact("transfer", name, str(value)) for name, value in details.io),
        *_failed("transfer", "io", errors),
        *(Fact("status", name, value) for name, value in details.status),
        *_failed("status", "status", errors),
    ]
    return [fact for fact in facts if fact.value]


def _single(part: str, name: str, value: str, errors: Mapping[str, str]) -> Fact:
    problem = errors.get(name, "")
    return Fact(part, name, value or problem, bool(problem))


def _failed(part: str, name: str, errors: Mapping[str, str]) -> list[Fact]:
    problem = errors.get(name, "")
    return [Fact(part, name, problem, True)] if problem else []


def _limit(limit: Limit) -> str:
    soft, hard = ("unlimited" if value is None else str(value) for value in (limit.soft, limit.hard))
    return f"{soft} (hard {hard}) {limit.unit}".rstrip()


def _cell(fact: Fact, column: str) -> Cell:
    match column:
        case "part":
            return Span(fact.part, "dim")
        case "name":
            return Span(fact.name, "strong")
        case _:
            return Span(fact.value, "bad") if fact.problem else fact.value


def _text(fact: Fact) -> str:
    return f"{fact.name} {fact.part} {fact.value}"
