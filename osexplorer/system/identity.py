"""Who we are, and the names that numbers of users and groups stand for."""

from __future__ import annotations

import os
import socket
from functools import lru_cache

from osexplorer.model.identity import Identity


@lru_cache(maxsize=4096)
def user_name(uid: int) -> str:
    """The login name of `uid`; the number as text where no passwd entry has it. See getpwuid(3)."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return str(uid)


@lru_cache(maxsize=4096)
def group_name(gid: int) -> str:
    """The name of group `gid`; the number as text where no group entry has it. See getgrgid(3)."""
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except (KeyError, OverflowError):
        return str(gid)


def umask() -> int:
    """This process's umask. Linux tells it in ``/proc/self/status`` (proc(5)); elsewhere it is set and set back."""
    try:
        with open("/proc/self/status", "rb") as file:
            for line in file:
                if line.startswith(b"Umask:"):
                    return int(line.split()[1], 8)
    except (OSError, ValueError):
        pass
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def identity() -> Identity:
    """This process's users, groups, umask and host, as they are now."""
    uid, euid, gid, egid = os.getuid(), os.geteuid(), os.getgid(), os.getegid()
    return Identity(
        host=socket.gethostname(),
        uid=uid,
        euid=euid,
        gid=gid,
        egid=egid,
        groups=tuple(os.getgroups()),
        user=user_name(uid),
        effective_user=user_name(euid),
        group=group_name(gid),
        effective_group=group_name(egid),
        umask=umask(),
    )
