"""An edit of modes shows what will be, can be put back, and follows what changes beneath it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.mode_change import parse_mode
from osexplorer.model.mode_edit import ModeEdit

MODES = st.integers(0, 0o7777)
BITS = st.integers(0, 11).map(lambda at: 1 << at)
EDITS = st.lists(st.tuples(MODES, st.booleans()), min_size=1, max_size=4).map(
    lambda files: ModeEdit.of(tuple(mode for mode, _ in files), tuple(kind for _, kind in files))
)


def test_one_file() -> None:
    edit = ModeEdit.of((0o644,), (False,))
    assert not edit.changed
    edit = edit.toggled(0o100)
    assert edit.new == (0o744,)
    assert (edit.has(0o100), edit.had(0o100), edit.alters(0o100), edit.alters(0o200)) == (True, False, True, False)
    assert not edit.toggled(0o100).changed


def test_several_files_that_differ() -> None:
    edit = ModeEdit.of((0o644, 0o755), (False, False))
    assert (edit.has(0o100), edit.has(0o400), edit.has(0o4000)) == (None, True, False)
    on = edit.toggled(0o100)
    off = on.toggled(0o100)
    assert (on.new, off.new) == ((0o744, 0o755), (0o644, 0o655))
    assert not off.toggled(0o100).changed


def test_an_expression_is_applied_to_each_by_its_kind() -> None:
    edit = ModeEdit.of((0o600, 0o2700), (False, True))
    assert edit.after(parse_mode("a+rX"), 0o022).new == (0o644, 0o2755)
    assert edit.after(parse_mode("755"), 0).new == (0o755, 0o2755)


def test_a_change_from_outside_keeps_the_edited_bits() -> None:
    edit = ModeEdit.of((0o644,), (False,)).toggled(0o100).toggled(0o004)
    assert edit.rebased((0o666,)) == ((0o666,), (0o762,), (False,))
    assert not ModeEdit.of((0o644,), (False,)).rebased((0o600,)).changed


@given(EDITS, st.lists(BITS, max_size=5))
def test_putting_back_forgets_everything(edit: ModeEdit, bits: list[int]) -> None:
    edited = edit
    for bit in bits:
        edited = edited.toggled(bit)
    assert edited.put_back() == edit


@given(EDITS, BITS)
def test_three_toggles_at_most_lead_back(edit: ModeEdit, bit: int) -> None:
    times = 3 if edit.has(bit) is None else 2
    edited = edit
    for _ in range(times):
        edited = edited.toggled(bit)
        assert all((old ^ new) & ~bit == 0 for old, new in zip(edited.old, edited.new, strict=True))
    assert edited == edit
