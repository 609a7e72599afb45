"""The machine as a whole: processors, load, memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from osexplorer.model.processes import Process, Totals


def load_average() -> tuple[float, float, float] | None:
    """Mean number of processes running or waiting to, over 1, 5 and 15 minutes: getloadavg(3). None if not known."""
    try:
        return os.getloadavg()
    except OSError:
        return None


if sys.platform == "linux":

    def memory() -> tuple[int | None, int | None]:
        """Bytes in all, and bytes that programs can have without swapping: ``/proc/meminfo``. None if not known."""
        found: dict[bytes, int] = {}
        try:
            with open("/proc/meminfo", "rb") as file:
                for line in file:
                    word, _, rest = line.partition(b":")
                    if word in (b"MemTotal", b"MemAvailable"):
                        found[word] = int(rest.split()[0]) * 1024
        except OSError:
            return None, None
        return found.get(b"MemTotal"), found.get(b"MemAvailable")

else:

    def memory() -> tuple[int | None, int | None]:
        """Bytes in all, and bytes that programs can have without swapping. None if not known."""
        import psutil

        state = psutil.virtual_memory()
        return state.total, state.available


def totals(rows: Sequence[Process], hidden: int) -> Totals:
    """The machine's figures beside those counted from the process table."""
    states = [row.state for row in rows]
    total, available = memory()
    return Totals(
        processes=len(rows),
        running=states.count("R"),
        zombies=states.count("Z"),
        threads=sum(row.threads for row in rows),
        hidden=hidden,
        cores=os.cpu_count() or 1,
        load=load_average(),
        memory_total=total,
        memory_available=available,
    )
