"""Whether the bits, the ACL and the capabilities let somebody do something to one file, and which of them decides.

The rules are those of `generic_permission` and `posix_acl_permission` in the Linux kernel, which path_resolution(7),
acl(5) and capabilities(7) describe.
"""

from __future__ import annotations

import stat
from typing import NamedTuple

from osexplorer.model.acl import Acl, Tag, mask_of
from osexplorer.model.credentials import DAC_OVERRIDE, DAC_READ_SEARCH, Credentials
from osexplorer.model.mounts import Mount
from osexplorer.model.status import FileId

READ, WRITE, EXECUTE = 4, 2, 1


class Node(NamedTuple):
    """What bears on access to one file."""

    path: str
    id: FileId
    mode: int
    uid: int
    gid: int
    user: str
    """Raw."""
    group: str
    """Raw."""
    acl: Acl | None = None
    """None where the mode says all."""
    attributes: tuple[str, ...] = ()
    """As in :class:`~osexplorer.model.status.Status`."""
    mount: Mount | None = None
    target: str | None = None
    """Where it leads, for a symbolic link; raw."""
    names: tuple[tuple[str, int, str], ...] = ()
    """(``user`` or ``group``, id, name) of those that the ACL names; raw."""
    mapped: bool = True
    """Whether our user namespace has its owner and its group; over others no capability counts, see
    user_namespaces(7)."""

    @property
    def is_directory(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def is_regular(self) -> bool:
        return stat.S_ISREG(self.mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.mode)

    def mounted(self, option: str) -> bool:
        """Whether it lies on a mount with that option, as ``ro``."""
        return self.mount is not None and option in self.mount.options


class Matched(NamedTuple):
    """Which rule decides about somebody's access to a file, and what it grants."""

    rule: str
    """``owner``, ``group``, ``other``, ``acl-user``, ``acl-group``, ``acl-other`` or ``capability``."""
    granted: int
    """The three bits that it gives."""
    text: str
    """The rule in words, beginning in small letters; raw names in it."""
    limited: bool = False
    """Whether the ACL's mask takes away what its entry gives."""
    unmasked: int = 0
    """What the entry gives without the mask, where that limits it."""


class Ruling(NamedTuple):
    """The answer about one file."""

    allowed: bool
    matched: Matched


def triplet(bits: int) -> str:
    """``r-x`` for three bits."""
    return stat.filemode(bits << 6)[1:4]


def permission(node: Node, want: int, who: Credentials) -> Ruling:
    """Whether `who` has all of the bits `want` on `node`, as the kernel decides it."""
    matched = _match(node, want, who)
    if want & ~matched.granted == 0:
        return Ruling(True, matched)
    capability = _capability(node, want, who)
    if capability and not node.mapped:
        text = f"{matched.text}; {capability} does not count, for this user namespace does not have its owner or group"
        return Ruling(False, matched._replace(text=text))
    if capability:
        text = f"{matched.text}, but {who.name} has {capability}, which sets that aside"
        return Ruling(True, Matched("capability", want, text))
    if DAC_OVERRIDE in who.capabilities:
        text = f"{matched.text}; {DAC_OVERRIDE} lets nobody execute a file on which no execute bit is set"
        return Ruling(False, matched._replace(text=text))
    return Ruling(False, matched)


def _capability(node: Node, want: int, who: Credentials) -> str:
    """The capability that grants `want` whatever the bits say; ``""`` for none."""
    reads = want & ~(READ | EXECUTE) == 0 if node.is_directory else want == READ
    if reads and DAC_READ_SEARCH in who.capabilities:
        return DAC_READ_SEARCH
    overridable = node.is_directory or not want & EXECUTE or node.mode & 0o111
    return DAC_OVERRIDE if overridable and DAC_OVERRIDE in who.capabilities else ""


def _match(node: Node, want: int, who: Credentials) -> Matched:
    mode = node.mode & 0o777
    if who.uid == node.uid:
        return Matched("owner", mode >> 6, f"{who.name} is its owner, who has {triplet(mode >> 6)}")
    if node.acl is not None and mode & 0o070:  # the kernel does not look at an ACL whose mask is empty
        return _match_acl(node, node.acl, want, who)
    if who.in_group(node.gid):
        bits = mode >> 3 & 7
        return Matched("group", bits, f"{who.name} is in its group {node.group}, which has {triplet(bits)}")
    neither = f"{who.name} is neither its owner {node.user} nor in its group {node.group}"
    return Matched("other", mode & 7, f"{neither}, and others have {triplet(mode & 7)}")


def _match_acl(node: Node, acl: Acl, want: int, who: Credentials) -> Matched:
    mask = mask_of(acl)
    named = {(kind, number): name for kind, number, name in node.names}
    for entry in acl:
        if entry.tag is Tag.USER and entry.id == who.uid:
            return _masked("acl-user", f"its ACL names {who.name}", entry.permissions, mask)
    groups: list[Matched] = []
    for entry in acl:
        if entry.tag is Tag.GROUP_OBJ and who.in_group(node.gid):
            whom = f"{who.name} is in its group {node.group}"
        elif entry.tag is Tag.GROUP and entry.id is not None and who.in_group(entry.id):
            whom = f"its ACL names group {named.get(('group', entry.id), entry.id)}, which {who.name} is in"
        else:
            continue
        matched = _masked("acl-group", whom, entry.permissions, mask)
        if want & ~entry.permissions == 0:
            return matched
        groups.append(matched)
    if groups:
        return max(groups, key=lambda one: (bin(one.granted & want).count("1"), one.granted))
    other = next((entry.permissions for entry in acl if entry.tag is Tag.OTHER), 0)
    return Matched("acl-other", other, f"nothing in its ACL is about {who.name}, and others have {triplet(other)}")


def _masked(rule: str, whom: str, permissions: int, mask: int) -> Matched:
    text = f"{whom} with {triplet(permissions)}"
    if permissions & ~mask:
        text += f", which the ACL's mask {triplet(mask)} limits to {triplet(permissions & mask)}"
    return Matched(rule, permissions & mask, text, limited=bool(permissions & ~mask), unmasked=permissions)
