"""What is known about a file, as lines of label and value for people, and as plain data for programs."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from osexplorer.model.errors import CallError
from osexplorer.model.extended import value_text
from osexplorer.model.permissions import mode_text, octal_text
from osexplorer.model.status import Status, device_text
from osexplorer.model.units import exact_time_text, size_text


class Fact(NamedTuple):
    """One line about a file."""

    label: str
    value: str
    """Foreign text in it is raw: pass it through ``display()`` before it is shown."""


def facts(status: Status) -> list[Fact]:
    """Everything in `status`, most asked for first. Where something is not known, the value says so."""
    lines = [Fact("kind", kind_line(status))]
    lines += link_facts(status)
    lines += [
        Fact("mode", f"{octal_text(status.mode)} {mode_text(status.mode)}"),
        Fact("owner", _named(status.user, status.uid)),
        Fact("group", _named(status.group, status.gid)),
        Fact("you may", access_line(status)),
        Fact("size", _bytes(status.size)),
        Fact("on disk", f"{_bytes(status.blocks * 512)}, {status.blocks} blocks of 512"),
        Fact("modified", exact_time_text(status.mtime)),
        Fact("changed", exact_time_text(status.ctime)),
        Fact("accessed", exact_time_text(status.atime)),
        Fact("born", "not known here" if status.btime is None else exact_time_text(status.btime)),
        Fact("links", str(status.links)),
        Fact("inode", str(status.inode)),
        Fact("device", device_text(status.device)),
    ]
    if status.is_device:
        lines.append(Fact("stands for", f"device {device_text(status.rdev)}"))
    lines += [
        Fact("mounted", mount_line(status)),
        Fact("I/O size", _bytes(status.block_size)),
        Fact("attributes", ", ".join(status.attributes) or "none"),
    ]
    return lines + extended_facts(status)


def extended_facts(status: Status) -> list[Fact]:
    """What the file has besides its mode. What is not there is said to be not there."""
    more = status.extended
    lines = [Fact("ACL", line) for line in more.acl or ("none: the mode says all",)]
    if any(line.startswith("mask:") for line in more.acl):
        lines.append(Fact("ACL", "the group bits of the mode show the mask, the most that named users and groups get"))
    if status.is_directory:
        lines += [Fact("for new", line) for line in more.default_acl or ("no default ACL",)]
    flags = "not known here" if more.flags is None else ", ".join(more.flags) or "none"
    lines += [
        Fact("flags", flags),
        Fact("can do", more.capabilities or "no capabilities"),
        Fact("label", more.label or "none"),
        Fact("xattrs", ", ".join(status.xattrs) or "none"),
    ]
    return lines + [Fact("value", f"{value.name} = {value_text(value)}") for value in more.values]


def brief(path: str, found: Status | CallError) -> Fact:
    """One line about one of several files: its mode and its name, or why it cannot be looked at."""
    name = os.path.basename(path.rstrip("/")) or path
    if isinstance(found, CallError):
        return Fact(found.code, f"{name}: {found.strerror}")
    return Fact(octal_text(found.mode), name)


def kind_line(status: Status) -> str:
    """``symbolic link, broken``, ``file, a script (#!)``: the kind, and what makes it special."""
    if status.target_error is not None:
        return f"{status.kind}, leads nowhere: {status.target_error.code}"
    return f"{status.kind}, a script (#!)" if status.script else status.kind


def link_facts(status: Status) -> list[Fact]:
    """Where a symbolic link leads, step by step; empty for anything else."""
    lines = [Fact("→" if at else "link to", link.target) for at, link in enumerate(status.chain)]
    if (target := status.target) is not None:
        what = f"{target.kind}, {octal_text(target.mode)} {mode_text(target.mode)}, {target.user}"
        lines.append(Fact("leads to", f"{what}:{target.group}, {_bytes(target.size)}"))
    elif (error := status.target_error) is not None:
        lines.append(Fact("leads to", f"nothing: {error.strerror} ({error.code})"))
    return lines


def access_line(status: Status) -> str:
    """What we may do with it, ``read write –``; of a link's target, as access(2) asks about that."""
    if status.access is None:
        return "nothing: the link leads nowhere" if status.is_link else "not known"
    return f"{status.access.text} (what it leads to)" if status.is_link else status.access.text


def mount_line(status: Status) -> str:
    """On which mounted file system it lies: ``/home, ext4, /dev/sda2, read-only``."""
    if status.mount is None:
        return "not known"
    parts = [status.mount.point, status.mount.kind, status.mount.source]
    return ", ".join([*parts, "read-only"] if status.read_only else parts)


def _named(name: str, number: int) -> str:
    return f"{number}, without a name" if name == str(number) else f"{name} ({number})"


def _bytes(size: int) -> str:
    if size == 1:
        return "1 byte"
    return f"{size} bytes" if size < 1000 else f"{size} bytes ({size_text(size)})"


def plain(status: Status) -> dict[str, Any]:
    """`status` as plain data, for JSON. Times are nanoseconds since the epoch, sizes bytes; null is "not known"."""
    return {
        "path": status.path,
        "kind": status.kind,
        "mode": octal_text(status.mode),
        "mode_text": mode_text(status.mode),
        "uid": status.uid,
        "gid": status.gid,
        "user": status.user,
        "group": status.group,
        "size": status.size,
        "blocks": status.blocks,
        "block_size": status.block_size,
        "links": status.links,
        "inode": status.inode,
        "device": device_text(status.device),
        "rdev": device_text(status.rdev) if status.is_device else None,
        "atime_ns": status.atime,
        "mtime_ns": status.mtime,
        "ctime_ns": status.ctime,
        "btime_ns": status.btime,
        "access": status.access._asdict() if status.access is not None else None,
        "script": status.script,
        "attributes": list(status.attributes),
        "xattrs": list(status.xattrs),
        "acl": list(status.extended.acl),
        "default_acl": list(status.extended.default_acl),
        "capabilities": status.extended.capabilities or None,
        "label": status.extended.label or None,
        "flags": None if status.extended.flags is None else list(status.extended.flags),
        "values": {value.name: value_text(value) for value in status.extended.values},
        "mount": _plain_mount(status),
        "link": status.raw_target,
        "chain": [link._asdict() for link in status.chain],
        "target": plain(status.target) if status.target is not None else None,
        "target_error": _plain_error(status.target_error),
    }


def _plain_mount(status: Status) -> dict[str, Any] | None:
    if status.mount is None:
        return None
    mount = status.mount
    return {
        "point": mount.point,
        "kind": mount.kind,
        "source": mount.source,
        "options": sorted(mount.options),
        "read_only": status.read_only,
    }


def _plain_error(error: CallError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"errno": error.errno, "code": error.code, "text": error.strerror, "call": error.call}
