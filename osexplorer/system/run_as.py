"""As whom a child runs: names looked up, and whether what came of it is what was asked for."""

from __future__ import annotations

import contextlib
import os

from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.launch import LAST_ID, Launch, RunAs
from osexplorer.model.owner import check_number
from osexplorer.system.accounts import group_id


def resolve(launch: Launch) -> RunAs | None:
    """The numbers that user and groups of `launch` stand for; None where it runs as this program does.

    Raises:
        Refused: there is no such user or group, or this program may not become another user.
    """
    import pwd

    if not launch.changes_user:
        return None
    if os.geteuid() != 0:
        raise Refused("Only root may run a program as another user or group")
    user = launch.user or str(os.getuid())
    entry: pwd.struct_passwd | None = None
    with contextlib.suppress(KeyError, ValueError):
        entry = pwd.getpwnam(user)
    if entry is not None:
        uid = entry.pw_uid
    else:
        number = check_number(user, "user")
        if number is None:
            raise Refused(f"There is no user named {display(user)}")
        uid = number
        with contextlib.suppress(KeyError, OverflowError):
            entry = pwd.getpwuid(uid)
    if launch.group:
        gid = group_id(launch.group)
    elif entry is not None:
        gid = entry.pw_gid
    else:
        raise Refused(f"User {uid} has no passwd entry, so their group is not known: name it too")
    if launch.groups is not None:
        groups = [group_id(group) for group in launch.groups]
    elif entry is not None:
        groups = os.getgrouplist(entry.pw_name, gid)
    else:
        groups = [gid]
    for number in (uid, gid, *groups):
        if not 0 <= number <= LAST_ID:
            raise Refused(f"{number} is no number of a user or group")
    return RunAs(
        uid,
        gid,
        tuple(sorted(set(groups))),
        entry.pw_name if entry is not None else str(uid),
        (entry.pw_dir if entry is not None else "") or "/",
        (entry.pw_shell if entry is not None else "") or "/bin/sh",
    )


def found(pid: int) -> str:
    """User, group and groups of a process as ``/proc/PID/status`` tells them (proc(5)), ``""`` without one.

    The four numbers of user and group are the real, effective and saved ones and those of the file system.
    """
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            told = dict(line.rstrip(b"\n").split(b":", 1) for line in file if b":" in line)
    except OSError:  # no /proc, or it has ended and was reaped
        return ""
    return ", ".join(
        f"{name}: {' '.join(os.fsdecode(told[name.encode()]).split())}"
        for name in ("Uid", "Gid", "Groups", "NoNewPrivs")
        if name.encode() in told
    )
