"""ACLs, flags, attributes and times of a tree become what setfacl and the others make of them, and undo is exact."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from osexplorer.model.acl_change import parse_acl_change
from osexplorer.model.errors import Refused
from osexplorer.model.recursive import Changed
from osexplorer.model.times import NewTimes
from osexplorer.model.tree_values import Attribute, ValueRules, parse_attribute, parse_flags
from osexplorer.system.acl import steps_of
from osexplorer.system.journal import Writer
from osexplorer.system.recursive_undo import put_back
from osexplorer.system.recursive_values import change, look
from tests.system.oracle import Cannot, in_child, mount, own_mounts
from tests.system.test_midway import Once
from tests.system.test_walk import Notes
from tests.unprivileged import NOBODY, as_nobody, needs_root, open_place  # noqa: F401 - a fixture

pytestmark = pytest.mark.skipif(not hasattr(os, "getxattr"), reason="these are Linux's")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "below" / "deep er").mkdir(parents=True)
    for name in ("a", "below/b c", "below/deep er/new\nline", os.fsdecode(b"below/\xff")):
        (root / name).write_text("content")
    (root / "a").chmod(0o750)
    (root / "link").symlink_to("a")
    os.mkfifo(root / "pipe")
    return root


def acl(text: str) -> ValueRules:
    return ValueRules(acl=steps_of(parse_acl_change(text)))


def facts(root: Path) -> dict[str, object]:
    """What is changed here, times of access left out: who looks changes them."""
    found: dict[str, object] = {}
    for path in (root, *root.rglob("*")):
        status = path.lstat()
        values = {}
        if not path.is_symlink():
            values = {name: os.getxattr(path, name) for name in os.listxattr(path)}
        found[os.path.relpath(path, root)] = (status.st_mode, status.st_mtime_ns, values)
    return found


def changed(root: Path, rules: ValueRules) -> Changed:
    """Look, change, and see that the look was true."""
    before = facts(root)
    plan = look(Notes(), (str(root),), rules)
    assert facts(root) == before
    done = change(Notes(), (str(root),), rules, "test")
    assert (done.changed, done.failed, done.entries) == (len(plan), 0, plan.entries)
    assert len(list(plan.lines())) == len(plan)
    return done


def undone(root: Path, done: Changed) -> None:
    assert done.journal is not None
    back = put_back(Notes(), done.journal)
    assert (back.done, back.already, back.refused, back.failed) == (done.changed, 0, 0, 0)
    assert not os.path.exists(done.journal)


@pytest.mark.skipif(shutil.which("setfacl") is None, reason="needs setfacl, to compare with")
@pytest.mark.parametrize(
    "text", [f"u:{NOBODY}:rwX", f"g:{NOBODY}:r,m::r", f"d:u:{NOBODY}:rx", "u::rwx,o::-", f"u:{NOBODY}:7,d:g::r"]
)
def test_acls_become_what_setfacl_makes_of_them_and_undo_is_exact(tree: Path, tmp_path: Path, text: str) -> None:
    theirs = tmp_path / "theirs"
    subprocess.run(["cp", "-a", tree, theirs], check=True)
    before = facts(tree)
    done = changed(tree, acl(text))
    # A FIFO is left out here; links are by both. setfacl, too, gives default entries to directories alone.
    subprocess.run(["setfacl", "-RPm", text, theirs], check=True)
    expected, found = facts(theirs), facts(tree)
    assert {name: fact for name, fact in found.items() if name != "pipe"} == {
        name: fact for name, fact in expected.items() if name != "pipe"
    }
    assert found["pipe"] == before["pipe"]
    undone(tree, done)
    assert facts(tree) == before


def test_an_acl_that_takes_the_right_to_enter_comes_after_what_is_below(tree: Path) -> None:
    if os.geteuid():
        before = facts(tree)
        done = changed(tree, acl("u::rw"))
        tree.chmod(0o700)
        undone(tree, done._replace(changed=done.changed - 1))
        assert facts(tree)["below"] == before["below"]
        return
    shutil.chown(tree, NOBODY, NOBODY)
    for path in tree.rglob("*"):
        os.lchown(path, NOBODY, NOBODY)
    tree.parent.chmod(0o777)
    for above in tree.parents[:4]:
        above.chmod(above.stat().st_mode | 0o055)

    def as_owner() -> tuple[int, int]:
        os.environ["XDG_STATE_HOME"] = str(tree.parent / "state")
        done = change(Notes(), (str(tree),), acl("u::rw"), "test")
        return done.changed, done.failed

    assert as_nobody(as_owner) == (4, 0)
    assert {path.stat().st_mode & 0o700 for path in (tree, *tree.rglob("*")) if not path.is_fifo()} == {0o600}


def test_flags_are_set_and_cleared_and_put_back(tree: Path) -> None:
    on, off = parse_flags("+d")
    done = changed(tree, ValueRules(flags_on=on, flags_off=off))
    assert done.changed == 7
    listed = subprocess.run(["lsattr", "-d", tree / "a", tree / "below"], capture_output=True, text=True, check=True)
    assert all("d" in line.split()[0] for line in listed.stdout.splitlines())
    assert look(Notes(), (str(tree),), ValueRules(flags_on=on)).summary() == ["None of 8 entries changes"]
    undone(tree, done)
    listed = subprocess.run(["lsattr", "-d", tree / "a", tree / "below"], capture_output=True, text=True, check=True)
    assert all("d" not in line.split()[0] for line in listed.stdout.splitlines())


@needs_root
def test_what_is_immutable_is_freed_before_all_else_and_made_so_after(tree: Path) -> None:
    before = facts(tree)
    fixed = changed(tree, ValueRules(flags_on=0x10, attribute=Attribute("user.why", b"kept")))
    try:
        assert os.getxattr(tree / "a", "user.why") == b"kept"
        with pytest.raises(PermissionError):
            (tree / "a").write_text("")
        freed = changed(tree, ValueRules(flags_off=0x10, attribute=Attribute("user.why", None)))
        (tree / "a").read_text()
        assert freed.journal is not None
        put_back(Notes(), freed.journal)
        with pytest.raises(PermissionError):
            (tree / "a").write_text("")
    finally:
        assert fixed.journal is not None
        put_back(Notes(), fixed.journal)
    assert facts(tree) == before


def test_an_attribute_is_set_replaced_and_removed(tree: Path) -> None:
    before = facts(tree)
    first = changed(tree, ValueRules(attribute=parse_attribute("user.note=one two")))
    second = changed(tree, ValueRules(attribute=parse_attribute("user.note=0x00ff")))
    third = changed(tree, ValueRules(attribute=parse_attribute("-user.note")))
    assert facts(tree) == before
    undone(tree, third)
    assert os.getxattr(tree / "below" / "b c", "user.note") == b"\0\xff"
    undone(tree, second)
    assert os.getxattr(tree / "below" / "b c", "user.note") == b"one two"
    undone(tree, first)
    assert facts(tree) == before


def test_times_are_set_of_directories_too_and_put_back(tree: Path) -> None:
    before = facts(tree)
    done = changed(tree, ValueRules(times=NewTimes(mtime=1_500_000_000_123_456_789)))
    for path in (tree, tree / "a", tree / "below", tree / "below" / "deep er"):
        assert path.stat().st_mtime_ns == 1_500_000_000_123_456_789
    assert (tree / "link").lstat().st_mtime_ns == before["link"][1]  # type: ignore[index]
    undone(tree, done)
    assert facts(tree) == before


def test_what_was_changed_or_replaced_since_is_left_alone(tree: Path) -> None:
    done = changed(tree, ValueRules(attribute=Attribute("user.note", b"ours")))
    os.setxattr(tree / "a", "user.note", b"theirs")
    (tree / "below" / "b c").unlink()
    (tree / "below" / "b c").write_text("another")
    assert done.journal is not None
    notes = Notes()
    back = put_back(notes, done.journal)
    assert (back.done, back.refused, back.failed) == (done.changed - 2, 2, 0)
    assert os.getxattr(tree / "a", "user.note") == b"theirs"
    assert os.listxattr(tree / "below" / "b c") == []


def test_what_was_cut_off_before_it_was_made_is_as_before_already(tree: Path) -> None:
    status, place = (tree / "a").stat(), tree.stat()
    writer = Writer("test")
    word = b"user.note".hex()
    writer.add(place.st_dev, place.st_ino, str(tree), [f"v{status.st_ino} x {word}=- {word}=00 a"])
    path = writer.close()
    assert path is not None
    back = put_back(Notes(), path)
    assert (back.done, back.already, back.refused, back.failed) == (0, 1, 0, 0)


@needs_root
def test_what_may_not_be_changed_is_told_and_the_rest_goes_on(open_place: Path) -> None:  # noqa: F811
    for name in ("a", "b", "c"):
        (open_place / name).write_text("")
    os.chown(open_place / "a", NOBODY, NOBODY)
    os.chown(open_place / "c", NOBODY, NOBODY)

    (open_place / "state").mkdir()
    (open_place / "state").chmod(0o777)
    places = tuple(str(open_place / name) for name in "bac")

    def try_it() -> tuple[int, int, list[str]]:
        os.environ["XDG_STATE_HOME"] = str(open_place / "state")
        notes = Notes()
        done = change(notes, places, acl("u:0:r"), "test")
        return done.changed, done.failed, [os.path.basename(path) for path, _ in notes.failures]

    assert as_nobody(try_it) == (2, 1, ["b"])


@pytest.mark.parametrize("code", [errno.ENOTSUP, errno.EPERM, errno.EROFS, errno.ENOSPC])
def test_what_is_refused_midway_is_named_and_the_rest_is_done_and_undone(
    tree: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = facts(tree)
    real, asked = os.setxattr, []

    def refusing(path: str, name: str, value: bytes, flags: int = 0, *, follow_symlinks: bool = True) -> None:
        asked.append(path)
        if len(asked) in (2, 3):
            raise OSError(code, os.strerror(code))
        real(path, name, value, flags, follow_symlinks=follow_symlinks)

    notes = Notes()
    with monkeypatch.context() as patched:
        patched.setattr(os, "setxattr", refusing)
        done = change(notes, (str(tree),), ValueRules(attribute=Attribute("user.note", b"ours")), "test")
    assert (done.changed, done.failed) == (len(asked) - 2, 2)
    assert all(errno.errorcode[code] in reason for _, reason in notes.failures)
    having = {name for name, (_, _, values) in facts(tree).items() if "user.note" in values}  # type: ignore[misc]
    failed = {os.path.relpath(path, tree) for path, _ in notes.failures}
    assert len(having) == done.changed
    assert not having & failed
    assert done.journal is not None
    back = put_back(Notes(), done.journal)
    assert (back.done, back.already, back.refused, back.failed) == (done.changed, 2, 0, 0)
    assert facts(tree) == before


@needs_root
@pytest.mark.parametrize("kind", ["acl", "attribute", "times", "flags"])
def test_a_file_system_that_becomes_read_only_midway(tmp_path: Path, kind: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for number in range(400):
        (tree / f"file{number}").touch()
    on, off = parse_flags("+d")
    rules = {
        "acl": acl(f"u:{NOBODY}:r"),
        "attribute": ValueRules(attribute=Attribute("user.note", b"ours")),
        "times": ValueRules(times=NewTimes(mtime=1_500_000_000_000_000_001)),
        "flags": ValueRules(flags_on=on, flags_off=off),
    }[kind]
    before = facts(tree)

    def work() -> str:
        own_mounts()
        mount("--bind", str(tree), str(tree))
        roots = tuple(f"{tree}/{name}" for name in os.listdir(tree))
        notes = Notes(Once(300, lambda: mount("-o", "remount,bind,ro", str(tree))))
        done = change(notes, roots, rules, "test")
        mount("-o", "remount,bind,rw", str(tree))
        assert done.journal is not None
        back = put_back(Notes(), done.journal)
        named = sum("EROFS" in reason for _, reason in notes.failures)
        return json.dumps([done.changed, done.failed, named, back.done, back.already, back.refused, back.failed])

    try:
        changed_, failed, named, back, already, refused, wrong = json.loads(in_child(work))
    except Cannot as cannot:
        pytest.skip(str(cannot))
    assert 0 < changed_ < 400
    assert changed_ + failed == 400
    assert failed == named
    assert (back, already, refused, wrong) == (changed_, failed, 0, 0)
    assert facts(tree) == before


@pytest.mark.parametrize("text", ["", "i", "+", "+q", "+i-i", "=i", "+V"])
def test_flags_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_flags(text)


@pytest.mark.parametrize("text", ["", "user.a", "note=1", "system.posix_acl_access=1", "-", "user.=1", "user.a=0x0"])
def test_attributes_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_attribute(text)
