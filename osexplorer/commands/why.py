"""``osexplorer why``: may somebody do something to a file, and which rule decides?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from osexplorer.model.why import Answer

_EPILOG = """\
Every directory on the way, every link, the bits, the ACL, capabilities, mount options, flags and the sticky bit are
checked as the kernel checks them. With several questions, all of them must be allowed. For a directory, read is to list
it, write to add and remove entries, execute to enter it.

examples:
  osexplorer why /etc/shadow                    may I read it?
  osexplorer why -rw --user www-data /srv/app   may the web server read and write it?
  osexplorer why --delete --user ada /tmp/x     may ada delete it?
  osexplorer why --create ./new --json          every step, for another program

exit status: 0 allowed, 1 denied, 2 the question is wrong or cannot be answered
"""


def add_parser(subparsers: Any) -> None:
    """Add ``why`` to the subcommands."""
    import argparse

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "why",
        help="say whether somebody may do something to a file, and why",
        description="Say whether somebody may read, write, execute, delete or create PATH, and which rule decides.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", metavar="PATH")
    parser.add_argument("-r", dest="questions", action="append_const", const="read", help="may read; the default")
    parser.add_argument("-w", dest="questions", action="append_const", const="write", help="may write")
    parser.add_argument("-x", dest="questions", action="append_const", const="execute", help="may execute, or enter")
    parser.add_argument("--delete", dest="questions", action="append_const", const="delete", help="may delete")
    parser.add_argument("--create", dest="questions", action="append_const", const="create", help="may create")
    parser.add_argument("--user", metavar="USER", help="by name or number; yourself when not given")
    parser.add_argument("--group", metavar="GROUP", action="append", default=[], help="a further group; repeatable")
    parser.add_argument("--json", action="store_true", help="an array of answers with every step")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer; returns the exit status."""
    import asyncio
    import sys

    from osexplorer.model.errors import OSExplorerError

    try:
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
            print(f"osexplorer why: cannot tell: {answer.unknown}", file=sys.stderr)
    if any(answer.verdict is False for answer in answers):
        return 1
    return 2 if any(answer.verdict is None for answer in answers) else 0


async def _ask(args: argparse.Namespace) -> list[Answer]:
    from osexplorer.model.why import Question
    from osexplorer.services.session import Session

    why = Session().why
    questions = [Question(name) for name in dict.fromkeys(args.questions or ["read"])]
    return [await why.ask(args.path, question, args.user, tuple(args.group)) for question in questions]


def _text(answer: Answer) -> str:
    from osexplorer.model.why_text import lines

    return "\n".join(lines(answer))


def _plain(answer: Answer) -> dict[str, Any]:
    from osexplorer.model.why_text import plain

    return plain(answer)
