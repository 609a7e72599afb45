"""``osexplorer chown``: change owner and group as chown(1) does, with a look before and an undo after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

_EPILOG = """\
OWNER is USER, USER:GROUP, USER: (with the group that USER has after a login) or :GROUP; a name, or a number, which a
+ before it makes one in any case. The kernel takes setuid, setgid and capabilities away where the owner changes;
--keep-set-id puts them back. What has that owner already is left alone, where chown(1) takes these from it too. File
systems mounted below a PATH are left out with -R; links below are changed themselves, never followed. A link that is
named is followed without -R unless -h is given, and with -R not unless -H is given, as by chown(1).

examples:
  osexplorer chown -R --dry-run www-data: /srv/app   what would change
  osexplorer chown -R www-data: /srv/app             the same, done
  osexplorer chown --keep-set-id :games /usr/games/x a setgid program stays one
  osexplorer undo                                    as it was before

exit status: 0 everything was changed, 1 something could not be (it is named; the rest is done), 2 the command line is
wrong, or there is no place for the journal that undo needs
"""


def add_parser(subparsers: Any) -> None:
    """Add ``chown`` to the subcommands."""

    from osexplorer.commands.changing import add_arguments

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "chown",
        help="change owner and group, with a dry run and an undo",
        description="Change owner and group of each PATH.",
        epilog=_EPILOG,
        add_help=False,  # -h is another thing here
    )
    parser.add_argument("--help", action="help", help="show this, and exit")
    parser.add_argument("what", metavar="OWNER", help="as chown(1) takes it: ada, ada:staff, :staff, 1000:1000")
    parser.add_argument("-h", "--no-dereference", action="store_true", help="change a link that is named itself")
    links = parser.add_mutually_exclusive_group()
    links.add_argument(
        "-H", dest="enter", action="store_true", help="with -R: enter a directory that a named link leads to"
    )
    links.add_argument("-P", dest="enter", action="store_false", help="with -R: do not; that is the default")
    parser.add_argument("--keep-set-id", action="store_true", help="put setuid, setgid and capabilities back")
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Change; returns the exit status."""
    import sys

    from osexplorer.commands.changing import run_change
    from osexplorer.model.display import display
    from osexplorer.model.recursive import Rules
    from osexplorer.services.session import Session

    if args.recursive and args.enter and args.no_dereference:
        print("osexplorer chown: -H enters a link that is named, -h changes it itself: give one", file=sys.stderr)
        return 2
    follow = args.enter if args.recursive else not args.no_dereference

    async def rules(session: Session) -> Rules:
        owner = await session.permissions.owner_of(args.what)
        return Rules(owner=owner, keep=args.keep_set_id, below=args.recursive, follow=follow)

    return run_change(args, "chown", rules, follow, f"chown {'-R ' if args.recursive else ''}{display(args.what)}")
