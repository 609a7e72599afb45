"""``osexplorer env``: the environment variables, as the Environment pane shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from osexplorer.model.environment import Variable

_EPILOG = """\
One line a variable, by name: NAME=value. Whatever does not print is escaped
(a newline is \\n, a backslash \\\\), so that each value is one line; --null and
--json give values as they are. In JSON a byte that is not UTF-8 is a lone
surrogate, \\udc80 to \\udcff, as Python has it.

examples:
  osexplorer env                    every variable
  osexplorer env HOME PATH          these two
  osexplorer env --filter proxy     those with "proxy" in the name or the value
  osexplorer env --null | sort -z   raw, a NUL after each, as env -0 does
  osexplorer env --json PATH        with the entries of a list of paths one by one

exit status: 0 printed, 1 a name is not set or nothing matches, 2 the question is wrong
"""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand to ``argparse``'s `subparsers`."""

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "env",
        help="list environment variables",
        description="List environment variables.",
        epilog=_EPILOG,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    parser.add_argument(
        "--filter", default="", metavar="TEXT", help="only those with TEXT in name or value; a capital tells case"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="an array of objects")
    form.add_argument("-0", "--null", action="store_true", help="raw, with a NUL after each")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List; returns the exit status."""
    import sys

    from osexplorer.model.display import display
    from osexplorer.model.environment import matches
    from osexplorer.services.session import Session

    variables = Session().environment.variables
    missing = [name for name in args.names if name not in variables.now]
    names = set(args.names)
    shown = [
        variable
        for variable in variables
        if (not names or variable.name in names) and (not args.filter or matches(variable, args.filter))
    ]
    _print(shown, args)
    for name in missing:
        shown_name = display(name) or "''"
        print(f"osexplorer env: {shown_name} is not set", file=sys.stderr)
    return 1 if missing or (args.filter and not shown) else 0


def _print(shown: Sequence[Variable], args: argparse.Namespace) -> None:
    import sys

    from osexplorer.model.display import display

    if args.json:
        import json

        objects = [{"name": each.name, "value": each.value, "entries": each.entries} for each in shown]
        print(json.dumps(objects, indent=1))
    elif args.null:
        import os

        sys.stdout.flush()
        sys.stdout.buffer.write(b"".join(os.fsencode(f"{each.name}={each.value}\0") for each in shown))
        sys.stdout.buffer.flush()
    else:
        for each in shown:
            print(display(f"{each.name}={each.value}"))
