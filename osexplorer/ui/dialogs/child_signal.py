"""Choose a signal for children of this program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from osexplorer.model.children import Child
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.signals import DEFAULT, Signal, signals
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.dialogs.signal import SIGNAL_COLUMNS, signal_cell

if TYPE_CHECKING:
    from osexplorer.ui.panes.children import ChildrenPane

_GROUP = "to the whole group it leads"
_ALONE = "to the child alone"


class ChildSignal(Picker[tuple[Signal, bool]]):
    """Dismisses with the signal, and whether it is for the whole group. The children were chosen before it opened, and
    are held by their pidfds: the list behind may move."""

    HINTS: ClassVar[str] = "type to filter · Enter send · Ctrl+T child or group · Esc cancel"
    DEFAULT_CSS = "ChildSignal > #frame { width: 110; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+t", "toggle_group", show=False, priority=True)]

    def __init__(self, children: Sequence[Child]) -> None:
        known = signals()
        names = ", ".join(f"{child.pid} {display(child.command.line)}" for child in children[:3])
        more = f" and {len(children) - 3} more" if len(children) > 3 else ""
        super().__init__(
            f"Signal to {names}{more}",
            [(signal, False) for signal in known],
            SIGNAL_COLUMNS,
            lambda choice, column: signal_cell(choice[0], column),
            lambda choice: f"{choice[0].short} {choice[0].number} {choice[0].name} {choice[0].description}",
            detail=_ALONE,
            start=next((at for at, signal in enumerate(known) if signal.number == DEFAULT), 0),
        )
        self.group = False
        # What only descendants still hold open has no leader any more: the group is all there is to signal.
        if not any(child.alive for child in children):
            self.group, self.detail = True, _GROUP

    def action_toggle_group(self) -> None:
        """Send to the child alone, or to every process of its group."""
        from osexplorer.ui.dialogs.base import Text

        self.group = not self.group
        self.query_one("#detail", Text).show(_GROUP if self.group else _ALONE)

    def choose(self, choice: tuple[Signal, bool]) -> None:
        self.dismiss((choice[0], self.group))


def ask_for_signal(pane: ChildrenPane, children: Sequence[Child]) -> None:
    """Ask which signal these children are to get, send it to each, and tell what became of it."""

    def chosen(answer: tuple[Signal, bool] | None) -> None:
        if answer is not None:
            pane.work(_send(pane, children, *answer))

    pane.app.push_screen(ChildSignal(children), chosen)


async def _send(pane: ChildrenPane, children: Sequence[Child], signal: Signal, group: bool) -> None:
    from osexplorer.model.children import SignalOutcome
    from osexplorer.ui.panes.children import outcome_text

    lines, problem = [], False
    for child in children:
        try:
            outcome = await pane.session.children.signal(child.id, signal.number, group=group)
        except OSExplorerError as error:
            lines.append(str(error))
            problem = True
            continue
        lines.append(outcome_text(child, signal.number, outcome))
        problem = problem or outcome is SignalOutcome.DENIED
    pane.say("\n".join(lines), problem)
