"""``python -m tests.bench``: measure, print, and exit 1 when a goal is missed."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable

from tests.bench.figures import Goal
from tests.bench.measures import Result, help_text, idling, keys, start_up
from tests.bench.modes import modes


def _quiet_place() -> str | None:
    """Where others create few files: the tree shows the directories above, and follows what happens there."""
    return "/var/tmp" if os.access("/var/tmp", os.W_OK) else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "only", nargs="*", choices=["start", "help", "keys", "idle", "modes", []], help="measure only these"
    )
    parser.add_argument("--repeats", type=int, default=9, metavar="N", help="runs of each program (9)")
    parser.add_argument("--entries", type=int, default=1_000_000, metavar="N", help="files of the tree of modes")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.2f}, {platform.platform()}")
    goals: list[Goal] = []
    with (
        tempfile.TemporaryDirectory() as home,
        tempfile.TemporaryDirectory(dir=_quiet_place()) as directory,
        tempfile.TemporaryDirectory(dir=_quiet_place()) as place,
    ):
        for number in range(200):
            with open(f"{directory}/entry-{number:03}", "w") as file:
                file.write("x" * number)
        measures: dict[str, Callable[[], Result]] = {
            "start": lambda: start_up(directory, home, options.repeats),
            "help": lambda: help_text(options.repeats),
            "keys": lambda: keys(directory, home, 100),
            "idle": lambda: idling(directory, home),
            "modes": lambda: modes(place, home, options.entries, 3),
        }
        for name, measure in measures.items():
            if options.only and name not in options.only:
                continue
            lines, its_goals = measure()
            print("\n" + "\n".join(lines), flush=True)
            goals += its_goals
    print()
    for goal in goals:
        print(goal)
    return 0 if all(goal.met for goal in goals) else 1


if __name__ == "__main__":
    raise SystemExit(main())
