"""``osexplorer why``: its lines, its JSON and its exit status."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from osexplorer.cli import main
from tests.unprivileged import needs_root, open_place

__all__ = ["open_place"]


def test_allowed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert f" may read {tmp_path}\n" in shown
    assert "✓ search / for " in shown
    assert "A real access(2) says the same: allowed" in shown


def test_denied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch(mode=0o644)
    assert main(["why", "-rx", str(tmp_path / "file")]) == 1
    shown = capsys.readouterr().out
    assert f"may read {tmp_path}/file" in shown
    assert f"may not execute {tmp_path}/file: EACCES at {tmp_path}/file" in shown
    assert f"chmod u+x {tmp_path}/file" in shown


@needs_root
def test_another_user(open_place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (open_place / "file").touch(mode=0o600)
    assert main(["why", "--json", "-w", "--delete", "--user", "nobody", str(open_place / "file")]) == 1
    write, delete = json.loads(capsys.readouterr().out)
    assert (write["user"], write["allowed"], write["attempt"]["allowed"]) == ("nobody", False, False)
    assert write["steps"][write["decisive"]]["errno"] == "EACCES"
    assert write["steps"][write["decisive"]]["remedies"][0]["command"].startswith("setfacl -m u:nobody:")
    assert (delete["attempt"]["allowed"], delete["attempt"]["errno"]) == (False, "EACCES")
    assert delete["steps"][delete["decisive"]]["path"] == str(open_place)


def test_creating(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "--create", str(tmp_path / "new")]) == 0
    assert not os.path.exists(tmp_path / "new")
    assert main(["why", "--create", str(tmp_path)]) == 1
    assert "EEXIST" in capsys.readouterr().out


def test_a_wrong_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "--user", "no-such-user", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "osexplorer why: There is no user named 'no-such-user'\n"
    assert main(["why"]) == 2


@needs_root
def test_a_running_program_is_not_written(open_place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = open_place / "sleeper"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
    with subprocess.Popen([program, "60"]) as running:
        try:
            assert main(["why", "-w", str(program)]) == 1
        finally:
            running.kill()
    shown = capsys.readouterr().out
    assert "sleeper) executes it" in shown
    assert "ETXTBSY" in shown


def test_a_file_is_not_deleted_by_asking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, make in (("file", Path.touch), ("directory", Path.mkdir)):
        make(tmp_path / name)
        assert main(["why", "--delete", str(tmp_path / name)]) == 0
        assert (tmp_path / name).exists()
    assert "A real rmdir(2), without effect on what is no directory, says the same: allowed" in capsys.readouterr().out
    assert main(["why", "--delete", f"{tmp_path}/."]) == 1
    assert "EINVAL" in capsys.readouterr().out


def test_who_may(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch(mode=0o600)
    assert main(["why", "--who", "-rw", str(tmp_path / "file")]) == 0
    shown = capsys.readouterr().out
    assert f"Who may read {tmp_path}/file: " in shown
    assert f"Who may write {tmp_path}/file: " in shown
    assert "✓ root" in shown
    assert "✗ everybody else" in shown
    assert main(["why", "--who", "--json", str(tmp_path)]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert sum(len(holder["users"]) for holder in found["holders"]) == found["users_listed"]


def test_who_is_not_asked_about_nothing_or_for_one_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "--who", str(tmp_path / "gone")]) == 2
    assert "cannot tell: there is nothing of that name" in capsys.readouterr().err
    assert main(["why", "--who", "--user", "root", str(tmp_path)]) == 2
    assert "--who is about everybody" in capsys.readouterr().err


@pytest.mark.parametrize("question", ["-r", "-w", "-x", "--delete"])
def test_what_is_not_there_cannot_be_answered(
    tmp_path: Path, question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["why", question, str(tmp_path / "gone")]) == 2
    shown = capsys.readouterr()
    assert f"{tmp_path}/gone cannot be told: there is nothing of that name\n" in shown.out
    assert "ENOENT" in shown.out
    assert shown.err == "osexplorer why: cannot tell: there is nothing of that name\n"
    assert main(["why", question, "--json", str(tmp_path / "gone")]) == 2
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["allowed"], told["unknown"]) == (None, "there is nothing of that name")
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    assert main(["why", question, str(tmp_path / "file" / "below")]) == 2
    assert main(["why", "-r", str(tmp_path / "loop")]) == 2


def test_creating_is_asked_of_the_directory_that_must_be_there(tmp_path: Path) -> None:
    assert main(["why", "--create", str(tmp_path / "new")]) == 0
    assert main(["why", "--create", str(tmp_path / "gone" / "new")]) == 2


@needs_root
@pytest.mark.parametrize("question", ["-r", "--create", "--delete"])
def test_what_is_not_there_is_denied_where_one_may_not_even_look(open_place: Path, question: str) -> None:
    (open_place / "shut").mkdir(mode=0o700)
    assert main(["why", question, "--user", "nobody", str(open_place / "shut" / "gone")]) == 1
    (open_place / "listed").mkdir(mode=0o755)
    gone = str(open_place / "listed" / "gone")
    assert main(["why", question, "--user", "nobody", gone]) == (1 if question == "--create" else 2)


@pytest.mark.parametrize("question", ["-r", "-w", "-x", "--delete", "--create"])
@pytest.mark.parametrize("who", [[], ["--who"]])
def test_a_name_that_is_too_long_cannot_be_answered(
    tmp_path: Path, question: str, who: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["why", *who, question, str(tmp_path / ("n" * 256))]) == 2
    assert "longer than names" in capsys.readouterr().err


def test_a_slash_after_what_is_to_be_created_means_a_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["why", "--create", f"{tmp_path}/new/"]) == 0
    assert "only a directory" in capsys.readouterr().out
    assert main(["why", "--create", f"{tmp_path}/new"]) == 0
    assert "only a directory" not in capsys.readouterr().out
