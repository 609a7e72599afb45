"""Walk a path as the kernel does, collecting what bears on access."""

from __future__ import annotations

import errno
import os
import stat
from functools import cache

from osexplorer.model.access_rules import Node
from osexplorer.model.acl import Tag, parse_acl
from osexplorer.model.errors import CallError
from osexplorer.model.status import ACL_ATTRIBUTE, FileId
from osexplorer.model.why import Passed, Program, Protections, Question, Trail
from osexplorer.system import calls, mounts
from osexplorer.system.identity import group_name, user_name
from osexplorer.system.interpreters import format_of
from osexplorer.system.statx import statx

_MOST_LINKS = 40
_SETTINGS = "/proc/sys/fs/protected_{}"
_DEEPEST = 6  # interpreters of interpreters, one more than the kernel goes
_ALL = 2**32 - 1


def node(path: str) -> Node:
    """What bears on access to `path`, a link not followed.

    Raises:
        CallError: lstat failed.
    """
    found = calls.read(os.lstat, path)
    extra = statx(path)
    if extra is not None and (extra.device, extra.inode) != (found.st_dev, found.st_ino):
        extra = None
    target = None
    acl = None
    if found.st_mode & 0o170000 == 0o120000:
        target = calls.read(os.readlink, path)
    elif hasattr(os, "getxattr"):
        try:
            acl = parse_acl(os.getxattr(path, ACL_ATTRIBUTE, follow_symlinks=False))
        except OSError:  # none, or a file system without: the mode says all
            acl = None
    names = tuple(
        ("user", one.id, user_name(one.id)) if one.tag is Tag.USER else ("group", one.id, group_name(one.id))
        for one in acl or ()
        if one.id is not None
    )
    return Node(
        path=path,
        id=FileId(found.st_dev, found.st_ino, extra.btime if extra else None),
        mode=found.st_mode,
        uid=found.st_uid,
        gid=found.st_gid,
        user=user_name(found.st_uid),
        group=group_name(found.st_gid),
        acl=acl,
        attributes=extra.attributes if extra else (),
        mount=mounts.mount_of(extra.mount_id if extra else 0, path),
        target=target,
        names=names,
        mapped=_mapped("uid", found.st_uid) and _mapped("gid", found.st_gid),
    )


def walk(path: str, *, follow: bool) -> Trail:
    """Walk the absolute form of `path`, name by name.

    Args:
        follow: whether a symbolic link at its end is followed; one before a trailing slash always is.
    """
    path = path if os.path.isabs(path) else os.path.join(os.getcwd(), path)
    protections = _protections()
    names = _names(path)
    if not follow and names[:1] == [""]:
        names.pop(0)
    passed: list[Passed] = []
    here: list[Node] = [calls.read(node, "/")]
    links = 0

    def end(number: int, at: str, parent: Node | None = None) -> Trail:
        return Trail(path, tuple(passed), parent, None, number, at, protections)

    try:
        while names:
            name = names.pop()
            directory = here[-1]
            if not directory.is_directory:
                return end(errno.ENOTDIR, directory.path)
            if not name:
                continue
            passed.append(Passed(directory, name))
            if name in (".", ".."):
                here = here[:-1] or here if name == ".." else here
                continue
            found = node(os.path.join(directory.path, name))
            if found.target is not None and (names or follow):
                links += 1
                passed.append(Passed(found, parent=None if any(names) else directory))
                if links > _MOST_LINKS:
                    return end(errno.ELOOP, found.path)
                names += _names(found.target)
                here = here[:1] if found.target.startswith("/") else here
                continue
            here.append(found)
    except CallError as error:
        last = here[-1] if not names and error.errno == errno.ENOENT else None
        return end(error.errno or errno.EIO, error.path, last)
    final = here[-1]
    if path.endswith("/") and not final.is_directory:
        return end(errno.ENOTDIR, final.path)
    parent = here[-2] if len(here) > 1 else None
    return Trail(path, tuple(passed), parent, final, protections=protections)


def _names(path: str) -> list[str]:
    """The names in a path, the last one first; before them ``""`` for a slash at its end, which wants a directory."""
    names = [name for name in reversed(path.split("/")) if name]
    return ["", *names] if path.endswith("/") and names else names


def _protections() -> Protections:
    return Protections(*(_setting(_SETTINGS.format(name)) for name in Protections._fields))


def _setting(path: str) -> int:
    try:
        with open(path, "rb") as file:
            return int(file.read())
    except (OSError, ValueError):  # a kernel without it does not protect
        return 0


def walk_for(question: Question, path: str) -> Trail:
    """Walk the absolute form of `path` for a question, with all that bears on that one."""
    trail = walk(path, follow=question.follows)
    if question is Question.DELETE and trail.final is not None and trail.final.mount is not None:
        covering = mounts.mounted_on(trail.final.mount, trail.final.path)
        trail = trail._replace(mounted_on=covering.point if covering is not None else "")
    if trail.final is None or not trail.final.is_regular:
        return trail
    if question is Question.EXECUTE:
        return trail._replace(program=_program(trail.final))
    if question is Question.WRITE:
        return trail._replace(executed_by=_executing(trail.final), swapped_to=_swapped_to(trail.final))
    if question is Question.DELETE:
        return trail._replace(swapped_to=_swapped_to(trail.final))
    return trail


def _program(node: Node, depth: int = 0) -> Program | None:
    found = format_of(node.path, node.id.device, node.id.inode)
    if found is None:
        return None
    kind, interpreter = found
    if not interpreter.startswith("/") or depth >= _DEEPEST:
        return Program(kind, interpreter)
    trail = walk(interpreter, follow=True)
    if kind == "script" and trail.final is not None and trail.final.is_regular:
        trail = trail._replace(program=_program(trail.final, depth + 1))
    return Program(kind, interpreter, trail)


def _executing(node: Node) -> str:
    """A process that executes a file; ``""`` for none, as far as we may see."""
    try:
        numbers = [name for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return ""
    for number in numbers:
        try:
            status = os.stat(f"/proc/{number}/exe")
            if (status.st_dev, status.st_ino) == (node.id.device, node.id.inode):
                with open(f"/proc/{number}/comm", "rb") as file:
                    return f"process {number} ({os.fsdecode(file.read()).rstrip()})"
        except OSError:  # it has ended, or is somebody else's, or of the kernel
            continue
    return ""


def _swapped_to(node: Node) -> bool:
    try:
        with open("/proc/swaps", "rb") as file:
            lines = file.read().splitlines()[1:]
    except OSError:
        return False
    for line in lines:
        try:
            status = os.stat(mounts.unescape(os.fsdecode(line.split()[0])))
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and (status.st_dev, status.st_ino) == (node.id.device, node.id.inode):
            return True
    return False


@cache
def _mapping(kind: str) -> tuple[tuple[int, int], ...]:
    """The ranges of numbers, first and count, that our user namespace has."""
    try:
        with open(f"/proc/self/{kind}_map", "rb") as file:
            lines = [list(map(int, line.split())) for line in file]
    except (OSError, ValueError):
        return ((0, _ALL),)
    return tuple((inside, count) for inside, _, count in lines)


def _mapped(kind: str, number: int) -> bool:
    """Whether a user or group that stat(2) tells is one of our user namespace, and not one that it does not have.

    stat(2) tells the latter as the overflow user, 65534 mostly. Where the namespace has that number as well, the two
    look alike, and it is taken for its own.
    """
    return any(first <= number < first + count for first, count in _mapping(kind))
