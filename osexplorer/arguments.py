"""The arguments of the ``osexplorer`` command, and its help."""

from __future__ import annotations

import argparse

from osexplorer import __version__
from osexplorer.model.display import display
from osexplorer.places import default_path

TYPE_CHECKING = False  # as in cli.py
if TYPE_CHECKING:
    from typing import Any, NoReturn

COMMANDS = (
    ("ls", "list a directory"),
    ("stat", "show everything the system keeps about a file"),
    ("why", "say whether somebody may do something to a file, and why"),
    ("chmod", "change modes, with a dry run and an undo"),
    ("chown", "change owner and group, with a dry run and an undo"),
    ("undo", "take back the last change of files"),
    ("audit", "list what is worth a look about the permissions of a tree"),
    ("env", "show the environment"),
    ("ps", "list the machine's processes"),
    ("run", "run a program and say how it ended and what it used"),
    ("errno", "explain an error code"),
)
"""The subcommands, each of the module of the same name in `osexplorer.commands`."""

_EPILOG = """\
commands (first argument; "osexplorer COMMAND --help" tells more, --json suits scripts):
{commands}

examples:
  osexplorer                  open the program on the working directory
  osexplorer /etc/hosts       open a file's directory with the cursor on the file
  osexplorer ./ls             open a directory that bears a command's name
  osexplorer ls --json /tmp   the same listing as text, without a screen
  osexplorer run -- make      exits as the program it ran does
  osexplorer --pick --print0 | xargs -0 ls -ld    choose files for another command

settings are read from {config}
  --print-config prints every setting with its default: a file to begin with

exit status: 0 ended as told, 1 with --pick nothing was chosen, 2 the command line, the settings file or the terminal is
wrong, 70 an error of osexplorer itself (a report is written), 74 the output could not be written, 128 and a signal's
number when that signal ended it
"""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of examples and tables apart, and breaks what is too long for the terminal between words."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        from textwrap import wrap

        blocks: list[str] = []
        for line in text.splitlines():
            prose = bool(line) and not line.startswith(" ")
            if prose and blocks and blocks[-1] and not blocks[-1].startswith(" ") and not blocks[-1].endswith(":"):
                blocks[-1] += f" {line}"
            else:
                blocks.append(line)
        lines: list[str] = []
        for block in blocks:
            further = " " * _second_column(block, width)
            lines += wrap(block, width, subsequent_indent=further, break_on_hyphens=False, break_long_words=False) or [
                ""
            ]
        return "\n".join(indent + line for line in lines)


def _second_column(line: str, width: int) -> int:
    """Where what is left of a long line goes on: below the explanation of an example, where it has room."""
    if not line.startswith(" "):
        return 0
    _, gap, told = line.strip().partition("  ")
    at = len(line) - len(told.lstrip())
    return at if gap and at <= width // 2 + 8 else 6


class Parser(argparse.ArgumentParser):
    """A parser whose help fits the terminal, and whose complaints repeat nothing that a terminal would obey."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("formatter_class", HelpFormatter)
        super().__init__(*args, **options)

    def error(self, message: str) -> NoReturn:
        super().error(display(message))


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *args: object, **kwargs: object) -> None:
        print(f"osexplorer {__version__}")
        parser.exit()


class _Help(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *args: object, **kwargs: object) -> None:
        parser.epilog = _epilog()
        parser.print_help()
        parser.exit()


def app_parser() -> Parser:
    """The parser of the arguments that open the program."""
    parser = Parser(
        prog="osexplorer",
        usage="osexplorer [--pick [--print0]] [--cwd-file FILE] [--config FILE]\n"
        "                  [--no-mouse] [PATH]\n"
        "       osexplorer COMMAND ...",
        description="See and change what the operating system keeps about files and processes.",
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("path", nargs="?", metavar="PATH", help="where to begin: a directory, or a file in it")
    parser.add_argument("-h", "--help", action=_Help, nargs=0, help="show this, and exit")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version, and exit")
    parser.add_argument("--config", metavar="FILE", help="read the settings from FILE")
    parser.add_argument("--print-config", action="store_true", help="print a settings file that says everything")
    parser.add_argument("--pick", action="store_true", help="choose files: print their paths, a line each, and exit")
    parser.add_argument("--print0", action="store_true", help="with --pick: end each path with NUL, not a newline")
    parser.add_argument("--cwd-file", metavar="FILE", help="on leaving, write the directory shown last to FILE")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal, to select text with")
    return parser


def meant_command(path: str) -> str:
    """The command that `path` looks like, mistyped; ``""`` where it looks like none."""
    if len(path) > 1 + max(len(name) for name, _ in COMMANDS) or "/" in path:
        return ""
    from difflib import get_close_matches

    return next(iter(get_close_matches(path, [name for name, _ in COMMANDS], 1, 0.75)), "")


def _epilog() -> str:
    commands = "\n".join(f"  {name:8}{text}" for name, text in COMMANDS)
    return _EPILOG.format(commands=commands, config=display(default_path() or "the file that --config names"))
