"""Choose a signal for children of this program, or for processes that they have started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from textual.binding import Binding, BindingType

from osexplorer.model.children import Child, SignalOutcome
from osexplorer.model.descendants import Descendant
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.signals import DEFAULT, Signal, signals
from osexplorer.model.units import count_text
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.signal import SIGNAL_COLUMNS, SignalPicker, signal_cell

if TYPE_CHECKING:
    from osexplorer.ui.pane import Pane

Scope: TypeAlias = Literal["child", "group", "tree"]
Choice: TypeAlias = tuple[Signal, Scope]

_SAID: dict[Scope, str] = {
    "child": "to the child alone",
    "group": "to the whole group it leads",
    "tree": "to every process of its tree, those in sessions of their own too",
}


class ChildSignal(SignalPicker[Choice]):
    """Dismisses with the signal, and whom it is for. The children were chosen before it opened, and are held by their
    pidfds: the list behind may move."""

    HINTS: ClassVar[str] = "type to filter · Enter send · Ctrl+T child, group or tree · Esc cancel"
    DEFAULT_CSS = "ChildSignal > #frame { width: 110; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+t", "toggle_scope", show=False, priority=True)]

    def __init__(self, children: Sequence[Child], processes: Sequence[Descendant] = ()) -> None:
        known = signals()
        named = [f"{child.pid} {display(child.command.line)}" for child in children]
        named += [f"{process.pid} {display(process.command)}" for process in processes]
        more = f" and {len(named) - 3} more" if len(named) > 3 else ""
        # What only descendants are left of has no leader any more: the group or the tree is all there is to signal.
        self.scopes: list[Scope] = ["child", "group", "tree"]
        if children and not any(child.alive for child in children):
            self.scopes = ["tree", "group"]
        super().__init__(
            f"Signal to {', '.join(named[:3])}{more}",
            [(signal, "child") for signal in known],
            SIGNAL_COLUMNS,
            lambda choice, column: signal_cell(choice[0], column),
            lambda choice: f"{choice[0].short} {choice[0].number} {choice[0].name} {choice[0].description}",
            detail=_SAID[self.scopes[0]] if children else "to each of these processes alone",
            start=next((at for at, signal in enumerate(known) if signal.number == DEFAULT), 0),
        )
        self.of_children = bool(children)

    def number_of(self, choice: Choice) -> int:
        return choice[0].number

    def action_toggle_scope(self) -> None:
        """Send to the child alone, to every process of its group, or to its whole tree."""
        if self.of_children:
            self.scopes.append(self.scopes.pop(0))
            self.query_one("#detail", Text).show(_SAID[self.scopes[0]])

    def choose(self, choice: Choice) -> None:
        self.dismiss((choice[0], self.scopes[0]))


def ask_for_signal(pane: Pane, children: Sequence[Child], processes: Sequence[Descendant] = ()) -> None:
    """Ask which signal these children, or these processes, are to get, send it to each, and tell what became of it."""

    def chosen(answer: Choice | None) -> None:
        if answer is not None:
            pane.work(_send(pane, children, processes, *answer))

    pane.app.push_screen(ChildSignal(children, processes), chosen)


async def _send(
    pane: Pane, children: Sequence[Child], processes: Sequence[Descendant], signal: Signal, scope: Scope
) -> None:
    service = pane.session.children
    lines, problem = [], False
    for child in children:
        try:
            if scope == "tree":
                outcomes = await service.signal_tree(child.id, signal.number)
                lines.append(_tree_text(child, signal, outcomes))
                problem = problem or SignalOutcome.DENIED in outcomes.values()
                continue
            outcome = await service.signal(child.id, signal.number, group=scope == "group")
        except OSExplorerError as error:
            lines.append(str(error))
            problem = True
            continue
        lines.append(outcome.text(f"{child.pid} ({display(child.command.line)})", signal.number))
        problem = problem or outcome is SignalOutcome.DENIED
    for process in processes:
        try:
            outcome = await service.signal_process(process.stat, signal.number)
        except OSExplorerError as error:
            lines.append(str(error))
            problem = True
            continue
        lines.append(outcome.text(f"{process.pid} ({display(process.command)})", signal.number))
        problem = problem or outcome is SignalOutcome.DENIED
    pane.say("\n".join(lines), problem)


def _tree_text(child: Child, signal: Signal, outcomes: dict[int, SignalOutcome]) -> str:
    sent = sum(outcome is SignalOutcome.SENT for outcome in outcomes.values())
    denied = sum(outcome is SignalOutcome.DENIED for outcome in outcomes.values())
    text = f"{signal.name} sent to {count_text(sent, 'process', 'processes')} of {display(child.command.line)}"
    return f"{text}, not permitted to {denied}" if denied else text
