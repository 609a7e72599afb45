"""What is worth a look about the permissions of a file: who runs as somebody else, what anybody may change."""

from __future__ import annotations

import stat
from typing import NamedTuple

KINDS = (
    "setuid",
    "setgid",
    "world-writable",
    "world-writable without sticky",
    "no owner",
    "no group",
    "unreadable to its owner",
    "group-writable",
    "capabilities",
)
"""What is looked for, as the words with which it is told begin."""


FINE = "nothing any more"
"""What is said of an entry that was told and has been put right since."""
GONE = "it is not there any more"


class Facts(NamedTuple):
    """What an audit has to know of an entry."""

    mode: int
    """Its `st_mode`."""
    uid: int
    user: str | None
    """None where no account has the number; raw."""
    group: str | None
    home_of: str = ""
    """Whose home it lies in; raw, ``""`` for nobody's."""
    shared: bool = False
    """Whether anybody but whose home that is belongs to its group."""
    capabilities: str = ""
    """As getcap(8) prints them."""


def troubles(facts: Facts) -> tuple[str, ...]:
    """What is worth a look, the gravest first; raw names in it. Empty for nothing."""
    mode = facts.mode
    if stat.S_ISLNK(mode):
        return tuple(_ownerless(facts))
    found = []
    regular, directory = stat.S_ISREG(mode), stat.S_ISDIR(mode)
    if regular and mode & stat.S_ISUID:
        runs = f"runs as {facts.user or facts.uid}" if mode & 0o111 else "without effect while nobody may execute it"
        found.append(f"setuid: {runs}")
    if regular and mode & stat.S_ISGID:
        group = f"group {facts.group}" if facts.group is not None else "a group without a name"
        runs = f"runs as {group}" if mode & stat.S_IXGRP else "without effect while its group may not execute it"
        found.append(f"setgid: {runs}")
    if facts.capabilities:
        found.append(f"capabilities: {facts.capabilities}")
    if directory and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        found.append("world-writable without sticky: anybody removes what is anybody's")
    if (regular or stat.S_ISFIFO(mode) or stat.S_ISBLK(mode)) and mode & stat.S_IWOTH:
        found.append("world-writable")
    found += _ownerless(facts)
    needed = stat.S_IRUSR | (stat.S_IXUSR if directory else 0)
    if (regular or directory) and facts.uid and mode & needed != needed:
        found.append("unreadable to its owner" if not directory else "unreadable to its owner, or not to be entered")
    if (regular or directory) and facts.shared and mode & stat.S_IWGRP and facts.home_of:
        found.append(f"group-writable in {facts.home_of}'s home, by {facts.group or 'a group without a name'}")
    return tuple(found)


def _ownerless(facts: Facts) -> list[str]:
    nobody = ["no owner: no account has its user"] if facts.user is None else []
    return nobody + (["no group: no group has its number"] if facts.group is None else [])
