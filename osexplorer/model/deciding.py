"""Deciding about access: the way of the kernel, written down step by step.

What is not known here, and said where it may matter: security modules (SELinux, AppArmor), and file systems whose
server or program decides (NFS, FUSE).
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from collections.abc import Iterator

from osexplorer.model.access_rules import EXECUTE, READ, WRITE, Node, permission
from osexplorer.model.credentials import FOWNER, Credentials
from osexplorer.model.errors import errno_name
from osexplorer.model.mode_change import bits_change
from osexplorer.model.remedies import Remedy, remedies_for, without_flag
from osexplorer.model.why import Answer, Program, Question, Step, Trail
from osexplorer.model.why_notes import mount_point, notes


def decide(question: Question, who: Credentials, trail: Trail) -> Answer:
    """Answer a question about the end of `trail`. Steps after the one that denies are checked too, for the remedies."""
    steps = list(_way(who, trail))
    denied = any(not step.allowed for step in steps)
    unknown = ""
    missing = False
    if trail.error == errno.EACCES:
        unknown = f"we may not look into {trail.error_path} ourselves"
    elif trail.error and trail.error not in _ERRORS:  # a server or a disk that does not answer
        unknown = f"{trail.error_path} cannot be looked at: {_reason(trail.error)}"
    elif trail.error == errno.ENOENT and (at := _pathless(trail)) is not None:
        link = trail.passed[at].node
        unknown = f"{link.path} leads to what has no path, {link.target}"
        del steps[at + 1 :]  # nothing is looked up there: the kernel goes to it directly, see proc(5)
        denied = any(not step.allowed for step in steps)
    elif trail.error == errno.ENOENT and question is Question.CREATE and trail.parent is not None:
        steps += _entries("add an entry in", who, trail.parent)
    elif trail.error:
        missing = not denied
        unknown = _ERRORS[trail.error]
        steps.append(Step(question.value, trail.error_path, False, unknown, trail.error))
    else:
        assert trail.final is not None
        steps += _last(question, who, trail, trail.final)
    allowed = all(step.allowed for step in steps)
    known = denied or missing or not unknown
    return Answer(
        question,
        trail.path,
        who,
        allowed if known else None,
        tuple(steps),
        unknown if missing or not known else "",
        tuple(dict.fromkeys(notes(question, who, trail))),
        missing=missing,
    )


_ERRORS = {
    errno.ENOENT: "there is nothing of that name",
    errno.ENOTDIR: "a part of the path is not a directory",
    errno.ELOOP: "the symbolic links lead round in a circle, or there are more than 40",
    errno.ENAMETOOLONG: "a name in it, or all of it, is longer than names and paths can be",
}
"""Why there is nothing at the end of a path."""


def _reason(number: int) -> str:
    return _ERRORS.get(number) or f"{os.strerror(number)} ({errno_name(number)})"


def _pathless(trail: Trail) -> int | None:
    """Where on the way the last link is, if one of ``/proc`` to a pipe, a socket or a deleted file of a process."""
    at = next((at for at in reversed(range(len(trail.passed))) if trail.passed[at].node.is_link), None)
    if at is None:
        return None
    link = trail.passed[at].node
    if link.target is None or link.mount is None or link.mount.kind != "proc":
        return None
    return at if ":[" in link.target or link.target.endswith(" (deleted)") else None


def _way(who: Credentials, trail: Trail) -> Iterator[Step]:
    """The checks before the end of the path is reached."""
    for node, name, parent in trail.passed:
        if not node.is_link:
            yield _bits("search", node, EXECUTE, who)._replace(name=name)
        elif node.mounted("nosymfollow"):
            yield Step("follow", node.path, False, "its mount has the option nosymfollow", errno.ELOOP)
        elif parent is not None and trail.protections.symlinks and _protected(node, parent, who):
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
        yield from _delete(who, trail, node)
    elif question is Question.WRITE:
        yield from _write(who, node)
        if trail.executed_by:
            rule = f"{trail.executed_by} executes it, and a program that runs cannot be opened for writing"
            yield Step("write", node.path, False, rule, errno.ETXTBSY, beyond=True)
    elif question is Question.READ:
        yield from _device(node)
        yield _bits(question.words(node), node, READ, who)
    else:
        yield from _execute(who, node)
        if node.is_regular and trail.program is not None:
            yield from (step._replace(beyond=True) for step in _interpreter(who, trail.program))


def _write(who: Credentials, node: Node) -> Iterator[Step]:
    words = Question.WRITE.words(node)
    yield from _device(node)
    if node.is_regular or node.is_directory:
        yield from _writable_mount(words, node)
    if "immutable" in node.attributes:
        yield _flag(words, node, "immutable")
    elif "verity" in node.attributes:
        rule = "fs-verity protects its contents: it can never be written again, for root neither"
        yield Step(words, node.path, False, rule, errno.EPERM)
    elif "append-only" in node.attributes and not node.is_directory:
        yield Step(
            words,
            node.path,
            False,
            "it is append-only: it can be opened for appending, and for nothing else that writes",
            errno.EPERM,
            (without_flag(node, "append-only"),),
        )
    yield _bits(words, node, WRITE | EXECUTE if node.is_directory else WRITE, who)


def _execute(who: Credentials, node: Node, action: str = "") -> Iterator[Step]:
    words = action or Question.EXECUTE.words(node)
    if not (node.is_regular or node.is_directory):
        yield Step(words, node.path, False, "only regular files can be executed", errno.EACCES)
        return
    if node.is_regular and node.mounted("noexec"):
        remedy = Remedy("mounts it so that programs run", f"mount -o remount,exec {shlex.quote(mount_point(node))}")
        yield Step(words, node.path, False, f"{mount_point(node)} is mounted noexec", errno.EACCES, (remedy,))
    yield _bits(words, node, EXECUTE, who)


_DEEPEST = 5
"""So often an interpreter may be a script itself; BINPRM_MAX_RECURSION in the kernel."""


def _interpreter(who: Credentials, program: Program, depth: int = 1) -> Iterator[Step]:
    """What is needed of the program that a script, or a program with shared libraries, is run with."""
    trail = program.trail
    if trail is None:
        return
    if depth > _DEEPEST:
        yield Step("run with", program.interpreter, False, "interpreters of interpreters go too deep", errno.ELOOP)
        return
    steps = list(_way(who, trail))
    if trail.error == errno.EACCES:
        return  # we cannot see it; the notes say so
    if trail.error or trail.final is None:
        rule = f"its interpreter: {_reason(trail.error)}"
        yield Step("run with", program.interpreter, False, rule, trail.error)
        return
    if trail.final.is_directory:
        steps.append(Step("run with", trail.final.path, False, "it is a directory", errno.EACCES))
    else:
        steps += _execute(who, trail.final, "run with")
    if all(step.allowed for step in steps):
        steps = steps[-1:]
    yield from (step._replace(rule=f"its interpreter: {step.rule}") for step in steps)
    if trail.final.is_regular and trail.program is not None and program.kind == "script":
        yield from _interpreter(who, trail.program, depth + 1)


def _delete(who: Credentials, trail: Trail, node: Node) -> Iterator[Step]:
    parent = trail.parent
    last = trail.path.rstrip("/").rpartition("/")[2]
    if last in (".", ".."):
        rule = f"{last} is not removed: a directory is by its name in the one above"
        yield Step("delete", node.path, False, rule, errno.EINVAL if last == "." else errno.ENOTEMPTY)
        return
    if parent is None or "mount point" in node.attributes:
        yield Step("delete", node.path, False, "something is mounted there, or it is the root", errno.EBUSY)
        return
    if trail.mounted_on:
        rule = f"something is mounted on it: {trail.mounted_on}"
        remedy = Remedy("takes that away", f"umount {shlex.quote(trail.mounted_on)}")
        yield Step("delete", node.path, False, rule, errno.EBUSY, (remedy,), beyond=True)
    yield from _entries("remove an entry in", who, parent)
    if "append-only" in parent.attributes:
        yield _flag("remove an entry in", parent, "append-only")
    if parent.mode & stat.S_ISVTX and who.uid not in (node.uid, parent.uid):
        ours = FOWNER in who.capabilities and node.mapped
        rule = (
            f"{parent.path} is sticky: only the owner of the file ({node.user}) or of the directory ({parent.user}) "
            f"may remove it" + (f", but {who.name} has {FOWNER}" if ours else "")
        )
        remedies = (Remedy(f"does it as {node.user}", _removal(node)), _unstick(parent))
        yield Step("delete", node.path, ours, rule, 0 if ours else errno.EPERM, () if ours else remedies)
    for flag in ("immutable", "append-only"):
        if flag in node.attributes:
            yield _flag("delete", node, flag)
    if trail.swapped_to:
        remedy = Remedy("ends that", f"swapoff {shlex.quote(node.path)}")
        yield Step("delete", node.path, False, "the kernel swaps to it", errno.EPERM, (remedy,))


def _unstick(parent: Node) -> Remedy:
    effect = "lets everybody who may write in it remove what is anybody's"
    command = f"chmod -t {shlex.quote(parent.path)}"
    return Remedy(effect, command, parent.path, parent.id, bits_change(0, stat.S_ISVTX))


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
        remedy = Remedy("mounts it for writing", f"mount -o remount,rw {shlex.quote(mount_point(node))}")
        yield Step(action, node.path, False, f"{mount_point(node)} is mounted read-only", errno.EROFS, (remedy,))


def _device(node: Node) -> Iterator[Step]:
    if (stat.S_ISCHR(node.mode) or stat.S_ISBLK(node.mode)) and node.mounted("nodev"):
        remedy = Remedy("mounts it so that devices work", f"mount -o remount,dev {shlex.quote(mount_point(node))}")
        yield Step("open", node.path, False, f"{mount_point(node)} is mounted nodev", errno.EACCES, (remedy,))


def _flag(action: str, node: Node, flag: str) -> Step:
    return Step(action, node.path, False, f"it is {flag}, for root too", errno.EPERM, (without_flag(node, flag),))
