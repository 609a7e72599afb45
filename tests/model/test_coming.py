"""The rows of a directory that is still being read, beside the plain way to say the same."""

from __future__ import annotations

import random
from array import array

import pytest

from osexplorer.model.arrangement import Arrangement
from osexplorer.model.coming import Coming
from osexplorer.model.entry import Kind
from osexplorer.model.listing import Batch, Listing


def append(listing: Listing, names: list[str]) -> None:
    kinds = bytes([Kind.FILE]) * len(names)
    listing.append(Batch.of(1, names, kinds, array("Q", range(len(names)))))


@pytest.mark.parametrize("seed", range(40))
def test_every_view_holds_the_rows_that_are_shown(seed: int) -> None:
    chance = random.Random(seed)
    listing = Listing(1)
    coming = Coming(listing)
    revealed = chance.choice(["", ".x3", "x1", ".none"])
    names: list[str] = []
    made = []
    for _ in range(chance.randrange(1, 7)):
        new = [f"{chance.choice(['', '', '.'])}x{len(names) + at}" for at in range(chance.randrange(1, 9))]
        append(listing, new)
        names += new
        all_shown = chance.random() < 0.3
        head = chance.sample(range(len(names)), min(len(names), chance.randrange(6)))
        view = coming.view(Arrangement(hidden=all_shown, revealed=revealed), head)
        shown = [row for row, name in enumerate(names) if all_shown or name[0] != "." or name == revealed]
        first = [row for row in head if row in shown]
        made.append((view, first + [row for row in shown if row not in first]))
        for view, expected in made:  # those made before hold still
            assert list(view.rows) == expected
            places = [view.place(row) for row in range(len(names))]
            assert places == [expected.index(row) if row in expected else None for row in range(len(names))]
            assert list(view.shown()) == [row in expected for row in range(len(names))]
