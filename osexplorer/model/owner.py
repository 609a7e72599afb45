"""Owner and group as chown(1) takes them: ``ada``, ``ada:staff``, ``ada:``, ``:staff``, ``1000:1000``, ``+0:+0``."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from typing import NamedTuple

from osexplorer.model.attribute_names import CAPABILITY_ATTRIBUTE as CAPABILITY_ATTRIBUTE
from osexplorer.model.errors import Refused
from osexplorer.model.status import Status

LAST_ID = 2**32 - 2
"""4294967295 means "leave it" to chown(2) and is nobody's number."""


class OwnerText(NamedTuple):
    """What was typed, taken apart."""

    user: str | None = None
    """Name or number; None leaves the owner."""
    group: str | None = None
    """Name or number; None leaves the group, unless `login`."""
    login: bool = False
    """``ada:``: the group that ada has after a login."""


class Owner(NamedTuple):
    """Whose a file shall be."""

    uid: int = -1
    """-1 leaves the owner."""
    gid: int = -1
    """-1 leaves the group."""

    def after(self, uid: int, gid: int) -> tuple[int, int]:
        """What owner and group become."""
        return (uid if self.uid < 0 else self.uid, gid if self.gid < 0 else self.gid)


def parse_owner(text: str) -> OwnerText:
    """Take `text` apart; names are not looked up.

    Raises:
        Refused: it is nothing that chown takes, or a number is not one that can be.
    """
    if not text:
        raise Refused("Type an owner, as ada, ada:staff, :staff or 1000:1000")
    user, colon, group = text.partition(":")
    for part, what in ((user, "user"), (group, "group")):
        if part:
            check_number(part, what)
    if colon and not group and user and _digits(user):
        raise Refused(f"After a number, the colon wants a group: {user}:GROUP")
    return OwnerText(user or None, group or None, bool(colon and user and not group))


def check_number(text: str, what: str) -> int | None:
    """The number that `text` is, with or without ``+`` before it; None where it is a name.

    Raises:
        Refused: it is a number that nobody can have.
    """
    if _digits(text) and len(text.lstrip("+0")) > len(str(LAST_ID)):  # and Python takes no number of 4301 digits
        raise Refused(f"That is no {what}: the largest number is {LAST_ID}")
    if text == "-1" or (_digits(text) and int(text.lstrip("+0") or "0") == LAST_ID + 1):
        raise Refused(f'{text} is no {what}: to chown(2) that number means "leave it as it is"')
    if not _digits(text):
        if text.startswith("-") and text[1:].isascii() and text[1:].isdigit():
            raise Refused(f"{text} is no {what}: numbers begin at 0")
        return None
    number = int(text.lstrip("+0") or "0")
    if number > LAST_ID:
        raise Refused(f"{text} is no {what}: the largest number is {LAST_ID}")
    return number


def _digits(text: str) -> bool:
    number = text.removeprefix("+")
    return number.isascii() and number.isdigit()


def mode_after_chown(mode: int) -> int:
    """What the kernel leaves of a file's mode when its owner or group changes, by root too; see chown(2).

    setuid falls from whatever is no directory; setgid too, unless the group may not execute it, where it once meant
    mandatory locking.
    """
    if stat.S_ISDIR(mode):
        return mode
    return mode & ~(stat.S_ISUID | (stat.S_ISGID if mode & stat.S_IXGRP else 0))


def falling(status: Status) -> tuple[str, ...]:
    """What a change of owner takes from a file: ``setuid``, ``setgid``, ``capabilities``."""
    if status.is_link:
        return ()
    lost = status.mode & ~mode_after_chown(status.mode)
    found = [name for bit, name in ((stat.S_ISUID, "setuid"), (stat.S_ISGID, "setgid")) if lost & bit]
    return (*found, "capabilities") if CAPABILITY_ATTRIBUTE in status.xattrs else tuple(found)


def owner_warnings(statuses: Iterable[Status], *, keep: bool) -> tuple[str, ...]:
    """What a change of owner brings along, one sentence each.

    Args:
        keep: setuid, setgid and capabilities will be put back.
    """
    known = list(statuses)
    lost = list(dict.fromkeys(name for status in known for name in falling(status)))
    found = []
    if lost:
        names = " and ".join([", ".join(lost[:-1]), lost[-1]] if len(lost) > 1 else lost)
        found.append(
            f"{names} will be put back: whoever runs it then acts as the new owner or group"
            if keep
            else f"The kernel takes {names} away when the owner changes"
        )
    most = max((status.links for status in known if not status.is_directory), default=1)
    if most > 1:
        found.append(f"It has {most} names (hard links): the owner is that of all of them")
    if links := sum(status.is_link for status in known):
        whose = (
            "This is"
            if len(known) == 1
            else f"{links} of {len(known)} {'is a link' if links == 1 else 'are links'}: this is"
        )
        found.append(f"{whose} the owner of the link itself, not of what it leads to")
    return tuple(found)
