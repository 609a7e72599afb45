"""Mode bits read as in ls, and a change of them is told in words."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.identity import Identity
from osexplorer.model.permissions import (
    CLASSES,
    Subject,
    bit,
    bits_text,
    class_of,
    describe_change,
    mode_text,
    octal_text,
    warnings,
)

MODES = st.integers(0, 0o7777)
FILE = Subject(stat.S_IFREG, 1000, 100, "ada", "users", script=False)
DIRECTORY = FILE._replace(kind=stat.S_IFDIR)


def who(uid: int, gid: int = 7, groups: tuple[int, ...] = ()) -> Identity:
    return Identity("host", uid, uid, gid, gid, groups, str(uid), str(uid), str(gid), str(gid), 0o022)


def test_every_mode_reads_as_in_ls(tmp_path: Path) -> None:
    modes = [*range(0o1000), *range(0o7000, 0o10000), 0o4711, 0o2755, 0o1777, 0o6644]
    for mode in modes:
        path = tmp_path / octal_text(mode)
        path.touch()
        path.chmod(mode)
    done = subprocess.run(["ls", "-l", tmp_path], capture_output=True, text=True, check=True)
    shown = {line.split()[-1]: line[:10] for line in done.stdout.splitlines()[1:]}
    assert shown == {octal_text(mode): mode_text(stat.S_IFREG | mode) for mode in modes}


@pytest.mark.parametrize(("path", "first"), [("/", "d"), ("/dev/null", "c"), ("/proc/self", "l"), ("/etc/passwd", "-")])
def test_the_kind_comes_first(path: str, first: str) -> None:
    assert mode_text(os.lstat(path).st_mode)[0] == first


def test_the_twelve_bits_are_told_apart() -> None:
    bits = [bit(one, permission) for one in CLASSES for permission in "rwxs"]
    assert sorted(bits) == [1 << at for at in range(12)]
    assert bits_text(bit("user", "s") | bit("user", "x")) == "--s------"


def test_only_one_class_counts() -> None:
    assert class_of(1000, 100, who(1000, 100)) == "user"
    assert class_of(1000, 100, who(5, 100)) == "group"
    assert class_of(1000, 100, who(5, 7, (9, 100))) == "group"
    assert class_of(1000, 100, who(0, 7)) == "other"


def test_a_change_is_told_in_words() -> None:
    assert describe_change(0o644, 0o644) == ()
    assert describe_change(0o644, 0o755) == (
        "the owner may now execute",
        "the group may now execute",
        "others may now execute",
    )
    assert describe_change(0o666, 0o4620) == (
        "the group may no longer read",
        "others may no longer read or write",
        "setuid on",
    )
    assert describe_change(0o1777, 0o700, directory=True) == (
        "the group may no longer list it, add and remove entries or enter it",
        "others may no longer list it, add and remove entries or enter it",
        "sticky off",
    )


@given(MODES, MODES, st.booleans())
def test_words_are_missing_only_where_nothing_changes(old: int, new: int, directory: bool) -> None:
    assert bool(describe_change(old, new, directory=directory)) == (old != new)


@pytest.mark.parametrize(
    ("subject", "old", "new", "words"),
    [
        (FILE, 0o644, 0o666, "Anybody may write"),
        (DIRECTORY, 0o755, 0o777, "sticky bit is not set"),
        (FILE, 0o755, 0o4755, "acts as user ada"),
        (FILE, 0o755, 0o2755, "acts as group users"),
        (FILE._replace(script=True), 0o755, 0o4755, "no effect on a script"),
        (FILE, 0o644, 0o4644, "no effect without execute"),
        (FILE, 0o755, 0o2745, "no effect without execute for the group"),
        (FILE, 0o755, 0o4775, "others may write"),
        (FILE, 0o644, 0o1644, "sticky bit has no effect"),
        (DIRECTORY, 0o755, 0o4755, "setuid has no effect"),
        (DIRECTORY, 0o755, 0o744, "nothing in it can be opened"),
        (FILE._replace(acl=True), 0o644, 0o664, "ACL"),
    ],
)
def test_risky_modes_are_warned_of(subject: Subject, old: int, new: int, words: str) -> None:
    assert any(words in warning for warning in warnings(subject, old, new))
    assert not any(words in warning for warning in warnings(subject, old, 0o755 if subject is DIRECTORY else 0o644))


def test_being_locked_out_is_warned_of() -> None:
    assert warnings(FILE, 0o644, 0o444, who(1000)) == ("You may no longer write",)
    assert warnings(FILE, 0o664, 0o644, who(5, 100)) == ("You may no longer write",)
    assert warnings(DIRECTORY, 0o755, 0o000, who(1000)) == (
        "You may no longer list it, add and remove entries or enter it",
    )
    assert warnings(FILE, 0o644, 0o600, who(1000)) == ()
    assert warnings(FILE, 0o644, 0o000, who(0)) == ()
    assert warnings(FILE, 0o755, 0o644, who(0)) == ("Nobody may execute it any more, root included",)
    assert warnings(DIRECTORY, 0o755, 0o600, who(0))[0].startswith("Where r is set")
