"""Owner and group as chown takes them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from osexplorer.model.errors import Refused
from osexplorer.model.owner import Owner, OwnerText, mode_after_chown, owner_warnings, parse_owner
from osexplorer.system.status import status


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ada", OwnerText("ada")),
        ("ada:staff", OwnerText("ada", "staff")),
        ("ada:", OwnerText("ada", login=True)),
        (":staff", OwnerText(None, "staff")),
        (":", OwnerText()),
        ("0:4294967294", OwnerText("0", "4294967294")),
        ("+5:+6", OwnerText("+5", "+6")),
        ("a.b", OwnerText("a.b")),
        ("a:b:c", OwnerText("a", "b:c")),
    ],
)
def test_what_chown_takes(text: str, meant: OwnerText) -> None:
    assert parse_owner(text) == meant


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Type an owner"),
        ("-1", "leave it"),
        ("4294967295", "leave it"),
        (":4294967295", "no group"),
        ("root:-1", "no group"),
        pytest.param("9" * 5000, "the largest number is 4294967294", id="more digits than Python reads"),
        pytest.param(":+" + "9" * 5000, "the largest number is 4294967294", id="of a group"),
        ("4294967296", "the largest number is 4294967294"),
        ("99999999999999999999", "the largest number"),
        ("-2", "begin at 0"),
        ("1000:", "wants a group"),
    ],
)
def test_what_nobody_can_be_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        parse_owner(text)


def test_what_is_left_of_a_mode() -> None:
    assert mode_after_chown(stat.S_IFREG | 0o6755) == stat.S_IFREG | 0o755
    assert mode_after_chown(stat.S_IFREG | 0o6744) == stat.S_IFREG | 0o2744
    assert mode_after_chown(stat.S_IFDIR | 0o6755) == stat.S_IFDIR | 0o6755


def test_minus_one_leaves_it() -> None:
    assert Owner(5).after(1, 2) == (5, 2)
    assert Owner(gid=5).after(1, 2) == (1, 5)


def test_of_several_it_is_said_how_many_are_links(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).symlink_to("nowhere")
    (tmp_path / "file").touch()
    one, two, file = (status(str(tmp_path / name)) for name in ("one", "two", "file"))
    about = "is the owner of the link itself, not of what it leads to"
    assert owner_warnings([one], keep=False) == (f"This {about}",)
    assert owner_warnings([one, file], keep=False) == (f"1 of 2 is a link: this {about}",)
    assert owner_warnings([one, two, file], keep=False) == (f"2 of 3 are links: this {about}",)
    assert owner_warnings([file], keep=False) == ()
