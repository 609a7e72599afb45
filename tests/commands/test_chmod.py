"""``osexplorer chmod``, ``chown`` and ``undo``: the same as the GNU tools make of it, told first, and taken back."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from osexplorer.cli import main
from tests.system.test_recursive import grow, state
from tests.unprivileged import NOBODY, needs_root

needs_gnu = pytest.mark.skipif(shutil.which("chmod") is None, reason="needs chmod(1)")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def expression(dice: random.Random) -> str:
    """Something that chmod takes."""
    if dice.random() < 0.2:
        return f"{dice.randrange(0o10000):0{dice.choice((1, 3, 4, 5))}o}"
    clauses = []
    for _ in range(dice.randrange(1, 4)):
        who = "".join(dice.sample("ugoa", dice.randrange(0, 3)))
        action = dice.choice("+-=")
        what = dice.choice("ugo") if dice.random() < 0.3 else "".join(dice.sample("rwxXst", dice.randrange(0, 4)))
        clauses.append(f"{who}{action}{what}")
    return ",".join(clauses)


@needs_root
@needs_gnu
def test_random_modes_of_random_trees_become_what_gnu_makes_of_them(tmp_path: Path) -> None:
    dice = random.Random(4)
    for turn in range(12):
        ours, theirs = tmp_path / f"ours{turn}", tmp_path / f"theirs{turn}"
        grow(ours, turn, 30)
        subprocess.run(["cp", "-a", ours, theirs], check=True)
        before = state(ours)
        changes = expression(dice)
        umask = dice.choice((0o022, 0o077, 0o002))
        kept = os.umask(umask)
        try:
            recursive = [] if turn % 3 == 0 else ["-R"]
            assert main(["chmod", *recursive, "--", changes, str(ours)]) == 0
            done = subprocess.run(["chmod", *recursive, "--", changes, theirs], capture_output=True, text=True)
            assert done.returncode == 0 or "new permissions are" in done.stderr
        finally:
            os.umask(kept)
        assert state(ours) == state(theirs), changes
        if state(ours) != before:
            assert main(["undo"]) == 0
        assert state(ours) == before, changes


def test_a_dry_run_changes_nothing_and_tells_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "below").mkdir(mode=0o755)
    (tmp_path / "below" / "file").touch(mode=0o644)
    before = state(tmp_path)
    assert main(["chmod", "-R", "--dry-run", "a+w", str(tmp_path / "below")]) == 0
    shown = capsys.readouterr().out
    assert f"0644 → 0666  {tmp_path}/below/file" in shown
    assert "2 of 2 entries change: 1 directory, 1 other" in shown
    assert "writable by anybody" in shown
    assert main(["chmod", "-Rn", "--json", "a+w", str(tmp_path / "below")]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["would_change"] == 2
    assert {"path": f"{tmp_path}/below/file", "mode": "0644", "new_mode": "0666"} in plain["changes"]
    assert state(tmp_path) == before
    assert main(["undo"]) == 2
    assert "Nothing to undo" in capsys.readouterr().err


def test_undo_goes_back_one_change_after_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o644)
    assert main(["chmod", "600", str(file)]) == 0
    assert main(["chmod", "--json", "640", str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == 1
    assert main(["undo", "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[1] for line in listed] == [f"chmod 640 {file}", f"chmod 600 {file}"]
    assert main(["undo"]) == 0
    assert mode_of(file) == 0o600
    assert main(["undo", "--json"]) == 0
    assert mode_of(file) == 0o644
    file.chmod(0o600)
    assert main(["chmod", "600", str(file)]) == 0
    assert main(["undo"]) == 2, "nothing was changed, so there is nothing to undo"


def test_what_was_changed_since_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o644)
    main(["chmod", "600", str(file)])
    file.chmod(0o755)
    assert main(["undo"]) == 1
    assert "its mode is 0755 now, not 0600" in capsys.readouterr().err
    assert mode_of(file) == 0o755


@pytest.mark.parametrize("mode", ["8", "99999", "u+q", "", "+u,", "rw", "07777777", "644x", " 644"])
def test_a_wrong_mode_is_refused(tmp_path: Path, mode: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o644)
    assert main(["chmod", mode, str(file)]) == 2
    assert "Column" in capsys.readouterr().err
    assert mode_of(file) == 0o644


def test_the_rest_is_done_when_one_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o644)
    assert main(["chmod", "600", str(tmp_path / "no\x1bwhere"), str(file)]) == 1
    shown = capsys.readouterr().err
    assert "ENOENT" in shown
    assert "\x1b" not in shown
    assert mode_of(file) == 0o600


@pytest.mark.parametrize("more", [[], ["-R"], ["--dry-run"]])
def test_a_link_to_nowhere_is_told_as_one(tmp_path: Path, more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    link = tmp_path / "link"
    link.symlink_to("nowhere")
    assert main(["chmod", *more, "600", str(link)]) == 1
    assert "It is a symbolic link, and what it leads to is not there" in capsys.readouterr().err
    assert main(["chmod", *more, "600", str(tmp_path / "nowhere")]) == 1
    assert "symbolic link" not in capsys.readouterr().err


def test_everything_is_not_changed_by_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chmod", "-R", "--dry-run", "700", "/"]) == 2
    assert "--no-preserve-root" in capsys.readouterr().err


def test_a_link_is_followed_where_it_is_named_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "outside").touch(mode=0o644)
    (tmp_path / "tree" / "link").symlink_to("../outside")
    assert main(["chmod", "-R", "700", str(tmp_path / "tree")]) == 0
    assert mode_of(tmp_path / "outside") == 0o644
    assert main(["chmod", "700", str(tmp_path / "tree" / "link")]) == 0
    assert mode_of(tmp_path / "outside") == 0o700


@needs_root
@pytest.mark.parametrize("owner", ["nobody", "nobody:", ":12", "54321:54322", "+7:+8", "nobody:root"])
@pytest.mark.parametrize("options", [[], ["-R"]])
def test_owners_become_what_gnu_makes_of_them(tmp_path: Path, owner: str, options: list[str]) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    grow(ours, 5, 30)
    subprocess.run(["cp", "-a", ours, theirs], check=True)
    before = state(ours)
    assert main(["chown", *options, owner, str(ours)]) == 0
    subprocess.run(["chown", *options, owner, theirs], check=True)
    assert state(ours) == state(theirs)
    if state(ours) != before:
        assert main(["undo"]) == 0
    assert state(ours) == before


@needs_root
def test_owners_that_cannot_be_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for owner, reason in (("4294967295", "leave it"), (":4294967295", "leave it"), ("nobody-here", "no user named")):
        assert main(["chown", owner, str(tmp_path)]) == 2
        assert reason in capsys.readouterr().err
    assert main(["chown", "--", "-1", str(tmp_path)]) == 2
    assert "leave it" in capsys.readouterr().err
    assert tmp_path.stat().st_uid == 0


@needs_root
def test_set_id_is_kept_on_request_and_a_link_is_changed_itself(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.touch()
    file.chmod(0o6755)
    link.symlink_to("file")
    assert main(["chown", "-h", str(NOBODY), str(link)]) == 0
    assert (link.lstat().st_uid, file.stat().st_uid) == (NOBODY, 0)
    assert main(["chown", "--keep-set-id", str(NOBODY), str(link)]) == 0
    assert (file.stat().st_uid, mode_of(file)) == (NOBODY, 0o6755)


@pytest.mark.parametrize("mode", ["+", "-", "=", "u+", "a-", "0", "00644"])
def test_modes_that_look_wrong_and_are_not_do_what_gnu_does(tmp_path: Path, mode: str) -> None:
    for name in ("ours", "theirs"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o4751)
    code = subprocess.run(["chmod", "--", mode, tmp_path / "theirs"]).returncode
    assert main(["chmod", "--", mode, str(tmp_path / "ours")]) == code == 0
    assert mode_of(tmp_path / "ours") == mode_of(tmp_path / "theirs")


@needs_root
def test_a_dry_run_of_chown_tells_of_capabilities_and_hard_links(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "program").touch(mode=0o755)
    os.setxattr(root / "program", "security.capability", b"\x01\x00\x00\x02\x00\x20\x00\x00" + bytes(12))
    os.link(root / "program", tmp_path / "further")
    assert main(["chown", "-R", "--dry-run", str(NOBODY), str(root)]) == 0
    shown = capsys.readouterr().out
    assert f"0:0 → {NOBODY}:0 0755, capabilities fall, hard links  {root}/program\n" in shown
    assert "! 1 file loses its capabilities\n! 1 file has further names (hard links), which change too\n" in shown
    assert main(["chown", "-R", "--dry-run", "--json", str(NOBODY), str(root)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["would_change"], told["lose_capabilities"], told["hard_linked"]) == (2, 1, 1)
    (program,) = (one for one in told["changes"] if one["path"].endswith("program"))
    assert (program["capabilities"], program["hard_linked"]) == (True, True)
    assert main(["chown", "-Rn", "--keep-set-id", "--json", str(NOBODY), str(root)]) == 0
    assert json.loads(capsys.readouterr().out)["lose_capabilities"] == 0
    assert os.listxattr(root / "program") == ["security.capability"]


@needs_root
@needs_gnu
@pytest.mark.parametrize(
    "command",
    ["chmod", "chmod -R", "chown", "chown -h", "chown -P", "chown -R", "chown -RH", "chown -RP", "chown -Rh"],
)
@pytest.mark.parametrize(
    "path", ["", "f", "f/", "d", "d/", "lf", "ld", "ld/", "le", "le/", "le/.", "le/..", "le/../x", "d/.", "d/../f"]
)
def test_a_path_leads_to_what_it_leads_the_gnu_tools_to(
    tmp_path: Path, command: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, *options = command.split()
    arguments = [*options, "4710" if name == "chmod" else "7:8", path]
    said = []
    for whose in ("ours", "theirs"):
        tree = tmp_path / whose
        (tree / "d" / "e" / "g").mkdir(parents=True)
        for file in (tree / "f", tree / "x", tree / "d" / "x"):
            file.touch()
        (tree / "lf").symlink_to("f")
        (tree / "ld").symlink_to("d")
        (tree / "le").symlink_to("d/e")
        monkeypatch.chdir(tree)
        if whose == "ours":
            said.append(main([name, *arguments]))
        else:
            said.append(subprocess.run([name, *arguments], capture_output=True).returncode)
    assert state(tmp_path / "ours") == state(tmp_path / "theirs")
    assert said[0] == said[1]


@needs_root
def test_a_link_to_everything_is_refused_where_it_is_entered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = tmp_path / "link"
    link.symlink_to("/")
    assert main(["chown", "-RH", "--dry-run", "7", str(link)]) == 2
    assert "--no-preserve-root" in capsys.readouterr().err
    assert main(["chown", "-R", "7", str(link)]) == 0
    assert (link.lstat().st_uid, os.stat("/").st_uid) == (7, 0)


@pytest.mark.parametrize(
    ("arguments", "mode"),
    [
        (["-w", "FILE"], 0o550),
        (["FILE", "-x"], 0o640),
        (["-x,g+w", "FILE"], 0o660),
        (["-w", "-x", "FILE"], 0o440),
        (["-R", "-40", "--", "FILE"], 0o710),
        (["--", "-w", "FILE"], 0o550),
        (["-", "FILE"], 0o750),
        (["-w", "--", "FILE", "-x"], 0o550),
    ],
)
def test_a_mode_may_begin_with_a_minus(
    tmp_path: Path, arguments: list[str], mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "FILE"
    file.touch()
    file.chmod(0o750)
    before = os.umask(0o022)
    try:
        status = main(["chmod", *arguments])
    finally:
        os.umask(before)
    assert (mode_of(file), status) == (mode, int("-x" in arguments[2:]))


def test_help_of_chown_is_not_asked_by_the_letter_that_means_a_link_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = tmp_path / "link"
    link.symlink_to("nowhere")
    assert main(["chown", "-h", f":{os.getegid()}", str(link)]) == 0
    assert "usage" not in capsys.readouterr().out
    assert main(["chown", "-RHh", "7", str(link)]) == 2
    assert "-h" in capsys.readouterr().err
    assert main(["chown", "--help"]) == 0
    assert "--no-dereference" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["ls"], ["audit"], ["why"]])
def test_an_empty_path_is_not_the_working_directory(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, ""]) == 2
    shown = capsys.readouterr()
    assert "PATH is empty" in shown.err and not shown.out
