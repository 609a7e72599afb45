"""What is said beside the steps of an answer about access: what may decide otherwise, and what comes after it."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator

from osexplorer.model.access_rules import READ, Node, permission
from osexplorer.model.credentials import Credentials
from osexplorer.model.why import Program, Question, Trail


def notes(question: Question, who: Credentials, trail: Trail) -> Iterator[str]:
    """What the answer to a question should be read with; raw names in it."""
    nodes = [passed.node for passed in trail.passed]
    for node in [*nodes, trail.final] if trail.final else nodes:
        yield from _deciders(node)
    final = trail.final
    if final is None:
        if question is Question.CREATE and trail.path.endswith("/"):
            yield "With a slash at its end only a directory can be made by that name: a file gives EISDIR"
        return
    if question in (Question.READ, Question.WRITE) and stat.S_ISSOCK(final.mode):
        yield "A socket is not opened (that gives ENXIO): programs connect to it, for which they need to write it"
    if question is Question.WRITE and trail.parent is not None:
        yield from _protected(who, trail, trail.parent, final)
    if question is Question.WRITE and trail.swapped_to:
        yield "The kernel swaps to it: it can be opened, but each write fails with ETXTBSY"
    if question is Question.EXECUTE and final.is_regular:
        yield from _identity(final, trail.program)
        if trail.program is not None:
            yield from _format(who, final, trail.program)


def _deciders(node: Node) -> Iterator[str]:
    kind = node.mount.kind if node.mount is not None else ""
    if kind.startswith("fuse"):
        yield f"{mount_point(node)} is a FUSE file system: the program behind it may decide otherwise"
    elif kind.startswith("nfs") or kind in ("cifs", "smb3", "9p", "ceph", "afs"):
        yield f"{mount_point(node)} is on a server ({kind}), which may decide otherwise"
    elif kind == "proc" and node.path not in ("/proc", "/"):
        yield "For processes of others, /proc also asks whether they may be traced; see proc(5)"


def _protected(who: Credentials, trail: Trail, parent: Node, node: Node) -> Iterator[str]:
    """Opening with ``O_CREAT`` what is there already; `may_create_in_sticky` in the kernel."""
    if node.is_regular:
        name, level = "fs.protected_regular", trail.protections.regular
    elif stat.S_ISFIFO(node.mode):
        name, level = "fs.protected_fifos", trail.protections.fifos
    else:
        return
    open_to = parent.mode & stat.S_IWOTH or (parent.mode & stat.S_IWGRP and level >= 2)
    if level and parent.mode & stat.S_ISVTX and open_to and node.uid not in (who.uid, parent.uid):
        yield (
            f"{name}: opened with O_CREAT, as a shell's > does, it is refused with EACCES, for root too: it is "
            f"{node.user}'s, in the sticky directory {parent.path} that others may write"
        )


def _identity(node: Node, program: Program | None) -> Iterator[str]:
    """Whether it runs as somebody else."""
    setuid, setgid = node.mode & stat.S_ISUID, node.mode & stat.S_ISGID and node.mode & stat.S_IXGRP
    if not (setuid or setgid):
        return
    as_whom = " and ".join(
        [*([f"user {node.user}"] if setuid else []), *([f"group {node.group}"] if setgid else [])],
    )
    if program is not None and program.kind == "script":
        yield f"It is set to run as {as_whom}, which does not count for a script"
    elif node.mounted("nosuid"):
        yield f"It is set to run as {as_whom}, which does not count: {mount_point(node)} is mounted nosuid"
    else:
        yield f"It runs as {as_whom}, whoever starts it"


def _format(who: Credentials, node: Node, program: Program) -> Iterator[str]:
    if not program.kind:
        yield (
            "It is neither an ELF program nor a script that begins with #!: execve(2) gives ENOEXEC, unless "
            "binfmt_misc knows its kind; a shell then runs it as a script of its own"
        )
    if program.kind == "script":
        reads, matched = permission(node, READ, who)
        if not reads:
            yield f"Its interpreter must read it as well, and may not: {matched.text}"
    if program.interpreter and program.trail is None:
        yield f"It is run with {program.interpreter}, which is looked for in the directory where it is started"
    elif program.trail is not None and program.trail.error == errno.EACCES:
        yield f"It is run with {program.interpreter}, and we may not look there"


def mount_point(node: Node) -> str:
    """Where the file system is mounted that the file lies on."""
    return node.mount.point if node.mount is not None else "it"
