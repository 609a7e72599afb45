"""Measuring a directory tree, as a task."""

from __future__ import annotations

from osexplorer.model.display import display
from osexplorer.model.measure import Measurement, measurement_text
from osexplorer.services.door import Door
from osexplorer.services.tasks import TaskHandle, Tasks
from osexplorer.system.measure import measure


class Measure:
    """Counts what lies below a directory."""

    def __init__(self, door: Door, tasks: Tasks) -> None:
        self._tasks = tasks

    def start(self, path: str, cross_mounts: bool = False) -> TaskHandle[Measurement]:
        """Begin to count entries and bytes below `path`; the task shows how far it is.

        Args:
            cross_mounts: whether to go into file systems mounted below it.
        """
        title = f"Measure {display(path)}"
        return self._tasks.start(title, measure, path, cross_mounts, at=path, describe=measurement_text)
