"""The three ways to write a mode say the same, and leave alone what they leave alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.errors import Refused
from osexplorer.model.mode_change import ALL, parse_mode
from osexplorer.model.mode_text import (
    PRESETS,
    bits_left,
    bits_of,
    expression_of,
    looks_like_bits,
    octal_of,
    parse_bits,
    parse_octal,
    presets_of,
    umask_text,
)

MODES = st.integers(0, ALL)


@given(MODES, MODES, st.booleans())
def test_each_way_of_writing_makes_that_mode_of_any_other(mode: int, old: int, directory: bool) -> None:
    expression = expression_of(mode, directory=directory)
    for change in (parse_mode(expression), parse_bits(bits_of([mode])), parse_octal(f"0{octal_of([mode])}")):
        assert oct(change.apply(old, directory=directory, umask=0o027)) == oct(mode)


@given(st.lists(MODES, min_size=2, max_size=4))
def test_what_differs_is_left_alone(modes: list[int]) -> None:
    for change in (parse_bits(bits_of(modes)), parse_octal(octal_of(modes))):
        assert [change.apply(mode, directory=False, umask=0) for mode in modes] == modes


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [("rw-r-?---", 0o6777, 0o2650), ("-rwsr-S--T", 0, 0o7740), ("?????????", 0o1234, 0o1234), ("rwxrwxrw?", 1, 0o777)],
)
def test_rwx_text(text: str, old: int, new: int) -> None:
    assert oct(parse_bits(text).apply(old, directory=False, umask=0)) == oct(new)


@pytest.mark.parametrize("text", ["", "rw-", "rw-r--r-q", "xrw------", "rwtrwxrwx", "rw-r--r-"])
def test_wrong_rwx_text_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_bits(text)


@pytest.mark.parametrize("text", ["", "8", "99999", "u+q", "+", "6?", "6?8", "?6444"])
def test_wrong_octal_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_octal(text)


def test_octal_with_a_gap() -> None:
    assert parse_octal("6?4").apply(0o2755, directory=True, umask=0) == 0o2654
    assert parse_octal("?777").apply(0o4000, directory=False, umask=0) == 0o4777


@pytest.mark.parametrize(
    ("text", "files", "directories"),
    [
        ("go-w", "????-??-?", "????-??-?"),
        ("u=rwX,go=rX", "rw?r-?r-?", "rwxr-xr-x"),
        ("644", "rw-r--r--", "rw-r--r--"),
        ("g+s,o=t", "??????---, setgid, sticky", "??????---, setgid, sticky"),
        ("00755", "rwxr-xr-x", "rwxr-xr-x"),
        ("+", "?????????", "?????????"),
    ],
)
def test_what_becomes_of_each_bit(text: str, files: str, directories: str) -> None:
    change = parse_mode(text)
    assert bits_left(change, directory=False, umask=0o022) == files
    assert bits_left(change, directory=True, umask=0o022) == directories


@pytest.mark.parametrize(
    ("text", "is_bits"), [("rw-r--r--", True), ("u=rwX,g=r", False), ("?????????", False), ("644", False)]
)
def test_letters_are_told_from_expressions(text: str, is_bits: bool) -> None:
    assert looks_like_bits(text) is is_bits


def test_presets() -> None:
    assert [preset.text for preset in PRESETS] == ["644", "755", "600", "700", "2775", "1777"]
    assert PRESETS[1].change.apply(0o2700, directory=True, umask=0) == 0o755
    ours = presets_of("640  u=rwX,go=")
    assert [preset.text for preset in ours] == ["640", "u=rwX,go="]
    assert ours[1].change.apply(0o111, directory=False, umask=0) == 0o700
    with pytest.raises(Refused):
        presets_of("640 8")


@pytest.mark.parametrize("umask", [0, 0o022, 0o077, 0o777])
def test_what_a_umask_gives_is_what_the_kernel_gives(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        (tmp_path / "directory").mkdir()
        (tmp_path / "file").touch()
    finally:
        os.umask(before)
    file, directory = (stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("file", "directory"))
    assert umask_text(umask) == f"{umask:03o}: a new file gets {file:04o}, a new directory {directory:04o}"
    assert "default ACL" in umask_text(umask, default_acl=True)
