"""What an audit says about an entry."""

from __future__ import annotations

import stat

import pytest

from osexplorer.model.audit import KINDS, Facts, troubles

FILE, DIRECTORY, LINK, FIFO, DEVICE, SOCKET = (
    stat.S_IFREG,
    stat.S_IFDIR,
    stat.S_IFLNK,
    stat.S_IFIFO,
    stat.S_IFCHR,
    stat.S_IFSOCK,
)


def facts(mode: int, uid: int = 1000, **more: object) -> Facts:
    return Facts(mode, uid, "ada", "staff")._replace(**more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (facts(FILE | 0o644), ()),
        (facts(DIRECTORY | 0o755), ()),
        (facts(FILE | 0o4755), ("setuid: runs as ada",)),
        (facts(FILE | 0o2755), ("setgid: runs as group staff",)),
        (facts(FILE | 0o2745), ("setgid: without effect while its group may not execute it",)),
        (facts(FILE | 0o4600), ("setuid: without effect while nobody may execute it",)),
        (
            facts(FILE | 0o2755, group=None),
            ("setgid: runs as a group without a name", "no group: no group has its number"),
        ),
        (facts(DIRECTORY | 0o2775), ()),
        (facts(FILE | 0o666), ("world-writable",)),
        (facts(FIFO | 0o622), ("world-writable",)),
        (facts(SOCKET | 0o777), ()),
        (facts(DEVICE | 0o666), ()),
        (facts(LINK | 0o777), ()),
        (facts(DIRECTORY | 0o1777), ()),
        (facts(DIRECTORY | 0o777), ("world-writable without sticky: anybody removes what is anybody's",)),
        (facts(FILE | 0o644, user=None), ("no owner: no account has its user",)),
        (facts(LINK | 0o777, group=None), ("no group: no group has its number",)),
        (facts(FILE | 0o044), ("unreadable to its owner",)),
        (facts(FILE | 0o000, uid=0), ()),
        (facts(DIRECTORY | 0o655), ("unreadable to its owner, or not to be entered",)),
        (facts(FILE | 0o664, home_of="eve", shared=True), ("group-writable in eve's home, by staff",)),
        (facts(FILE | 0o664, home_of="eve"), ()),
        (facts(FILE | 0o755, capabilities="cap_net_raw=ep"), ("capabilities: cap_net_raw=ep",)),
    ],
)
def test_what_is_said(found: Facts, said: tuple[str, ...]) -> None:
    assert troubles(found) == said


def test_the_gravest_comes_first_and_every_kind_is_known() -> None:
    found = troubles(facts(FILE | 0o6377, user=None, group=None, capabilities="x", home_of="eve", shared=True))
    assert found[0].startswith("setuid")
    assert all(any(one.startswith(kind) for kind in KINDS) for one in found)
    assert len(found) == 8
