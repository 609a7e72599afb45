"""Changes of POSIX ACLs as setfacl(1) makes them: ``u:ada:rw``, ``d:g:staff:rX``, ``m::r``; ``-u:ada``, ``-b``, ``-k``.

A clause is an entry to set, or after ``-`` one to take away; ``-k`` takes away the default ACL, and ``-b`` all named
entries and the mask as well. The mask follows what it limits, unless a clause names it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from osexplorer.model.acl import LIMITED, Acl, AclEntry, Tag, mask_of, triplet
from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.permissions import bits_text

EXPECTED = "u:NAME:rwx, g:NAME:r-x, m::rw, o::r, each with d: before it for new entries, -u:NAME, -b or -k"

_TAGS: dict[str, tuple[Tag, Tag | None]] = {
    **dict.fromkeys(("u", "user"), (Tag.USER_OBJ, Tag.USER)),
    **dict.fromkeys(("g", "group"), (Tag.GROUP_OBJ, Tag.GROUP)),
    **dict.fromkeys(("m", "mask"), (Tag.MASK, None)),
    **dict.fromkeys(("o", "other"), (Tag.OTHER, None)),
}
_BITS = {"r": 4, "w": 2, "x": 1, "X": 0, "-": 0}
_BASE = (Tag.USER_OBJ, Tag.GROUP_OBJ, Tag.OTHER)
_NAMED = (Tag.USER, Tag.GROUP)
MOST_ENTRIES = 500
"""More would not fit into an extended attribute of most file systems."""


class Acls(NamedTuple):
    """Both ACLs of a file."""

    access: Acl
    """The three entries of the mode at least."""
    default: Acl = ()
    """What new entries of a directory get; empty for none."""


class Step(NamedTuple):
    """One clause of a change, its name looked up."""

    kind: Literal["set", "remove", "base", "no-default"]
    default: bool = False
    tag: Tag = Tag.OTHER
    id: int | None = None
    permissions: int = 0
    search: bool = False
    """``X``: execute too, if it is a directory or somebody may execute it already."""


class Clause(NamedTuple):
    """One clause as it was typed."""

    step: Step
    name: str = ""
    """The user or group that the step is about, by name or number; ``""`` for none."""


def parse_acl_change(text: str) -> tuple[Clause, ...]:
    """The clauses that `text` has, between commas or spaces; names are not looked up.

    Raises:
        Refused: it is nothing that this takes.
    """
    parts = text.replace(",", " ").split()
    if not parts:
        raise Refused(f"Type {EXPECTED}")
    return tuple(map(_clause, parts))


def _clause(text: str) -> Clause:
    if text in ("-b", "-k"):
        return Clause(Step("base" if text == "-b" else "no-default"))
    remove = text.startswith("-")
    fields = text.removeprefix("-").split(":")
    default = fields[0] in ("d", "default") and len(fields) > 1
    if default:
        del fields[0]
    if fields[0] not in _TAGS:
        raise _wrong(text, f"{display(fields[0]) or 'nothing'} is not one of u g m o")
    base, named = _TAGS[fields[0]]
    rest = fields[1:]
    if remove:
        if len(rest) > 1 and any(rest[1:]):
            raise _wrong(text, "what is taken away is named without its permissions")
        name, letters = rest[0] if rest else "", ""
    else:
        if len(rest) == 1 and named is None:
            rest = ["", *rest]
        if len(rest) != 2 or not rest[1]:
            raise _wrong(text, "the permissions are missing" if len(rest) < 3 else "there is a colon too many")
        name, letters = rest
    if name and named is None:
        raise _wrong(text, "mask and other have no name")
    tag = named if name and named is not None else base
    permissions, search = (0, False) if remove else _permissions(text, letters)
    return Clause(Step("remove" if remove else "set", default, tag, None, permissions, search), name)


def _permissions(text: str, letters: str) -> tuple[int, bool]:
    if len(letters) == 1 and letters in "01234567":
        return int(letters), False
    wrong = next((letter for letter in letters if letter not in _BITS), None)
    if wrong is not None:
        raise _wrong(text, f"{display(wrong)} is not one of r w x X -, or a digit 0 to 7")
    twice = next((letter for letter in "rwxX" if letters.count(letter) > 1), None)
    if twice is not None:
        raise _wrong(text, f"{twice} stands there twice")
    bits = 0
    for letter in letters:
        bits |= _BITS[letter]
    return bits, "X" in letters


def _wrong(text: str, why: str) -> Refused:
    return Refused(f"{display(text)}: {why}")


def acl_of_mode(mode: int) -> Acl:
    """The ACL that says no more than a mode does."""
    return (
        AclEntry(Tag.USER_OBJ, mode >> 6 & 7),
        AclEntry(Tag.GROUP_OBJ, mode >> 3 & 7),
        AclEntry(Tag.OTHER, mode & 7),
    )


def mode_of_acl(acl: Acl) -> int:
    """The nine bits that the mode of a file with this ACL shows: in the group's place the mask, where there is one."""
    found = {entry.tag: entry.permissions for entry in acl}
    group = found[Tag.MASK] if Tag.MASK in found else found[Tag.GROUP_OBJ]
    return found[Tag.USER_OBJ] << 6 | group << 3 | found[Tag.OTHER]


def is_minimal(acl: Acl) -> bool:
    """Whether the mode says all: no named entries, no mask."""
    return all(entry.tag in _BASE for entry in acl)


def effective(acl: Acl, entry: AclEntry) -> int:
    """What the mask leaves of an entry."""
    return entry.permissions & mask_of(acl) if entry.tag in LIMITED else entry.permissions


def with_entry(acl: Acl, entry: AclEntry) -> Acl:
    """`acl` with an entry set, in the kernel's order."""
    kept = [one for one in acl if (one.tag, one.id) != (entry.tag, entry.id)]
    return tuple(sorted([*kept, entry], key=lambda one: (one.tag, -1 if one.id is None else one.id)))


def without_entry(acl: Acl, tag: Tag, number: int | None) -> Acl:
    """`acl` without an entry."""
    return tuple(one for one in acl if (one.tag, one.id) != (tag, number))


def stripped(acl: Acl) -> Acl:
    """`acl` without named entries and mask; the group keeps what the mask left it, so that nobody gains."""
    return tuple(one._replace(permissions=effective(acl, one)) for one in acl if one.tag in _BASE)


def remasked(acl: Acl) -> Acl:
    """`acl` with the mask that limits nothing: all that group, named users and named groups have."""
    bits = 0
    for entry in acl:
        if entry.tag in LIMITED:
            bits |= entry.permissions
    return with_entry(acl, AclEntry(Tag.MASK, bits))


def checked(acl: Acl, what: str = "The ACL") -> Acl:
    """`acl`, when the kernel would take it; see posix_acl_valid in fs/posix_acl.c.

    Raises:
        Refused: it would not, and why.
    """
    tags = [entry.tag for entry in acl]
    for tag, name in ((Tag.USER_OBJ, "owner"), (Tag.GROUP_OBJ, "group"), (Tag.OTHER, "others")):
        if tags.count(tag) != 1:
            raise Refused(f"{what} must have one entry for the {name}")
    if len({(entry.tag, entry.id) for entry in acl}) != len(acl):
        raise Refused(f"{what} names somebody twice")
    if any(tag in _NAMED for tag in tags) and Tag.MASK not in tags:
        raise Refused(f"{what} names users or groups, so it must have a mask")
    if len(acl) > MOST_ENTRIES:
        raise Refused(f"{what} has {len(acl)} entries: a file system keeps {MOST_ENTRIES} at most")
    return acl


def apply_steps(acls: Acls, steps: tuple[Step, ...], *, directory: bool) -> Acls:
    """What `acls` become, as setfacl does it.

    Raises:
        Refused: the kernel would not take the result, or a file would get a default ACL.
    """
    now = {False: acls.access, True: acls.default}
    touched, masked = set(), set()
    for step in steps:
        if step.kind == "no-default":
            now[True] = ()
        elif step.kind == "base":
            now = {False: stripped(now[False]), True: ()}
        else:
            which = step.default
            touched.add(which)
            if step.tag is Tag.MASK:
                masked.add(which)
            if step.kind == "remove":
                now[which] = without_entry(now[which], step.tag, step.id)
            else:
                runs = directory or any(one.permissions & 1 for one in now[which])
                bits = step.permissions | (1 if step.search and runs else 0)
                now[which] = with_entry(now[which], AclEntry(step.tag, bits, step.id))
    if True in touched and not directory and now[True]:
        raise Refused("Only directories have a default ACL")
    if now[True]:
        for entry in now[False]:
            if entry.tag in _BASE and all(one.tag is not entry.tag for one in now[True]):
                now[True] = with_entry(now[True], entry)
    for which in touched:
        if now[which] and not is_minimal(now[which]) and which not in masked:
            now[which] = remasked(now[which])
    checked(now[False], "The ACL")
    if now[True]:
        checked(now[True], "The default ACL")
    return Acls(now[False], now[True])


def acls_text(old: Acls, new: Acls) -> str:
    """A change of a file's ACLs in words: its mode and how many entries there are."""
    if old == new:
        return "stays as it is"
    modes = [bits_text(mode_of_acl(one.access)) for one in (old, new)]
    counts = [f"{len(one.access)}{f' and {len(one.default)} default' if one.default else ''}" for one in (old, new)]
    return f"{' → '.join(dict.fromkeys(modes))}, {' → '.join(dict.fromkeys(counts))} entries"


class AclRow(NamedTuple):
    """An entry while it is edited: what it was and what it shall be; None where it is not there."""

    default: bool
    tag: Tag
    id: int | None
    was: AclEntry | None
    now: AclEntry | None


def acl_rows(old: Acls, new: Acls) -> list[AclRow]:
    """Every entry of both, in the kernel's order, the default ACL last."""
    rows = []
    for default in (False, True):
        was, now = ({(one.tag, one.id): one for one in acls[default]} for acls in (old, new))
        keys = sorted({*was, *now}, key=lambda key: (key[0], -1 if key[1] is None else key[1]))
        rows += [AclRow(default, *key, was.get(key), now.get(key)) for key in keys]
    return rows


def group_column(acl: Acl) -> str:
    """What the group column of the mode means with this ACL."""
    if all(entry.tag is not Tag.MASK for entry in acl):
        return "The group column of the mode is what the owning group may: there is no mask"
    own = next(entry for entry in acl if entry.tag is Tag.GROUP_OBJ)
    shown, left = triplet(mask_of(acl)), triplet(effective(acl, own))
    return f"The group column of the mode shows the mask, {shown}; the owning group itself may {left}"
