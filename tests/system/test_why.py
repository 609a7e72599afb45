"""Walking, single attempts, and accounts; test_why_oracle.py asks the kernel thousands of questions."""

from __future__ import annotations

import ctypes
import errno
import os
import pwd
from pathlib import Path

import pytest

from osexplorer.model.deciding import decide
from osexplorer.model.errors import Refused
from osexplorer.model.why import Question
from osexplorer.system.accounts import credentials_of, group_id, own_credentials, people
from osexplorer.system.attempts import attempt
from osexplorer.system.why import walk
from tests.system.oracle import in_child
from tests.unprivileged import needs_root, open_place

__all__ = ["open_place"]


@needs_root
def test_a_real_attempt_as_somebody_else_leaves_us_as_we_are(open_place: Path) -> None:
    (open_place / "file").touch(mode=0o640)
    who = credentials_of("nobody")
    own = own_credentials()
    for question, path in ((Question.READ, "file"), (Question.EXECUTE, ".")):
        trail = walk(str(open_place / path), follow=True)
        found = attempt(question, trail, who, own)
        assert found is not None
        assert found.allowed is (question is Question.EXECUTE)
        assert found.allowed == decide(question, who, trail).allowed
    assert own_credentials() == own
    assert attempt(Question.DELETE, walk(str(open_place), follow=False), who, own) is None


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_a_link_of_proc_to_what_has_no_path_is_no_missing_file(tmp_path: Path) -> None:
    own = own_credentials()
    reader, writer = os.pipe()
    with (tmp_path / "gone").open("w") as file:
        (tmp_path / "gone").unlink()
        for number, target in ((reader, "pipe:["), (file.fileno(), "(deleted)")):
            trail = walk(f"/proc/self/fd/{number}", follow=True)
            answer = decide(Question.READ, own, trail)
            assert (answer.allowed, answer.missing) == (None, False)
            assert target in answer.unknown
            assert all(step.allowed for step in answer.steps) and answer.steps[-1].action == "follow"
            assert answer._replace(attempt=attempt(Question.READ, trail, own, own)).verdict is True
    os.close(reader)
    os.close(writer)


def test_what_we_may_ourselves(tmp_path: Path) -> None:
    (tmp_path / "file").touch(mode=0o600)
    own = own_credentials()
    for question in (Question.READ, Question.WRITE, Question.EXECUTE):
        trail = walk(str(tmp_path / "file"), follow=True)
        answer = decide(question, own, trail)._replace(attempt=attempt(question, trail, own, own))
        assert answer.agrees
        assert answer.allowed is (question is not Question.EXECUTE)


def test_a_relative_path_is_walked_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    trail = walk("./file", follow=True)
    assert trail.passed[0].node.path == "/"
    assert trail.final is not None
    assert trail.final.path == str(tmp_path / "file")


def test_ways_that_end_early(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert walk(str(tmp_path / "file" / "x"), follow=True).error == errno.ENOTDIR
    assert walk(str(tmp_path / "file") + "/", follow=True).error == errno.ENOTDIR
    assert walk(str(tmp_path / "a"), follow=True).error == errno.ELOOP
    assert walk(str(tmp_path / "a"), follow=False).error == 0
    missing = walk(str(tmp_path / "new"), follow=False)
    assert (missing.error, missing.parent is not None) == (errno.ENOENT, True)
    assert walk(str(tmp_path / "no" / "new"), follow=False).parent is None


@pytest.mark.parametrize("user", ["no-such-user", "4294967295", "-1", "", "1e3", "0x0", "9" * 30])
def test_users_that_are_not_there_are_refused(user: str) -> None:
    with pytest.raises(Refused):
        credentials_of(user)
    with pytest.raises(Refused):
        group_id(user)


def test_users_by_name_and_number() -> None:
    assert credentials_of("root").uid == credentials_of("0").uid == 0
    with pytest.raises(Refused, match="no passwd entry"):
        credentials_of("4242")
    assert credentials_of("4242", ("7", "8"))[1:4] == (4242, 7, frozenset({7, 8}))


@needs_root
def test_root_has_no_more_than_its_processes_can_have() -> None:
    assert credentials_of("root").capabilities == own_credentials().capabilities

    def work() -> str:
        drop_from_bounding_set = 24
        assert ctypes.CDLL(None).prctl(drop_from_bounding_set, 1, 0, 0, 0) == 0
        return " ".join(sorted(credentials_of("root").capabilities))

    assert in_child(work) == "CAP_DAC_READ_SEARCH CAP_FOWNER"


def test_everybody_that_the_system_lists_has_what_a_login_gives() -> None:
    listed = people()
    assert {one.name for one in listed} == {one.pw_name for one in pwd.getpwall()}
    for one in listed:
        login = credentials_of(one.name)
        assert (one.uid, one.gid, one.capabilities) == (login.uid, login.gid, login.capabilities)
        assert one.groups | {one.gid} == login.groups | {login.gid}
