"""One call in full: what it was, how it ended, what its error means."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from osexplorer.model.calls import Call, python_lines
from osexplorer.model.errors import errno_hint
from osexplorer.model.facts import Fact
from osexplorer.model.units import exact_time_text, latency_text
from osexplorer.ui.dialogs.base import Dialog
from osexplorer.ui.fact_list import FactList

if TYPE_CHECKING:
    from osexplorer.ui.host import Host


def call_facts(call: Call) -> list[Fact]:
    """Everything about a call, as lines of label and value; values are raw."""
    facts = [Fact("call", call.python())]
    if call.errno:
        facts.append(Fact("failed", f"{call.outcome}, {call.errno}: {call.error}"))
        if hint := errno_hint(call.errno):
            facts.append(Fact("what to do", f"{hint}."))
    else:
        facts.append(Fact("result", "nothing, as it should" if call.result is None else repr(call.result)))
    if call.note:
        facts.append(Fact("note", call.note))
    return [
        *facts,
        Fact("made at", exact_time_text(call.started)),
        Fact("took", f"{latency_text(call.duration)}, {call.duration:,} ns" if call.duration else "not measured"),
        Fact("kind", "a change" if call.change else "a read"),
        Fact("number", f"{call.serial} in this run's log"),
    ]


class CallDialog(Dialog[None]):
    """Shows a call until it is closed."""

    WIDE = True
    HINTS: ClassVar[str] = "y copy as Python · Esc close"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", show=False),
        Binding("q", "close", show=False),
    ]

    def __init__(self, call: Call) -> None:
        super().__init__(call.function)
        self.call = call

    def body(self) -> ComposeResult:
        yield FactList()

    def on_mount(self) -> None:
        self.query_one(FactList).show_facts(call_facts(self.call))

    def action_copy(self) -> None:
        cast("Host", self.app).copy(python_lines([self.call]))
