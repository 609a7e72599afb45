"""``osexplorer why``: its lines, its JSON and its exit status."""

from __future__ import annotations

import json
import os
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
    assert delete["attempt"] is None
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
