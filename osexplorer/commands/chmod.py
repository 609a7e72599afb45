"""``osexplorer chmod``: change modes as chmod(1) does, with a look before and an undo after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

_MODE_LETTERS = "ugoarwxXst,+=01234567"
_EPILOG = """\
MODE is anything that GNU chmod takes and means the same. Other than there, file systems mounted below a PATH are left
out with -R, and what was done can be undone: osexplorer undo. Links that are named are followed, links below never.
What has that mode already is left alone, whoever asks; directories that become harder to enter come after what is in
them. A MODE that begins with -, as -w, may stand among the options, or after --.

examples:
  osexplorer chmod -R --dry-run u=rwX,go=rX site   what would change, and what would be risky
  osexplorer chmod -R u=rwX,go=rX site             the same, done
  osexplorer chmod -w notes.txt                    a MODE that begins with -
  osexplorer undo                                  as it was before

exit status: 0 everything was changed, 1 something could not be (it is named; the rest is done), 2 the command line is
wrong, or there is no place for the journal that undo needs
"""


def add_parser(subparsers: Any) -> None:
    """Add ``chmod`` to the subcommands."""

    from osexplorer.commands.changing import add_arguments

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "chmod",
        help="change modes, with a dry run and an undo",
        description="Change the mode of each PATH.",
        epilog=_EPILOG,
    )
    parser.add_argument("what", metavar="MODE", help="as chmod(1) takes it: 644, u+x, go=rX")
    add_arguments(parser)
    parser.set_defaults(run=run)


def prepared(arguments: list[str]) -> list[str]:
    """The arguments, a MODE that begins with - put where it is not taken for an option; of several, one of all.

    As chmod(1) has it: ``chmod -w file -x`` is ``chmod -w,-x file``.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    before, after = arguments[:end], arguments[end + 1 :]
    modes = [one for one in before if one[:1] == "-" and one[1:2] in _MODE_LETTERS and one[1:]]
    if not modes:
        return arguments
    options = [one for one in before if one[:1] == "-" and one not in modes and one != "-"]
    paths = [one for one in before if one not in modes and one not in options]
    return [*options, "--", ",".join(modes), *paths, *after]


def run(args: argparse.Namespace) -> int:
    """Change; returns the exit status."""
    from osexplorer.commands.changing import run_change
    from osexplorer.model.display import display
    from osexplorer.model.mode_change import parse_mode
    from osexplorer.model.recursive import Rules
    from osexplorer.services.identity import read_identity
    from osexplorer.services.session import Session

    async def rules(session: Session) -> Rules:
        change = parse_mode(args.what)
        umask = (await read_identity(session.door)).umask
        return Rules(change, change, umask=umask, below=args.recursive)

    return run_change(args, "chmod", rules, True, f"chmod {'-R ' if args.recursive else ''}{display(args.what)}")
