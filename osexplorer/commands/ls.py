"""``osexplorer ls``: the entries of a directory, as the Files pane shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator

    from osexplorer.model.entry import EntryStat, Kind
    from osexplorer.model.errors import CallError
    from osexplorer.model.files import FilesState

    Row = tuple[str, Kind, EntryStat | CallError | None]

SORTS = {
    "name": "name",
    "extension": "extension",
    "kind": "kind",
    "size": "size",
    "time": "mtime",
    "changed": "ctime",
    "mode": "mode",
    "owner": "uid",
    "group": "gid",
    "links": "links",
}
_LARGEST_FIRST = ("size", "time", "changed", "links")
_SLICE = 500
_EPILOG = """\
One name a line, directories first, numbers in names in the order of their values. Characters that do not print are
escaped and backslashes doubled, so that a line is always one entry; in JSON names are whole, a byte that is not UTF-8
as a lone surrogate (\\udc80 to \\udcff), the way Python holds it.
On a terminal and with -l the kind stands behind the name: / directory, @ link, * executable, | pipe, = socket,
% character device, # block device.

examples:
  osexplorer ls                       the working directory
  osexplorer ls -la /etc              mode, owner, group, size, time, and where links lead
  osexplorer ls --sort size -l /var   largest files first; -r for the smallest
  osexplorer ls --filter .conf /etc   names that contain ".conf"
  osexplorer ls --json /dev | jq '.entries[] | select(.kind == "socket") | .name'

exit status: 0 listed, 1 the directory or an entry of it could not be read, 2 the command line is wrong
"""


def add_parser(subparsers: Any) -> None:
    """Add ``ls`` to the subcommands."""

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "ls",
        help="list a directory",
        description="List the entries of the directory PATH, or the file PATH itself.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "path", nargs="?", default=".", metavar="PATH", help="a directory or a file; . if none is given"
    )
    parser.add_argument("-a", "--all", action="store_true", help="names that begin with a dot too")
    parser.add_argument("-l", "--long", action="store_true", help="mode, links, owner, group, size, time, link target")
    parser.add_argument(
        "--sort",
        choices=SORTS,
        default="name",
        metavar="KEY",
        help=f"order, by one of {', '.join(SORTS)}; sizes and times the largest first",
    )
    parser.add_argument("-r", "--reverse", action="store_true", help="the other way round")
    parser.add_argument("--mixed", action="store_true", help="directories among the files instead of first")
    parser.add_argument(
        "--filter", default="", metavar="TEXT", help="names that contain TEXT; a capital letter in it makes case count"
    )
    parser.add_argument(
        "--json", action="store_true", help="an object; sizes in bytes, times in nanoseconds since the epoch"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List; returns the exit status."""
    import asyncio
    import sys

    from osexplorer.model.errors import CallError

    if not args.path:
        print("osexplorer ls: PATH is empty", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_list(args))
    except CallError as error:
        print(f"osexplorer ls: {error}", file=sys.stderr)
        return 1


async def _list(args: argparse.Namespace) -> int:
    import sys

    from osexplorer.model.arrangement import FIGURES, Arrangement
    from osexplorer.services.door import Door
    from osexplorer.services.files import Files

    by: Any = SORTS[args.sort]
    reverse = args.reverse != (args.sort in _LARGEST_FIRST)
    files = Files(Door(), live=False, arrangement=Arrangement(by, reverse, not args.mixed, args.all))
    await files.show(args.path)
    one = files.state.cursor
    if args.filter and one is None:
        await files.filter(args.filter, exact=True)
    state = files.state
    rows = _rows(files, one, args.json or args.long or by in FIGURES or sys.stdout.isatty())
    failures: list[CallError] = []
    if state.error is not None:
        failures.append(state.error)
    if args.json:
        await _print_json(state, rows, failures)
    elif args.long:
        await _print_long(rows, failures)
    else:
        await _print_names(rows, failures)
    sys.stdout.flush()
    for error in failures:
        print(f"osexplorer ls: {error}", file=sys.stderr)
    return 1 if failures else 0


async def _rows(files: Any, one: int | None, look: bool) -> AsyncIterator[Row]:
    """The entries in order, with what lstat says where it is needed."""
    view = files.view
    first, end = 0, len(view)
    if one is not None and (place := view.index(one)) is not None:
        first, end = place, place + 1
    for start in range(first, end, _SLICE):
        stop = min(start + _SLICE, end)
        if look:
            files.want(start, stop)
            await files.looks.until_idle()
        for index in range(start, stop):
            yield view.name(index), view.kind(index), view.stat(index)


async def _print_names(rows: AsyncIterator[Row], failures: list[CallError]) -> None:
    import sys

    from osexplorer.model.display import display
    from osexplorer.model.entry import EntryStat, suffix
    from osexplorer.model.errors import CallError

    marked = sys.stdout.isatty()
    async for name, kind, stat in rows:
        mark = suffix(kind, stat if isinstance(stat, EntryStat) else None) if marked else ""
        print(display(name) + mark)
        if isinstance(stat, CallError):
            failures.append(stat)


async def _print_long(rows: AsyncIterator[Row], failures: list[CallError]) -> None:
    from osexplorer.model.errors import CallError

    found = []
    async for row in rows:
        found.append(_long(*row))
        if isinstance(row[2], CallError):
            failures.append(row[2])
    widths = [max((len(cells[at]) for cells in found), default=0) for at in range(6)]
    for cells in found:
        mode, links, owner, group, size, when = (
            cell.rjust(width) if at in (1, 4) else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(cells[:6], widths, strict=True))
        )
        print(mode, links, owner, group, size, when, cells[6])


def _long(name: str, kind: Kind, stat: EntryStat | CallError | None) -> tuple[str, ...]:
    import os
    import stat as stat_module

    from osexplorer.model.display import display
    from osexplorer.model.entry import EntryStat, Kind, suffix
    from osexplorer.model.units import time_text

    if not isinstance(stat, EntryStat):
        return (f"{kind.letter}?????????", "?", "?", "?", "?", "?", display(name) + suffix(kind))
    size = str(stat.size)
    if kind in (Kind.CHARACTER_DEVICE, Kind.BLOCK_DEVICE):
        size = f"{os.major(stat.rdev)}, {os.minor(stat.rdev)}"
    shown = display(name) + suffix(kind, stat)
    if stat.link is not None:
        fault = f" ({stat.target.fault})" if stat.target is not None and stat.target.broken else ""
        shown += f" -> {display(stat.link)}{fault}"
    mode = stat_module.filemode(stat.mode)
    return mode, str(stat.links), display(stat.owner), display(stat.group), size, time_text(stat.mtime), shown


async def _print_json(state: FilesState, rows: AsyncIterator[Row], failures: list[CallError]) -> None:
    import json
    import sys

    from osexplorer.model.files import Status

    head = {"path": state.path, "complete": state.status is Status.READY}
    sys.stdout.write(json.dumps(head)[:-1] + ', "entries": [')
    separator = "\n"
    async for name, kind, stat in rows:
        sys.stdout.write(separator + json.dumps(_object(name, kind, stat)))
        separator = ",\n"
    sys.stdout.write("\n]}\n")
    if state.error is not None and state.error not in failures:
        failures.append(state.error)


def _object(name: str, kind: Kind, stat: EntryStat | CallError | None) -> dict[str, object]:
    from osexplorer.model.entry import EntryStat

    entry: dict[str, object] = {"name": name, "kind": kind.word}
    if not isinstance(stat, EntryStat):
        return {**entry, "error": None if stat is None else {"errno": stat.code, "text": stat.strerror}}
    entry |= {
        "mode": f"{stat.mode & 0o7777:04o}",
        "size": stat.size,
        "uid": stat.uid,
        "gid": stat.gid,
        "owner": stat.owner,
        "group": stat.group,
        "mtime": stat.mtime,
        "ctime": stat.ctime,
        "links": stat.links,
        "device": stat.device,
        "inode": stat.inode,
        "error": None,
    }
    if stat.link is not None:
        leads = None if stat.target is None or stat.target.kind is None else stat.target.kind.word
        fault = None if stat.target is None or not stat.target.broken else stat.target.fault
        entry |= {"link": stat.link, "leads_to": leads, "fault": fault}
    return entry
