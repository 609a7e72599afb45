"""The rows of a directory that is still being read, beside the plain way to say the same."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.arrangement import Arrangement
from osexplorer.model.coming import Coming
from osexplorer.model.entry import Kind
from osexplorer.model.listing import Batch, Listing

NAMES = st.lists(st.sampled_from([".", ""]).flatmap(lambda dot: st.just(dot + "x")), min_size=1, max_size=8)


def append(listing: Listing, names: list[str]) -> None:
    kinds = bytes([Kind.FILE]) * len(names)
    listing.append(Batch.of(1, names, kinds, array("Q", range(len(names)))))


@given(
    batches=st.lists(NAMES, max_size=6),
    heads=st.lists(st.lists(st.integers(0, 40), unique=True, max_size=5), min_size=6, max_size=6),
    hidden=st.lists(st.booleans(), min_size=6, max_size=6),
    revealed=st.sampled_from(["", ".x3", "x1", ".none"]),
)
def test_every_view_holds_the_rows_that_are_shown(
    batches: list[list[str]], heads: list[list[int]], hidden: list[bool], revealed: str
) -> None:
    listing = Listing(1)
    coming = Coming(listing)
    names: list[str] = []
    made = []
    for batch, head, shows_all in zip(batches, heads, hidden, strict=False):
        new = [f"{name}{len(names) + at}" for at, name in enumerate(batch)]
        append(listing, new)
        names += new
        view = coming.view(Arrangement(hidden=shows_all, revealed=revealed), head)
        shown = [row for row, name in enumerate(names) if shows_all or name[0] != "." or name == revealed]
        first = [row for row in head if row in shown]
        expected = first + [row for row in shown if row not in first]
        made.append((view, expected))
        for view, expected in made:  # those made before hold still
            assert list(view.rows) == expected
            places = [view.place(row) for row in range(len(names))]
            assert places == [expected.index(row) if row in expected else None for row in range(len(names))]
            flags = [row in expected for row in range(len(names))]
            assert list(map(bool, view.shown())) == flags
