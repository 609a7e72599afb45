"""``osexplorer stat``: everything the system keeps about a file, as the Inspector shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from osexplorer.model.errors import CallError
    from osexplorer.model.status import Status

_EPILOG = """\
Names and link targets are shown with every character that does not print escaped; in JSON they are whole, a byte that
is not UTF-8 as a lone surrogate (\\udc80 to \\udcff), the way Python holds it.

examples:
  osexplorer stat notes.txt              mode, owner, times, mount, what you may do with it
  osexplorer stat /proc/self/exe         a link, every step of it, and what it leads to
  osexplorer stat -L /etc/localtime      what the link leads to instead of the link
  osexplorer stat --json * | jq '.[] | select(.access.write) | .path'

exit status: 0 everything was shown, 1 a path could not be looked at (the others are shown), 2 the command line is wrong
"""


def add_parser(subparsers: Any) -> None:
    """Add ``stat`` to the subcommands."""

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "stat",
        help="show everything the system keeps about a file",
        description="Show everything the system keeps about each PATH, and what you may do with it.",
        epilog=_EPILOG,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file of any kind; a link is shown itself")
    parser.add_argument("-L", "--dereference", action="store_true", help="show what a link leads to instead of it")
    parser.add_argument(
        "--json", action="store_true", help="an array of objects; sizes in bytes, times in nanoseconds since the epoch"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show; returns the exit status."""
    import asyncio
    import sys

    from osexplorer.model.errors import CallError
    from osexplorer.model.facts import plain

    found = asyncio.run(_inspect(args.paths, follow=args.dereference))
    shown = [one for one in found if not isinstance(one, CallError)]
    if args.json:
        import json

        json.dump([plain(status) for status in shown], sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        sys.stdout.write("\n".join(map(_text, shown)))
    sys.stdout.flush()
    for one in found:
        if isinstance(one, CallError):
            print(f"osexplorer stat: {one}", file=sys.stderr)
    return 0 if len(shown) == len(found) else 1


async def _inspect(paths: Sequence[str], *, follow: bool) -> list[Status | CallError]:
    from osexplorer.model.errors import CallError
    from osexplorer.services.session import Session

    permissions = Session().permissions
    found: list[Status | CallError] = []
    for path in paths:
        try:
            found.append(await permissions.inspect(path, follow=follow))
        except CallError as error:
            found.append(error)
    return found


def _text(status: Status) -> str:
    from osexplorer.model.display import display
    from osexplorer.model.facts import facts

    lines = facts(status)
    width = max(len(fact.label) for fact in lines)
    rows = [f"{fact.label:>{width}}  {display(fact.value)}" for fact in lines]
    return "\n".join([display(status.path), *rows, ""])
