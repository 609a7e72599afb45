"""Choose a signal for processes that are held while the question stands, send it, and tell what became of it."""

from __future__ import annotations

import asyncio
import os
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar

from osexplorer.model.children import SignalOutcome
from osexplorer.model.display import display
from osexplorer.model.errors import Gone, OSExplorerError, Refused
from osexplorer.model.process_tree import ancestors
from osexplorer.model.processes import Process
from osexplorer.model.signals import DEFAULT, Signal, parse_signal, signals
from osexplorer.services.processes import Processes
from osexplorer.ui.dialogs.base import Text
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.rowlist import Cell, Column
from osexplorer.ui.rowlist.cells import elide

if TYPE_CHECKING:
    from osexplorer.ui.pane import Pane

T = TypeVar("T")

SIGNAL_COLUMNS = [
    Column("number", "No", 3, align="right"),
    Column("name", "Signal", 11),
    Column("action", "By default", 19, priority=1, elide="end"),
    Column("description", "Meaning", 12, flex=1, priority=2, elide="end"),
]

_LISTED = 5
_CHECK_SECONDS = 0.5


def signal_cell(signal: Signal, column: str) -> Cell:
    """What a signal shows in a column of :data:`SIGNAL_COLUMNS`."""
    match column:
        case "number":
            return str(signal.number)
        case "name":
            return signal.short
        case "action":
            return signal.action.value
        case _:
            return signal.description


class Held(NamedTuple):
    """A process that a signal can reach, and no other in its place."""

    process: Process
    token: int
    """From :meth:`Processes.target`."""


class SignalPicker(Picker[T]):
    """A list of signals: what is typed may be the name or the number of one, as kill(1) takes them."""

    @abstractmethod
    def number_of(self, choice: T) -> int:
        """The number of a choice's signal."""

    def matches(self, words: Sequence[str]) -> list[tuple[int, T]]:
        found = super().matches(words)
        try:
            wanted = parse_signal(" ".join(words))
        except Refused:
            return found
        exact = [(at, choice) for at, choice in enumerate(self.choices) if self.number_of(choice) == wanted]
        return [*exact, *(one for one in found if one not in exact)]


class SignalDialog(SignalPicker[Signal]):
    """Dismisses with the signal to send. Says what it will hit, and when one of them exits meanwhile."""

    HINTS: ClassVar[str] = "type to filter · Enter send · Esc cancel"
    DEFAULT_CSS = "SignalDialog > #frame { width: 110; }"

    def __init__(self, processes: Processes, targets: Sequence[Held]) -> None:
        known = signals()
        first = targets[0].process
        super().__init__(
            f"Signal to {first.pid} {first.name}" if len(targets) == 1 else f"Signal to {len(targets)} processes",
            known,
            SIGNAL_COLUMNS,
            signal_cell,
            lambda signal: f"{signal.short} {signal.number} {signal.name} {signal.description}",
            detail=" ",
            start=next((at for at, signal in enumerate(known) if signal.number == DEFAULT), 0),
        )
        self.processes = processes
        self.targets = sorted(targets, key=lambda target: target.process.pid != os.getpid())  # ours is to be seen
        self._warnings = kinship(processes.feed.value.rows, os.getpid(), [held.process for held in targets])

    def number_of(self, choice: Signal) -> int:
        return choice.number

    def on_mount(self) -> None:
        self._describe()
        self.set_interval(_CHECK_SECONDS, self._describe)

    def on_resize(self) -> None:
        self._describe()

    def _describe(self) -> None:
        detail = self.query_one("#detail", Text)
        room = max(detail.size.width, 30)
        lines = [elide(self._line(target), room, "end") for target in self.targets[:_LISTED]]
        if len(self.targets) > _LISTED:
            lines.append(f"and {len(self.targets) - _LISTED} more")
        lines += self._warnings
        detail.show("\n".join(lines))

    def _line(self, target: Held) -> str:
        process = target.process
        if process.zombie or self.processes.exited(target.token):
            note = "has exited: "
        elif process.kernel:
            note = "part of the kernel, takes no signals: "
        elif process.pid == os.getpid():
            note = "osexplorer itself: "
        else:
            note = ""
        return f"{process.pid}  {display(process.user)}  {note}{display(process.command)}"


def kinship(rows: Sequence[Process], own: int, targets: Sequence[Process]) -> list[str]:
    """What it means for osexplorer, process `own`, that these get a signal: it may be one of them, or below one."""
    above = ancestors(rows, own)
    warnings = []
    for process in targets:
        if process.pid == own:
            warnings.append("TERM quits osexplorer without asking; after KILL the terminal needs reset(1).")
        elif above and process.pid == above[0]:
            warnings.append(
                f"{process.pid} started osexplorer. When it ends, its terminal may close, and osexplorer with it."
            )
        elif process.pid in above:
            warnings.append(f"osexplorer runs below {process.pid}, and may end with it.")
    return warnings


async def signal_processes(pane: Pane, chosen: Sequence[Process]) -> None:
    """Hold the processes, ask which signal they are to get, send it, and tell what became of it."""
    processes = pane.session.processes
    targets: list[Held] = []
    said: list[str] = []
    problem = False
    try:
        for process in chosen:
            try:
                targets.append(Held(process, await processes.target(process.id)))
            except Gone:
                said.append(f"{_name(process)} is already gone")
        signal = await _ask(pane, SignalDialog(processes, targets)) if targets else None
        if signal is not None:
            for process, token in targets:
                try:
                    outcome = (await processes.signal(token, signal.number)).outcome
                except OSExplorerError as error:
                    said.append(str(error))
                    problem = True
                    continue
                said.append(_said(process, signal, outcome))
                problem = problem or outcome is not SignalOutcome.SENT
    finally:
        for target in targets:
            processes.release(target.token)
    if said:
        pane.say("\n".join(said[:10] + ([f"and {len(said) - 10} more"] if len(said) > 10 else [])), problem)


async def _ask(pane: Pane, dialog: SignalDialog) -> Signal | None:
    answer: asyncio.Future[Signal | None] = asyncio.get_running_loop().create_future()

    def answered(signal: Signal | None) -> None:
        if not answer.done():
            answer.set_result(signal)

    pane.app.push_screen(dialog, answered)
    return await answer


def _name(process: Process) -> str:
    return f"{process.pid} ({elide(display(process.command), 40, 'end')})"


def _said(process: Process, signal: Signal, outcome: SignalOutcome) -> str:
    match outcome:
        case SignalOutcome.SENT:
            return f"{signal.name} sent to {_name(process)}"
        case SignalOutcome.DENIED:
            return f"{signal.name} not permitted to {_name(process)}"
        case SignalOutcome.GONE:
            return f"{_name(process)} is already gone"
