"""The machine's process table, sampled: from ``/proc`` on Linux, by psutil elsewhere."""

from __future__ import annotations

import sys

from osexplorer.system.collector import Collector, Reading, read_commands

__all__ = ["Collector", "Reading", "collector", "read_commands"]

if sys.platform == "linux":

    def collector() -> Collector:
        """The collector of this platform."""
        from osexplorer.system.processes_linux import ProcCollector

        return ProcCollector()

else:

    def collector() -> Collector:
        """The collector of this platform."""
        from osexplorer.system.processes_psutil import PsutilCollector

        return PsutilCollector()
