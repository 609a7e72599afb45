"""May somebody do something to a file, and which rule decides? The way of the kernel, written down step by step.

What is not known here, and said where it may matter: security modules (SELinux, AppArmor), and file systems whose
server or program decides (NFS, FUSE).
"""

from __future__ import annotations

import enum
import errno
import shlex
import stat
from collections.abc import Iterator
from typing import NamedTuple

from osexplorer.model.access_rules import EXECUTE, READ, WRITE, Node, permission
from osexplorer.model.credentials import FOWNER, Credentials
from osexplorer.model.errors import errno_name
from osexplorer.model.remedies import Remedy, remedies_for


class Question(enum.Enum):
    """What somebody wants to do."""

    READ = "read"
    """A directory: list it."""
    WRITE = "write"
    """A directory: add, rename and remove entries."""
    EXECUTE = "execute"
    """A directory: enter it."""
    DELETE = "delete"
    """The name itself: a symbolic link is not followed."""
    CREATE = "create"
    """A file of that name, which is not there yet."""

    @property
    def follows(self) -> bool:
        """Whether a symbolic link at the end of the path is followed."""
        return self not in (Question.DELETE, Question.CREATE)

    def words(self, node: Node | None) -> str:
        """The question in words for the kind of file it is about: ``enter``, ``list``, ``read``."""
        if node is not None and node.is_directory:
            return _DIRECTORY_WORDS.get(self, self.value)
        return self.value


_DIRECTORY_WORDS = {
    Question.READ: "list",
    Question.WRITE: "add and remove entries in",
    Question.EXECUTE: "enter",
}


class Passed(NamedTuple):
    """A directory in which a name was looked up, or a symbolic link that was followed, on the way."""

    node: Node
    name: str = ""
    """The name looked up in a directory; raw."""
    parent: Node | None = None
    """For the last symbolic link of a path: the directory it is in. None for links on the way."""


class Trail(NamedTuple):
    """A path walked as the kernel walks it, as far as we can see."""

    path: str
    passed: tuple[Passed, ...]
    parent: Node | None
    """The directory that holds the last name; None for ``/``, and where the way ends before."""
    final: Node | None
    """What is at the end; None where nothing is."""
    error: int = 0
    """Why the way ends before: ENOENT, ENOTDIR, ELOOP; EACCES where it is we that cannot see further."""
    error_path: str = ""
    protected_symlinks: bool = False
    """Whether ``fs.protected_symlinks`` is set, see proc(5)."""


class Step(NamedTuple):
    """One thing that was checked."""

    action: str
    """What is done, as ``search``, ``follow``, ``read``."""
    path: str
    """Raw."""
    allowed: bool
    rule: str
    """The rule that decides, in words; raw names in it."""
    errno: int = 0
    """What the call would fail with."""
    remedies: tuple[Remedy, ...] = ()
    """The smallest changes, each of which would allow it."""
    name: str = ""
    """What is looked for in the directory that is searched; raw."""

    @property
    def code(self) -> str:
        """The errno's name; ``""`` where it is allowed."""
        return errno_name(self.errno) if self.errno else ""


class Attempt(NamedTuple):
    """What the kernel said to a real access(2)."""

    allowed: bool
    errno: int = 0


class Answer(NamedTuple):
    """Whether, and why."""

    question: Question
    path: str
    who: Credentials
    allowed: bool | None
    """None where it cannot be told; `unknown` says why."""
    steps: tuple[Step, ...]
    unknown: str = ""
    notes: tuple[str, ...] = ()
    """What the rules here do not cover and may decide otherwise."""
    attempt: Attempt | None = None
    """None where none can be made without a side effect."""

    @property
    def decisive(self) -> Step | None:
        """The step that denies; the first one, for the kernel looks no further."""
        return next((step for step in self.steps if not step.allowed), None)

    @property
    def agrees(self) -> bool:
        """Whether the real attempt says the same, or there is none."""
        return self.attempt is None or self.allowed is None or self.attempt.allowed == self.allowed


def decide(question: Question, who: Credentials, trail: Trail) -> Answer:
    """Answer a question about the end of `trail`. Steps after the one that denies are checked too, for the remedies."""
    steps = list(_way(who, trail))
    denied = any(not step.allowed for step in steps)
    unknown = ""
    if trail.error == errno.EACCES:
        unknown = f"we may not look into {trail.error_path} ourselves"
    elif trail.error == errno.ENOENT and question is Question.CREATE and trail.parent is not None:
        steps += _entries("add an entry in", who, trail.parent)
    elif trail.error:
        steps.append(Step(question.value, trail.error_path, False, _ERRORS[trail.error], trail.error))
    else:
        assert trail.final is not None
        steps += _last(question, who, trail, trail.final)
    allowed = all(step.allowed for step in steps)
    known = denied or not unknown
    return Answer(
        question,
        trail.path,
        who,
        allowed if known else None,
        tuple(steps),
        unknown if not known else "",
        tuple(dict.fromkeys(_notes(trail))),
    )


_ERRORS = {
    errno.ENOENT: "there is nothing of that name",
    errno.ENOTDIR: "a part of the path is not a directory",
    errno.ELOOP: "the symbolic links lead round in a circle, or there are more than 40",
}


def _way(who: Credentials, trail: Trail) -> Iterator[Step]:
    """The checks before the end of the path is reached."""
    for node, name, parent in trail.passed:
        if not node.is_link:
            yield _bits("search", node, EXECUTE, who)._replace(name=name)
        elif node.mounted("nosymfollow"):
            yield Step("follow", node.path, False, "its mount has the option nosymfollow", errno.ELOOP)
        elif parent is not None and trail.protected_symlinks and _protected(node, parent, who):
            rule = (
                f"fs.protected_symlinks: in the sticky directory {parent.path} that anybody may write, only links of "
                f"one's own or of the directory's owner are followed, and this is {node.user}'s"
            )
            yield Step("follow", node.path, False, rule, errno.EACCES)
        else:
            yield Step("follow", node.path, True, f"a symbolic link to {node.target}")


def _protected(link: Node, parent: Node, who: Credentials) -> bool:
    open_to_all = parent.mode & (stat.S_ISVTX | stat.S_IWOTH) == stat.S_ISVTX | stat.S_IWOTH
    return open_to_all and link.uid not in (who.uid, parent.uid)


def _bits(action: str, node: Node, want: int, who: Credentials) -> Step:
    allowed, matched = permission(node, want, who)
    if allowed:
        return Step(action, node.path, True, matched.text)
    return Step(action, node.path, False, matched.text, errno.EACCES, remedies_for(node, want, who, matched))


def _last(question: Question, who: Credentials, trail: Trail, node: Node) -> Iterator[Step]:
    """The checks at the end of the path, where something is."""
    if question is Question.CREATE:
        yield Step("create", node.path, False, "there is something of that name already", errno.EEXIST)
    elif question is Question.DELETE:
        yield from _delete(who, trail.parent, node)
    elif question is Question.WRITE:
        yield from _write(who, node)
    elif question is Question.READ:
        yield from _device(node)
        yield _bits(question.words(node), node, READ, who)
    else:
        yield from _execute(who, node)


def _write(who: Credentials, node: Node) -> Iterator[Step]:
    words = Question.WRITE.words(node)
    yield from _device(node)
    if node.is_regular or node.is_directory:
        yield from _writable_mount(words, node)
    if "immutable" in node.attributes:
        yield _flag(words, node, "immutable")
    elif "append-only" in node.attributes and not node.is_directory:
        yield Step(
            words,
            node.path,
            False,
            "it is append-only: it can be opened for appending, and for nothing else that writes",
            errno.EPERM,
            (Remedy("take the flag away", f"chattr -a {shlex.quote(node.path)}"),),
        )
    yield _bits(words, node, WRITE | EXECUTE if node.is_directory else WRITE, who)


def _execute(who: Credentials, node: Node) -> Iterator[Step]:
    words = Question.EXECUTE.words(node)
    if not (node.is_regular or node.is_directory):
        yield Step(words, node.path, False, "only regular files can be executed", errno.EACCES)
        return
    if node.is_regular and node.mounted("noexec"):
        remedy = Remedy("mount it so that programs run", f"mount -o remount,exec {shlex.quote(_point(node))}")
        yield Step(words, node.path, False, f"{_point(node)} is mounted noexec", errno.EACCES, (remedy,))
    yield _bits(words, node, EXECUTE, who)


def _delete(who: Credentials, parent: Node | None, node: Node) -> Iterator[Step]:
    if parent is None or "mount point" in node.attributes:
        yield Step("delete", node.path, False, "something is mounted there, or it is the root", errno.EBUSY)
        return
    yield from _entries("remove an entry in", who, parent)
    if "append-only" in parent.attributes:
        yield _flag("remove an entry in", parent, "append-only")
    if parent.mode & stat.S_ISVTX and who.uid not in (node.uid, parent.uid):
        ours = FOWNER in who.capabilities
        rule = (
            f"{parent.path} is sticky: only the owner of the file ({node.user}) or of the directory ({parent.user}) "
            f"may remove it" + (f", but {who.name} has {FOWNER}" if ours else "")
        )
        remedies = (Remedy(f"do it as {node.user}", _removal(node)),)
        yield Step("delete", node.path, ours, rule, 0 if ours else errno.EPERM, () if ours else remedies)
    for flag in ("immutable", "append-only"):
        if flag in node.attributes:
            yield _flag("delete", node, flag)


def _removal(node: Node) -> str:
    return f"sudo -u {shlex.quote(node.user)} {'rmdir' if node.is_directory else 'rm'} {shlex.quote(node.path)}"


def _entries(action: str, who: Credentials, parent: Node) -> Iterator[Step]:
    """What adding and removing names in a directory needs."""
    yield from _writable_mount(action, parent)
    if "immutable" in parent.attributes:
        yield _flag(action, parent, "immutable")
    yield _bits(action, parent, WRITE | EXECUTE, who)


def _writable_mount(action: str, node: Node) -> Iterator[Step]:
    if node.mounted("ro"):
        remedy = Remedy("mount it for writing", f"mount -o remount,rw {shlex.quote(_point(node))}")
        yield Step(action, node.path, False, f"{_point(node)} is mounted read-only", errno.EROFS, (remedy,))


def _device(node: Node) -> Iterator[Step]:
    if (stat.S_ISCHR(node.mode) or stat.S_ISBLK(node.mode)) and node.mounted("nodev"):
        remedy = Remedy("mount it so that devices work", f"mount -o remount,dev {shlex.quote(_point(node))}")
        yield Step("open", node.path, False, f"{_point(node)} is mounted nodev", errno.EACCES, (remedy,))


def _flag(action: str, node: Node, flag: str) -> Step:
    letter = {"immutable": "i", "append-only": "a"}[flag]
    remedy = Remedy("take the flag away", f"chattr -{letter} {shlex.quote(node.path)}")
    return Step(action, node.path, False, f"it is {flag}, for root too", errno.EPERM, (remedy,))


def _point(node: Node) -> str:
    return node.mount.point if node.mount is not None else "it"


def _notes(trail: Trail) -> Iterator[str]:
    nodes = [passed.node for passed in trail.passed]
    for node in [*nodes, trail.final] if trail.final else nodes:
        kind = node.mount.kind if node.mount is not None else ""
        if kind.startswith("fuse"):
            yield f"{_point(node)} is a FUSE file system: the program behind it may decide otherwise"
        elif kind.startswith("nfs") or kind in ("cifs", "smb3", "9p", "ceph", "afs"):
            yield f"{_point(node)} is on a server ({kind}), which may decide otherwise"
        elif kind == "proc" and node.path not in ("/proc", "/"):
            yield "For processes of others, /proc also asks whether they may be traced; see proc(5)"
