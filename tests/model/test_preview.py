"""What a preview makes of bytes: which text they are, how they read as hexadecimal numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.preview import bytes_a_row, decoded, hex_row, lines_of


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"plain\n", "plain\n", "ASCII"),
        ("grüße".encode(), "grüße", "UTF-8"),
        (b"\xef\xbb\xbfx", "x", "UTF-8 with a byte order mark"),
        ("grün".encode("utf-16"), "grün", "UTF-16"),
        ("grün".encode("utf-16-le"), "grün", "UTF-16, a guess"),
        ("words and words".encode("utf-16-be"), "words and words", "UTF-16, a guess"),
        ("grün".encode("utf-32"), "grün", "UTF-32"),
        ("gr\u00fcn \u201eja\u201c".encode("cp1252"), "grün „ja“", "Windows-1252, a guess"),
        (b"\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n", "ASCII"),
    ],
)
def test_text_is_recognised(data: bytes, text: str, encoding: str) -> None:
    found = decoded(data, True)
    assert found is not None
    assert (found.text, found.encoding) == (text, encoding)


@pytest.mark.parametrize(
    "data", [b"\x7fELF\x02\x01\x01\0\0\0", bytes(range(256)) * 4, b"\0" * 100, b"\x01\x02\x03\x04"]
)
def test_bytes_are_not_taken_for_text(data: bytes) -> None:
    assert decoded(data, True) is None


def test_a_character_that_is_cut_off_is_left_out() -> None:
    data = "aä".encode()[:-1]
    found = decoded(data, whole=False)
    assert found is not None
    assert found.text == "a"


def test_a_few_wrong_bytes_leave_the_rest_readable() -> None:
    found = decoded(("ä" * 200).encode() + b"\xff", True)
    assert found is not None
    assert found.text.endswith("ä\udcff")
    assert found.encoding == "UTF-8 but for 1 byte"


def test_lines() -> None:
    assert lines_of("a\r\nb\n\nc\x85d\n") == ("a", "b", "", "c\x85d")
    assert lines_of("") == ()


@pytest.mark.parametrize(("width", "count"), [(120, 16), (78, 16), (50, 8), (43, 8), (40, 4), (10, 4)])
def test_rows_of_bytes_fit(width: int, count: int) -> None:
    assert bytes_a_row(width) == count
    offset, shown, characters = hex_row(b"ABC", 0, count)
    assert (offset, shown.split(), characters) == ("00000000  ", ["41", "42", "43"], "ABC")
    if count > 4 or width >= 30:
        whole = "".join(hex_row(bytes(range(16)), 0, count))
        assert len(whole) <= width


@given(st.binary(min_size=1, max_size=400))
def test_every_byte_is_shown(data: bytes) -> None:
    rows = [hex_row(data, at, 16) for at in range(0, len(data), 16)]
    assert bytes.fromhex("".join(row[1] for row in rows)) == data
