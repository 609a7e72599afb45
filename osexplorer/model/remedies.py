"""The smallest changes that would allow what a file's bits or ACL deny, the narrowest first."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from osexplorer.model.access_rules import EXECUTE, READ, WRITE, Matched, Node, permission, triplet
from osexplorer.model.acl import LIMITED, AclEntry, Tag, mask_of
from osexplorer.model.credentials import DAC_OVERRIDE, Credentials
from osexplorer.model.inode_flags import INODE_FLAGS
from osexplorer.model.mode_change import ModeChange, bits_change
from osexplorer.model.status import FileId

_SHIFT = {"owner": 6, "group": 3, "other": 0, "acl-other": 0}
_LETTER = {"owner": "u", "group": "g", "other": "o", "acl-other": "o"}


class Remedy(NamedTuple):
    """One change that would lift one denial."""

    effect: str
    """What it does, and for whom, in words; raw names in it."""
    command: str
    """As typed into a shell."""
    path: str = ""
    """For a change that can be made from here: the file, raw."""
    id: FileId | None = None
    change: ModeChange | None = None
    """For a change of mode that can be made from here."""
    acl: str = ""
    """For a change of the ACL that can be made from here, as setfacl takes it."""
    flag: int = 0
    """For an inode flag that can be taken away from here."""

    @property
    def ready(self) -> bool:
        """Whether it can be made from here."""
        return self.id is not None and bool(self.change is not None or self.acl or self.flag)


def remedies_for(node: Node, want: int, who: Credentials, matched: Matched) -> tuple[Remedy, ...]:
    """What would give `who` the bits `want` on `node`, where `matched` does not.

    Nothing gives the right to execute a file to somebody with root's capabilities but an execute bit.
    """
    missing = want & ~matched.granted
    letters = triplet(missing).replace("-", "")
    if DAC_OVERRIDE in who.capabilities and node.mapped:
        return (_chmod(node, "owner", missing, letters, "sets one execute bit, which is enough"),)
    if matched.limited and want & ~matched.unmasked == 0:
        return (_widened(node, want),)
    narrow = _entry(node, want, who, letters)
    if matched.rule == "owner":
        return (_chmod(node, "owner", missing, letters, f"gives {letters} to its owner, {node.user}"),)
    if matched.rule == "group" and not _mask(node):
        return (narrow, _chmod(node, "group", missing, letters, f"gives {letters} to everybody in {node.group}"))
    if matched.rule in ("group", "acl-user", "acl-group"):
        return (narrow,)
    found = [narrow]
    if matched.rule == "other" and want & ~(node.mode >> 3) == 0 and node.gid != 0:
        member = Remedy(
            f"makes {who.name} a member of {node.group}, from the next login on",
            f"usermod -aG {shlex.quote(node.group)} {shlex.quote(who.name)}",
        )
        found.append(member)
    return (*found, _chmod(node, matched.rule, missing, letters, f"gives {letters} to everybody"))


def _mask(node: Node) -> AclEntry | None:
    return next((entry for entry in node.acl or () if entry.tag is Tag.MASK), None)


def _widened(node: Node, want: int) -> Remedy:
    """The ACL's mask with these bits more."""
    entry = f"m::{triplet((0 if node.acl is None else mask_of(node.acl)) | want)}"
    effect = "widens the ACL's mask, for all whom the ACL names"
    return Remedy(effect, f"setfacl -m {entry} {shlex.quote(node.path)}", node.path, node.id, acl=entry)


def _entry(node: Node, want: int, who: Credentials, letters: str) -> Remedy:
    """An entry of their own in the ACL, with what they may already.

    The mask is named too where there is one: setfacl(1) would make it let through all that any entry has, and so give
    back to others what it keeps from them.
    """
    bare = who._replace(capabilities=frozenset())
    wanted = triplet(want | sum(bit for bit in (READ, WRITE, EXECUTE) if permission(node, bit, bare).allowed))
    effect = f"gives {letters} to {who.name} alone, by an ACL"
    mask, more = _mask(node), ""
    if mask is not None:
        widened = mask.permissions | want
        more = f",m::{triplet(widened)}"
        others = (
            one.permissions for one in node.acl or () if one.tag in LIMITED and (one.tag, one.id) != (Tag.USER, who.uid)
        )
        gained = 0
        for permissions in others:
            gained |= permissions & widened & ~mask.permissions
        if gained:
            theirs = triplet(gained).replace("-", "")
            effect = f"gives {letters} to {who.name}, and {theirs} to others whom the ACL names: its mask widens"
    command = f"setfacl -m u:{shlex.quote(who.name)}:{wanted}{more} {shlex.quote(node.path)}"
    return Remedy(effect, command, node.path, node.id, acl=f"u:{who.uid}:{wanted}{more}")


def without_flag(node: Node, flag: str) -> Remedy:
    """The flag ``immutable`` or ``append-only`` taken away."""
    bit = next(bit for bit, (_, words) in INODE_FLAGS.items() if words == flag)
    command = f"chattr -{INODE_FLAGS[bit][0]} {shlex.quote(node.path)}"
    return Remedy("takes the flag away", command, node.path, node.id, flag=bit)


def _chmod(node: Node, rule: str, want: int, letters: str, effect: str) -> Remedy:
    command = f"chmod {_LETTER[rule]}+{letters} {shlex.quote(node.path)}"
    return Remedy(effect, command, node.path, node.id, bits_change(want << _SHIFT[rule]))
