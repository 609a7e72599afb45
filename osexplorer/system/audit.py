"""Looking through a tree for what is worth a look about its permissions: as finding does, with other conditions."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Callable, Iterator, Sequence

from osexplorer.model.attribute_names import CAPABILITY_ATTRIBUTE
from osexplorer.model.audit import FINE, GONE, Facts, troubles
from osexplorer.model.capabilities import capabilities_text
from osexplorer.model.errors import Refused, errno_name
from osexplorer.model.find import Found, Query
from osexplorer.system import calls
from osexplorer.system.find import Finder, Step, Troubles, found_as, steps

_FIRST_PERSON = 1000  # UID_MIN of login.defs(5); below are the system's own
_LAST_PERSON = 60000


def audit(root: str, query: Query) -> Iterator[Step]:
    """`root` and entries below it that are worth a look, some at a time, what is about them in ``about``.

    Args:
        query: of it only whether other file systems are entered.

    Raises:
        CallError: `root` cannot be opened.
    """
    collected = Troubles()
    auditor = _Auditor(root, query, collected)
    auditor.look_at_root(root)
    yield from steps(root, auditor, collected, query.cross_mounts, "to audit")


def again(root: str, found: Sequence[Found]) -> list[Found]:
    """The same entries as they are now."""
    judge = _Judge(root)
    return [_again(judge, root, one) for one in found]


def _again(judge: _Judge, root: str, one: Found) -> Found:
    path = os.path.join(root, one.path)
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return one._replace(about=GONE)
    except OSError as error:  # a directory above is shut, say: nobody knows what is there
        return one._replace(about=f"cannot be looked at now: {errno_name(error.errno or 0)} ({error.strerror})")
    return found_as(one.path, status, judge(one.path, status, path) or FINE)


class _Auditor(Finder):
    """Keeps what is worth a look."""

    def __init__(self, root: str, query: Query, collected: Troubles) -> None:
        super().__init__(query, collected)
        self._judge = _Judge(root)

    def look_at_root(self, root: str) -> None:
        """The directory itself, which stands for ``.`` in what is found."""
        status = calls.read(os.stat, root)
        about = self._judge("", status, root)
        if about:
            self.keep(".", status, about)

    def look(self, entry: os.DirEntry[str], fd: int, below: str, depth: int) -> None:
        name = entry.name
        status = entry.stat(follow_symlinks=False)
        path = f"{below}/{name}" if below else name
        about = self._judge(path, status, f"/proc/self/fd/{fd}/{name}")
        if about:
            self.keep(path, status, about)


class _Judge:
    """Says what is worth a look about an entry; knows the accounts as they were when it was made."""

    def __init__(self, root: str) -> None:
        self._users = {one.pw_uid: one.pw_name for one in reversed(pwd.getpwall())}
        self._groups = {one.gr_gid: one.gr_name for one in reversed(grp.getgrall())}
        self._lonely = _lonely_groups()
        self._home_of = _home_finder(root)
        self._known: dict[tuple[int, int, int, str, str], str] = {}

    def __call__(self, path: str, status: os.stat_result, reached: str) -> str:
        """Everything that is to be said, or ``""``.

        Args:
            path: below the root.
            reached: where its attributes are read.
        """
        mode, home = status.st_mode, self._home_of(path)
        held = _capabilities(reached) if mode & 0o111 and stat.S_ISREG(mode) else ""
        like = (mode, status.st_uid, status.st_gid, home, held)
        found = self._known.get(like)
        if found is None:
            found = self._known[like] = self._say(*like)
        return found

    def _say(self, mode: int, uid: int, gid: int, home: str, held: str) -> str:
        user = self._users.get(uid) or _name(lambda: pwd.getpwuid(uid).pw_name)
        group = self._groups.get(gid) or _name(lambda: grp.getgrgid(gid).gr_name)
        shared = bool(home) and self._lonely.get(gid) != home
        return "; ".join(troubles(Facts(mode, uid, user, group, home, shared, held)))


def _name(look: Callable[[], str]) -> str | None:
    """For a directory service that knows more than it lists."""
    try:
        return look()
    except (KeyError, OverflowError):
        return None


def _capabilities(path: str) -> str:
    try:
        return capabilities_text(os.getxattr(path, CAPABILITY_ATTRIBUTE, follow_symlinks=False))
    except OSError:  # none, or a file system without
        return ""
    except Refused:
        return "in a form that is not known"


def _lonely_groups() -> dict[int, str]:
    """Groups to which one user alone belongs, and that user."""
    members: dict[int, set[str]] = {one.gr_gid: set(one.gr_mem) for one in grp.getgrall()}
    for one in pwd.getpwall():
        members.setdefault(one.pw_gid, set()).add(one.pw_name)
    return {gid: next(iter(names)) for gid, names in members.items() if len(names) == 1}


def _home_finder(root: str) -> Callable[[str], str]:
    """A function that says in whose home a path below `root` lies; ``""`` for nobody's."""
    base = os.path.realpath(root).rstrip("/")
    homes: dict[str, str] = {}
    for one in pwd.getpwall():
        home = os.path.realpath(one.pw_dir)
        if (one.pw_uid == 0 or _FIRST_PERSON <= one.pw_uid <= _LAST_PERSON) and home.count("/") and home != "/":
            homes.setdefault(home, one.pw_name)
    above = next((name for home, name in homes.items() if f"{base}/".startswith(f"{home}/")), "")
    below = {f"{home[len(base) + 1 :]}/": name for home, name in homes.items() if home.startswith(f"{base}/")}
    if above or not below:
        return lambda path: above
    return lambda path: next((name for home, name in below.items() if f"{path}/".startswith(home)), "")
