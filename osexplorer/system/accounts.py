"""Users and groups by name or number, and the credentials that a process of theirs would have."""

from __future__ import annotations

import os

from osexplorer.model.accounts import Account
from osexplorer.model.credentials import FILE_CAPABILITIES, Credentials
from osexplorer.model.errors import Refused
from osexplorer.model.owner import Owner, OwnerText, check_number
from osexplorer.system.identity import user_name


def own_credentials() -> Credentials:
    """Ours, as the kernel sees them at a file: effective user and groups, effective capabilities."""
    uid = os.geteuid()
    groups = frozenset(os.getgroups())
    return Credentials(user_name(uid), uid, os.getegid(), groups, _own_capabilities(uid))


def credentials_of(user: str, groups: tuple[str, ...] = ()) -> Credentials:
    """Those of a fresh login of `user`, with further groups.

    Args:
        user: a name or a number.
        groups: names or numbers; the first is the main group of a number without a passwd entry.

    Raises:
        Refused: there is no such user or group.
    """
    import pwd

    numbers = [group_id(group) for group in groups]
    try:
        entry = pwd.getpwnam(user)
    except (KeyError, ValueError):
        entry = None
    if entry is None:
        uid = _number(user, "user")
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            if not numbers:
                raise Refused(f"User {uid} has no passwd entry, so their group is not known: name it too") from None
            return Credentials(str(uid), uid, numbers[0], frozenset(numbers), _capabilities_of(uid))
    member = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return Credentials(
        entry.pw_name, entry.pw_uid, entry.pw_gid, frozenset((*member, *numbers)), _capabilities_of(entry.pw_uid)
    )


def user_id(user: str) -> int:
    """The number of a user by name or number.

    Raises:
        Refused: there is no such user.
    """
    import pwd

    try:
        return pwd.getpwnam(user).pw_uid
    except (KeyError, ValueError):
        return _number(user, "user")


def group_id(group: str) -> int:
    """The number of a group by name or number.

    Raises:
        Refused: there is no such group.
    """
    import grp

    try:
        return grp.getgrnam(group).gr_gid
    except (KeyError, ValueError):
        return _number(group, "group")


def owner_of(text: OwnerText) -> Owner:
    """The numbers that were meant; a name is looked for before a number, unless ``+`` says that it is one.

    Raises:
        Refused: there is no such user or group.
    """
    import pwd

    uid = gid = -1
    if text.user is not None:
        entry = None
        try:
            entry = pwd.getpwnam(text.user)
        except (KeyError, ValueError):
            uid = _number(text.user, "user")
        if entry is not None:
            uid = entry.pw_uid
            gid = entry.pw_gid if text.login else -1
        elif text.login:
            raise Refused(f"User {uid} has no passwd entry, so their group is not known: name it after the colon")
    if text.group is not None:
        gid = group_id(text.group)
    return Owner(uid, gid)


def _number(text: str, what: str) -> int:
    number = check_number(text, what)
    if number is None:
        raise Refused(f"There is no {what} named {text!r}")
    return number


def _capabilities_of(uid: int) -> frozenset[str]:
    """For root all that our processes can have, which in a container are not all; for others none."""
    if uid:
        return frozenset()
    found = _own_set("CapBnd")
    return frozenset(FILE_CAPABILITIES.values()) if found is None else found


def _own_capabilities(uid: int) -> frozenset[str]:
    """The effective set; where it cannot be read, all for root and none for others."""
    found = _own_set("CapEff")
    return _capabilities_of(uid) if found is None else found


def _own_set(name: str) -> frozenset[str] | None:
    """A set of capabilities in ``/proc/self/status``, see proc(5); None where it cannot be read."""
    try:
        with open("/proc/thread-self/status", "rb") as file:
            for line in file:
                if line.startswith(name.encode() + b":"):
                    found = int(line.split()[1], 16)
                    return frozenset(name for bit, name in FILE_CAPABILITIES.items() if found >> bit & 1)
    except (OSError, ValueError):
        return None
    return None


def users() -> tuple[Account, ...]:
    """Every user that the system lists, by name. A directory service may list none and still know many."""
    import pwd

    found = {(one.pw_name, one.pw_uid, one.pw_gecos.partition(",")[0]) for one in pwd.getpwall()}
    return tuple(Account(*one) for one in sorted(found))


def people() -> tuple[Credentials, ...]:
    """What a fresh login of every user that the system lists would have, by name.

    The groups are read once, not asked for a user at a time.
    """
    import grp
    import pwd

    member_of: dict[str, set[int]] = {}
    for group in grp.getgrall():
        for name in group.gr_mem:
            member_of.setdefault(name, set()).add(group.gr_gid)
    found: dict[str, Credentials] = {}
    for one in pwd.getpwall():
        groups = frozenset(member_of.get(one.pw_name, ()))
        capabilities = _capabilities_of(0) if one.pw_uid == 0 else frozenset[str]()
        found.setdefault(one.pw_name, Credentials(one.pw_name, one.pw_uid, one.pw_gid, groups, capabilities))
    return tuple(found[name] for name in sorted(found))


def groups() -> tuple[Account, ...]:
    """Every group that the system lists, by name."""
    import grp

    found = {(one.gr_name, one.gr_gid, ", ".join(one.gr_mem)) for one in grp.getgrall()}
    return tuple(Account(*one) for one in sorted(found))
