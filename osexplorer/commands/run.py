"""``osexplorer run``: run a program here, and tell how it ended and what it used."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from osexplorer.commands.run_report import Done
    from osexplorer.model.command_line import Command
    from osexplorer.model.launch import Launch
    from osexplorer.services.children import Children

GRACE = 3.0
"""Seconds between SIGTERM and SIGKILL then."""

_EPILOG = """\
examples:
  osexplorer run -- make -j4
  osexplorer run --shell -- 'sort big | uniq -c > counts'
  osexplorer run --cwd /src --env LANG=C --env TZ=UTC -- ./configure
  osexplorer run --json --output use.json -- ./benchmark
  osexplorer run --timeout 10m --limit as=2G --limit nofile=256 -- ./tests
  osexplorer run --user nobody --no-new-privs -- id

The program has this terminal: its input, its output and Ctrl+C are its own. Afterwards one line on standard error
tells how it ended and what wait4(2) says it used; descendants that it waited for are included. Signals that would end
osexplorer go to the program, as do further descriptors; --timeout ends all that it has started, too.

With --user or --group (root only) it has no terminal to control, so that it cannot type into this one; it has the
groups of the user, their HOME, USER, LOGNAME and SHELL, and begins in their home unless --cwd is given. Whether user
and groups are theirs is looked up in /proc/PID/status before the program is executed.

exit status:
  the program's own, or
  128+N  signal N ended it
  124    --timeout was over
  127    there is no such program
  126    it is there but could not be executed
  125    osexplorer could not run it: the directory, a variable, the user, a limit, no room for a process
  2      the command line is wrong
"""


_HANDED_ON = (
    *("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGPOLL"),
    *("SIGPWR", "SIGSTKFLT"),
)
"""Those that would end this program, and leave the child behind."""


def add_parser(subparsers: Any) -> None:
    """Add ``run`` to the subcommands."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "run",
        help="run a program and tell how it ended and what it used",
        description="Run a program on this terminal; then tell how it ended, how long it took and what it used.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--json", action="store_true", help="tell it as JSON, on standard error unless --output is given"
    )
    parser.add_argument("--output", metavar="FILE", help="write the line or the JSON to FILE instead of standard error")
    parser.add_argument("--shell", action="store_true", help="join CMD and ARGS with spaces and let /bin/sh read them")
    parser.add_argument("--cwd", metavar="DIR", help="the program's working directory")
    parser.add_argument(
        "--env", metavar="NAME=VALUE", action="append", default=[], help="set a variable for the program; repeatable"
    )
    parser.add_argument("--umask", metavar="MODE", type=_read("parse_umask"), help="the program's umask, in octal")
    parser.add_argument("--user", metavar="USER", default="", help="run as this user, a name or a number (root only)")
    parser.add_argument("--group", metavar="GROUP", default="", help="its main group, instead of the user's")
    parser.add_argument(
        "--groups", metavar="GROUP,…", help="its supplementary groups, instead of the user's; '' for none"
    )
    parser.add_argument("--nice", metavar="N", type=_read("parse_nice"), help="its niceness, from -20 to 19")
    parser.add_argument(
        "--limit",
        metavar="NAME=N",
        type=_read("parse_limit"),
        action="append",
        default=[],
        help="a resource limit as prlimit(1) names it: nofile=256, as=2G, cpu=60, core=unlimited; repeatable",
    )
    parser.add_argument(
        "--no-new-privs",
        action="store_true",
        help="no setuid bit below it has an effect; PR_SET_NO_NEW_PRIVS of prctl(2)",
    )
    parser.add_argument(
        "--timeout",
        metavar="TIME",
        type=_read("parse_seconds"),
        help="end it, and all it has started, after this time (10, 1.5, 2m, 1h): "
        f"SIGTERM, and SIGKILL {GRACE:g} s later",
    )
    parser.add_argument("argv", metavar="-- CMD ARGS", nargs=argparse.REMAINDER, help="what to run")
    parser.set_defaults(run=run)


def _read(name: str) -> Callable[[str], Any]:
    """The function of that name in :mod:`osexplorer.model.launch`, for argparse."""

    def read(text: str) -> Any:
        from osexplorer.model import launch
        from osexplorer.model.errors import Refused

        try:
            return getattr(launch, name)(text)
        except Refused as refusal:
            raise argparse.ArgumentTypeError(str(refusal)) from refusal

    return read


def run(args: argparse.Namespace) -> int:
    """Run the program; returns the exit status to end with."""
    import asyncio

    from osexplorer.commands.run_report import opened, say, tell
    from osexplorer.model.command_line import command_of, parse_command
    from osexplorer.model.errors import OSExplorerError

    argv = args.argv[1:] if args.argv[:1] == ["--"] else args.argv
    if not argv:
        say("say what to run, as: osexplorer run -- CMD ARGS")
        return 2
    if not args.shell and not argv[0]:
        say("the name of the program is empty")
        return 127
    try:
        command = parse_command(" ".join(argv) or ":", "shell") if args.shell else command_of(argv)
        launch = _launch(args, command)
        output = opened(args.output)
        done = asyncio.run(_run(launch))
    except OSExplorerError as error:
        say(str(error))
        return 125
    if not tell(done, args.json, output, args.output):
        return 125
    return 125 if done.status is None else done.status


def _launch(args: argparse.Namespace, command: Command) -> Launch:
    from osexplorer.model.launch import Launch, Place, parse_limits

    return Launch(
        command,
        cwd=args.cwd,
        environment=_environment(args.env),
        umask=args.umask,
        user=args.user,
        group=args.group,
        groups=None if args.groups is None else tuple(word for word in args.groups.split(",") if word),
        nice=args.nice,
        limits=parse_limits(" ".join(map(str, args.limit))),
        no_new_privs=args.no_new_privs,
        timeout=args.timeout,
        place=Place.FOREGROUND,
    )


def _environment(settings: list[str]) -> dict[str, str] | None:
    if not settings:
        return None
    import os

    from osexplorer.model.errors import Refused

    environment = dict(os.environ)
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not name or not equals:
            raise Refused(f"--env takes NAME=VALUE, not {setting!r}")
        environment[name] = value
    return environment


async def _run(launch: Launch) -> Done:
    import asyncio

    from osexplorer.commands.run_report import Done
    from osexplorer.services.children import Children
    from osexplorer.services.door import Door

    children = Children(Door())
    timed_out = False
    try:
        forward = _own_signals(children, launch)
        child = await children.begin(launch)
        forward(child.id)
        try:
            async with asyncio.timeout(launch.timeout):
                await children.wait([child.id])
        except TimeoutError:
            timed_out = True
            await _end(children, child.id, launch)
        return Done(children.get(child.id) or child, timed_out)
    finally:
        await children.close()


async def _end(children: Children, id: int, launch: Launch) -> None:
    """End it, with all that it has started where the system tells what that is, and wait for its end."""
    import asyncio
    import contextlib
    import signal

    from osexplorer.model.errors import OSExplorerError
    from osexplorer.model.ladder import Rung

    if children.tells_trees:
        try:
            await children.stop(id, (Rung(signal.SIGTERM, GRACE), Rung(signal.SIGKILL, 0)))
        except OSExplorerError:  # its tree cannot be looked at: itself at least does not go on
            await children.signal(id, signal.SIGKILL, group=launch.leads)
            raise
    else:
        await children.signal(id, signal.SIGTERM, group=launch.leads)
        await children.signal(id, signal.SIGCONT, group=launch.leads)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await children.wait([id])
        await children.signal(id, signal.SIGKILL, group=launch.leads)
    await children.wait([id])


def _own_signals(children: Children, launch: Launch) -> Callable[[int], None]:
    """What this program does with signals while the child has the terminal: as a shell does, it leaves those of the
    keyboard to the child, which gets them too, and hands on those that would end this program, as timeout(1) does. A
    child that leads a group of its own gets none from the keyboard, and where this program is not in the foreground of
    a terminal they do not come from there: so these are handed on as well.

    Returns the function that takes the child's id once it is known.
    """
    import asyncio
    import os
    import signal

    from osexplorer.system.foreground import has_keyboard

    loop = asyncio.get_running_loop()
    early: list[int] = []
    ids: list[int] = []
    sending: set[asyncio.Task[Any]] = set()

    def hand_on(number: int) -> None:
        if not ids:
            early.append(number)
            return
        task = loop.create_task(children.signal(ids[0], number, group=launch.leads))
        sending.add(task)
        task.add_done_callback(sending.discard)

    def keyboard(number: int) -> None:
        if launch.leads or not has_keyboard():
            hand_on(number)

    async def rest() -> None:
        await children.signal(ids[0], signal.SIGSTOP, group=True)
        os.kill(os.getpid(), signal.SIGSTOP)  # returns when this program is continued
        await children.signal(ids[0], signal.SIGCONT, group=True)

    def stopped() -> None:
        if ids:
            task = loop.create_task(rest())
            sending.add(task)
            task.add_done_callback(sending.discard)

    if launch.leads and signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:  # Ctrl+Z does not reach it either
        loop.add_signal_handler(signal.SIGTSTP, stopped)
    for name in _HANDED_ON:
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) is signal.SIG_IGN:  # nohup(1): the child is to ignore it as well
            continue
        loop.add_signal_handler(number, keyboard if name in ("SIGINT", "SIGQUIT") else hand_on, number)

    def known(id: int) -> None:
        ids.append(id)
        for number in early:
            hand_on(number)

    return known
