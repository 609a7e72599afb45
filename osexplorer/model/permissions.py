"""Mode bits: how they read, what a change of them means in plain words, and which results are risky."""

from __future__ import annotations

import stat
from typing import Literal, NamedTuple

from osexplorer.model.identity import Identity
from osexplorer.model.mode_change import ALL

Who = Literal["user", "group", "other"]
CLASSES: tuple[Who, ...] = ("user", "group", "other")

SETUID, SETGID, STICKY = stat.S_ISUID, stat.S_ISGID, stat.S_ISVTX

SHIFT = {"user": 6, "group": 3, "other": 0}
SPECIAL = {"user": SETUID, "group": SETGID, "other": STICKY}
SPECIAL_NAME = {"user": "setuid", "group": "setgid", "other": "sticky"}
PERMISSION = {"r": 4, "w": 2, "x": 1}

_CLASS_SHOWN = {"user": "the owner", "group": "the group", "other": "others"}
_VERBS = {"r": "read", "w": "write", "x": "execute"}
_USES = {"r": "read the file", "w": "change what is in the file", "x": "run the file as a program"}
_DIRECTORY_USES = {
    "r": "list the names in the directory",
    "w": "make, rename and remove entries of the directory, together with x",
    "x": "enter the directory and reach what is in it",
}
_DIRECTORY_VERBS = {"r": "list it", "w": "add and remove entries", "x": "enter it"}


def bit(who: Who, permission: str) -> int:
    """The mode bit of ``r``, ``w``, ``x``, or ``s`` (setuid, setgid, sticky) for one class."""
    return SPECIAL[who] if permission == "s" else PERMISSION[permission] << SHIFT[who]


_SPECIAL_MEANINGS = {
    ("user", False): "setuid: whoever runs the file acts as its owner",
    ("group", False): "setgid: whoever runs the file acts as its group",
    ("other", False): "sticky: no effect on a file",
    ("user", True): "setuid: no effect on a directory",
    ("group", True): "setgid: what is made in the directory gets its group",
    ("other", True): "sticky: only owners may remove and rename what is in the directory",
}


def bit_meaning(who: Who, permission: str, *, directory: bool) -> str:
    """What one of the twelve bits is for: ``x of the group: enter the directory``."""
    if permission == "s":
        return _SPECIAL_MEANINGS[who, directory]
    verb = (_DIRECTORY_USES if directory else _USES)[permission]
    return f"{permission} of {_CLASS_SHOWN[who]}: {verb}"


def mode_text(mode: int) -> str:
    """The ten characters of ``ls -l``, kind first: ``-rwxr-sr-t``. See ls(1p)."""
    return stat.filemode(mode)


def bits_text(mode: int) -> str:
    """The nine characters of the permissions alone: ``rwxr-xr-x``."""
    return stat.filemode(mode)[1:]


def octal_text(mode: int) -> str:
    """All twelve bits as four octal digits: ``0644``."""
    return f"{mode & ALL:04o}"


def class_of(uid: int, gid: int, identity: Identity) -> Who:
    """Which class of a file's bits counts for `identity`; only one ever does. See path_resolution(7)."""
    if identity.euid == uid:
        return "user"
    return "group" if gid == identity.egid or gid in identity.groups else "other"


def describe_change(old: int, new: int, *, directory: bool = False) -> tuple[str, ...]:
    """What changes between two modes, one phrase each: ``the group may now write``; empty when nothing does."""
    verbs = _DIRECTORY_VERBS if directory else _VERBS
    phrases = []
    for who in CLASSES:
        gained = [verbs[one] for one in PERMISSION if new & ~old & bit(who, one)]
        lost = [verbs[one] for one in PERMISSION if old & ~new & bit(who, one)]
        if gained:
            phrases.append(f"{_CLASS_SHOWN[who]} may now {_joined(gained, 'and')}")
        if lost:
            phrases.append(f"{_CLASS_SHOWN[who]} may no longer {_joined(lost, 'or')}")
    phrases += [
        f"{SPECIAL_NAME[who]} {'on' if new & SPECIAL[who] else 'off'}" for who in CLASSES if (old ^ new) & SPECIAL[who]
    ]
    return tuple(phrases)


def _joined(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


class Subject(NamedTuple):
    """What there is to know about a file to judge a mode for it."""

    kind: int
    """The file type bits of its mode, as ``stat.S_IFREG``."""
    uid: int
    gid: int
    owner: str
    """The owner's name, fit for a screen."""
    group: str
    script: bool | None = None
    """Whether it begins with ``#!``; None when not known."""
    acl: bool = False
    """Whether it has a POSIX ACL beyond the mode."""


def warnings(subject: Subject, old: int, new: int, identity: Identity | None = None) -> tuple[str, ...]:
    """What is risky or without effect in the mode `new`, one sentence each, the gravest first.

    Args:
        identity: who would be locked out; None leaves that question out.
    """
    directory = stat.S_ISDIR(subject.kind)
    found = []
    if identity is not None:
        found += _locked_out(subject, old, new, identity, directory)
    if new & stat.S_IWOTH:
        if not directory:
            found.append("Anybody may write it")
        elif not new & STICKY:
            found.append("Anybody may delete and replace what others keep in it, as the sticky bit is not set")
    if stat.S_ISREG(subject.kind):
        found += _set_id(subject, new)
        if new & STICKY:
            found.append("The sticky bit has no effect on a file")
    elif directory:
        if new & SETUID:
            found.append("setuid has no effect on a directory")
        if any(new & bit(who, "r") and not new & bit(who, "x") for who in CLASSES):
            found.append("Where r is set without x, names can be listed but nothing in it can be opened")
    if subject.acl and (old ^ new) & stat.S_IRWXG:
        found.append("It has an ACL: the group bits are the limit of all its named users and groups")
    return tuple(found)


def _locked_out(subject: Subject, old: int, new: int, identity: Identity, directory: bool) -> list[str]:
    """What `identity` can do now and could no longer do. Root is stopped only from executing."""
    who = class_of(subject.uid, subject.gid, identity)
    if identity.euid == 0:
        runs_no_more = not directory and old & 0o111 and not new & 0o111
        return ["Nobody may execute it any more, root included"] if runs_no_more else []
    verbs = _DIRECTORY_VERBS if directory else _VERBS
    lost = [verbs[one] for one in PERMISSION if old & ~new & bit(who, one)]
    return [f"You may no longer {_joined(lost, 'or')}"] if lost else []


def _set_id(subject: Subject, new: int) -> list[str]:
    found = []
    for special, executable, name, whom in (
        (SETUID, 0o111, "setuid", f"user {subject.owner}"),
        (SETGID, 0o010, "setgid", f"group {subject.group}"),
    ):
        if not new & special:
            continue
        if not new & executable:
            found.append(f"{name} has no effect without {'execute' if special == SETUID else 'execute for the group'}")
        elif subject.script:
            found.append(f"{name} has no effect on a script: Linux ignores it there")
        else:
            found.append(f"Whoever runs it acts as {whom}")
            if new & 0o022:
                found.append(f"{name} on a file that others may write lets them act as {whom}")
    return found
