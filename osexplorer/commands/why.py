"""``osexplorer why``: may somebody do something to a file, and which rule decides?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osexplorer.model.display import display

if TYPE_CHECKING:
    import argparse

    from osexplorer.model.who_can import WhoCan
    from osexplorer.model.why import Answer, Question

_EPILOG = """\
Every directory on the way, every link, the bits, the ACL, capabilities, mount options, flags and the sticky bit are
checked as the kernel checks them. With several questions, all of them must be allowed. For a directory, read is to list
it, write to add and remove entries, execute to enter it.

examples:
  osexplorer why /etc/shadow                    may I read it?
  osexplorer why -rw --user www-data /srv/app   may the web server read and write it?
  osexplorer why --delete --user ada /tmp/x     may ada delete it?
  osexplorer why --create ./new --json          every step, for another program
  osexplorer why --who -w /srv/app              who may write it?

exit status: 0 allowed, 1 denied, 2 the question is wrong or cannot be answered: about what is not there, above all,
unless a directory on the way denies to look for it (1), or the question is --create
"""


def add_parser(subparsers: Any) -> None:
    """Add ``why`` to the subcommands."""

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "why",
        help="say whether somebody may do something to a file, and why",
        description="Say whether somebody may read, write, execute, delete or create PATH, and which rule decides.",
        epilog=_EPILOG,
    )
    parser.add_argument("path", metavar="PATH")
    parser.add_argument("-r", dest="questions", action="append_const", const="read", help="may read; the default")
    parser.add_argument("-w", dest="questions", action="append_const", const="write", help="may write")
    parser.add_argument("-x", dest="questions", action="append_const", const="execute", help="may execute, or enter")
    parser.add_argument("--delete", dest="questions", action="append_const", const="delete", help="may delete")
    parser.add_argument("--create", dest="questions", action="append_const", const="create", help="may create")
    parser.add_argument("--user", metavar="USER", help="by name or number; yourself when not given")
    parser.add_argument("--group", metavar="GROUP", action="append", default=[], help="a further group; repeatable")
    parser.add_argument("--who", action="store_true", help="list the users and groups that may, instead")
    parser.add_argument("--json", action="store_true", help="an array of answers with every step")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer; returns the exit status."""
    import asyncio
    import sys

    from osexplorer.model.errors import OSExplorerError

    if not args.path:
        print("osexplorer why: PATH is empty", file=sys.stderr)
        return 2
    try:
        if args.who:
            return _run_who(args)
        answers = asyncio.run(_ask(args))
    except OSExplorerError as error:
        print(f"osexplorer why: {error}", file=sys.stderr)
        return 2
    if args.json:
        import json

        print(json.dumps([_plain(answer) for answer in answers], indent=2))
    else:
        print("\n\n".join(map(_text, answers)))
    for answer in answers:
        if answer.unknown and answer.verdict is None:
            print(f"osexplorer why: cannot tell: {display(answer.unknown)}", file=sys.stderr)
    if any(answer.verdict is False for answer in answers):
        return 1
    return 2 if any(answer.verdict is None for answer in answers) else 0


def _run_who(args: argparse.Namespace) -> int:
    """List who may; returns the exit status."""
    import asyncio
    import json
    import sys

    from osexplorer.model.errors import Refused
    from osexplorer.model.who_can_text import lines, plain

    if args.user is not None or args.group:
        raise Refused("--who is about everybody: leave --user and --group out")
    found = asyncio.run(_who(args))
    if args.json:
        print(json.dumps([plain(one) for one in found], indent=2))
    else:
        print("\n\n".join("\n".join(lines(one)) for one in found))
    for one in found:
        if one.unknown:
            print(f"osexplorer why: cannot tell: {display(one.unknown)}", file=sys.stderr)
    return 2 if any(one.unknown for one in found) else 0


async def _who(args: argparse.Namespace) -> list[WhoCan]:
    from osexplorer.services.session import Session

    why = Session().why
    return [await why.who(args.path, question) for question in _questions(args)]


def _questions(args: argparse.Namespace) -> list[Question]:
    from osexplorer.model.why import Question

    return [Question(name) for name in dict.fromkeys(args.questions or ["read"])]


async def _ask(args: argparse.Namespace) -> list[Answer]:
    from osexplorer.services.session import Session

    why = Session().why
    return [await why.ask(args.path, question, args.user, tuple(args.group)) for question in _questions(args)]


def _text(answer: Answer) -> str:
    from osexplorer.model.why_text import lines

    return "\n".join(lines(answer))


def _plain(answer: Answer) -> dict[str, Any]:
    from osexplorer.model.why_text import plain

    return plain(answer)
