"""``osexplorer ps``: the processes of the machine, as the Processes pane shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from osexplorer.model.processes import Process, ProcessTable

SORTS = ("pid", "cpu", "mem", "start", "time", "name", "user", "threads")
_WINDOW_SECONDS = 0.5
_EPILOG = """\
CPU% is of one core: 200 is two cores busy. It is the mean since the process started ("life" in the heading); with --cpu
or --sort cpu it is what was used during half a second in which the program waits.
MEM is resident memory. A pattern with a capital letter tells capitals apart; this very command is left out.

examples:
  osexplorer ps                     every process, by number
  osexplorer ps sshd                those with "sshd" in name, command, user or number
  osexplorer ps --sort cpu          what is busy now, busiest first
  osexplorer ps --tree --json       parents and children, for another program

exit status: 0 listed, 1 no process matches, 2 the question is wrong or the system does not tell
"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand to ``argparse``'s `subparsers`."""

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "ps",
        help="list the processes of the machine",
        description="List the processes of the machine.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "pattern", nargs="?", default="", metavar="PATTERN", help="part of name, command, user or number"
    )
    parser.add_argument("--sort", choices=SORTS, default="pid", help="order; the largest first where that is asked for")
    parser.add_argument("-r", "--reverse", action="store_true", help="the other way round")
    parser.add_argument("--tree", action="store_true", help="parents before their children, with those above a match")
    parser.add_argument("--cpu", action="store_true", help="measure processor use now instead of the mean over life")
    parser.add_argument("--json", action="store_true", help="an array of objects; sizes in bytes, times in seconds")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List; returns the exit status."""
    import asyncio
    import sys

    from osexplorer.model.errors import CallError

    measured = args.cpu or args.sort == "cpu"
    try:
        table = asyncio.run(_table(measured))
    except CallError as error:
        print(f"osexplorer ps: {error}", file=sys.stderr)
        return 2
    lines = _arrange(_with_cpu(table, measured), args)
    if args.json:
        import json

        print(json.dumps([_object(process, depth, measured) for process, depth, _ in lines], indent=1))
    elif lines:
        _print(lines, measured)
    return 0 if lines else 1


async def _table(measured: bool) -> ProcessTable:
    import asyncio

    from osexplorer.services.door import Door
    from osexplorer.services.processes import Processes

    processes = Processes(Door())
    try:
        table = await processes.refresh()
        if measured and table.error is None:
            await asyncio.sleep(_WINDOW_SECONDS)
            table = await processes.refresh()
    finally:
        await processes.close()
    if table.error is not None:
        raise table.error
    return table


def _with_cpu(table: ProcessTable, measured: bool) -> Sequence[Process]:
    if measured:
        return table.rows
    return [process._replace(cpu=_mean(process, table.taken)) for process in table.rows]


def _mean(process: Process, now: int) -> float | None:
    lived = (now - process.start) / 1e9
    return process.time / lived if lived > 0 else None


def _arrange(rows: Sequence[Process], args: argparse.Namespace) -> list[tuple[Process, int, str]]:
    """The processes asked for in order, each with its depth and the lines of the tree before it."""
    import os

    from osexplorer.model.process_tree import tree
    from osexplorer.model.processes import LARGEST_FIRST, matcher, sort_processes

    ordered = sort_processes(rows, args.sort, (args.sort in LARGEST_FIRST) != args.reverse)
    chosen = _chooser(matcher(args.pattern), os.getpid()) if args.pattern else None
    if args.tree:
        return [(branch.process, branch.depth, branch.prefix) for branch in tree(ordered, chosen)]
    return [(process, 0, "") for process in ordered if chosen is None or chosen(process)]


def _chooser(holds: Callable[[Process], bool], self: int) -> Callable[[Process], bool]:
    return lambda process: process.pid != self and holds(process)


def _object(process: Process, depth: int, measured: bool) -> dict[str, object]:
    return {
        "pid": process.pid,
        "ppid": process.ppid,
        "depth": depth,
        "name": process.name,
        "command": process.command,
        "state": process.state,
        "state_word": process.state_word,
        "uid": process.uid,
        "user": process.user,
        "cpu_percent_of_one_core": None if process.cpu is None else round(process.cpu * 100, 2),
        "cpu_since": "last half second" if measured else "start",
        "rss": process.rss,
        "vsize": process.vsize,
        "threads": process.threads,
        "start": process.start / 1e9,
        "time": process.time,
        "nice": process.nice,
        "priority": process.priority,
        "tty": process.tty,
        "kernel": process.kernel,
    }


def _print(lines: Sequence[tuple[Process, int, str]], measured: bool) -> None:
    import shutil
    import sys

    from osexplorer.model.display import display
    from osexplorer.model.units import duration_text, size_text, time_text

    cpu_title = "CPU%" if measured else "CPU%life"
    heading = ("PID", "USER", "S", cpu_title, "MEM", "THR", "START", "TIME", "COMMAND")
    rows = [
        (
            str(process.pid),
            display(process.user),
            process.state,
            "–" if process.cpu is None else f"{process.cpu * 100:.1f}",
            size_text(process.rss),
            str(process.threads),
            time_text(process.start),
            duration_text(process.time),
            prefix + display(process.command),
        )
        for process, _, prefix in lines
    ]
    left = {1, 2, 8}
    widths = [max(len(row[at]) for row in (heading, *rows)) for at in range(len(heading) - 1)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for row in (heading, *rows):
        cells = [
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        line = f"{' '.join(cells)} {row[-1]}"
        print(f"{line[: room - 1]}…" if room and len(line) > room else line)
