"""The program on a stage: a tree, a machine, a user and a past that are the same on every computer and for everybody.

The files are real, below the test's own directory; the door, through which every blocking call goes, lets the program
find them below ``/srv``, and takes from what comes back what differs between machines. The live services are handed
one snapshot, and do not work.
"""

from __future__ import annotations

import os
import signal
import stat
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from osexplorer.model.calls import Call
from osexplorer.model.children import Child, ChildState, Rusage
from osexplorer.model.command_line import parse_command
from osexplorer.model.entry import EntryStat
from osexplorer.model.environment import Limits, Variables
from osexplorer.model.errors import CallError
from osexplorer.model.identity import Identity
from osexplorer.model.mounts import Mount
from osexplorer.model.processes import Process, ProcessTable, Totals
from osexplorer.model.settings import Settings
from osexplorer.model.status import Access, Status
from osexplorer.model.tasks import Failure, Task, TaskState
from osexplorer.services.door import Door
from osexplorer.services.files import Files
from osexplorer.services.processes import Processes
from osexplorer.services.session import Session
from osexplorer.services.tree import Tree
from osexplorer.system import identity as identity_system
from osexplorer.system import tree as tree_system
from osexplorer.ui.app import Explorer

SRV = "/srv"
PLACE = "/srv/shop"
_SECOND = 10**9
NOW = 1_763_000_000 * _SECOND
"""2025-11-13 02:13:20 UTC."""

IDENTITY = Identity("harbour", 1000, 1000, 1000, 1000, (27, 1000), "ann", "ann", "ann", "ann", 0o022)

DIRECTORIES = ("api/handlers", "api/models", "bin", "docs", "web/static", ".git", "../mail", "../backup")
FILES = {
    ".env": 210,
    "README.md": 2_412,
    "Makefile": 913,
    "data.sqlite": 40_960,
    "deploy.sh": 640,
    "notes 2.txt": 88,
    "notes 10.txt": 91,
    "\x1b[31mred\x1b[0m": 26,
    "[red]not markup": 7,
    "日本語.txt": 12,
    "a-name-" + "that-goes-on-and-" * 7 + "on.log": 1_234_567,
}


def make_tree(root: Path) -> None:
    """The files below `root`, as they shall be found below :data:`SRV`."""
    place = root / "shop"
    for name in DIRECTORIES:
        (place / name).mkdir(parents=True)
    for name, size in FILES.items():
        with (place / name).open("wb") as file:
            file.truncate(size)
    (place / "current").symlink_to("web/static")
    (place / "old-release").symlink_to("releases/41")
    os.mkfifo(place / "queue")
    for at, path in enumerate(sorted(root.rglob("*"), reverse=True)):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.suffix == ".sh" else 0o600 if path.name == ".env" else 0o644)
        os.utime(path, ns=(NOW, NOW - at * 5_000 * _SECOND), follow_symlinks=False)


class StageDoor(Door):
    """Shows the files below `root` as those below :data:`SRV`, of Ann, on a plain disk.

    Args:
        root: where they are in truth.
    """

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = str(root)

    async def run(self, function: Any, /, *args: Any, **options: Any) -> Any:
        if function is identity_system.identity:
            return IDENTITY
        if function is tree_system.mount_points:
            return frozenset()
        return self._seen(await super().run(function, *self._truth(args), **options))

    def stream(self, function: Any, /, *args: Any, **options: Any) -> AbstractAsyncContextManager[Any]:
        return super().stream(function, *self._truth(args), **options)

    def _truth(self, value: Any) -> Any:
        """`value` with the paths that there are in truth."""
        if isinstance(value, str):
            return self._root + value[len(SRV) :] if value == SRV or value.startswith(SRV + "/") else value
        return type(value)(map(self._truth, value)) if type(value) in (tuple, list) else value

    def _seen(self, value: Any) -> Any:
        """`value` as the stage shows it."""
        if isinstance(value, str):
            return value.replace(self._root, SRV)
        if isinstance(value, EntryStat):
            return _plain_entry(value)
        if isinstance(value, Status):
            status = value._replace(path=self._seen(value.path), chain=self._seen(value.chain))
            return _plain_status(status._replace(target=self._seen(value.target)))
        if isinstance(value, tuple) and hasattr(value, "_make"):
            return value._make(map(self._seen, value))
        return type(value)(map(self._seen, value)) if type(value) in (tuple, list) else value


def _size(mode: int, size: int) -> int:
    return 4096 if stat.S_ISDIR(mode) else size


def _mode(mode: int) -> int:
    return mode | 0o777 if stat.S_ISLNK(mode) else mode


def _plain_entry(entry: EntryStat) -> EntryStat:
    return entry._replace(
        mode=_mode(entry.mode), size=_size(entry.mode, entry.size), uid=1000, gid=1000, owner="ann", group="staff"
    )


def _plain_status(status: Status) -> Status:
    size = _size(status.mode, status.size)
    return status._replace(
        mode=_mode(status.mode),
        uid=1000,
        gid=1000,
        user="ann",
        group="staff",
        size=size,
        blocks=-(-size // 4096) * 8,
        block_size=4096,
        device=os.makedev(8, 1),
        inode=4242,
        links=1,
        atime=NOW,
        ctime=NOW,
        btime=NOW - 86_400 * _SECOND,
        attributes=(),
        xattrs=(),
        access=None if status.target_error else Access(*(bool(status.mode & bit) for bit in (0o400, 0o200, 0o100))),
        mount=Mount(SRV, "/", "8:1", "ext4", "/dev/sda1", frozenset(("rw",))),
        read_only=False,
    )


class StillProcesses(Processes):
    """One table, for ever."""

    def _begin(self) -> None:
        self.feed.publish(TABLE)


def _process(pid: int, user: str, state: str, cpu: float, megabytes: float, threads: int, command: str) -> Process:
    return Process(
        pid=pid,
        born=pid * 100,
        ppid=1 if pid > 1 else 0,
        name=command.split()[0].strip("[]").rpartition("/")[2][:15],
        command=command,
        state=state,
        uid={"root": 0, "www-data": 33}.get(user, 1000),
        user=user,
        cpu=cpu,
        rss=int(megabytes * 1_048_576),
        vsize=int(megabytes * 4_194_304),
        threads=threads,
        start=NOW - (40_000 - pid) * 60 * _SECOND,
        time=cpu * 400,
        nice=5 if user == "www-data" else 0,
        priority=20,
        tty="pts/0" if "bash" in command else "",
        kernel=command.startswith("["),
    )


PROCESSES = (
    _process(1, "root", "S", 0.0, 12.5, 1, "/sbin/init"),
    _process(2, "root", "S", 0.0, 0, 1, "[kthreadd]"),
    _process(33, "root", "I", 0.0, 0, 1, "[kworker/1:1H-kblockd]"),
    _process(811, "root", "S", 0.002, 6.1, 1, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"),
    _process(902, "www-data", "S", 0.031, 48.2, 4, "nginx: worker process"),
    _process(903, "postgres", "D", 0.184, 233.7, 1, "postgres: writer"),
    _process(1_204, "ann", "S", 0.0, 5.3, 1, "-bash"),
    _process(31_777, "ann", "R", 1.96, 812.4, 18, "/usr/lib/jvm/bin/java -Xmx2g -jar /srv/shop/bin/search.jar"),
    _process(31_790, "ann", "T", 0.0, 3.2, 1, "vim notes 2.txt"),
    _process(31_801, "ann", "Z", 0.0, 0, 1, "make"),
    _process(39_001, "ann", "R", 0.5, 71.0, 3, "python3 -c \x1b[2Jprint()"),
)
TABLE = ProcessTable(PROCESSES, NOW, 2.0, Totals(len(PROCESSES), 2, 1, 32, 0, 4, (1.5, 0.75, 0.5), 16 << 30, 11 << 30))

STARTED = {
    "EDITOR": "vim",
    "HOME": "/home/ann",
    "LANG": "en_US.UTF-8",
    "LESS": "-R",
    "LS_COLORS": "rs=0:di=01;34:ln=01;36:mh=00:pi=40;33:so=01;35:do=01;35:bd=40;33;01:cd=40;33;01:or=40;31;01",
    "PATH": "/home/ann/bin:/usr/local/bin:/usr/bin:/bin",
    "PROMPT": "\x1b[1m$ ",
    "SHELL": "/bin/bash",
    "TERM": "xterm-256color",
    "USER": "ann",
}
ALTERED = {"EDITOR": "nano", "DEPLOY_TARGET": "harbour-2"}


def _child(number: int, line: str, state: ChildState, seconds: float, **more: Any) -> Child:
    child = Child(
        id=number,
        command=parse_command(line, "auto"),
        cwd=PLACE,
        umask=None,
        started=NOW,
        began=0,
        state=state,
        pid=40_000 + number,
        duration=int(seconds * _SECOND),
    )
    return child._replace(**more)


USED = Rusage(0.25, 0.125, 12 << 20, False, 12 << 20, 1_000, 0, 12, 3, 0, 8)
CHILDREN = (
    _child(1, "true", ChildState.EXITED, 0.004, status=0, rusage=USED),
    _child(2, "grep -r TODO . | sort", ChildState.EXITED, 61.5, status=1 << 8, rusage=USED, output_bytes=1_234),
    _child(3, "./crash --now", ChildState.SIGNALLED, 2.5, status=signal.SIGSEGV | 0x80, rusage=USED),
    _child(
        4,
        "nosuchprogram",
        ChildState.FAILED,
        0.001,
        pid=0,
        error=CallError(2, "No such file or directory", "os.posix_spawn", "nosuchprogram"),
    ),
    _child(5, "make -j4 all", ChildState.RUNNING, 12.0, cpu=1.75, cpu_time=20.5, rss=88 << 20, peak_rss=90 << 20),
)
TASKS = (
    Task(1, "Measure /srv/shop/web", "entries", 0, TaskState.DONE, 4_321, duration=2 * _SECOND),
    Task(
        2,
        "Measure /srv/mail",
        "entries",
        0,
        done=250,
        total=1_000,
        failed=1,
        failures=(Failure("/srv/mail/root", "EACCES (Permission denied) from os.scandir"),),
        rate=125.0,
        duration=3 * _SECOND,
        current="/srv/mail/ann",
        result="250 entries so far",
    ),
)
CALLS = (
    Call("os.chmod", ("/srv/shop/deploy.sh", 0o755), (), None, 0, "", NOW, 29_700, True),
    Call("os.chmod", ("/etc/shadow", 0o644), (), None, 1, "Operation not permitted", NOW, 12_300, True),
    Call("os.putenv", ("EDITOR", "nano"), (), None, 0, "", NOW + _SECOND, 1_900, True),
    Call("os.kill", (31_790, 15), (), None, 3, "No such process", NOW + 61 * _SECOND, 8_100, True),
)


def stage(root: Path, theme: Any = "dark") -> Explorer:
    """The program on :data:`PLACE`, whose files are made below `root`."""
    make_tree(root)
    door = StageDoor(root)
    session = Session(door)
    session.files = Files(door, live=False)
    session.tree = Tree(door, SRV, live=False)
    session.processes = StillProcesses(door)
    session.environment.feed.publish(Variables(STARTED | ALTERED, STARTED, Limits(131_072, 2_097_152)))
    session.children.feed.publish(CHILDREN)
    session.tasks.feed.publish(TASKS)
    for call in CALLS:
        door.log.add(call)
    return Explorer(PLACE, Settings(theme=theme), session)
