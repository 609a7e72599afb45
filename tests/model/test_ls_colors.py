"""LS_COLORS: codes, kinds, suffixes, and against what ls(1) itself prints."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.entry import EntryStat, Kind, Target
from osexplorer.model.ls_colors import Look, look_of, parse_ls_colors
from osexplorer.system.files import follow_links, stat_entries

COLOURS = (
    "rs=0:di=01;34:ln=01;36:mh=44:pi=40;33:so=01;35:bd=40;33;01:cd=40;33;01:or=40;31;01:su=37;41:sg=30;43:tw=30;42:"
    "ow=34;42:st=37;44:ex=01;32:*.tar=01;31:*.tar.gz=01;35:*README=4:*.JPG=38;5;13:*.tar=38;2;1;2;3"
)


@pytest.mark.parametrize(
    ("codes", "look"),
    [
        ("01;34", Look(4, None, frozenset({"bold"}))),
        ("40;33;01", Look(3, 0, frozenset({"bold"}))),
        ("38;5;208", Look(208)),
        ("38;2;1;2;3;4", Look((1, 2, 3), None, frozenset({"underline"}))),
        ("48;5;1", Look(None, 1)),
        ("97;100", Look(15, 8)),
        ("1;0;31", Look(1)),
        ("1;22;7", Look(None, None, frozenset({"reverse"}))),
        ("00", None),
        ("", None),
        ("31;\x1b[2J", None),
        ("target", None),
    ],
)
def test_codes(codes: str, look: Look | None) -> None:
    assert look_of(codes) == look


@given(st.text(alphabet="0123456789;mx", max_size=20))
def test_any_codes_are_taken(codes: str) -> None:
    look_of(codes)


@given(st.text(max_size=60))
def test_any_variable_is_taken(text: str) -> None:
    colours = parse_ls_colors(text)
    if colours is not None:
        colours.codes("name.x", Kind.FILE, None)


def test_nothing_said() -> None:
    assert parse_ls_colors("") is None
    assert parse_ls_colors("nonsense:x=1") is None


def stat_with(mode: int, **fields: object) -> EntryStat:
    return EntryStat(mode, 0, 0, 0, "", "", 0, 0, 1, 0, 0)._replace(**fields)  # type: ignore[arg-type]


def test_links() -> None:
    colours = parse_ls_colors("ln=target:di=34:*.py=32:or=31")
    assert colours is not None
    link = 0o120777
    assert colours.codes("a", Kind.SYMLINK, stat_with(link, target=Target(Kind.DIRECTORY, 0o40755))) == "34"
    assert colours.codes("a.py", Kind.SYMLINK, stat_with(link, target=Target(Kind.FILE, 0o100644))) == "32"
    assert colours.codes("a", Kind.SYMLINK, stat_with(link, target=Target(None, errno=2))) == "31"
    assert colours.codes("a", Kind.SYMLINK, None) == ""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in (
        "plain",
        "a.tar",
        "a.tar.gz",
        "README",
        "xREADME",
        "a.JPG",
        "a.jpg",
        "once",
        "run.tar",
        "suid",
        "sgid",
    ):
        (tmp_path / name).touch()
    os.link(tmp_path / "once", tmp_path / "twice")
    for name, mode in (("run.tar", 0o755), ("suid", 0o4755), ("sgid", 0o2755)):
        (tmp_path / name).chmod(mode)
    for name, mode in (("dir", 0o755), ("tmp", 0o1777), ("open", 0o777), ("sticky", 0o1755)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
    (tmp_path / "good").symlink_to("dir")
    (tmp_path / "bad").symlink_to("none")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.mark.skipif(shutil.which("ls") is None, reason="needs ls(1)")
def test_it_is_what_ls_prints(place: Path) -> None:
    environment = {**os.environ, "LS_COLORS": COLOURS, "TERM": "xterm"}
    out = subprocess.run(
        ["ls", "-1", "--color=always", "-U"], cwd=place, env=environment, capture_output=True, text=True
    )
    if out.returncode:
        pytest.skip("this ls knows no --color")
    said: dict[str, str] = {}
    for line in out.stdout.splitlines():
        codes = [code for code in re.findall(r"\x1b\[([0-9;]*)m", line) if code not in ("", "0")]
        said[re.sub(r"\x1b\[[0-9;]*[mK]", "", line)] = codes[0] if codes else ""
    colours = parse_ls_colors(COLOURS)
    assert colours is not None
    for name, stat in zip(said, stat_entries(str(place), list(said)), strict=True):
        assert isinstance(stat, EntryStat)
        if stat.link is not None:
            stat = stat._replace(target=follow_links(str(place), [name])[0])
        if name in ("a.jpg",):  # older ls regards case in suffixes
            continue
        assert colours.codes(name, stat.kind, stat) == said[name], name
