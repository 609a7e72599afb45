"""Who can: every user is told the answer that is his own, and thousands of users cost no more than a few."""

from __future__ import annotations

import errno
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model import who_can as module
from osexplorer.model.access_rules import Node
from osexplorer.model.acl import AclEntry, Tag
from osexplorer.model.credentials import FILE_CAPABILITIES, Credentials
from osexplorer.model.deciding import decide
from osexplorer.model.status import FileId
from osexplorer.model.who_can import WhoCan, who_can
from osexplorer.model.who_can_text import about, lines, plain
from osexplorer.model.why import Answer, Passed, Question, Trail

ROOT = Credentials("root", 0, 0, frozenset(), frozenset(FILE_CAPABILITIES.values()))
UIDS, GIDS = (0, 11, 12, 13), (0, 21, 22, 23)


def node(path: str, mode: int, uid: int = 0, gid: int = 0, **more: object) -> Node:
    return Node(path, FileId(1, hash(path)), mode, uid, gid, f"u{uid}", f"g{gid}")._replace(**more)  # type: ignore[arg-type]


def person(uid: int, gid: int, *groups: int) -> Credentials:
    return ROOT if uid == 0 else Credentials(f"p{uid}-{gid}-{'-'.join(map(str, groups))}", uid, gid, frozenset(groups))


def way(*nodes: Node) -> Trail:
    *above, last = nodes
    return Trail(last.path, tuple(Passed(one, "x") for one in above), above[-1] if above else None, last)


modes = st.sampled_from([0o777, 0o755, 0o750, 0o700, 0o1777, 0o1770, 0o070, 0o007]) | st.integers(0, 0o7777)
acls = st.none() | st.builds(
    lambda bits, uid, gid: (
        AclEntry(Tag.USER_OBJ, bits[0]),
        AclEntry(Tag.USER, bits[1], uid),
        AclEntry(Tag.GROUP_OBJ, bits[2]),
        AclEntry(Tag.GROUP, bits[3], gid),
        AclEntry(Tag.MASK, bits[4]),
        AclEntry(Tag.OTHER, bits[5]),
    ),
    st.tuples(*[st.integers(0, 7)] * 6),
    st.sampled_from(UIDS),
    st.sampled_from(GIDS),
)
people = st.builds(person, st.sampled_from([*UIDS, 77]), st.sampled_from([*GIDS, 77]), st.sampled_from(GIDS))


def nodes(kind: int, path: str) -> st.SearchStrategy[Node]:
    return st.builds(
        lambda mode, uid, gid, acl: node(path, kind | mode, uid, gid, acl=acl),
        modes,
        st.sampled_from(UIDS),
        st.sampled_from(GIDS),
        acls,
    )


@given(
    st.builds(way, nodes(stat.S_IFDIR, "/"), nodes(stat.S_IFDIR, "/a"), nodes(stat.S_IFREG, "/a/b")),
    st.lists(people, unique_by=lambda one: one.name),
    st.sampled_from(Question),
)
def test_everybody_is_in_one_line_and_it_says_what_why_says(
    trail: Trail, listed: list[Credentials], question: Question
) -> None:
    found = who_can(question, trail, ROOT, listed)
    if found.unknown:
        assert question is Question.CREATE
        return
    lines_of = [user for holder in found.holders for user in holder.users]
    assert sorted(lines_of) == sorted(one.name for one in listed)
    for one in listed:
        holder = next(holder for holder in found.holders if one.name in holder.users)
        assert holder.allowed is decide(question, one, trail).allowed


def test_thousands_of_users_cost_as_much_as_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counted(question: Question, who: Credentials, trail: Trail) -> Answer:
        asked.append(who)
        return decide(question, who, trail)

    monkeypatch.setattr(module, "decide", counted)
    trail = way(node("/", stat.S_IFDIR | 0o755), node("/f", stat.S_IFREG | 0o640, 11, 21))
    many = [person(1000 + at, 21 if at % 10 == 0 else 500 + at, 22) for at in range(10_000)]
    found = who_can(Question.READ, trail, ROOT, [ROOT, person(11, 99), *many])
    assert len(asked) < 15
    assert [(holder.who, holder.allowed, len(holder.users)) for holder in found.holders] == [
        ("root", True, 1),
        ("p11-99-", True, 1),
        ("members of g21", True, 1000),
        ("everybody else", False, 9000),
    ]
    assert about(found) == "1,002 of 10,002 users that the system lists may"
    assert "and 994 more" in lines(found)[3]
    assert "✗ everybody else (9,000 users): at /f: anybody else is neither" in lines(found)[4]
    assert len(plain(found)["holders"][3]["users"]) == 9000


def ask(trail: Trail) -> WhoCan:
    return who_can(Question.READ, trail, ROOT, [ROOT])


def test_users_and_groups_without_an_account_are_told_as_well() -> None:
    acl = (
        AclEntry(Tag.USER_OBJ, 6),
        AclEntry(Tag.USER, 4, 4711),
        AclEntry(Tag.GROUP_OBJ, 0),
        AclEntry(Tag.GROUP, 4, 4712),
        AclEntry(Tag.MASK, 4),
        AclEntry(Tag.OTHER, 0),
    )
    found = ask(way(node("/", stat.S_IFDIR | 0o755), node("/f", stat.S_IFREG | 0o640, 0, 0, acl=acl)))
    assert [(holder.who, holder.allowed) for holder in found.holders] == [
        ("root", True),
        ("4711", True),
        ("members of 4712", True),
        ("everybody else", False),
    ]
    assert "no user listed" in "\n".join(lines(found))


def test_what_is_not_there_and_what_we_cannot_see_is_said() -> None:
    gone = Trail("/x", (Passed(node("/", stat.S_IFDIR | 0o755), "x"),), None, None, errno.ENOENT, "/x")
    assert ask(gone).unknown == "there is nothing of that name"
    hidden = gone._replace(error=errno.EACCES)
    assert "we may not look into" in ask(hidden).unknown
    assert lines(ask(hidden))[0].startswith("Who may read /x: It cannot be told")
