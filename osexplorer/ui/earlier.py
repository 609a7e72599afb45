"""Children that an earlier run has left: found after the first frame, and told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.units import count_text

if TYPE_CHECKING:
    from osexplorer.services.child_history import Left
    from osexplorer.ui.host import Host

_NAMED = 3


async def find_left(app: Host) -> None:
    """Put children of an earlier run that still run on the list again, and say so; then tell whenever what is
    remembered of children cannot be written."""
    history = app.session.child_history
    try:
        left = await history.find_left()
        await history.read_lines()
    except OSExplorerError as error:
        app.say(f"What an earlier run has left cannot be read: {error}", problem=True)
    else:
        if text := left_text(left):
            app.say(text)
    async for problem in history.problem.watch():
        if problem:
            app.say(problem, problem=True)


def left_text(left: Left) -> str:
    """What became of the children of an earlier run, in words; ``""`` when there were none."""
    lines = []
    if left.running:
        names = [f"{child.pid} {display(child.command.line)}" for child in left.running]
        one, many = "child of an earlier run still runs", "children of an earlier run still run"
        count = count_text(len(names), one, many)
        lines.append(f"{count}, in pane 6: {_some(names)}")
    if left.ended:
        names = [f"{past.pid} {display(past.command.line)}" for past in left.ended]
        lines.append(f"{len(names)} ended while osexplorer did not run, status unknown: {_some(names)}")
    return "\n".join(lines)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
