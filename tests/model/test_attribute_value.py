"""Names and values of extended attributes as people type them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.attribute_value import check_name, parse_value, value_meaning, value_source
from osexplorer.model.errors import Refused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", b""),
        ("text", b"text"),
        ("über", "über".encode()),
        ("0x00fF", b"\x00\xff"),
        ("0x", b""),
        ("0sAP8=", b"\x00\xff"),
        ('"0x00"', b"0x00"),
        ('"', None),
        ("0x0", None),
        ("0xzz", None),
        ("0s=", None),
        ("a" * 65_537, None),
    ],
)
def test_values(text: str, value: bytes | None) -> None:
    if value is None:
        with pytest.raises(Refused):
            parse_value(text)
    else:
        assert parse_value(text) == value


@given(st.one_of(st.binary(max_size=40), st.text(max_size=20).map(lambda text: text.encode("utf-8", "ignore"))))
def test_what_is_shown_can_be_typed(value: bytes) -> None:
    for form in (None, True, False):
        assert parse_value(value_source(value, text=form)) == value


def test_values_read_as_getfattr_prints_them(tmp_path: Path) -> None:
    if shutil.which("getfattr") is None:
        pytest.skip("needs getfattr")
    file = tmp_path / "file"
    file.touch()
    for value in (b"\x00\xff", b"\x1b[2J", b"text"):
        try:
            os.setxattr(file, "user.x", value)
        except OSError:
            pytest.skip("needs a file system with user attributes")
        encoding = "text" if value == b"text" else "hex"
        done = subprocess.run(["getfattr", "-n", "user.x", "-e", encoding, file], capture_output=True, text=True)
        shown = next(line for line in done.stdout.splitlines() if line.startswith("user.x=")).removeprefix("user.x=")
        assert value_source(value) == shown.strip('"')
        assert parse_value(shown) == value


@pytest.mark.parametrize(
    "name", ["", "user", "user.", "comment", "system.posix_acl_access", "system.x", "user.a\0b", "user." + "x" * 251]
)
def test_names_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(Refused):
        check_name(name)


def test_meanings() -> None:
    assert check_name("user.comment") == "user.comment"
    assert value_meaning("user.x", b"ab") == "2 bytes: ab"
    assert value_meaning("user.x", b"\x00") == "1 byte"
    assert value_meaning("security.capability", bytes.fromhex("0000000220" + "00" * 15)) == "20 bytes: cap_kill=p"
    assert "not in the form" in value_meaning("security.capability", b"x")
