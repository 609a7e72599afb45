"""Random trees and users, and what a child that has really become a user gets from the kernel's real calls."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import random
import shlex
import stat
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from osexplorer.model.access_rules import Node
from osexplorer.model.acl import Acl, AclEntry, Tag, acl_bytes
from osexplorer.model.credentials import FILE_CAPABILITIES, Credentials
from osexplorer.model.deciding import decide
from osexplorer.model.status import ACL_ATTRIBUTE
from osexplorer.model.why import Answer, Question, Trail
from osexplorer.model.why_text import lines
from osexplorer.system import mounts, why
from osexplorer.system.attempts import attempt
from osexplorer.system.why import walk_for

UIDS, GIDS = (0, 1001, 1002, 1003), (0, 2001, 2002, 2003)
MODES = (0o777, 0o755, 0o775, 0o750, 0o711, 0o1777, 0o1775, 0o700, 0o644, 0o2775, 0o3777, 0o4755)
OPTIONS = ("ro", "noexec", "nosuid", "nosymfollow", "ro,noexec", "nodev")
IMMUTABLE, APPEND_ONLY = 0x10, 0x20
_GET_FLAGS, _SET_FLAGS = 0x80086601, 0x40086602
_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MNT_DETACH = 2
_LIBRARY = ctypes.CDLL(None, use_errno=True)


class Cannot(Exception):
    """This place or this machine has not got what a test needs; says what."""


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

    def __init__(self, seed: int, modes: tuple[int, ...] = MODES) -> None:
        self.dice = random.Random(seed)
        self.modes = modes
        self.flagged: list[str] = []
        self.linked = 0
        self.paths: list[str] = []

    def grow(self, place: str, depth: int = 3) -> None:
        entries = []
        for name in "abcd"[: self.dice.randint(2, 4) if depth < 3 else 4]:
            path = f"{place}/{name}"
            kind = self.dice.random()
            if depth and kind < 0.5:
                os.mkdir(path)
                self.grow(path, depth - 1)
            elif kind < 0.66:
                os.symlink(self._target(place), path)
            elif kind < 0.70:
                os.mkfifo(path)
            else:
                with open(path, "w") as file:
                    if kind > 0.88:
                        file.write(f"#!{self._interpreter(place)}\n")
            entries.append(path)
        self.paths += entries
        for path in entries:
            self.dress(path)
        if depth == 3:
            self._link([place, *self.paths])

    def _link(self, paths: list[str]) -> None:
        """Give some files further names, in other directories, too: one owner and mode, but another way to them."""
        free = [path for path in paths if path not in self.flagged and not os.path.islink(path)]
        directories = [path for path in free if os.path.isdir(path)]
        files = [path for path in free if not os.path.isdir(path)]
        for number in range(min(4, len(files))):
            path = f"{self.dice.choice(directories)}/h{number}"
            os.link(self.dice.choice(files), path)
            self.paths.append(path)
            self.linked += 1

    def _target(self, place: str) -> str:
        return self.dice.choice(["a", "b", "b/a", "../a", "../b/c", "a/../b", "nowhere", f"{place}/c", "d/", "."])

    def _interpreter(self, place: str) -> str:
        return self.dice.choice([f"{place}/{name}" for name in ("a", "b", "c", "a/b", "b/c", "nowhere")])

    def dress(self, path: str) -> None:
        """Give it an owner, a mode, sometimes an ACL and a flag."""
        dice = self.dice
        link = os.path.islink(path)
        os.chown(path, dice.choice(UIDS), dice.choice(GIDS), follow_symlinks=False)
        if link:
            return
        os.chmod(path, dice.choice([*self.modes, dice.randrange(0o10000)]))
        if dice.random() < 0.3:
            os.setxattr(path, ACL_ATTRIBUTE, acl_bytes(self._acl()))
        if dice.random() < 0.06 and not stat.S_ISFIFO(os.stat(path).st_mode):
            set_flags(path, dice.choice([IMMUTABLE, APPEND_ONLY]))
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

    def mount(self) -> None:
        """Mount some of the directories, and a file, on themselves with options; for a mount namespace of one's own."""
        kinds = {path: os.lstat(path).st_mode for path in self.paths}
        directories = [path for path, mode in kinds.items() if stat.S_ISDIR(mode)]
        files = [path for path, mode in kinds.items() if stat.S_ISREG(mode)]
        for path in [*self.dice.sample(directories, min(4, len(directories))), *files[:1]]:
            mount("--bind", path, path)
            mount("-o", f"remount,bind,{self.dice.choice(OPTIONS)}", path)

    def users(self, count: int) -> list[Credentials]:
        """Random users: owners and strangers, with random groups; some have some of root's capabilities, root too."""
        dice = self.dice
        found = []
        for _ in range(count):
            uid = dice.choice([*UIDS, 65534])
            held = frozenset(dice.sample(sorted(FILE_CAPABILITIES.values()), dice.randint(0, 3)))
            groups = frozenset(dice.sample(GIDS, dice.randint(0, 2)))
            has = held if uid == 0 or dice.random() < 0.15 else frozenset[str]()
            found.append(Credentials(str(uid), uid, dice.choice([*GIDS, 65534]), groups, has))
        return found

    def cut(self) -> None:
        for path in self.flagged:
            set_flags(path, 0)


def mount(*arguments: str) -> None:
    status = os.spawnlp(os.P_WAIT, "mount", "mount", *arguments)
    if status:
        raise Cannot(f"mount {' '.join(arguments)}")


def own_mounts() -> None:
    """From here on mounts are seen by this process and its children alone."""
    if _LIBRARY.unshare(_CLONE_NEWNS):
        raise Cannot(f"unshare: {os.strerror(ctypes.get_errno())}")
    mount("--make-rprivate", "/")


def unmount_below(place: str) -> None:
    """Take away what :meth:`Grower.mount` has mounted."""
    for one in reversed(mounts.mounts(fresh=True)):
        if one.point.startswith(f"{place}/"):
            _LIBRARY.umount2(os.fsencode(one.point), _MNT_DETACH)


def root_of_few(count: int) -> None:
    """Become root of a user namespace of its own, in which are as many users and groups, from 0 on."""
    ready, go = os.pipe(), os.pipe()
    parent = os.getpid()
    writer = os.fork()
    if writer == 0:
        os.read(ready[0], 1)
        said = b"n"
        try:
            for kind in ("uid", "gid"):
                with open(f"/proc/{parent}/{kind}_map", "w") as file:
                    file.write(f"0 0 {count}\n")
            said = b"y"
        finally:
            os.write(go[1], said)
            os._exit(0)
    failed = _LIBRARY.unshare(_CLONE_NEWUSER)
    os.write(ready[1], b"x")
    said = os.read(go[0], 1)
    os.waitpid(writer, 0)
    if failed or said != b"y":
        raise Cannot("make a user namespace")
    why._mapping.cache_clear()


def remedy_path(command: str) -> str:
    """The path at the end of a command."""
    return shlex.split(command)[-1]


def become(who: Credentials) -> None:
    """Turn this process into one of that user, with just those capabilities."""
    os.setgroups(sorted(who.groups))
    os.setresgid(who.gid, who.gid, who.gid)
    keep_capabilities = 8
    _LIBRARY.prctl(keep_capabilities, 1, 0, 0, 0)
    os.setresuid(who.uid, who.uid, who.uid)
    low = sum(1 << number for number, name in FILE_CAPABILITIES.items() if name in who.capabilities)
    head = struct.pack("<Ii", 0x20080522, 0)
    if _LIBRARY.capset(head, struct.pack("<6I", low, low, 0, 0, 0, 0)):
        raise Cannot(f"capset: {os.strerror(ctypes.get_errno())}")


def in_child(work: Callable[[], str]) -> str:
    """What `work` says, in a child of this process."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            said = work()
        except Cannot as cannot:
            said = f"cannot {cannot}"
        except BaseException as error:  # noqa: BLE001 - told to the parent
            said = f"the child failed: {error!r}"
        with os.fdopen(writer, "wb") as file:
            file.write(said.encode("utf-8", "surrogateescape"))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        said = file.read().decode("utf-8", "surrogateescape")
    os.waitpid(pid, 0)
    if said.startswith("cannot "):
        raise Cannot(said[7:])
    if said.startswith("the child failed"):
        raise RuntimeError(said)
    return said


class Case(NamedTuple):
    """A question that is asked of both."""

    question: Question
    path: str
    execute: bool = True
    """Whether running it is tried by execve(2)."""


def opened_to_create(path: str) -> int:
    """The errno of opening what is there already with ``O_CREAT``, as a shell's ``>`` does; 0 for success."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_NONBLOCK))
    except OSError as error:
        return 0 if error.errno == errno.ENXIO else error.errno or -1
    return 0


def really(case: Case, mark: str) -> int:
    """The errno of the real call, 0 for success; nothing is left changed but new files whose names end in `mark`."""
    question, path = case.question, case.path
    try:
        if question is Question.READ:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        elif question is Question.WRITE and os.path.isdir(path):
            return 0 if os.access(path, os.W_OK | os.X_OK, effective_ids=True) else errno.EACCES
        elif question is Question.WRITE:
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        elif question is Question.EXECUTE and os.path.isdir(path):
            os.chdir(path)
            os.chdir("/")
        elif question is Question.EXECUTE:
            os.execve(path, ["it"], {})
        elif question is Question.DELETE:
            return _delete(path)
        else:
            os.close(os.open(path + mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            os.unlink(path + mark)
    except OSError as error:
        if question is Question.CREATE and os.path.lexists(path + mark):
            return 0  # made, and not to be removed from an append-only directory
        allowed = errno.ENXIO, errno.ENOEXEC  # nobody reads the FIFO; the file is empty
        return 0 if error.errno in allowed else error.errno or -1
    return 0


def _delete(path: str) -> int:
    """By renaming it, which asks for the same; and by removing it as what it is not, which says so in the end."""
    aside = path.rstrip("/") + ".aside"
    directory = os.path.isdir(path) and not os.path.islink(path)
    renamed = 0
    try:
        os.rename(path, aside)
        os.rename(aside, path)
    except OSError as error:
        renamed = error.errno or -1
    try:
        (os.unlink if directory else os.rmdir)(path)
        raise AssertionError(f"{path} is gone")
    except OSError as error:
        removed = 0 if error.errno in (errno.EISDIR, errno.ENOTDIR) else error.errno or -1
    if os.path.ismount(path):
        return renamed or removed or errno.EBUSY
    if path.endswith("/"):
        return renamed
    if (renamed == 0) != (removed == 0) and renamed != errno.EBUSY:
        raise AssertionError(f"{path}: rename says {renamed}, removing {removed}")
    return renamed or removed


def cases_for(paths: list[str]) -> list[Case]:
    asked = []
    for path in paths:
        regular = os.path.isfile(path)
        for question in Question:
            if question is Question.CREATE:
                asked += [Case(question, f"{path}.new"), Case(question, f"{path}/new")]
            elif question is not Question.EXECUTE or regular or not os.path.exists(path) or os.path.isdir(path):
                asked.append(Case(question, path))
            if question is not Question.CREATE and os.path.islink(path):
                asked.append(Case(question, f"{path}/"))
    return asked


def mismatches(paths: list[str], users: list[Credentials], attempts: int = 0) -> tuple[int, list[str]]:
    """How many questions were asked, and the answers that the kernel does not give.

    Args:
        attempts: every so manieth question is also asked of a real attempt as that user; 0 for none.
    """
    mounts.mounts(fresh=True)
    asked = cases_for(paths)
    trails = {case: walk_for(case.question, case.path) for case in asked}
    root = Credentials("root", 0, 0, frozenset(), frozenset(FILE_CAPABILITIES.values()))
    wrong = []
    for at, who in enumerate(users):

        def work(who: Credentials = who, at: int = at) -> str:
            become(who)
            return ",".join(str(really(case, f".{at}")) for case in asked)

        said = in_child(work).split(",")
        for number, (case, code) in enumerate(zip(asked, map(int, said), strict=True)):
            trail = trails[case]
            answer = decide(case.question, who, trail)
            if attempts and who.uid and not who.capabilities and number % attempts == 0:
                answer = answer._replace(attempt=attempt(case.question, trail, who, root))
            if answer.allowed is not (code == 0) or not answer.agrees:
                wrong.append(report(answer, trail, code))
    return len(asked) * len(users), wrong


def report(answer: Answer, trail: Trail, code: int) -> str:
    """A mismatch as the smallest tree that shows it: what stands on the way, and nothing else."""
    nodes = [passed.node for passed in trail.passed] + [node for node in (trail.final,) if node is not None]
    kernel = errno.errorcode.get(code, code) if code else "allowed"
    who = answer.who._replace(groups=frozenset(sorted(answer.who.groups)))
    return "\n".join([f"the kernel: {kernel}", f"{who}", *dict.fromkeys(map(_described, nodes)), *lines(answer)])


def _described(node: Node) -> str:
    acl = ",".join(f"{one.tag.name}:{'' if one.id is None else one.id}:{one.permissions}" for one in node.acl or ())
    options = (
        ",".join(sorted(node.mount.options & {"ro", "noexec", "nosuid", "nosymfollow", "nodev"})) if node.mount else ""
    )
    target = f" -> {node.target}" if node.target is not None else ""
    return f"  {stat.filemode(node.mode)} {node.uid}:{node.gid} {node.path}{target} [{acl}] {node.attributes} {options}"


@contextmanager
def settings(**wanted: int) -> Iterator[None]:
    """With these settings of ``/proc/sys/fs``; nobody else that runs the oracle does meanwhile.

    Without any: as they are, and they do not change.

    Raises:
        Cannot: they cannot be set.
    """
    with open(os.path.join(tempfile.gettempdir(), f"osexplorer-oracle-{os.geteuid()}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if wanted else fcntl.LOCK_SH)
        before: dict[str, str] = {}
        try:
            for name, value in wanted.items():
                path = f"/proc/sys/fs/{name}"
                try:
                    with open(path) as file:
                        before[path] = file.read()
                    with open(path, "w") as file:
                        file.write(str(value))
                except OSError as error:
                    raise Cannot(f"set {path}: {error}") from error
            yield
        finally:
            for path, text in before.items():
                with open(path, "w") as file:
                    file.write(text)
