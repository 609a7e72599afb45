"""The emulated terminal: what programs draw is where they drew it, and nothing a child sends does harm."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osexplorer.model.terminal import Style
from osexplorer.services.child_terminal import ChildTerminal
from osexplorer.ui.rowlist.cells import width_of


def terminal(*data: str | bytes, size: tuple[int, int] = (10, 4)) -> ChildTerminal:
    made = ChildTerminal(size, lambda answer: None)
    for piece in data:
        made.feed(piece if isinstance(piece, bytes) else piece.encode())
    return made


def shown(*data: str | bytes, size: tuple[int, int] = (10, 4)) -> list[str]:
    return terminal(*data, size=size).view().text().split("\n")


def answers(data: str) -> bytes:
    told = bytearray()
    made = ChildTerminal((10, 4), told.extend)
    made.feed(data.encode())
    return bytes(told)


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ("one\r\ntwo", ["one", "two", "", ""]),
        ("0123456789ab", ["0123456789", "ab", "", ""]),
        ("a\r\nb\r\nc\r\nd\r\ne", ["b", "c", "d", "e"]),
        ("\x1b[2;3Hx", ["", "  x", "", ""]),
        ("abc\x1b[3D\x1b[1@X", ["Xabc", "", "", ""]),
        ("abcdef\x1b[1;2H\x1b[2P", ["adef", "", "", ""]),
        ("abcdef\x1b[1;2H\x1b[2X", ["a  def", "", "", ""]),
        ("abcdef\x1b[1;3H\x1b[K", ["ab", "", "", ""]),
        ("abcdef\x1b[1;3H\x1b[1K", ["   def", "", "", ""]),
        ("a\r\nb\r\nc\r\nd\x1b[2;1H\x1b[L", ["a", "", "b", "c"]),
        ("a\r\nb\r\nc\r\nd\x1b[2;1H\x1b[M", ["a", "c", "d", ""]),
        ("a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[3;1H\n", ["a", "c", "", "d"]),
        ("a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[2;1H\x1bM", ["a", "", "b", "d"]),
        ("a\r\nb\r\nc\r\nd\x1b[2S", ["c", "d", "", ""]),
        ("a\r\nb\r\nc\r\nd\x1b[T", ["", "a", "b", "c"]),
        ("-\x1b[4b", ["-----", "", "", ""]),
        ("a\tb\x1b[Zc", ["a       c", "", "", ""]),
        ("\x1b(0lqk\x1b(Bq", ["┌─┐q", "", "", ""]),
        ("keep\x1b[?1049h\x1b[Hother\x1b[?1049l!", ["keep!", "", "", ""]),
        ("\x1b7\x1b[3;3Hx\x1b8y", ["y", "", "  x", ""]),
        ("日本語", ["日本語", "", "", ""]),
        ("123456789日", ["123456789", "日", "", ""]),
        ("日本\x1b[1;2Hx", [" x本", "", "", ""]),
        ("e\u0301", ["é", "", "", ""]),
        ("a\u202eb\u200bc", ["abc", "", "", ""]),
        ("\x1b[1 qab", ["ab", "", "", ""]),
        ("\x1b[>4;2mab\x1b[?4mc\x1b[=5u", ["abc", "", "", ""]),
        ("\x1b[?3hab", ["ab", "", "", ""]),
        ("\x1b[38:2::1:2:3;4:3mab", ["ab", "", "", ""]),
        ("\x1b[?7l0123456789abc", ["012345678c", "", "", ""]),
        ("ab\x1b[4h\x1b[1GX", ["Xab", "", "", ""]),
        (b"\xff\xfe ok\xc3", ["\ufffd\ufffd ok", "", "", ""]),
        ("\x1b[!p\x1bcnew", ["new", "", "", ""]),
        ("\x1b#8", ["EEEEEEEEEE"] * 4),
        ("\x1b[?6h\x1b[3dab", ["", "", "ab", ""]),
        ("\x1b[2;3r\x1b[?6h\x1b[2dab", ["", "", "ab", ""]),
    ],
)
def test_what_programs_draw(data: str | bytes, rows: list[str]) -> None:
    assert shown(data) == rows
    raw = data if isinstance(data, bytes) else data.encode()
    assert shown(*(raw[at : at + 1] for at in range(len(raw)))) == rows  # however it is cut


def test_colours_and_weights() -> None:
    view = terminal("\x1b[1;31ma\x1b[0;38;5;200;48;2;1;2;300mb\x1b[7;4;58;5;3mc\x1b[mD").view()
    runs = view.lines[0].runs
    assert [(run.text.rstrip(), run.style) for run in runs] == [
        ("a", Style("1", bold=True)),
        ("b", Style("200", "#0102ff")),
        ("c", Style("200", "#0102ff", reverse=True, underline=True)),
        ("D", Style()),
    ]


def test_what_is_erased_has_the_background_and_nothing_else() -> None:
    view = terminal("\x1b[44;1;4;7m\x1b[K").view()
    assert [run.style for run in view.lines[0].runs] == [Style(background="4")]


def test_the_cursor_and_the_keys_a_program_asks_for() -> None:
    view = terminal("ab\x1b[?1h\x1b[?2004h").view()
    assert view.cursor == (2, 0)
    assert view.modes == (True, True)
    assert terminal("\x1b[?25l").view().cursor is None
    assert terminal("0123456789").view().cursor == (9, 0)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("\x1b[c", b"\x1b[?62;22c"),
        ("\x1b[>c", b"\x1b[>41;0;0c"),
        ("\x1b[5n", b"\x1b[0n"),
        ("\x1b[2;3H\x1b[6n", b"\x1b[2;3R"),
        ("\x1b[?6n", b"\x1b[?1;1R"),
        ("\x1b[?2026$p", b"\x1b[?2026;0$y"),
        # what would let a program type something into whoever reads its terminal is not answered
        ("\x1b]0;rm -rf ~\r\x07\x1b[21t", b""),
        ("\x1b]52;c;?\x07", b""),
        ("\x1bP$q\x22p\x1b\\", b""),
        ("\x1b]10;?\x1b\\", b""),
        ("\x05", b""),
    ],
)
def test_questions_to_the_terminal(asked: str, answer: bytes) -> None:
    assert answers(asked) == answer


def test_a_flood_of_questions_is_not_answered_for_ever() -> None:
    assert len(answers("\x1b[c" * 100_000)) < 5_000


@pytest.mark.parametrize("start", ["\x1b]0;", "\x1bP", "\x1b_", "\x1b]52;c;"])
def test_a_string_without_an_end_is_not_kept(start: str) -> None:
    made = ChildTerminal((10, 4), lambda answer: None)
    made.feed(start.encode())
    for _ in range(200):
        made.feed(b"x" * 4096)
    assert made.view().text().strip() == ""
    assert len(made._emulator._rest) <= 8192
    made.feed(b"\x1b\\shown")
    assert made.view().text().split("\n")[0] == "shown"


def test_saving_the_cursor_a_million_times_keeps_one() -> None:
    made = terminal(b"\x1b7" * 100_000)
    assert len(made._emulator.screen.savepoints) == 1


def test_one_cell_holds_a_few_marks_only() -> None:
    assert len(shown("a" + "\u0336" * 1000)[0]) <= 9


def test_only_what_has_changed_is_made_anew() -> None:
    made = terminal("a\r\nb\r\nc")
    before = made.view()
    assert made.view() is before
    made.feed(b"!")
    after = made.view()
    same = [one is other for one, other in zip(before.lines, after.lines, strict=True)]
    assert same == [True, True, False, True]


def test_resizing_keeps_what_is_above_the_cursor() -> None:
    made = terminal("a\r\nb\r\nc")
    made.resize((5, 2))
    assert made.view().text().split("\n") == ["b", "c"]
    assert made.view().cursor == (1, 1)
    made.resize((20, 6))
    made.feed(b"\r\nnew\x1b[5;20Hx")
    assert made.view().text().split("\n")[:3] == ["b", "c", "new"]
    assert made.view().rows == len(made.view().lines) == 6


_PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.text(max_size=8).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.tuples(st.sampled_from(["", "?", ">", "="]), st.lists(st.integers(0, 99999), max_size=4),
                  st.sampled_from(list("@ABCDEFGHIJKLMPSTXZ`abcdefghlmnqrstu"))).map(
            lambda parts: f"\x1b[{parts[0]}{';'.join(map(str, parts[1]))}{parts[2]}".encode()),
        st.sampled_from([b"\x1b[?1049h", b"\x1b[?1049l", b"\x1bc", b"\x1b7", b"\x1b8", b"\x1bM", b"\r\n", b"\x1b(0",
                         b"\x1b[?6h", b"\x1b[?5h", b"\x1b[4h", "日本".encode(), "\u0301".encode(), b"\x1b]0;"]),
    ),
    max_size=40,
)  # fmt: skip


@settings(deadline=None)
@given(_PIECES, st.integers(1, 12), st.integers(1, 6), st.integers(1, 12), st.integers(1, 6))
def test_anything_leaves_a_screen_of_printable_lines_of_its_width(
    pieces: list[bytes], columns: int, rows: int, later_columns: int, later_rows: int
) -> None:
    made = ChildTerminal((columns, rows), lambda answer: None)
    for piece in pieces:
        made.feed(piece)
    for size in ((columns, rows), (later_columns, later_rows)):
        made.resize(size)
        view = made.view()
        assert len(view.lines) == size[1]
        for line in view.lines:
            text = "".join(run.text for run in line.runs)
            assert text.isprintable() or not text
            assert width_of(text) == size[0]
        if view.cursor is not None:
            assert 0 <= view.cursor[0] < size[0] and 0 <= view.cursor[1] < size[1]
        made.feed(b"".join(itertools.islice(pieces, 5)))
