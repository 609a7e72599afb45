"""An oracle: for random trees and users, the answer equals what a child that became the user gets from the kernel."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import random
import stat
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from osexplorer.model.acl import Acl, AclEntry, Tag, acl_bytes
from osexplorer.model.credentials import FILE_CAPABILITIES, Credentials
from osexplorer.model.errors import Refused
from osexplorer.model.why import Answer, Question, decide
from osexplorer.model.why_text import lines
from osexplorer.system import mounts
from osexplorer.system.accounts import credentials_of, group_id, own_credentials
from osexplorer.system.why import attempt, walk
from tests.unprivileged import NOBODY, needs_root, open_place

__all__ = ["open_place"]

UIDS, GIDS = (0, 1001, 1002, 1003), (0, 2001, 2002, 2003)
USERS = [
    Credentials("root", 0, 0, frozenset({0}), frozenset(FILE_CAPABILITIES.values())),
    *(
        Credentials(str(uid), uid, gid, frozenset(groups))
        for uid, gid, groups in (
            (1001, 2001, ()),
            (1001, 2002, (2003,)),
            (1002, 2001, (2002, 2003)),
            (1003, 2003, ()),
            (NOBODY, NOBODY, ()),
        )
    ),
]
IMMUTABLE, APPEND_ONLY = 0x10, 0x20
_GET_FLAGS, _SET_FLAGS = 0x80086601, 0x40086602


def set_flags(path: str, flags: int) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        now = bytearray(8)
        fcntl.ioctl(fd, _GET_FLAGS, now)
        old = struct.unpack("i", now[:4])[0]
        fcntl.ioctl(fd, _SET_FLAGS, struct.pack("i", old & ~(IMMUTABLE | APPEND_ONLY) | flags))
    finally:
        os.close(fd)


class Grower:
    """Grows a random tree, and takes its flags away in the end."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.flagged: list[str] = []
        self.paths: list[str] = []

    def grow(self, place: str, depth: int = 3) -> None:
        entries = []
        for name in "abcd"[: self.dice.randint(2, 4)]:
            path = f"{place}/{name}"
            kind = self.dice.random()
            if depth and kind < 0.5:
                os.mkdir(path)
                self.grow(path, depth - 1)
            elif kind < 0.68:
                os.symlink(self._target(place), path)
            elif kind < 0.74:
                os.mkfifo(path)
            else:
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            entries.append(path)
        self.paths += entries
        for path in entries:
            self._dress(path)

    def _target(self, place: str) -> str:
        return self.dice.choice(["a", "b", "b/a", "../a", "../b/c", "a/../b", "nowhere", f"{place}/c", "d/", "."])

    def _dress(self, path: str) -> None:
        dice = self.dice
        link = os.path.islink(path)
        os.chown(path, dice.choice(UIDS), dice.choice(GIDS), follow_symlinks=False)
        if link:
            return
        mode = dice.choice([0o777, 0o755, 0o775, 0o750, 0o711, 0o1777, 0o1775, 0o700, 0o644, dice.randrange(0o1000)])
        os.chmod(path, mode)
        if dice.random() < 0.3:
            os.setxattr(path, "system.posix_acl_access", acl_bytes(self._acl()))
        if dice.random() < 0.06 and not stat.S_ISFIFO(os.stat(path).st_mode):
            directory = os.path.isdir(path)
            set_flags(path, IMMUTABLE if directory else dice.choice([IMMUTABLE, APPEND_ONLY]))
            self.flagged.append(path)

    def _acl(self) -> Acl:
        bits: Callable[[], int] = lambda: self.dice.choice([7, 5, 4, 0, self.dice.randrange(8)])  # noqa: E731
        named = [AclEntry(Tag.USER, bits(), uid) for uid in sorted(self.dice.sample(UIDS, self.dice.randint(0, 2)))]
        groups = [AclEntry(Tag.GROUP, bits(), gid) for gid in sorted(self.dice.sample(GIDS, self.dice.randint(0, 2)))]
        own = AclEntry(Tag.GROUP_OBJ, bits())
        return (
            AclEntry(Tag.USER_OBJ, bits()),
            *named,
            own,
            *groups,
            AclEntry(Tag.MASK, bits()),
            AclEntry(Tag.OTHER, bits()),
        )

    def cut(self) -> None:
        for path in self.flagged:
            set_flags(path, 0)


def really(question: Question, path: str) -> int:
    """The errno of the real call, 0 for success; nothing is left changed."""
    try:
        if question is Question.READ:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        elif question is Question.WRITE and os.path.isdir(path):
            return 0 if os.access(path, os.W_OK | os.X_OK) else errno.EACCES
        elif question is Question.WRITE:
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        elif question is Question.EXECUTE and os.path.isdir(path):
            os.chdir(path)
            os.chdir("/")
        elif question is Question.EXECUTE:
            return 0 if os.access(path, os.X_OK) else errno.EACCES
        elif question is Question.DELETE:
            aside = path + ".aside"
            os.rename(path, aside)
            os.rename(aside, path)
        else:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            os.unlink(path)
    except OSError as error:
        return 0 if error.errno == errno.ENXIO else error.errno or -1  # nobody reads the FIFO
    return 0


def become(who: Credentials) -> None:
    if who.uid:
        os.setgroups(sorted(who.groups))
        os.setgid(who.gid)
        os.setuid(who.uid)


def in_child(work: Callable[[], str]) -> str:
    """What `work` says, in a child of this process."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            said = work()
        except BaseException as error:  # noqa: BLE001 - told to the parent
            said = f"the child failed: {error!r}"
        os.write(writer, said.encode("utf-8", "surrogateescape")[:60_000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        said = file.read().decode("utf-8", "surrogateescape")
    os.waitpid(pid, 0)
    return said


def questions_for(paths: list[str]) -> list[tuple[Question, str]]:
    asked = []
    for path in paths:
        fifo = stat.S_ISFIFO(os.lstat(path).st_mode)
        through = os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path))
        for question in Question:
            if question is Question.CREATE:
                asked.append((question, f"{path}.new"))
                asked.append((question, f"{path}/new"))
            elif not (question is Question.EXECUTE and (fifo or through)):
                asked.append((question, path))
    return asked


def mismatches(paths: list[str]) -> tuple[int, list[str]]:
    """How many questions were asked, and the answers that the kernel does not give."""
    asked = questions_for(paths)
    trails = {(path, follow): walk(path, follow=follow) for _, path in asked for follow in (False, True)}
    wrong = []
    for who in USERS:

        def work(who: Credentials = who) -> str:
            become(who)
            return ",".join(str(really(question, path)) for question, path in asked)

        said = in_child(work).split(",")
        for (question, path), number in zip(asked, said, strict=True):
            answer = decide(question, who, trails[path, question.follows])
            if not _same(answer, int(number)):
                wrong.append("\n".join([f"the kernel says {number}:", *lines(answer)]))
    return len(asked) * len(USERS), wrong


def _same(answer: Answer, number: int) -> bool:
    if number in (errno.ENOTEMPTY, errno.EXDEV):
        return True
    return answer.allowed is (number == 0)


@needs_root
@pytest.mark.parametrize("seed", range(8))
def test_every_answer_is_that_of_the_kernel(open_place: Path, seed: int) -> None:
    grower = Grower(seed)
    (open_place / "tree").mkdir()
    try:
        try:
            grower.grow(str(open_place / "tree"))
        except OSError as error:
            pytest.skip(f"no ACLs or flags here: {error}")
        asked, wrong = mismatches(grower.paths)
    finally:
        grower.cut()
    assert asked > 200
    assert not wrong, f"{len(wrong)} of {asked}:\n\n" + "\n\n".join(wrong[:3])


def mount(*arguments: str) -> None:
    status = os.spawnlp(os.P_WAIT, "mount", "mount", *arguments)
    if status:
        raise OSError(errno.EPERM, f"mount {arguments} failed")


@needs_root
@pytest.mark.parametrize("options", ["ro", "noexec", "nosymfollow", "ro,noexec"])
def test_mount_options_count(open_place: Path, options: str) -> None:
    tree = open_place / "tree"
    tree.mkdir()
    grower = Grower(99)
    grower._dress = lambda path: None if os.path.islink(path) else os.chmod(path, 0o777)  # type: ignore[method-assign]
    grower.grow(str(tree))

    def work() -> str:
        if ctypes.CDLL(None).unshare(0x00020000):
            return "cannot"
        try:
            mount("--make-rprivate", "/")
            mount("--bind", str(tree), str(tree))
            mount("-o", f"remount,bind,{options}", str(tree))
        except OSError:
            return "cannot"
        mounts._table = (float("-inf"), "", ())
        asked, wrong = mismatches(grower.paths)
        return f"{asked} {len(wrong)}\n" + "\n\n".join(wrong[:3])

    said = in_child(work)
    if said == "cannot":
        pytest.skip("cannot mount here")
    assert said.split()[1] == "0", said
    assert int(said.split()[0]) > 100


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
