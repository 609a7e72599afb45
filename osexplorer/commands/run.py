"""``osexplorer run``: run a program here, and tell how it ended and what it used."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from osexplorer.model.children import Child, Rusage
    from osexplorer.model.command_line import Command
    from osexplorer.services.children import Children

_EPILOG = """\
examples:
  osexplorer run -- make -j4
  osexplorer run --shell -- 'sort big | uniq -c > counts'
  osexplorer run --cwd /src --env LANG=C --env TZ=UTC -- ./configure
  osexplorer run --json --output use.json -- ./benchmark

The program has this terminal: its input, its output and Ctrl+C are its own. Afterwards one line on standard error
tells how it ended and what wait4(2) says it used; descendants that it waited for are included.

exit status:
  the program's own, or
  128+N  signal N ended it
  127    there is no such program
  126    it is there but could not be executed
  125    osexplorer could not run it: the directory, a variable, no room for a process
  2      the command line is wrong
"""


def add_parser(subparsers: Any) -> None:
    """Add ``run`` to the subcommands."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "run",
        help="run a program and tell how it ended and what it used",
        description="Run a program on this terminal; then tell how it ended, how long it took and what it used.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    parser.add_argument("--umask", metavar="MODE", type=_octal, help="the program's umask, in octal")
    parser.add_argument("argv", metavar="-- CMD ARGS", nargs=argparse.REMAINDER, help="what to run")
    parser.set_defaults(run=run)


def _octal(text: str) -> int:
    try:
        value = int(text, 8)
    except ValueError:
        value = -1
    if not 0 <= value <= 0o777:
        raise argparse.ArgumentTypeError(f"{text!r} is not an octal mode from 000 to 777")
    return value


def run(args: argparse.Namespace) -> int:
    """Run the program; returns the exit status to end with."""
    import asyncio

    from osexplorer.model.command_line import command_of, parse_command
    from osexplorer.model.errors import OSExplorerError

    argv = args.argv[1:] if args.argv[:1] == ["--"] else args.argv
    if not argv:
        print("osexplorer run: say what to run, as: osexplorer run -- CMD ARGS", file=sys.stderr)
        return 2
    try:
        command = parse_command(" ".join(argv), "shell") if args.shell else command_of(argv)
        environment = _environment(args.env)
        child = asyncio.run(_run(command, args.cwd, environment, args.umask))
    except OSExplorerError as error:
        print(f"osexplorer run: {error}", file=sys.stderr)
        return 125
    status = child.shell_status
    if not _tell(child, args.json, args.output):
        return 125
    return 125 if status is None else status


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


async def _run(command: Command, cwd: str | None, environment: dict[str, str] | None, umask: int | None) -> Child:
    from osexplorer.services.children import Children
    from osexplorer.services.door import Door

    children = Children(Door())
    try:
        forward = _own_signals(children)
        child = await children.start(command, cwd=cwd, environment=environment, umask=umask, capture=False)
        forward(child.id)
        await children.wait([child.id])
        return children.get(child.id) or child
    finally:
        await children.close()


def _own_signals(children: Children) -> Callable[[int], None]:
    """What this program does with signals while the child has the terminal: as a shell does, it leaves those of the
    keyboard to the child, which gets them too, and hands on those that are meant to end it.

    Returns the function that takes the child's id once it is known.
    """
    import asyncio
    import signal

    loop = asyncio.get_running_loop()
    early: list[int] = []
    ids: list[int] = []
    sending: set[asyncio.Task[Any]] = set()

    def hand_on(number: int) -> None:
        if not ids:
            early.append(number)
            return
        task = loop.create_task(children.signal(ids[0], number))
        sending.add(task)
        task.add_done_callback(sending.discard)

    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:  # nohup(1): the child is to ignore it as well
            continue
        keyboard = number in (signal.SIGINT, signal.SIGQUIT)
        loop.add_signal_handler(number, (lambda _: None) if keyboard else hand_on, number)

    def known(id: int) -> None:
        ids.append(id)
        for number in early:
            hand_on(number)

    return known


def _tell(child: Child, as_json: bool, output: str | None) -> bool:
    """Write how it ended; whether that could be done."""
    if child.error is not None:
        print(f"osexplorer run: {child.error}", file=sys.stderr)
    if as_json:
        import json

        text = json.dumps(_facts(child))
    elif child.error is not None:
        return True
    else:
        text = _line(child)
    if output is None:
        print(text, file=sys.stderr)
        return True
    try:
        with open(output, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        from osexplorer.model.errors import call_error

        print(f"osexplorer run: {call_error(error, 'open', output)}", file=sys.stderr)
        return False
    return True


def _line(child: Child) -> str:
    parts = [child.exit_text, f"wall {(child.duration or 0) / 1e9:.3f}s"]
    usage = child.rusage
    if usage is not None:
        parts += [
            f"user {usage.user:.3f}s",
            f"system {usage.system:.3f}s",
            f"peak memory {_peak(usage)}",
            f"page faults {usage.minor_faults} minor {usage.major_faults} major",
            f"context switches {usage.voluntary_switches} voluntary {usage.involuntary_switches} involuntary",
        ]
    return f"osexplorer run: {', '.join(parts)}"


def _peak(usage: Rusage) -> str:
    from osexplorer.model.units import size_text

    if usage.max_rss is None:
        return f"at most {size_text(usage.max_rss_limit)}"
    return f"at least {size_text(usage.max_rss)}" if usage.max_rss_sampled else size_text(usage.max_rss)


def _facts(child: Child) -> dict[str, Any]:
    from osexplorer.model.signals import signal_name

    usage = child.rusage
    error = child.error
    return {
        "argv": list(child.command.argv),
        "shell": child.command.shell,
        "cwd": child.cwd,
        "pid": child.pid or None,
        "started_ns": child.started,
        "state": child.state.value,
        "exit": child.exit_text,
        "exit_status": child.shell_status,
        "wait_status": child.status,
        "code": child.code,
        "signal": child.signal,
        "signal_name": signal_name(child.signal) if child.signal is not None else None,
        "core_dumped": child.core_dumped,
        "wall_seconds": (child.duration or 0) / 1e9,
        "rusage": None
        if usage is None
        else {
            "user_seconds": usage.user,
            "system_seconds": usage.system,
            "peak_memory_bytes": usage.max_rss,
            "peak_memory_sampled": usage.max_rss_sampled,
            "peak_memory_at_most_bytes": usage.max_rss_limit,
            "minor_faults": usage.minor_faults,
            "major_faults": usage.major_faults,
            "voluntary_switches": usage.voluntary_switches,
            "involuntary_switches": usage.involuntary_switches,
            "blocks_in": usage.blocks_in,
            "blocks_out": usage.blocks_out,
        },
        "error": None
        if error is None
        else {"errno": error.errno, "name": error.code, "call": error.call, "text": error.strerror, "hint": error.hint},
    }
