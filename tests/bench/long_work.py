"""What long work costs: how late the event loop is meanwhile, counting disk use, a directory that never rests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

from tests.bench.figures import Goal, table
from tests.bench.files import SIZE
from tests.bench.measures import Result
from tests.bench.watch import NotMeasured, Watched

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_SILENCE = 40.0
"""Seconds without a frame after which the program is taken for stuck."""

_CHURN_CPU = 100
_CHURN_MEMORY = 64


def _driven(drive: str, *arguments: str, home: str) -> list[dict[str, Any]]:
    """What the program has reported that was driven through something: see :mod:`tests.bench.heartbeat`."""
    report = f"{home}/heartbeat-{drive}"
    argv = [sys.executable, "-m", "tests.bench.heartbeat", drive, report, *arguments]
    with Watched(argv, SIZE, _ROOT, home) as program:
        try:
            while program.read(_SILENCE):
                pass
        except NotMeasured as ended:  # it ends by itself
            if not os.path.exists(report):
                raise NotMeasured(f"{drive}: {ended}") from None
    with open(report) as file:
        return [json.loads(line) for line in file]


def lateness(place: str, home: str, entries: int) -> Result:
    """How late the event loop is at most, while so many files are loaded, sorted, filtered and read again."""
    phases = _driven("late", place, home=home)
    lines = [
        f"Lateness of the event loop with {entries:,} files, ms: by the clock; while this program had the processor",
        f"  {'':28}{'seconds':>10}{'processor':>10}{'late':>10}{'own':>10}",
    ]
    for phase in phases:
        numbers = "".join(f"{phase[key]:10.2f}" for key in ("seconds", "cpu"))
        numbers += "".join(f"{phase[key] * 1000:10.1f}" for key in ("late", "own"))
        lines.append(f"  {phase['name']:28}{numbers}")
    goals = []
    for what in ("load", "sort", "filter", "rescan"):
        values = [phase["own"] * 1000 for phase in phases if phase["name"].startswith(what)]
        goals.append(Goal(f"event loop late during {what}", max(values, default=None), 50, " ms"))
    return lines, goals


# -- disk use


def disk_use(place: str, home: str, entries: int, repeats: int = 3) -> Result:
    """To count what lies below a directory, beside ``du -s``, when the kernel has it all in memory."""
    commands = {"du -s": ["du", "-s", place], "osexplorer": [sys.executable, "-m", "tests.bench.counting", place]}
    runs: dict[str, list[float]] = {name: [] for name in commands}
    told: dict[str, int] = {}
    for number in range(repeats + 1):
        for name, argv in commands.items():
            begin = time.perf_counter()
            output = subprocess.run(argv, capture_output=True, check=True, cwd=_ROOT, text=True).stdout.split()
            seconds = float(output[1]) if name == "osexplorer" else time.perf_counter() - begin
            told[name] = int(output[0])
            if number:
                runs[name].append(seconds)
    least = {name: min(values) for name, values in runs.items()}
    lines = table(f"Disk use of {entries:,} files", runs, "du -s")
    lines.append(f"  KiB counted: {told}")
    agree = told["du -s"] == told["osexplorer"]
    ratio = least["osexplorer"] / least["du -s"] if agree else None
    return lines, [Goal("disk use beside du -s", ratio, 2.5, " times")]


# -- churn


def churn(place: str, home: str, entries: int, seconds: float = 60) -> Result:
    """A visible directory in which 5,000 files a second come, go and get other names: when that ends, until the listing
    is what is there; and what it costs meanwhile."""
    (told,) = _driven("churn", place, str(seconds), home=home)
    lines = [
        f"Churn in a directory of {entries:,} files for {told['seconds']:.0f} s",
        f"  changes a second {told['rate']:12.0f}",
        f"  until the listing is true, s {told['until_true'] or float('nan'):.2f}",
        f"  processor, % of a core {told['cpu'] * 100 / told['seconds']:.0f}",
        f"  memory before and at most, MiB {told['before'] / (1 << 20):.0f} {told['most'] / (1 << 20):.0f}",
        f"  event loop late at most, ms {told['late'] * 1000:.0f}, own {told['own'] * 1000:.0f}",
    ]
    return lines, [
        Goal("from the end of churn to a true listing", told["until_true"], 3, " s"),
        Goal("processor during churn", told["cpu"] * 100 / told["seconds"], _CHURN_CPU, " % of a core"),
        Goal("memory gained in churn", (told["most"] - told["before"]) / (1 << 20), _CHURN_MEMORY, " MiB"),
    ]
