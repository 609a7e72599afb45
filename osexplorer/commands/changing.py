"""What ``chmod`` and ``chown`` share: the arguments, the dry run, the change, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from osexplorer.model.plan import Found, Plan
    from osexplorer.model.recursive import Changed, Rules
    from osexplorer.model.tasks import Task
    from osexplorer.services.session import Session

WRONG = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that both take."""
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("-R", "--recursive", action="store_true", help="everything below too")
    parser.add_argument("-n", "--dry-run", action="store_true", help="say what would change, and change nothing")
    parser.add_argument("--no-undo", action="store_true", help="write no journal")
    parser.add_argument("--no-preserve-root", action="store_true", help="let -R change everything below /")
    parser.add_argument("--json", action="store_true", help="an object with counts, failures, and changes of a dry run")


def run_change(
    args: argparse.Namespace, name: str, rules_of: Callable[[Session], Awaitable[Rules]], follow: bool, title: str
) -> int:
    """Look or change; returns the exit status.

    Args:
        name: the command's.
        rules_of: makes the rules, and raises ``Refused`` for what was typed wrongly.
        follow: whether a link that is named is followed.
        title: what the journal calls it; foreign text in it has passed ``display()``.
    """
    import asyncio
    import sys

    from osexplorer.model.errors import CallError, OSExplorerError

    if args.recursive and not args.no_preserve_root and any(_is_root(path, follow) for path in args.paths):
        print(f"osexplorer {name}: not everything below /, unless --no-preserve-root is given", file=sys.stderr)
        return WRONG
    try:
        done, task = asyncio.run(_run(args, rules_of, title))
    except CallError as error:
        print(f"osexplorer {name}: {error}", file=sys.stderr)
        return 1
    except OSExplorerError as error:
        print(f"osexplorer {name}: {error}", file=sys.stderr)
        return WRONG
    if args.json:
        _print_json(done, task)
    elif args.dry_run:
        _print_plan(done)
    tell_failures(name, task)
    return 1 if task.failed else 0


def _is_root(path: str, follow: bool) -> bool:
    """Whether it is the root of the file system, by whatever name."""
    import os

    try:
        return os.path.samestat(os.stat(path, follow_symlinks=follow), os.lstat("/"))
    except (OSError, ValueError):  # the change itself will say why
        return False


async def _run(
    args: argparse.Namespace, rules_of: Callable[[Session], Awaitable[Rules]], title: str
) -> tuple[Plan | Changed, Task]:
    from osexplorer.services.session import Session

    session = Session()
    rules = await rules_of(session)
    if args.dry_run:
        looking = session.recursive.look(args.paths, rules)
        done: Plan | Changed = await looking.result()
        task = session.tasks.get(looking.id)
    else:
        changing = session.recursive.change(args.paths, rules, title, journalled=not args.no_undo)
        done = await changing.result()
        task = session.tasks.get(changing.id)
    assert task is not None
    return done, task


def tell_failures(name: str, task: Task) -> None:
    """What could not be done, on standard error."""
    import sys

    from osexplorer.model.display import display

    for failure in task.failures:
        print(f"osexplorer {name}: {display(failure.path)}: {failure.reason}", file=sys.stderr)
    if task.failed > len(task.failures):
        print(f"osexplorer {name}: and {task.failed - len(task.failures)} more", file=sys.stderr)


def _print_plan(plan: Plan | Changed) -> None:
    import sys
    from itertools import islice

    from osexplorer.model.recursive import Changed

    assert not isinstance(plan, Changed)
    lines = plan.lines()
    while batch := list(islice(lines, 1000)):
        sys.stdout.write("\n".join([*batch, ""]))
    print("\n".join(plan.summary()))


def _print_json(done: Plan | Changed, task: Task) -> None:
    import json

    from osexplorer.model.plan import CAPABLE, LINKED
    from osexplorer.model.recursive import Changed

    shown: dict[str, Any] = {
        "entries": done.entries,
        "changed": done.changed if isinstance(done, Changed) else 0,
        "skipped": task.skipped,
        "failed": task.failed,
        "failures": [{"path": one.path, "reason": one.reason} for one in task.failures],
    }
    if isinstance(done, Changed):
        shown["journal"] = done.journal
    else:
        shown["would_change"] = len(done)
        shown["summary"] = done.summary()
        shown["lose_capabilities"] = 0 if done.keep else done.how_many(CAPABLE)
        shown["hard_linked"] = done.how_many(LINKED)
        shown["changes"] = [_plain(found) for found in done]
    print(json.dumps(shown, indent=2))


def _plain(found: Found) -> dict[str, Any]:
    from osexplorer.model.permissions import octal_text
    from osexplorer.model.plan import CAPABLE, LINKED

    change = found.change
    shown: dict[str, Any] = {
        "path": found.path,
        "mode": octal_text(change.mode),
        "new_mode": octal_text(change.new),
    }
    if change.owner != (-1, -1):
        shown |= {"owner": list(change.owner), "new_owner": list(change.new_owner)}
        shown |= {"capabilities": bool(change.marks & CAPABLE), "hard_linked": bool(change.marks & LINKED)}
    return shown
