"""``osexplorer errno``: what an error number or name means, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from osexplorer.model.errnos import Errno

_EPILOG = """\
A number or a name is explained; any other text is looked for in the names,
the system's texts and the hints.

examples:
  osexplorer errno            every error number of this system
  osexplorer errno EACCES     what it means and what to do
  osexplorer errno 28         the same for a number
  osexplorer errno quota      those that have to do with a quota
  osexplorer errno --json     all of them, for another program

exit status: 0 found, 1 no such error, 2 the question is wrong
"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand to ``argparse``'s `subparsers`."""

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "errno",
        help="explain an error number or name",
        description="Explain an error number or name.",
        epilog=_EPILOG,
    )
    parser.add_argument("wanted", nargs="?", metavar="NAME|NUMBER|TEXT", help="which one; all without it")
    parser.add_argument("--json", action="store_true", help="an array of objects")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Explain; returns the exit status."""
    import sys

    from osexplorer.model.display import display
    from osexplorer.model.errnos import all_errnos, find_errnos

    found = all_errnos() if args.wanted is None else find_errnos(args.wanted)
    if args.json:
        import json

        print(json.dumps([_object(each) for each in found], indent=1))
    elif len(found) == 1:
        print(_explained(found[0]))
    else:
        for each in found:
            print(f"{each.number:>4} {each.name:<16} {each.text}")
    if not found:
        print(f"osexplorer errno: no error is called {display(args.wanted)}", file=sys.stderr)
        return 1
    return 0


def _object(each: Errno) -> dict[str, object]:
    return {
        "number": each.number,
        "name": each.name,
        "also": list(each.also),
        "text": each.text,
        "hint": each.hint,
        "class": each.kind,
        "exception": each.exception,
    }


def _explained(each: Errno) -> str:
    also = f" ({', '.join(each.also)})" if each.also else ""
    lines = [f"{each.name}{also}, {each.number}: {each.text}"]
    if each.hint:
        lines.append(f"  {each.hint}.")
    lines.append(f"  Python raises: {each.exception}")
    return "\n".join(lines)
