"""``osexplorer audit``: what is worth a look about the permissions of a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from osexplorer.model.find import Found
    from osexplorer.services.audit import Audit

_EPILOG = """\
Told are: setuid and setgid programs, file capabilities, files that anybody may write, directories that anybody may
write without the sticky bit, files without an owner or a group, what its own owner (not root) cannot read, and in
people's homes what a group may write that others are in. Links are not followed; file systems mounted below are left
out. A line is the mode, owner and group, the path, and what there is to say.

examples:
  osexplorer audit /usr                      its setuid programs, mostly
  osexplorer audit /home /srv --json         for another program
  osexplorer audit . | grep world-writable   one kind only

exit status: 0 all was looked at, 1 something could not be (it is named), 2 the command line is wrong
"""


def add_parser(subparsers: Any) -> None:
    """Add ``audit`` to the subcommands."""

    parser: argparse.ArgumentParser = subparsers.add_parser(
        "audit",
        help="list what is worth a look about the permissions of a tree",
        description="List what is worth a look about the permissions of everything below each PATH.",
        epilog=_EPILOG,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", default=["."], help="a directory; the working directory")
    parser.add_argument("--mounts", action="store_true", help="enter file systems mounted below too")
    parser.add_argument("--json", action="store_true", help="an array with an object for each PATH")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Audit; returns the exit status."""
    import asyncio
    import os
    import sys

    if "" in args.paths:
        print("osexplorer audit: PATH is empty", file=sys.stderr)
        return 2
    return asyncio.run(_run(args, [os.path.abspath(path) for path in args.paths]))


async def _run(args: argparse.Namespace, roots: list[str]) -> int:
    import json
    import sys

    from osexplorer.model.display import display
    from osexplorer.model.errors import OSExplorerError
    from osexplorer.services.find import FindStatus
    from osexplorer.services.session import Session

    audit = Session().audit
    shown: list[dict[str, Any]] = []
    troubled = False
    for root in roots:
        try:
            await _audit(audit, root, args.mounts, lines=not args.json)
        except OSExplorerError as error:
            print(f"osexplorer audit: {error}", file=sys.stderr)
            troubled = True
            continue
        state = audit.feed.value
        for failure in state.failures:
            print(f"osexplorer audit: {display(failure.path)}: {failure.reason}", file=sys.stderr)
        if state.status is FindStatus.FULL:
            print(f"osexplorer audit: {display(root)}: too much was found; the rest is left out", file=sys.stderr)
        troubled = troubled or bool(state.failures) or state.status is not FindStatus.DONE
        shown.append(
            {
                "path": state.root,
                "entries": state.entries,
                "directories": state.directories,
                "skipped_mounts": state.skipped,
                "complete": state.status is FindStatus.DONE,
                "found": [_plain(audit.path_of(at), audit.found(at)) for at in range(len(audit))] if args.json else [],
                "failures": [{"path": one.path, "reason": one.reason} for one in state.failures],
            }
        )
    if args.json:
        print(json.dumps(shown, indent=2))
    return 1 if troubled else 0


async def _audit(audit: Audit, root: str, cross_mounts: bool, *, lines: bool) -> None:
    """Audit one tree, and print what is found as it is found."""
    import asyncio

    working = asyncio.create_task(audit.begin(root, cross_mounts=cross_mounts))
    printed = 0

    def tell() -> None:
        nonlocal printed
        for at in range(printed, len(audit)):
            print(_line(audit.path_of(at), audit.found(at)))
        printed = len(audit)

    async def follow() -> None:
        await asyncio.sleep(0)  # until it has begun: what the audit before found is forgotten then
        async for _ in audit.feed.watch():
            tell()

    following = asyncio.create_task(follow()) if lines else None
    try:
        await working
        if lines:
            tell()
    finally:
        if following is not None:
            following.cancel()


def _line(path: str, found: Found) -> str:
    import stat

    from osexplorer.model.display import display
    from osexplorer.system.identity import group_name, user_name

    owner = f"{user_name(found.uid)}:{group_name(found.gid)}"
    return f"{stat.filemode(found.mode)} {display(owner)} {display(path)}  {display(found.about)}"


def _plain(path: str, found: Found) -> dict[str, Any]:
    return {
        "path": path,
        "kind": found.kind.word,
        "mode": f"{found.mode & 0o7777:04o}",
        "uid": found.uid,
        "gid": found.gid,
        "about": found.about.split("; "),
    }
