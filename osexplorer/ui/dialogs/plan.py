"""What a change of a tree would do, entry by entry, before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.errors import Abandoned, OSExplorerError
from osexplorer.model.permissions import mode_text, octal_text
from osexplorer.model.plan import CAPABLE, KEPT, LINKED, Found, Plan, kinds_of, marks_text
from osexplorer.model.recursive import Rules
from osexplorer.model.tasks import Cancelled
from osexplorer.model.tree_values import ValuePlan, ValueRules
from osexplorer.services.session import Session
from osexplorer.services.tasks import TaskHandle
from osexplorer.ui.dialogs.base import Dialog, Text
from osexplorer.ui.dialogs.task import TaskDialog
from osexplorer.ui.rowlist import Cell, Column, RowList, Span

_COLUMNS = [
    Column("old", "Mode", 10, sortable=False),
    Column("new", "becomes", 15, sortable=False),
    Column("owner", "Owner", 14, priority=1, sortable=False),
    Column("also", "and", 17, priority=2, sortable=False),
    Column("path", "Entry", 20, flex=1, scrolls=True, sortable=False),
]
_VALUE_COLUMNS = [
    Column("change", "Change", 24, flex=1, scrolls=True, sortable=False),
    Column("path", "Entry", 20, flex=1, scrolls=True, sortable=False),
]
_NAMES = {
    "": "all",
    "gain": "more may",
    "lose": "fewer may",
    "set-ID": "new setuid and setgid",
    "world-writable": "new world-writable",
    "capabilities": "with capabilities",
    "hard links": "with hard links",
}


class PlanSource:
    """Entries of a plan, all or some, for the list."""

    def __init__(self) -> None:
        self.plan: Plan | ValuePlan = Plan()
        self.shown: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.shown)

    def key(self, index: int) -> int:
        return self.shown[index]

    def index(self, key: object) -> int | None:
        if isinstance(self.shown, range):
            return key if isinstance(key, int) and key in self.shown else None
        from bisect import bisect_left

        if not isinstance(key, int):
            return None
        at = bisect_left(self.shown, key)
        return at if at < len(self.shown) and self.shown[at] == key else None

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        if isinstance(self.plan, ValuePlan):
            at = self.shown[index]
            return [self.plan.text(at) if column == "change" else self.plan.path(at) for column in columns]
        found = self.plan[self.shown[index]]
        return [_cell(found, column, self.plan.keep) for column in columns]


def _cell(found: Found, column: str, keep: bool) -> Cell:
    change = found.change
    if column == "old":
        return Span(mode_text(change.mode), "dim")
    if column == "new":
        risky = {"set-ID", "world-writable"} & {*kinds_of(change)}
        return Span(f"{octal_text(change.new)} {mode_text(change.new)[1:]}", "warn" if risky else "")
    if column == "owner":
        return "" if change.owner == change.new_owner else f"→ {change.new_owner[0]}:{change.new_owner[1]}"
    if column == "also":
        return Span(marks_text(change.marks, keep), "warn")
    return found.path


class PlanDialog(Dialog[bool]):
    """Looks, shows what was found, and dismisses with True when it shall be done.

    Args:
        paths: where the trees begin, raw.
    """

    WIDE = True
    HINTS: ClassVar[str] = "Enter do it · f which · < > sideways · e what failed · Esc do nothing"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "next_kind", "Which", show=False),
        Binding("e", "failures", "Failures", show=False),
    ]
    DEFAULT_CSS = """
    PlanDialog #about { margin-bottom: 1; }
    """

    def __init__(self, session: Session, names: str, paths: Sequence[str], rules: Rules | ValueRules) -> None:
        super().__init__(f"What would change in {names}")
        self.session, self.paths, self.rules = session, tuple(paths), rules
        self.source = PlanSource()
        self.plan: Plan | ValuePlan | None = None
        self.kind = ""
        self._handle: TaskHandle[Plan] | TaskHandle[ValuePlan] | None = None

    def body(self) -> ComposeResult:
        yield Text("", id="about")
        yield RowList(_COLUMNS, self.source, marks=False)

    def on_mount(self) -> None:
        rows = self.query_one(RowList)
        recursive = self.session.recursive
        if isinstance(self.rules, ValueRules):
            rows.set_columns(_VALUE_COLUMNS)
        elif not self.rules.owners:
            rows.set_columns([column for column in _COLUMNS if column.id not in ("owner", "also")])
        rows.set_empty("Looking; nothing is changed by that")
        rows.focus()
        self._handle = (
            recursive.look_values(self.paths, self.rules)
            if isinstance(self.rules, ValueRules)
            else recursive.look(self.paths, self.rules)
        )
        self.begin(self._look(self._handle))
        self.begin(self._follow(self._handle))

    def on_unmount(self) -> None:
        if self._handle is not None:
            self.session.tasks.cancel(self._handle.id)

    async def _follow(self, handle: TaskHandle[Plan] | TaskHandle[ValuePlan]) -> None:
        async for _ in self.session.tasks.feed.watch():
            task = self.session.tasks.get(handle.id)
            if task is None or self.plan is not None:
                return
            self._about(f"{task.done:,} entries looked at so far")

    async def _look(self, handle: TaskHandle[Plan] | TaskHandle[ValuePlan]) -> None:
        try:
            self.plan = await handle.result()
        except (Cancelled, Abandoned):
            return
        except OSExplorerError as error:
            self.query_one(RowList).set_empty(str(error), "bad")
            self._about("")
            return
        self.source.plan = self.plan
        if isinstance(self.plan, Plan) and not self.plan.how_many(CAPABLE | KEPT | LINKED):
            rows = self.query_one(RowList)
            rows.set_columns([column for column in rows.columns if column.id != "also"])
        self._show()

    def _about(self, text: str) -> None:
        self.query_one("#about", Text).show(text)

    def _show(self) -> None:
        plan, rows = self.plan, self.query_one(RowList)
        if plan is None:
            return
        self.source.shown = plan.where(self.kind) if self.kind else range(len(plan))
        rows.set_empty("Nothing changes" if not len(plan) else "None of the changes is of this kind")
        rows.rows_changed()
        lines = plan.summary()
        task = self.session.tasks.get(self._handle.id) if self._handle is not None else None
        if task is not None and (task.failed or task.skipped):
            lines.append(f"! {task.failed:,} could not be looked at, {task.skipped:,} on other file systems left out")
        if plan.kinds:
            lines.append(f"Shown: {_NAMES[self.kind]}, {len(self.source):,}")
        self._about("\n".join(lines))

    def action_next_kind(self) -> None:
        """Show another kind of changes."""
        kinds = ("", *(self.plan.kinds if self.plan is not None else ()))
        self.kind = kinds[(kinds.index(self.kind) + 1) % len(kinds)]
        self._show()

    def action_failures(self) -> None:
        """What could not be looked at."""
        if self._handle is not None:
            self.app.push_screen(TaskDialog(self.session, self._handle.id))

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        if self.plan is not None and len(self.plan):
            self.dismiss(True)


class ValuePlanDialog(PlanDialog):
    """The same for ACLs, flags, attributes and times, whose changes are all of one kind."""

    HINTS: ClassVar[str] = "Enter do it · < > sideways · e what failed · Esc do nothing"
