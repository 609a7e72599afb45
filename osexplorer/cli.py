"""The ``osexplorer`` command: the program on a screen, and its plain twins as subcommands.

Only what the given arguments need is imported: ``--help`` neither Textual nor asyncio, a subcommand none of the others.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # read as typing's by type checkers; importing typing takes 4 ms, a third of --help
if TYPE_CHECKING:
    import argparse

    from osexplorer.model.launch import Launch
    from osexplorer.model.settings import Settings
    from osexplorer.ui.app import Left

WRONG_USAGE = 2
OUTPUT_FAILED = 74  # EX_IOERR of sysexits.h
LEAST_DESCRIPTORS = 64
"""So many open files the screen needs: below 40 it could not even import its parts, below 56 calls fail with EMFILE."""
_SIGPIPE = 13


def main(argv: list[str] | None = None) -> int:
    """Run the program.

    Args:
        argv: the arguments without the program's name; those of the process when None.

    Returns:
        The exit status; nothing is raised, and no traceback shown.
    """
    _import_from_no_working_directory()
    arguments = sys.argv[1:] if argv is None else argv
    if sys.stderr is None:  # closed: print() would take standard output instead
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for as long as the process lives
    _forget_coercion()
    try:
        try:
            status = _main(arguments)
        except SystemExit as ended:  # argparse, after it has printed what it has to say
            status = ended.code if isinstance(ended.code, int) else 0
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has seen enough
        _drop_output()
        return 128 + _SIGPIPE
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - becomes a message or a report, never a traceback
        return _failed(error)
    return status


def _import_from_no_working_directory() -> None:
    """Of $PYTHONPATH, leave out what is relative to where we were started: what is browsed must not be imported from.

    An empty part, as in ``/some/where:``, means the working directory too. Python has made them absolute by now.
    """
    value = os.environ.get("PYTHONPATH", "")
    if not value or sys.flags.ignore_environment:
        return
    parts = value.split(os.pathsep)
    try:
        relative = {os.path.abspath(part) for part in parts if not os.path.isabs(part)}
    except OSError:  # the working directory is gone, and nothing can be imported from it
        return
    absolute = {part for part in parts if os.path.isabs(part)}
    sys.path[:] = [part for part in sys.path if part not in relative or part in absolute]


def _main(arguments: list[str]) -> int:
    from osexplorer.arguments import COMMANDS, app_parser, meant_command

    _print_anything()
    if arguments and any(arguments[0] == name for name, _ in COMMANDS):
        return _run_command(arguments)
    parser = app_parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and any(options.path == name for name, _ in COMMANDS):
        parser.error(f"{options.path} is a command, and comes first; the options before it are those of the screen")
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if options.print_config:
        return _print_config()
    if options.path == "":
        return _say("PATH is empty")
    if options.print0 and not options.pick:
        return _say("--print0 says how --pick prints: give both")
    if options.pick and sys.stdout is None:
        return _say("standard output is closed", OUTPUT_FAILED)
    if options.path and (meant := meant_command(options.path)) and not os.path.lexists(options.path):
        from osexplorer.model.display import display

        return _say(f"{display(options.path)}: nothing here has that name; did you mean the command {meant}?")
    return _open(options)


def _run_command(arguments: list[str]) -> int:
    """Run a plain twin; only its module is imported."""
    if sys.stdout is None and arguments[0] != "run":  # whose output is the program's own
        return _say("standard output is closed", OUTPUT_FAILED)
    from importlib import import_module

    from osexplorer.arguments import Parser

    parser = Parser(prog="osexplorer")
    command = import_module(f"osexplorer.commands.{arguments[0]}")
    command.add_parser(parser.add_subparsers(metavar="COMMAND"))
    rest = command.prepared(arguments[1:]) if hasattr(command, "prepared") else arguments[1:]
    options = parser.parse_args([arguments[0], *rest])
    status: int = options.run(options)
    return status


def _print_config() -> int:
    from osexplorer.config import ActionKeys, default_toml
    from osexplorer.ui.actions import ACTIONS

    print(default_toml(ActionKeys(action.id, action.title, action.keys) for action in ACTIONS), end="")
    return 0


def _open(options: argparse.Namespace) -> int:
    """Open the program on a screen."""
    if problem := _terminal_problem():
        return _say(f"{problem}; the commands work without a screen: see osexplorer --help")
    if problem := _descriptors_problem():
        return _say(problem)
    settings = _settings(options)
    gc.disable()  # nothing that is imported becomes garbage; the app's life enables it again
    from osexplorer.services.reading import Begun, first_arrangement

    # while Textual is imported
    begun = Begun(start_path(options.path), first_arrangement(settings), apart=True)
    from osexplorer.ui.app import run_app

    left = run_app(begun, settings, ("nul" if options.print0 else "lines") if options.pick else "")
    return _leave(left, options)


def _leave(left: Left, options: argparse.Namespace) -> int:
    """Write what was asked for: the paths that were chosen, and the directory to go to."""
    if left.status:
        return left.status
    if options.cwd_file and left.directory:
        try:
            with open(options.cwd_file, "wb") as file:
                file.write(os.fsencode(left.directory))
        except OSError as error:
            from osexplorer.model.errors import call_error

            return _say(str(call_error(error, "open", options.cwd_file)), OUTPUT_FAILED)
    if left.replacement is not None:
        return _become(left.replacement)
    if not options.pick:
        return 0
    end = b"\0" if options.print0 else b"\n"
    sys.stdout.buffer.write(b"".join(os.fsencode(path) + end for path in left.picked))
    return 0 if left.picked else 1


def _become(launch: Launch) -> int:
    """Execute a program in the place of this one; returns only when that cannot be done."""
    from osexplorer.model.children import shell_status_of
    from osexplorer.model.errors import CallError, OSExplorerError
    from osexplorer.system.launch import replace_us

    try:
        replace_us(launch)
    except OSExplorerError as error:
        return _say(str(error), shell_status_of(error) if isinstance(error, CallError) else 125)
    return 0


def _settings(options: argparse.Namespace) -> Settings:
    from osexplorer.config import load

    def actions() -> dict[str, bool]:
        from osexplorer.ui.actions import BY_ID

        return {action.id: not action.when for action in BY_ID.values()}

    settings = load(options.config, actions=actions)
    if options.no_mouse:
        from dataclasses import replace

        settings = replace(settings, mouse=False)
    return settings


def _terminal_problem() -> str:
    """Why there is no screen to draw on; ``""`` when there is one. Drawn is on stderr, so stdout may be a pipe."""
    if not os.isatty(0):
        return "standard input is not a terminal"
    if not os.isatty(2):
        return "standard error, on which the screen is drawn, is not a terminal"
    if os.environ.get("TERM", "dumb") in ("dumb", ""):
        return "this terminal cannot move its cursor (TERM is dumb or not set)"
    return ""


def _descriptors_problem() -> str:
    """Why there are too few descriptors; ``""`` when there are enough."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= LEAST_DESCRIPTORS:
        return ""
    return (
        f"{soft} open files are allowed to a process here (RLIMIT_NOFILE), and at least {LEAST_DESCRIPTORS} are "
        f"needed; ulimit -n {LEAST_DESCRIPTORS} in the shell allows them"
    )


def start_path(path: str | None) -> str:
    """`path` made absolute, the working directory for None. Whether anything is there is for the app to find out.

    A working directory that was deleted still has the name by which the shell entered it.
    """
    if path is not None and os.path.isabs(path):
        return path
    try:
        here = os.getcwd()
    except OSError:
        here = os.environ.get("PWD", "/")
        if not os.path.isabs(here):
            here = "/"
    return os.path.join(here, path) if path else here


def _print_anything() -> None:
    """Escape what an output that is not UTF-8 has no character for."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def _forget_coercion() -> None:
    """Take back the variable that Python sets in the C locale, for itself (PEP 538): nobody gave it to us, so it is not
    to be shown, nor to be given to children. What it is for has been read by now."""
    if os.environ.get("LC_CTYPE") not in ("C.UTF-8", "C.utf8", "UTF-8"):
        return
    try:
        with open("/proc/self/environ", "rb") as file:  # as it was given
            given = file.read()
    except OSError:  # no /proc: it cannot be told apart from one that was given
        return
    if not any(setting.startswith(b"LC_CTYPE=") for setting in given.split(b"\0")):
        del os.environ["LC_CTYPE"]


def _say(text: str, status: int = WRONG_USAGE) -> int:
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"osexplorer: {text}\n")
        except OSError:
            return status
    return status


def _failed(error: Exception) -> int:
    from osexplorer.model.display import display
    from osexplorer.model.errors import OSExplorerError, Refused, errno_name

    if isinstance(error, Refused):
        return _say(str(error))
    if isinstance(error, OSExplorerError):
        return _say(str(error), 1)
    if isinstance(error, OSError) and error.errno and error.filename is None:  # a write to stdout
        _drop_output()
        problem = f"{errno_name(error.errno)} ({display(error.strerror or '')})"
        return _say(f"the output could not be written: {problem}", OUTPUT_FAILED)
    from osexplorer.ui.crash import tell

    return tell(error)


def _drop_output() -> None:
    """What is still buffered can go nowhere; the interpreter would try again at its exit and complain."""
    try:
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, 1)
        os.close(descriptor)
    except OSError:
        return
