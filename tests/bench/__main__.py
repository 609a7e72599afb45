"""``python -m tests.bench``: measure, print, and exit 1 when a goal is missed."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable

from tests.bench import files, long_work
from tests.bench.child_exits import child_crowd, child_exits, child_flood, child_idle, child_leaks, child_terminal
from tests.bench.children import first_output
from tests.bench.figures import Goal
from tests.bench.large import Large
from tests.bench.measures import Result, help_text, idling, keys, start_up
from tests.bench.modes import modes

CHILDREN = ("first-output", "exits", "crowd", "leaks", "flood", "terminal", "watching")
"""The measures of children."""

FILES = ("screen", "screen-tenth", "keys-at-size", "filter", "late", "use", "churn")
"""The measures of files at size."""


def _quiet_place() -> str | None:
    """Where others create few files: the tree shows the directories above, and follows what happens there."""
    return "/var/tmp" if os.access("/var/tmp", os.W_OK) else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "only",
        nargs="*",
        choices=["start", "help", "keys", "idle", "modes", "files", *FILES, "children", *CHILDREN, []],
        help=f"measure only these; files stands for {', '.join(FILES)}, children for {', '.join(CHILDREN)}",
    )
    parser.add_argument("--repeats", type=int, default=9, metavar="N", help="runs of each program (9)")
    parser.add_argument(
        "--entries", type=int, default=1_000_000, metavar="N", help="files, where there are many (1000000)"
    )
    parser.add_argument("--at", metavar="DIRECTORY", help="where they are made; in memory, if there is room")
    parser.add_argument("--keep", action="store_true", help="leave them there, and use those that are there")
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
        large = Large(options.entries, options.at, keep=options.keep)
        measures: dict[str, Callable[[], Result]] = {
            "start": lambda: start_up(directory, home, options.repeats),
            "help": lambda: help_text(options.repeats),
            "keys": lambda: keys(directory, home, 100),
            "idle": lambda: idling(directory, home),
            "modes": lambda: modes(place, home, options.entries, 3),
            "exits": lambda: child_exits(home),
            "crowd": child_crowd,
            "leaks": child_leaks,
            "flood": child_flood,
            "terminal": child_terminal,
            "watching": child_idle,
            "screen": lambda: files.first_screen(large.flat(), home, options.entries, 3),
            "screen-tenth": lambda: files.first_screen(large.flat(10), home, options.entries // 10, 3),
            "keys-at-size": lambda: files.keys_at_size(large.flat(), home, options.entries, 60),
            "filter": lambda: files.filtering(large.flat(), home, options.entries),
            "late": lambda: long_work.lateness(large.flat(), home, options.entries),
            "use": lambda: long_work.disk_use(large.deep(), home, options.entries),
            "churn": lambda: long_work.churn(large.restless(10), home, options.entries // 10),
            "first-output": first_output,
        }
        groups = {"files": FILES, "children": CHILDREN}
        only = {name for asked in options.only for name in groups.get(asked, [asked])}
        with large:
            for name, measure in measures.items():
                if only and name not in only:
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
