"""How far a task is, as a bar."""

from __future__ import annotations

from osexplorer.model.tasks import Task

_BAR = 7


def bar_text(task: Task) -> str:
    """How much is done: ``███░░░░ 45%``; where the total is not known, how it stands."""
    fraction = task.fraction
    if fraction is None:
        return "" if not task.unfinished else "total ?"
    full = int(fraction * _BAR)
    return f"{'█' * full}{'░' * (_BAR - full)} {int(fraction * 100)}%"
