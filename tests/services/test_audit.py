"""Audits of real trees, beside find(1) and getcap(8); what was put right is said to be."""

from __future__ import annotations

import grp
import json
import os
import pwd
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from osexplorer.cli import main
from osexplorer.model.errors import CallError
from osexplorer.model.find import Query
from osexplorer.services.audit import Audit
from osexplorer.services.find import FindStatus
from osexplorer.services.session import Session
from osexplorer.system import audit as system
from tests.unprivileged import as_nobody, needs_root, open_place
from tests.waiting import until

__all__ = ["open_place"]

_NET_RAW = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)


@pytest.fixture
def place(open_place: Path) -> Path:
    tree = open_place / "tree"
    (tree / "deep" / "er").mkdir(parents=True)
    modes = {
        "fine": 0o644,
        "deep/suid": 0o4755,
        "deep/sgid": 0o2755,
        "open": 0o666,
        "deep/er/nobodys": 0o644,
        "deep/er/no-group": 0o644,
        "able": 0o755,
        "closed": 0o200,
    }
    for name, mode in modes.items():
        (tree / name).touch()
        os.chown(tree / name, 1, 1)
        (tree / name).chmod(mode)
    os.chown(tree / "deep/er/nobodys", 3_999_999, 1)
    os.chown(tree / "deep/er/no-group", 1, 3_999_999)
    os.setxattr(tree / "able", "security.capability", _NET_RAW)
    for name, mode in (("loose", 0o777), ("sticky", 0o1777)):
        (tree / name).mkdir()
        (tree / name).chmod(mode)
    (tree / "link\x1b").symlink_to("fine")
    os.mkfifo(tree / "fifo")
    (tree / "fifo").chmod(0o622)
    return tree


def said(audit: Audit) -> dict[str, str]:
    return {audit.found(at).path: audit.found(at).about for at in range(len(audit))}


def listed(place: Path, *conditions: str) -> set[str]:
    shown = subprocess.run(["find", place, "-mindepth", "1", *conditions, "-printf", "%P\\0"], capture_output=True)
    return {os.fsdecode(name) for name in shown.stdout.split(b"\0") if name}


@needs_root
async def test_it_finds_what_find_finds(place: Path) -> None:
    audit = Session().audit
    await audit.begin(str(place))
    found = said(audit)

    def with_words(words: str) -> set[str]:
        return {path for path, about in found.items() if any(one.startswith(words) for one in about.split("; "))}

    assert with_words("setuid") == listed(place, "-type", "f", "-perm", "-4000") == {"deep/suid"}
    assert with_words("setgid") == listed(place, "-type", "f", "-perm", "-2000") == {"deep/sgid"}
    assert with_words("no owner") == listed(place, "-nouser") == {"deep/er/nobodys"}
    assert with_words("no group") == listed(place, "-nogroup") == {"deep/er/no-group"}
    loose = listed(place, "-type", "d", "-perm", "-2", "!", "-perm", "-1000")
    assert with_words("world-writable without sticky") == loose == {"loose"}
    assert with_words("world-writable") - loose == listed(
        place, "(", "-type", "f", "-o", "-type", "p", ")", "-perm", "-2"
    )
    assert with_words("unreadable") == {"closed"}
    assert found["able"] == "capabilities: cap_net_raw=ep"
    if shutil.which("getcap"):
        shown = subprocess.run(["getcap", "-r", place], capture_output=True, text=True).stdout
        assert shown == f"{place}/able cap_net_raw=ep\n"
    assert "fine" not in found
    assert audit.feed.value.entries == 14


def test_what_cannot_be_reached_any_more_is_not_said_to_be_gone(open_place: Path) -> None:
    shut = open_place / "shut"
    shut.mkdir()
    (shut / "open").touch()
    (shut / "open").chmod(0o666)
    (open_place / "other").touch()
    (open_place / "other").chmod(0o666)
    found = [one for step in system.audit(str(open_place), Query("", ())) for one in step.found]
    (open_place / "other").unlink()
    shut.chmod(0)
    try:
        after = {one.path: one.about for one in as_nobody(lambda: system.again(str(open_place), found))}
    finally:
        shut.chmod(0o755)
    assert after["shut/open"] == "cannot be looked at now: EACCES (Permission denied)"
    assert after["other"] == "it is not there any more"


@needs_root
async def test_what_was_put_right_is_said_to_be(place: Path) -> None:
    audit = Session().audit
    await audit.begin(str(place))
    (place / "open").chmod(0o600)
    (place / "closed").unlink()
    before = said(audit)
    await audit.judge_again()
    after = said(audit)
    assert after.keys() == before.keys()
    assert after["open"] == "nothing any more"
    assert after["closed"] == "it is not there any more"
    assert {path for path in after if after[path] != before[path]} == {"open", "closed"}


@needs_root
async def test_the_directory_itself_counts_and_it_is_sorted_by_what_is_said(place: Path) -> None:
    place.chmod(0o777)
    audit = Session().audit
    await audit.begin(str(place))
    assert "without sticky" in said(audit)["."]
    assert audit.path_of(next(at for at in range(len(audit)) if audit.found(at).path == ".")) == str(place)
    before = audit.feed.value.revision
    audit.sort("about", False)
    await until(lambda: audit.feed.value.revision > before)
    shown = [audit.found(at).about for at in range(len(audit))]
    assert shown == sorted(shown)


@needs_root
async def test_what_a_group_may_write_in_a_home(open_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = open_place / "eve"
    home.mkdir()
    for name, gid in (("own", 7001), ("others", 7002)):
        (home / name).touch()
        os.chown(home / name, 1001, gid)
        (home / name).chmod(0o664)
    eve = pwd.struct_passwd(("eve", "x", 1001, 7001, "", str(home), ""))
    bob = pwd.struct_passwd(("bob", "x", 1002, 7002, "", str(open_place / "bob"), ""))
    groups = [grp.struct_group(("eve", "x", 7001, [])), grp.struct_group(("team", "x", 7002, ["eve"]))]
    monkeypatch.setattr(pwd, "getpwall", lambda: [eve, bob])
    monkeypatch.setattr(grp, "getgrall", lambda: groups)
    audit = Session().audit
    for root in (open_place, home):
        await audit.begin(str(root))
        assert {path.rpartition("/")[2]: about for path, about in said(audit).items()} == {
            "others": "group-writable in eve's home, by team"
        }


async def test_a_directory_that_is_not_there() -> None:
    audit = Session().audit
    with pytest.raises(CallError):
        await audit.begin("/there-is-no-such-directory")
    assert audit.feed.value.status is FindStatus.FAILED


@needs_root
def test_on_the_command_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(place)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert any(line.startswith("-rwsr-xr-x ") and line.endswith("suid  setuid: runs as daemon") for line in shown)
    assert main(["audit", "--json", str(place), "/there-is-no-such-directory"]) == 1
    out, err = capsys.readouterr()
    (found,) = json.loads(out)
    assert len(found["found"]) == len(shown)
    assert (found["complete"], found["entries"], found["skipped_mounts"]) == (True, 14, 0)
    assert "ENOENT" in err


@needs_root
def test_what_cannot_be_read_is_named(place: Path) -> None:
    (place / "deep").chmod(0o700)

    *_, last = steps = as_nobody(lambda: list(system.audit(str(place), Query("", ()))))
    (failure,) = (one for step in steps for one in step.failures)
    assert (failure.path, failure.reason.split()[0]) == (f"{place}/deep", "EACCES")
    assert last.directories == 3
