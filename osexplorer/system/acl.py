"""Reading and setting the ACLs of exactly the file that was shown; see acl(5), setxattr(2)."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from osexplorer.model.acl import Acl, Tag, acl_bytes, parse_acl
from osexplorer.model.acl_change import Acls, Clause, Step, acl_of_mode, apply_steps, checked, is_minimal
from osexplorer.model.attribute_names import ACL_ATTRIBUTE, DEFAULT_ACL_ATTRIBUTE
from osexplorer.model.display import display
from osexplorer.model.errors import CallError, Refused
from osexplorer.model.status import FileId
from osexplorer.system import accounts, attributes
from osexplorer.system.extended import name_of
from osexplorer.system.held import Held, held_at
from osexplorer.system.identity import group_name, user_name


class AclState(NamedTuple):
    """What a file's ACLs are, as the kernel keeps them."""

    mode: int
    """The twelve bits."""
    access: bytes | None
    """None where the mode says all."""
    default: bytes | None


class AclSet(NamedTuple):
    """A change of ACLs that was made."""

    id: FileId
    before: AclState
    after: AclState


class AclsFound(NamedTuple):
    """The ACLs of a file, for people."""

    id: FileId
    acls: Acls
    directory: bool
    names: dict[tuple[Tag, int | None], str]
    """Of whom an entry is about; the owner and the owning group too. Raw."""


def acls_at(path: str, identity: FileId) -> AclsFound:
    """The ACLs of the file `identity`, which is at `path`.

    Raises:
        Refused: another file is at `path` now, it is a link, or its ACL is damaged.
        CallError: it cannot be reached.
    """
    with held_at(path, identity) as held:
        acls = acls_of(held)
        found = held.now()
        names: dict[tuple[Tag, int | None], str] = {
            (Tag.USER_OBJ, None): user_name(found.st_uid),
            (Tag.GROUP_OBJ, None): group_name(found.st_gid),
        }
        return AclsFound(held.id, acls, stat.S_ISDIR(found.st_mode), names | _names(acls))


def acls_after(found: AclsFound, clauses: tuple[Clause, ...]) -> AclsFound:
    """What `found` would be after a change, with the names that come in by it.

    Raises:
        Refused: there is no such user or group, or the kernel would not take the result.
    """
    acls = apply_steps(found.acls, steps_of(clauses), directory=found.directory)
    return found._replace(acls=acls, names=found.names | _names(acls))


def _names(acls: Acls) -> dict[tuple[Tag, int | None], str]:
    return {(one.tag, one.id): name_of(one) for one in (*acls.access, *acls.default) if one.id is not None}


def steps_of(clauses: tuple[Clause, ...]) -> tuple[Step, ...]:
    """The steps with the numbers of the users and groups that they name.

    Raises:
        Refused: there is no such user or group.
    """
    return tuple(
        step._replace(id=accounts.user_id(name) if step.tag is Tag.USER else accounts.group_id(name)) if name else step
        for step, name in clauses
    )


def set_acls(path: str, identity: FileId, change: tuple[Step, ...] | Acls, expected: Acls | None = None) -> AclSet:
    """Change the ACLs of the file `identity`, which is at `path`. Group bits of the mode change with them.

    Args:
        change: what they shall be, or steps that are applied to what they are now.
        expected: what they must be now.

    Raises:
        Refused: another file is at `path` now, it is a link, its ACLs are not `expected`, or the kernel would not take
            the new ones. Nothing is changed.
        CallError: it cannot be reached, or the system does not let us. Nothing is changed.
    """
    with held_at(path, identity) as held:
        now = acls_of(held)
        if expected is not None and now != expected:
            raise Refused(f"The ACL of {display(path)} was changed meanwhile: left as it is")
        directory = stat.S_ISDIR(held.found.st_mode)
        new = change if isinstance(change, Acls) else apply_steps(now, change, directory=directory)
        checked(new.access)
        if new.default and not directory:
            raise Refused("Only directories have a default ACL")
        before = state_of(held)
        if new.default != now.default:
            _put(held, DEFAULT_ACL_ATTRIBUTE, acl_bytes(checked(new.default)) if new.default else None)
        if new.access != now.access:
            try:
                _put(held, ACL_ATTRIBUTE, acl_bytes(new.access))
            except CallError:
                if new.default != now.default:
                    _put(held, DEFAULT_ACL_ATTRIBUTE, before.default)
                raise
        return AclSet(held.id, before, state_of(held))


def put_acls_back(path: str, done: AclSet) -> None:
    """Undo :func:`set_acls`.

    Raises:
        Refused: another file is at `path` now, or its mode or ACLs were changed since. Nothing is changed.
        CallError: it cannot be reached, or the system does not let us.
    """
    with held_at(path, done.id) as held:
        if state_of(held) != done.after:
            raise Refused(f"Mode or ACL of {display(path)} were changed meanwhile: left as they are")
        put_state(held, done.before, done.after)


def put_state(held: Held, wanted: AclState, now: AclState) -> None:
    """Make the ACLs of a file that is held, and its mode, `wanted`.

    Raises:
        CallError: the system does not let us.
    """
    if wanted.default != now.default:
        _put(held, DEFAULT_ACL_ATTRIBUTE, wanted.default)
    if wanted.access != now.access:
        _put(held, ACL_ATTRIBUTE, wanted.access or acl_bytes(acl_of_mode(wanted.mode)))
    if stat.S_IMODE(held.now().st_mode) != wanted.mode:
        held.change(os.chmod, wanted.mode)


def _put(held: Held, name: str, value: bytes | None) -> None:
    if value is None:
        attributes.remove_from(held, name)
    else:
        attributes.put_into(held, name, value)


def state_of(held: Held) -> AclState:
    """The ACLs of a file that is held, as the kernel keeps them.

    Raises:
        CallError: they cannot be read.
    """
    return AclState(
        stat.S_IMODE(held.now().st_mode),
        attributes.value_of(held, ACL_ATTRIBUTE),
        attributes.value_of(held, DEFAULT_ACL_ATTRIBUTE) if stat.S_ISDIR(held.found.st_mode) else None,
    )


def acls_of(held: Held) -> Acls:
    """Both ACLs of a file that is held.

    Raises:
        Refused: it is a link, or an ACL is damaged.
        CallError: they cannot be read.
    """
    if held.is_link:
        raise Refused(f"{display(held.path)} is a symbolic link: links have no ACL. Change what it leads to")
    state = state_of(held)
    access: Acl = parse_acl(state.access) if state.access else acl_of_mode(state.mode)
    if is_minimal(access):
        access = acl_of_mode(state.mode)
    return Acls(access, parse_acl(state.default) if state.default else ())
