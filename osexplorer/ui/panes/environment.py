"""The environment pane: the variables that children will inherit, each beside what it was at the start."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from textual import on
from textual.app import ComposeResult

from osexplorer.model.display import display
from osexplorer.model.environment import (
    Variable,
    Variables,
    export_line,
    problem_with,
    problem_with_name,
)
from osexplorer.model.units import size_text
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.inherit_line import InheritLine
from osexplorer.ui.pane import Pane
from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource

COLUMNS = [
    Column("state", "±", 1),
    Column("name", "Name", 12, flex=1),
    Column("value", "Value", 14, flex=3, scrolls=True, elide="end"),
    Column("started", "At the start", 14, flex=1, priority=1, scrolls=True, elide="end"),
]
_WIDE = 100
"""Columns from which the values at the start have room."""

_MARKS = {"inherited": "", "changed": "~", "added": "+", "deleted": "-"}
_STYLES = {"inherited": "", "changed": "warn", "added": "good", "deleted": "dim"}
_ORDER = ("changed", "added", "deleted", "inherited")


def cell(variable: Variable, column: str) -> Cell:
    """What a variable shows in a column."""
    style = _STYLES[variable.state]
    match column:
        case "state":
            return Span(_MARKS[variable.state], style)
        case "name":
            return Span(variable.name, style or "strong")
        case "value":
            return Span(variable.value, "dim" if variable.state == "deleted" else "")
        case _:
            if variable.state == "inherited":
                return ""
            return Span("not set" if variable.started is None else variable.started, "dim")


class EnvironmentPane(Pane):
    """A row for each variable, the deleted ones too. ``~`` is changed, ``+`` added, ``-`` deleted since the start."""

    SCOPE = "environment"

    def content(self) -> ComposeResult:
        self.only_altered = False
        self.source: TableSource[Variable] = TableSource(
            lambda variable: variable.name,
            cell,
            sort_keys={
                "state": lambda variable: _ORDER.index(variable.state),
                "name": lambda variable: variable.name,
                "value": lambda variable: variable.value,
                "started": lambda variable: variable.started or "",
            },
            text=lambda variable: f"{variable.name}={variable.value}",
        )
        yield InheritLine(self.explorer.header)
        yield RowList(lambda width: COLUMNS if width >= _WIDE else COLUMNS[:-1], self.source)

    def on_mount(self) -> None:
        self.rows.set_sort("name", False)
        self.source.set_sort("name")
        self.follow(self.session.environment.feed, self._show)

    def _show(self, variables: Variables) -> None:
        rows = [each for each in variables if not self.only_altered or each.state != "inherited"]
        self.source.set_rows(rows)
        self._changed(variables)

    def _changed(self, variables: Variables) -> None:
        nothing = "No variable is altered" if self.only_altered else "No variable is set: n makes one"
        self.rows.set_empty("No variable matches the filter" if self.source.filter else nothing)
        self.rows.rows_changed()
        count = str(len(variables.now))
        title = [f"{len(self.source)} of {count}" if self.source.filter or self.only_altered else count]
        title += [f"{variables.altered} altered"] if variables.altered else []
        self.retitle(" · ".join(title), f"{size_text(variables.size)} of {size_text(variables.limits.total)}")

    @property
    def variables(self) -> Variables:
        """The variables now."""
        return self.session.environment.variables

    def apply_filter(self, text: str) -> None:
        super().apply_filter(text)
        self._changed(self.variables)

    def show_key(self, key: object) -> None:
        """A jump from another pane leads here with a name."""
        self._show(self.variables)
        super().show_key(key)

    # -- which apply

    def _chosen(self) -> list[Variable]:
        return [variable for key in self.rows.chosen if (variable := self.source.row(key)) is not None]

    def has_variable(self) -> bool:
        return self.rows.cursor_key is not None

    def can_delete(self) -> bool:
        return any(variable.state != "deleted" for variable in self._chosen())

    def can_rename(self) -> bool:
        under = self._under_cursor()
        return under is not None and under.state != "deleted"

    def can_restore(self) -> bool:
        return any(variable.state != "inherited" for variable in self._chosen())

    def _under_cursor(self) -> Variable | None:
        key = self.rows.cursor_key
        return self.source.row(key) if key is not None else None

    def has_altered(self) -> bool:
        return self.variables.altered > 0

    # -- actions

    def _change(self, job: Coroutine[Any, Any, None], name: str) -> None:
        """Make a change, and stand on the variable of that name after it."""

        def done(_: None) -> None:
            self._show(self.variables)
            self.rows.move_to_key(name)

        self.work(job, done)

    def _ask(
        self, title: str, value: str, check: Callable[[str], str], then: Callable[[str], None], **more: Any
    ) -> None:
        def answered(text: str | None) -> None:
            if text is not None:
                then(text)

        self.app.push_screen(Prompt(title, value, check=check, **more), answered)

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        variable = self._under_cursor()
        if variable is None or len(variable.entries or ()) < 2:
            self.action_edit()
            return
        from osexplorer.ui.dialogs.entries import EntriesDialog

        name = variable.name

        def answered(value: str | None) -> None:
            if value is not None:
                self._change(self.session.environment.set(name, value), name)

        self.app.push_screen(EntriesDialog(self.session, name, variable.value), answered)

    def action_edit(self) -> None:
        variable = self._under_cursor()
        if variable is None:
            return
        name = variable.name

        def check(value: str) -> str:
            return problem_with(self.variables, name, value)

        self._ask(
            f"Value of {display(name)}",
            variable.value,
            check,
            lambda value: self._change(self.session.environment.set(name, value), name),
        )

    def action_new(self) -> None:
        def check(text: str) -> str:
            name, equals, value = text.partition("=")
            return problem_with(self.variables, name, value) if equals else "Type NAME=value"

        def preview(text: str) -> str:
            name = text.partition("=")[0]
            old = self.variables.now.get(name)
            return f"{display(name)} is new" if old is None else f"Replaces {display(old)}"

        def then(text: str) -> None:
            name, _, value = text.partition("=")
            self._change(self.session.environment.set(name, value), name)

        self._ask("New variable", "", check, then, preview=preview)

    def action_rename(self) -> None:
        variable = self._under_cursor()
        if variable is None or variable.state == "deleted":
            return
        old = variable.name

        def check(name: str) -> str:
            if name != old and name in self.variables.now:
                return f"{display(name)} is set already"
            return problem_with_name(name)

        self._ask(
            f"Rename {display(old)}",
            old,
            check,
            lambda name: self._change(self.session.environment.rename(old, name), name),
        )

    def action_delete(self) -> None:
        names = [variable.name for variable in self._chosen() if variable.state != "deleted"]
        self.rows.clear_marks()
        self.work(self._each(self.session.environment.delete, names))

    def action_restore(self) -> None:
        names = [variable.name for variable in self._chosen() if variable.state != "inherited"]
        self.rows.clear_marks()
        self.work(self._each(self.session.environment.restore, names))

    async def _each(self, change: Callable[[str], Coroutine[Any, Any, None]], names: list[str]) -> None:
        for name in names:
            await change(name)

    def action_copy(self) -> None:
        self.explorer.copy("\n".join(map(export_line, self._chosen())))

    def action_altered(self) -> None:
        self.only_altered = not self.only_altered
        self._show(self.variables)

    def action_save(self) -> None:
        """Give what is altered a name, for launches."""
        from osexplorer.ui.dialogs.profiles import ask_to_save_profile

        ask_to_save_profile(self.explorer)

    def action_profiles(self) -> None:
        """Use an environment that was given a name, or forget it."""
        from osexplorer.ui.dialogs.profiles import ask_for_profile

        ask_for_profile(self.explorer)
