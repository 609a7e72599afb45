"""A tree is changed as chmod and chown change it, undone exactly, and nothing outside is ever touched."""

from __future__ import annotations

import errno
import os
import random
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from osexplorer.model.errors import CallError, Refused
from osexplorer.model.mode_change import parse_mode
from osexplorer.model.owner import Owner
from osexplorer.model.recursive import PutBack, Rules
from osexplorer.model.tasks import Cancelled
from osexplorer.system.journal import Writer, journals
from osexplorer.system.recursive import change
from osexplorer.system.recursive_look import look
from osexplorer.system.recursive_undo import put_back
from tests.system.test_walk import Notes, deep  # noqa: F401 - a fixture
from tests.unprivileged import NOBODY, as_nobody, needs_root, open_place  # noqa: F401 - a fixture

NAMES = ("a", "b c", "new\nline", "d ", os.fsdecode(b"\xff"), "ü")
State = dict[str, tuple[int, int, int]]


def state(root: Path) -> State:
    """Mode, owner and group of everything."""
    found = {}
    for path in (root, *root.rglob("*")):
        status = path.lstat()
        found[os.path.relpath(path, root)] = (status.st_mode, status.st_uid, status.st_gid)
    return found


def grow(root: Path, seed: int, entries: int = 60) -> None:
    """A random tree: files, directories, links, a FIFO, odd names, modes of all kinds."""
    dice = random.Random(seed)
    root.mkdir()
    directories = [root]
    for number in range(entries):
        place = dice.choice(directories)
        path = place / f"{dice.choice(NAMES)}{number}"
        match dice.randrange(6):
            case 0 | 1:
                path.mkdir()
                directories.append(path)
            case 2:
                path.symlink_to(dice.choice(["/etc/passwd", "..", "nowhere"]))
                continue
            case 3 if number % 7 == 0:
                os.mkfifo(path)
            case _:
                path.write_text("")
        path.chmod(dice.randrange(0o10000))
    for path in directories:
        path.chmod(path.stat().st_mode | 0o700)


def both(expression: str, umask: int = 0o022) -> Rules:
    return Rules(parse_mode(expression), parse_mode(expression), umask=umask)


@pytest.mark.parametrize(
    "expression",
    ["644", "u=rwX,go=rX", "g-s,+t", "a=u", "+x", "go-rwx", "00755", "u+s,g=o,o=", "-r", "=", "a-x,a+X", "2750"],
)
def test_it_becomes_what_chmod_makes_of_it_and_undo_is_exact(tmp_path: Path, expression: str) -> None:
    if os.geteuid():
        pytest.skip("needs root: not every tree of these modes can be walked without")
    for seed in range(4):
        ours, theirs = tmp_path / f"ours{seed}", tmp_path / f"theirs{seed}"
        grow(ours, seed)
        subprocess.run(["cp", "-a", ours, theirs], check=True)
        before = state(ours)
        notes = Notes()
        plan = look(notes, (str(ours),), both(expression))
        assert state(ours) == before
        done = change(notes, (str(ours),), both(expression), "test")
        subprocess.run(["chmod", "-R", "--", expression, theirs], check=True, umask=0o022)
        after = state(ours)
        assert after == state(theirs)
        assert not notes.failures
        foretold = {found.path: found.change.new for found in plan}
        made = {str(ours / name): stat.S_IMODE(new[0]) for name, new in after.items() if new != before[name]}
        assert {path.rstrip("/."): mode for path, mode in foretold.items()} == {
            path.rstrip("/."): mode for path, mode in made.items()
        }
        assert done.changed == len(made) == len(plan)
        if made:
            assert done.journal is not None
            undone = put_back(notes, done.journal)
            assert (undone.done, undone.refused, undone.failed) == (len(made), 0, 0)
        assert state(ours) == before
        assert not journals()


@needs_root
@pytest.mark.parametrize("keep", [False, True])
def test_owners_become_what_chown_makes_of_them_and_undo_is_exact(tmp_path: Path, keep: bool) -> None:
    for seed in range(3):
        ours, theirs = tmp_path / f"ours{seed}", tmp_path / f"theirs{seed}"
        grow(ours, seed)
        subprocess.run(["cp", "-a", ours, theirs], check=True)
        before = state(ours)
        notes = Notes()
        rules = Rules(owner=Owner(NOBODY, 12), keep=keep)
        plan = look(notes, (str(ours),), rules)
        done = change(notes, (str(ours),), rules, "test")
        subprocess.run(["chown", "-R", f"{NOBODY}:12", theirs], check=True)
        after = state(ours)
        if keep:
            assert {name: one[0] for name, one in after.items()} == {name: one[0] for name, one in before.items()}
        else:
            assert after == state(theirs)
        assert {(found.change.new, *found.change.new_owner) for found in plan} == {
            (stat.S_IMODE(mode), uid, gid) for mode, uid, gid in after.values()
        }
        assert done.changed == len(before)
        assert done.journal is not None
        assert put_back(notes, done.journal).done == len(before)
        assert state(ours) == before
        assert not notes.failures


def test_capabilities_fall_and_come_back(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root")
    root = tmp_path / "tree"
    root.mkdir()
    (root / "program").write_text("")
    (root / "program").chmod(0o755)
    value = b"\x01\x00\x00\x02" + b"\x00\x20\x00\x00" + bytes(12)
    os.setxattr(root / "program", "security.capability", value)
    done = change(Notes(), (str(root),), Rules(owner=Owner(NOBODY)), "test")
    assert os.listxattr(root / "program") == []
    assert done.journal is not None
    put_back(Notes(), done.journal)
    assert os.getxattr(root / "program", "security.capability") == value


@needs_root
def test_a_look_tells_of_capabilities_hard_links_and_programs_that_stay_set_id(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    value = b"\x01\x00\x00\x02" + b"\x00\x20\x00\x00" + bytes(12)
    for name, mode in (("program", 0o755), ("data", 0o644), ("owned", 0o755), ("set-ID", 0o4755), ("plain", 0o644)):
        (root / name).write_text("")
        (root / name).chmod(mode)
        if name in ("program", "data", "owned"):
            os.setxattr(root / name, "security.capability", value)
    os.chown(root, NOBODY, 0)
    os.chown(root / "owned", NOBODY, 0)
    os.setxattr(root / "owned", "security.capability", value)
    os.link(root / "plain", tmp_path / "further")
    os.symlink("plain", root / "link")
    rules = Rules(owner=Owner(NOBODY))
    plan = look(Notes(), (str(root),), rules)
    names = {kind: {os.path.basename(plan[at].path) for at in plan.where(kind)} for kind in plan.kinds}
    assert names["capabilities"] == {"program", "data"}
    assert names["hard links"] == {"plain"}
    assert names["set-ID"] == set()
    said = plan.summary()
    assert said[0] == "5 of 7 entries change: 0 directories, 5 others"
    assert "! 2 files lose their capabilities" in said
    assert "! 1 file has further names (hard links), which change too" in said
    assert "! 1 is setuid or setgid no more" in said
    assert f"0:0 → {NOBODY}:0 0644, capabilities fall  {root}/data" in plan.lines()
    keeping = look(Notes(), (str(root),), rules._replace(keep=True))
    assert "! 2 files keep their capabilities" in keeping.summary()
    assert "! 1 setuid or setgid program acts as its new owner or group" in keeping.summary()
    assert [os.path.basename(keeping[at].path) for at in keeping.where("set-ID")] == ["set-ID"]
    done = change(Notes(), (str(root),), rules, "test")
    assert {name for name in ("program", "data", "owned") if not os.listxattr(root / name)} == names["capabilities"]
    assert done.journal is not None
    assert put_back(Notes(), done.journal).done == 5
    assert all(os.getxattr(root / name, "security.capability") == value for name in ("program", "data", "owned"))


@needs_root
@pytest.mark.parametrize("expression", ["a-x", "a-rx", "=", "u-x,g+x", "700"])
def test_children_before_parents_for_one_who_is_not_root(open_place: Path, expression: str) -> None:  # noqa: F811
    root = open_place / "tree"
    for name in ("a/b/c", "d"):
        (root / name).mkdir(parents=True)
        (root / name / "file").write_text("")
    subprocess.run(["chown", "-R", str(NOBODY), open_place], check=True)
    before = state(root)
    state_home = open_place / "state"
    state_home.mkdir()
    os.chown(state_home, NOBODY, NOBODY)
    os.environ["XDG_STATE_HOME"] = str(state_home)  # the fixture of all tests takes it away again

    def attempt() -> tuple[int, list[tuple[str, str]], str | None]:
        notes = Notes()
        done = change(notes, (str(root),), both(expression), "test")
        return done.changed, notes.failures, done.journal

    changed, failures, journal = as_nobody(attempt)
    assert not failures
    wanted = {name: both(expression).mode_after(mode) for name, (mode, _, _) in before.items()}
    assert {name: stat.S_IMODE(mode) for name, (mode, _, _) in state(root).items()} == wanted
    assert changed == sum(stat.S_IMODE(before[name][0]) != mode for name, mode in wanted.items())
    assert journal is not None
    undone = as_nobody(lambda: put_back(Notes(), journal))
    assert undone.failed == undone.refused == 0
    assert state(root) == before


@needs_root
@pytest.mark.parametrize(
    "rules", [both("6755"), both("++s"), both("a=rs"), both("u=r,g+s"), Rules(owner=Owner(-1, NOBODY))]
)
def test_setgid_that_the_kernel_drops_leaves_nothing_that_undo_does_not_find(open_place: Path, rules: Rules) -> None:  # noqa: F811
    root = open_place / "tree"
    (root / "shut").mkdir(parents=True)
    for at, mode in enumerate((0o600, 0o755, 0o2644, 0o4711)):
        for place in (root, root / "shut"):
            (place / f"file{at}").touch()
            os.chown(place / f"file{at}", NOBODY, 5 if at % 2 == 0 or rules.owners else NOBODY)
            (place / f"file{at}").chmod(mode & ~(0 if rules.owners else stat.S_ISGID))
    for place in (root, root / "shut"):
        os.chown(place, NOBODY, 5)
        place.chmod(0o700)
    before = state(root)
    state_home = open_place / "state"
    state_home.mkdir()
    os.chown(state_home, NOBODY, NOBODY)
    os.environ["XDG_STATE_HOME"] = str(state_home)  # the fixture of all tests takes it away again
    journal = as_nobody(lambda: change(Notes(), (str(root),), rules, "test").journal)
    assert journal is not None and state(root) != before
    if not rules.owners:
        undone = as_nobody(lambda: put_back(Notes(), journal))
        assert undone.failed == undone.refused == 0
    else:  # nobody may not give it to that group again
        undone = put_back(Notes(), journal)
        assert undone.failed == undone.refused == 0
    assert state(root) == before


@needs_root
def test_an_undo_tells_of_setgid_that_does_not_come_back(open_place: Path) -> None:  # noqa: F811
    root = open_place / "tree"
    root.mkdir()
    for name in ("theirs", "ours"):
        (root / name).touch()
        os.chown(root / name, NOBODY, 5 if name == "theirs" else NOBODY)
        (root / name).chmod(0o2755)
    os.chown(root, NOBODY, NOBODY)
    state_home = open_place / "state"
    state_home.mkdir()
    os.chown(state_home, NOBODY, NOBODY)
    os.environ["XDG_STATE_HOME"] = str(state_home)  # the fixture of all tests takes it away again

    def attempt() -> tuple[PutBack, list[tuple[str, str]]]:
        notes = Notes()
        journal = change(Notes(), (str(root),), both("g-s"), "test").journal
        assert journal is not None
        return put_back(notes, journal), notes.failures

    undone, failures = as_nobody(attempt)
    assert (undone.done, undone.refused, undone.failed) == (1, 1, 0)
    assert [path for path, reason in failures if "setgid does not come back" in reason] == [str(root / "theirs")]
    assert [stat.S_IMODE((root / name).stat().st_mode) for name in ("theirs", "ours")] == [0o755, 0o2755]


@needs_root
def test_a_mode_that_comes_opens_the_way(open_place: Path) -> None:  # noqa: F811
    root = open_place / "tree"
    (root / "shut").mkdir(parents=True)
    (root / "shut" / "file").write_text("")
    (root / "shut").chmod(0o070)
    subprocess.run(["chown", "-R", str(NOBODY), root], check=True)

    def attempt() -> list[tuple[str, str]]:
        notes = Notes()
        change(notes, (str(root),), both("u=rwx,g="), "test", journalled=False)
        return notes.failures

    assert as_nobody(attempt) == []
    assert stat.S_IMODE((root / "shut" / "file").stat().st_mode) == 0o704


def test_undo_leaves_alone_what_was_changed_replaced_or_removed(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    (root / "moved").mkdir(parents=True)
    for name in ("same", "changed", "replaced", "removed", "put back", "moved/inside"):
        (root / name).write_text("")
        (root / name).chmod(0o644)
    done = change(Notes(), (str(root),), both("600"), "test")
    root.chmod(0o700)
    (root / "moved").chmod(0o700)
    (root / "changed").chmod(0o640)
    (root / "put back").chmod(0o644)
    (root / "removed").unlink()
    (root / "replaced").unlink()
    (root / "replaced").write_text("")
    (root / "replaced").chmod(0o600)
    (root / "moved").rename(root / "elsewhere")
    (root / "moved").mkdir(mode=0o700)
    notes = Notes()
    assert done.journal is not None
    undone = put_back(notes, done.journal)
    assert (undone.done, undone.already) == (1, 1)
    assert stat.S_IMODE((root / "same").stat().st_mode) == 0o644
    assert stat.S_IMODE((root / "changed").stat().st_mode) == 0o640
    assert stat.S_IMODE((root / "replaced").stat().st_mode) == 0o600
    assert stat.S_IMODE((root / "elsewhere" / "inside").stat().st_mode) == 0o600
    assert len(notes.failures) == undone.refused == 6
    assert all("Left alone" in reason for _, reason in notes.failures)
    assert not journals()


def test_a_journal_that_was_cut_off_is_undone_as_far_as_it_goes(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    for number in range(300):
        (root / f"{number:03}").write_text("")
    before = state(root)
    done = change(Notes(), (str(root),), both("600"), "test")
    assert done.journal is not None
    data = Path(done.journal).read_bytes()
    Path(done.journal).write_bytes(data[: data.rindex(b"\0o") + 9])
    undone = put_back(Notes(), done.journal)
    assert undone.done == done.changed - 1
    assert sum(one != before[name] for name, one in state(root).items()) == 1


def test_cancelled_in_the_middle_it_can_be_undone(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    for number in range(20):
        (root / f"{number}").mkdir(parents=True)
        (root / f"{number}" / "file").write_text("")
    before = state(root)
    calls = iter(range(1000))

    def stop() -> None:
        if next(calls) > 20:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        change(Notes(stop), (str(root),), both("700"), "half")
    assert 0 < sum(one != before[name] for name, one in state(root).items()) < 40
    (journal,) = journals()
    assert journal.title == "half"
    put_back(Notes(), journal.path)
    assert state(root) == before


def test_a_change_that_goes_on_is_not_undone(tmp_path: Path) -> None:
    writer = Writer("going on")
    writer.add(1, 1, "/", ["m1 644 600 x"])
    with pytest.raises(Refused, match="goes on"):
        put_back(Notes(), writer.path)
    writer.close()


def test_without_a_place_for_the_journal_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("")
    file.chmod(0o644)
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    with pytest.raises(CallError):
        change(Notes(), (str(file),), both("600"), "test")
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert change(Notes(), (str(file),), both("600"), "test", journalled=False).changed == 1


@needs_root
def test_other_file_systems_and_bind_mounts_are_left_out(tmp_path: Path) -> None:
    root, outside = tmp_path / "tree", tmp_path / "outside"
    for path in (root / "tmpfs", root / "bound", outside):
        path.mkdir(parents=True)
    (root / "bound-file").write_text("")
    (outside / "file").write_text("")
    mounts = [["-t", "tmpfs", "none", root / "tmpfs"], ["--bind", outside, root / "bound"]]
    mounts.append(["--bind", outside / "file", root / "bound-file"])
    made = []
    try:
        for arguments in mounts:
            if subprocess.run(["mount", *arguments], capture_output=True).returncode:
                pytest.skip("needs the right to mount")
            made.append(arguments[-1])
        (root / "tmpfs" / "file").write_text("")
        before = {path: path.stat().st_mode for path in (root / "tmpfs", root / "tmpfs" / "file", outside / "file")}
        notes = Notes()
        change(notes, (str(root),), both("700"), "test", journalled=False)
        assert before == {path: path.stat().st_mode for path in before}
        assert sorted(map(os.path.basename, notes.skipped)) == ["bound", "bound-file", "tmpfs"]
        assert stat.S_IMODE(root.stat().st_mode) == 0o700
        change(notes, (str(root / "tmpfs"),), both("711"), "test", journalled=False)
        assert stat.S_IMODE((root / "tmpfs" / "file").stat().st_mode) == 0o711
    finally:
        for point in reversed(made):
            subprocess.run(["umount", point], check=True)


def test_what_fails_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root to make a file immutable")
    root = tmp_path / "tree"
    root.mkdir()
    for name in ("a", "b", "c"):
        (root / name).write_text("")
        (root / name).chmod(0o644)
    if subprocess.run(["chattr", "+i", root / "b"], capture_output=True).returncode:
        pytest.skip("needs a file system with inode flags")
    try:
        notes = Notes()
        done = change(notes, (str(root), str(tmp_path / "nowhere")), both("600"), "test")
        assert [os.path.basename(path) for path, _ in notes.failures] == ["b", "nowhere"]
        assert (done.changed, done.failed) == (3, 1)
        assert stat.S_IMODE((root / "c").stat().st_mode) == 0o600
    finally:
        subprocess.run(["chattr", "-i", root / "b"], check=True)


def test_it_goes_deeper_than_a_path_is_long(deep: Path) -> None:  # noqa: F811
    notes = Notes()
    done = change(notes, (str(deep),), both("700"), "test")
    assert not notes.failures
    assert done.changed >= 3600
    assert done.journal is not None
    undone = put_back(notes, done.journal)
    assert (undone.done, undone.failed, undone.refused) == (done.changed, 0, 0)


def test_a_summary_says_who_gains_who_loses_and_what_is_risky(tmp_path: Path) -> None:
    for name, mode in (("a", 0o644), ("b", 0o600)):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(mode)
    plan = look(Notes(), (str(tmp_path),), Rules(files=parse_mode("4722")))
    lines = plan.summary()
    assert lines[0] == "2 of 3 entries change: 0 directories, 2 others"
    assert "others gain write on 2" in " ".join(lines)
    assert "others lose read on 1" in " ".join(lines)
    assert "! 2 become setuid or setgid programs" in lines
    assert any("writable by anybody" in line for line in lines)
    assert len(plan.where("set-ID")) == 2
    assert len(plan.where("lose")) == 1
    (tmp_path / "a").chmod(0o4755)
    less = look(Notes(), (str(tmp_path / "a"),), Rules(files=parse_mode("755")))
    assert "! 1 is setuid or setgid no more" in less.summary()
    nothing = look(Notes(), (str(tmp_path),), Rules())
    assert nothing.summary() == ["None of 3 entries changes"]


@needs_root
@pytest.mark.parametrize("call", ["chmod", "setxattr"])
def test_a_change_of_owner_that_fails_when_half_done_has_a_way_back(
    tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the change of owner took cannot be put back at once: that is told, and undo puts all of it back."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "program").write_text("")
    (root / "program").chmod(0o4755)
    os.setxattr(root / "program", "security.capability", b"\x01\x00\x00\x02" + b"\x00\x20\x00\x00" + bytes(12))
    before, held = (root / "program").stat(), os.getxattr(root / "program", "security.capability")
    real = getattr(os, call)

    def failing(path: str, *args: Any, **options: Any) -> None:
        if (root / "program").stat().st_uid == NOBODY:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(path, *args, **options)

    monkeypatch.setattr(os, call, failing)
    notes = Notes()
    done = change(notes, (str(root),), Rules(owner=Owner(NOBODY), keep=True), "test")
    monkeypatch.undo()
    ((path, error),) = notes.failures
    assert path == str(root / "program") and error.startswith(f"os.{call} ")
    assert done.journal is not None
    again = Notes()
    put_back(again, done.journal)
    now = (root / "program").stat()
    assert not again.failures
    assert (now.st_uid, now.st_mode) == (before.st_uid, before.st_mode)
    assert os.getxattr(root / "program", "security.capability") == held
