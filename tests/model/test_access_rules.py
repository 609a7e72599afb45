"""Which rule decides about one file, and that what is offered to lift a denial lifts it."""

from __future__ import annotations

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.access_rules import EXECUTE, READ, WRITE, Node, permission, triplet
from osexplorer.model.acl import Acl, AclEntry, Tag, acl_bytes, mask_of, parse_acl
from osexplorer.model.acl_change import Acls, apply_steps, mode_of_acl, parse_acl_change
from osexplorer.model.credentials import DAC_OVERRIDE, DAC_READ_SEARCH, Credentials
from osexplorer.model.errors import Refused
from osexplorer.model.remedies import remedies_for
from osexplorer.model.status import FileId

ADA = Credentials("ada", 1000, 100, frozenset({100, 200}))
ROOT = Credentials("root", 0, 0, frozenset(), frozenset({DAC_OVERRIDE, DAC_READ_SEARCH}))
BITS = st.integers(0, 7)


def node(mode: int, uid: int = 5, gid: int = 6, acl: Acl | None = None, kind: int = stat.S_IFREG) -> Node:
    return Node("/x", FileId(1, 2), kind | mode, uid, gid, f"u{uid}", f"g{gid}", acl)


def acl(*named: AclEntry, group: int = 0, mask: int = 7, other: int = 0) -> Acl:
    entries = [AclEntry(Tag.USER_OBJ, 7), *named, AclEntry(Tag.GROUP_OBJ, group)]
    return (*sorted(entries, key=lambda one: one.tag), AclEntry(Tag.MASK, mask), AclEntry(Tag.OTHER, other))


@pytest.mark.parametrize(
    ("node", "want", "who", "allowed", "rule"),
    [
        (node(0o400, uid=1000), READ, ADA, True, "owner"),
        (node(0o077, uid=1000), READ, ADA, False, "owner"),
        (node(0o040, gid=200), READ, ADA, True, "group"),
        (node(0o707, gid=200), READ, ADA, False, "group"),
        (node(0o004), READ, ADA, True, "other"),
        (node(0o770), READ, ADA, False, "other"),
        (node(0o000), READ | WRITE, ROOT, True, "capability"),
        (node(0o000), EXECUTE, ROOT, False, "other"),
        (node(0o010), EXECUTE, ROOT, True, "capability"),
        (node(0o000, kind=stat.S_IFDIR), EXECUTE, ROOT, True, "capability"),
        (node(0o070, acl=acl(AclEntry(Tag.USER, 4, 1000))), READ, ADA, True, "acl-user"),
        (node(0o020, acl=acl(AclEntry(Tag.USER, 4, 1000), mask=2)), READ, ADA, False, "acl-user"),
        (node(0o077, acl=acl(AclEntry(Tag.USER, 0, 1000), other=7)), READ, ADA, False, "acl-user"),
        (node(0o007, acl=acl(AclEntry(Tag.USER, 0, 1000), mask=0, other=7)), READ, ADA, True, "other"),
        (node(0o070, acl=acl(AclEntry(Tag.GROUP, 2, 100), AclEntry(Tag.GROUP, 4, 200))), READ, ADA, True, "acl-group"),
        (
            node(0o070, acl=acl(AclEntry(Tag.GROUP, 2, 100), AclEntry(Tag.GROUP, 4, 200))),
            READ | WRITE,
            ADA,
            False,
            "acl-group",
        ),
        (node(0o074, acl=acl(other=4)), READ, ADA, True, "acl-other"),
    ],
)
def test_examples(node: Node, want: int, who: Credentials, allowed: bool, rule: str) -> None:
    ruling = permission(node, want, who)
    assert (ruling.allowed, ruling.matched.rule) == (allowed, rule)
    assert ruling.matched.text


def test_searching_needs_less_than_overriding() -> None:
    reader = ADA._replace(capabilities=frozenset({DAC_READ_SEARCH}))
    directory = node(0, kind=stat.S_IFDIR)
    assert permission(directory, READ | EXECUTE, reader).allowed
    assert not permission(directory, WRITE, reader).allowed
    assert permission(node(0), READ, reader).allowed
    assert not permission(node(0o111), READ | EXECUTE, reader).allowed


@given(st.integers(0, 0o777), st.sampled_from([1000, 5]), st.sampled_from([100, 6]), st.integers(1, 7))
def test_every_change_of_mode_that_is_offered_lifts_the_denial(mode: int, uid: int, gid: int, want: int) -> None:
    for who in (ADA, ROOT):
        subject = node(mode, uid, gid)
        ruling = permission(subject, want, who)
        if ruling.allowed:
            continue
        changes = [one.change for one in remedies_for(subject, want, who, ruling.matched) if one.change is not None]
        assert changes
        for change in changes:
            after = subject._replace(mode=stat.S_IFREG | change.apply(mode, directory=False, umask=0o777))
            assert permission(after, want, who).allowed


def test_remedies_name_the_narrowest_change_first() -> None:
    subject = node(0o040, gid=300)
    commands = [one.command for one in remedies_for(subject, READ, ADA, permission(subject, READ, ADA).matched)]
    assert commands == ["setfacl -m u:ada:r-- /x", "usermod -aG g300 ada", "chmod o+r /x"]
    limited = node(0o020, acl=acl(AclEntry(Tag.USER, 4, 1000), mask=2))
    (only,) = remedies_for(limited, READ, ADA, permission(limited, READ, ADA).matched)
    assert only.command == "setfacl -m m::rw- /x"


def _given(subject: Node, change: str) -> Node:
    """The node after a change of its ACL."""
    assert subject.acl is not None
    steps = tuple(
        clause.step._replace(id=int(clause.name) if clause.name else None) for clause in parse_acl_change(change)
    )
    access = apply_steps(Acls(subject.acl), steps, directory=False).access
    return subject._replace(acl=access, mode=stat.S_IFREG | mode_of_acl(access))


@given(
    st.lists(st.tuples(BITS, st.sampled_from([1000, 7, 8])), max_size=3, unique_by=lambda one: one[1]),
    st.lists(st.tuples(BITS, st.sampled_from([100, 6, 20])), max_size=3, unique_by=lambda one: one[1]),
    BITS,
    BITS,
    st.sampled_from([4, 2, 1, 6, 5, 7]),
)
def test_a_change_of_an_acl_helps_whom_it_names_and_takes_from_nobody(
    users: list[tuple[int, int]], groups: list[tuple[int, int]], own: int, mask: int, want: int
) -> None:
    entries = [AclEntry(Tag.USER, bits, uid) for bits, uid in sorted(users, key=lambda one: one[1])]
    more = [AclEntry(Tag.GROUP, bits, gid) for bits, gid in sorted(groups, key=lambda one: one[1])]
    access = (
        AclEntry(Tag.USER_OBJ, 6),
        *entries,
        AclEntry(Tag.GROUP_OBJ, own),
        *more,
        AclEntry(Tag.MASK, mask),
        AclEntry(Tag.OTHER, 0),
    )
    subject = node(0o600 | mask << 3, 0, 30)._replace(acl=access)
    everybody = [Credentials("u", uid, gid) for uid in (1000, 7, 8, 9) for gid in (100, 6, 20, 30, 31)]
    who = everybody[0]._replace(groups=frozenset({6}))
    ruling = permission(subject, want, who)
    if ruling.allowed:
        return
    offered = [one for one in remedies_for(subject, want, who, ruling.matched) if one.acl]
    assert offered
    for remedy in offered:
        after = _given(subject, remedy.acl)
        assert permission(after, want, who).allowed
        for one in (who, *(one for one in everybody if one.uid != who.uid)):
            for bit in (READ, WRITE, EXECUTE):
                had, has = permission(subject, bit, one).allowed, permission(after, bit, one).allowed
                if "alone" in remedy.effect and mask and one is not who:
                    assert had == has
                elif mask:
                    assert has or not had


@given(st.lists(st.tuples(st.sampled_from(list(Tag)), BITS, st.integers(0, 2**32 - 2)), max_size=6))
def test_an_acl_survives_being_written_and_read(entries: list[tuple[Tag, int, int]]) -> None:
    whole = tuple(AclEntry(tag, bits, id if tag in (Tag.USER, Tag.GROUP) else None) for tag, bits, id in entries)
    assert parse_acl(acl_bytes(whole)) == whole
    assert 0 <= mask_of(whole) <= 7


@given(st.binary(max_size=40))
def test_what_is_no_acl_is_refused(data: bytes) -> None:
    try:
        parse_acl(data)
    except Refused:
        return
    assert len(data) % 8 == 4


def test_three_bits_as_text() -> None:
    assert [triplet(bits) for bits in (0, 4, 2, 1, 7)] == ["---", "r--", "-w-", "--x", "rwx"]
