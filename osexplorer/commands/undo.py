"""``osexplorer undo``: take back the last change that ``chmod``, ``chown`` or a pane made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from osexplorer.model.recursive import Journal, PutBack
    from osexplorer.model.tasks import Task

_EPILOG = """\
Every entry gets back exactly the mode, owner and group, or the ACL, attribute, flags and times, that it had, if it is
still the same file, in the same directory, and as the change left it. What was changed, replaced or removed since is
left alone, and named. An entry that was renamed, moved or put into the trash goes back to where it was, unless its name
is taken there; what was made is taken away again, unless it was written to; a copy goes into the trash.

examples:
  osexplorer undo --list   the changes that can be taken back, newest first
  osexplorer undo          take back the newest; again, the one before

exit status: 0 everything was put back, 1 something was left alone or could not be put back, 2 there is nothing to undo
"""


def add_parser(subparsers: Any) -> None:
    """Add ``undo`` to the subcommands."""

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "undo",
        help="take back the last change of files: names, places, modes, owners, ACLs, attributes, flags or times",
        description="Take back the last change that chmod, chown or a pane made to files.",
        epilog=_EPILOG,
    )
    parser.add_argument("--list", action="store_true", help="list the changes that can be taken back, and undo nothing")
    parser.add_argument("--json", action="store_true", help="the list, or the counts, as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Undo, or list; returns the exit status."""
    import asyncio
    import sys

    from osexplorer.commands.changing import tell_failures
    from osexplorer.model.errors import CallError, OSExplorerError

    try:
        if args.list:
            _print_list(asyncio.run(_journals()), as_json=args.json)
            return 0
        journal, done, task = asyncio.run(_undo())
    except OSExplorerError as error:
        print(f"osexplorer undo: {error}", file=sys.stderr)
        return 1 if isinstance(error, CallError) else 2
    if args.json:
        import json

        print(json.dumps({"title": journal.title, **done._asdict()}, indent=2))
    else:
        print(f"{journal.title}: {done.text}")
    tell_failures("undo", task)
    return 1 if done.refused or done.failed else 0


async def _journals() -> tuple[Journal, ...]:
    from osexplorer.services.session import Session

    return await Session().recursive.journals()


async def _undo() -> tuple[Journal, PutBack, Task]:
    from osexplorer.model.errors import Refused
    from osexplorer.services.session import Session

    session = Session()
    journals = await session.recursive.journals()
    if not journals:
        raise Refused("Nothing to undo")
    handle = session.recursive.put_back(journals[0].path, journals[0].title)
    done = await handle.result()
    task = session.tasks.get(handle.id)
    assert task is not None
    return journals[0], done, task


def _print_list(journals: tuple[Journal, ...], *, as_json: bool) -> None:
    if as_json:
        import json

        print(
            json.dumps([{"title": one.title, "began_ns": one.began, "journal": one.path} for one in journals], indent=2)
        )
        return
    from osexplorer.model.units import exact_time_text

    for one in journals:
        print(f"{exact_time_text(one.began)}  {one.title}")
