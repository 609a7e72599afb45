"""Who may do something to a file: the question why turned round, for every user and group that bears on it.

Users are told apart only by what the files on the way tell apart: whose they are, of which groups, and whom their ACLs
name. So there are a few kinds of users, however many there are, and each kind is asked about once.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from osexplorer.model.access_rules import Node
from osexplorer.model.acl import Tag
from osexplorer.model.credentials import Credentials
from osexplorer.model.deciding import decide
from osexplorer.model.why import Answer, Question, Trail

_STRANGER = 2**32 - 2
"""A number that no user and no group has."""


class Holder(NamedTuple):
    """Users about whom the same rule decides."""

    who: str
    """In words, as ``ada``, ``members of staff``, ``everybody else``; raw names in it."""
    allowed: bool
    rule: str
    """The rule that decides, in words; raw names in it."""
    users: tuple[str, ...]
    """Those that the system lists; raw."""
    place: str = ""
    """Where it is denied; raw."""


class WhoCan(NamedTuple):
    """The answer."""

    question: Question
    path: str
    holders: tuple[Holder, ...]
    """Those who may first."""
    listed: int
    """How many users the system lists."""
    unknown: str = ""
    """Why it cannot be told; raw names in it."""
    notes: tuple[str, ...] = ()


class _Kind(NamedTuple):
    """What tells a user from others here."""

    uid: int | None
    groups: frozenset[int]


_ANYBODY = _Kind(None, frozenset())


def who_can(question: Question, trail: Trail, root: Credentials, people: Sequence[Credentials]) -> WhoCan:
    """Which users may do that at the end of `trail`.

    Args:
        root: with the capabilities that root has here.
        people: every user that the system lists.
    """
    nodes = [*(passed.node for passed in trail.passed), *(one for one in (trail.parent, trail.final) if one)]
    uids, gids = _uids(nodes), _gids(nodes)
    stranger = Credentials("", _STRANGER, _STRANGER)
    first = decide(question, stranger._replace(name="anybody else"), trail)
    if trail.error and not (question is Question.CREATE and trail.error == errno.ENOENT and trail.parent is not None):
        answer = decide(question, root, trail)
        return WhoCan(question, trail.path, (), len(people), answer.unknown or answer.steps[-1].rule)
    of_root = _Kind(root.uid, frozenset())
    members: dict[_Kind, list[Credentials]] = {_ANYBODY: [], of_root: []}
    members |= {_Kind(None, frozenset((gid,))): [] for gid in gids}
    members |= {_Kind(uid, frozenset()): [] for uid in uids - {root.uid} if not any(one.uid == uid for one in people)}
    for one in people:
        held = frozenset(gid for gid in gids if one.in_group(gid))
        kind = _Kind(one.uid, frozenset() if one.uid == root.uid else held)
        members.setdefault(kind if one.uid in uids or one.uid == root.uid else _Kind(None, held), []).append(one)
    found: dict[tuple[bool, str, str], list[_Kind]] = {}
    for kind in sorted(members, key=lambda kind: (kind.uid is not None, len(kind.groups), sorted(kind.groups))):
        answer = decide(question, _credentials(kind, root, stranger, "they"), trail)
        found.setdefault(_outcome(answer), []).append(kind)
    names = _names(nodes)
    holders = []
    ordered = sorted(found.items(), key=lambda one: (one[1][0] != of_root, _breadth(one[1][0])))
    for (allowed, *_), kinds in ordered:
        users = [one for kind in kinds for one in members[kind]]
        if not users and kinds[0] not in (_ANYBODY, of_root) and allowed is bool(first.allowed):
            continue  # nobody is told apart by it
        holders.append(_holder(question, trail, kinds[0], users, root, stranger, names))
    holders.sort(key=lambda holder: not holder.allowed)
    return WhoCan(question, trail.path, tuple(holders), len(people), notes=first.notes)


def _breadth(kind: _Kind) -> int:
    return 0 if kind.uid is not None else 1 if kind.groups else 2


def _outcome(answer: Answer) -> tuple[bool, str, str]:
    step = answer.decisive or answer.steps[-1]
    return bool(answer.allowed), step.path if answer.decisive else "", step.rule


def _credentials(kind: _Kind, root: Credentials, stranger: Credentials, name: str) -> Credentials:
    if kind.uid == root.uid:
        return root._replace(name=name)
    return stranger._replace(name=name, uid=stranger.uid if kind.uid is None else kind.uid, groups=kind.groups)


def _holder(
    question: Question,
    trail: Trail,
    kind: _Kind,
    users: Sequence[Credentials],
    root: Credentials,
    stranger: Credentials,
    names: dict[tuple[str, int], str],
) -> Holder:
    groups = " and ".join(names.get(("group", gid), str(gid)) for gid in sorted(kind.groups))
    if kind.uid is not None:
        who = next((one.name for one in users if one.uid == kind.uid), names.get(("user", kind.uid), str(kind.uid)))
        subject = who
    elif groups:
        who, subject = f"members of {groups}", f"a member of {groups}"
    else:
        who, subject = "everybody else", "anybody else"
    answer = decide(question, _credentials(kind, root, stranger, subject), trail)
    _, place, rule = _outcome(answer)
    return Holder(who, bool(answer.allowed), rule, tuple(one.name for one in users), place)


def _uids(nodes: Iterable[Node]) -> frozenset[int]:
    named = (one.id for node in nodes for one in node.acl or () if one.tag is Tag.USER and one.id is not None)
    return frozenset((*named, *(node.uid for node in nodes)))


def _gids(nodes: Iterable[Node]) -> frozenset[int]:
    named = (one.id for node in nodes for one in node.acl or () if one.tag is Tag.GROUP and one.id is not None)
    return frozenset((*named, *(node.gid for node in nodes)))


def _names(nodes: Iterable[Node]) -> dict[tuple[str, int], str]:
    return dict(_named(nodes))


def _named(nodes: Iterable[Node]) -> Iterator[tuple[tuple[str, int], str]]:
    for node in nodes:
        yield ("user", node.uid), node.user
        yield ("group", node.gid), node.group
        yield from (((kind, number), name) for kind, number, name in node.names)
