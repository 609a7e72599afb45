"""The first rows of a listing while it is read, beside sorting all of them."""

from __future__ import annotations

import random
from array import array
from typing import get_args

import pytest

from osexplorer.model import head
from osexplorer.model.arrange import arrange_now
from osexplorer.model.arrangement import Arrangement
from osexplorer.model.entry import Kind
from osexplorer.model.listing import Batch, Listing
from osexplorer.model.order import NameRule

KEPT = 12
PIECES = ("a", "A", "b", "Z", "file", "File", "x-", "_", "~", " ", ".", "é", "ß", "日", "\udcff", "/"[:0])
DIGITS = ("0", "00", "7", "9", "10", "010", "99", "100", "12345678", "0" * 200, "0" * 201 + "5", "1" * 201)


def a_name(chance: random.Random, plain: bool) -> str:
    pieces = PIECES[:11] if plain else PIECES
    name = "".join(chance.choice(chance.choice((pieces, DIGITS))) for _ in range(chance.randrange(1, 5)))
    return (name or "x")[:255]


@pytest.mark.parametrize("rule", get_args(NameRule))
@pytest.mark.parametrize("reverse", [False, True], ids=["", "reverse"])
@pytest.mark.parametrize("seed", range(12))
def test_the_first_rows_are_those_of_the_whole_order(
    rule: NameRule, reverse: bool, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head, "SCREEN", KEPT)
    chance = random.Random(seed)
    how = Arrangement(
        names=rule,
        reverse=reverse,
        hidden=chance.random() < 0.5,
        directories_first=chance.random() < 0.5,
        revealed=".0",
    )
    stem = chance.choice(["", "file", "é"])
    names = sorted({stem + a_name(chance, plain=seed % 2 == 0) for _ in range(400)})
    chance.shuffle(names)
    listing, kept, done = Listing(1), head.Head(how), 0
    while done < len(names):
        part = names[done : done + chance.randrange(1, 60)]
        kinds = bytes(Kind.DIRECTORY if chance.random() < 0.02 else Kind.FILE for _ in part)
        batch = Batch.of(1, part, kinds, array("Q", range(len(part))), listing.names.size)
        kept.add(batch)
        listing.append(batch)
        done += len(part)
        expected = arrange_now(listing, how).view.rows[:KEPT]
        assert [names[row] for row in kept.rows()] == [names[row] for row in expected]


def test_few_names_are_looked_at_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would cost as much as to sort them all."""
    looked_at = []
    keys = head.name_keys
    monkeypatch.setattr(head, "name_keys", lambda names, rule: looked_at.append(len(names)) or keys(names, rule))
    numbers = list(range(50_000))
    random.Random(1).shuffle(numbers)
    first = head.Head(Arrangement())
    for begin in range(0, len(numbers), 1000):
        names = [f"file{number}.txt" for number in numbers[begin : begin + 1000]]
        first.add(Batch.of(1, names, bytes([Kind.FILE]) * 1000, array("Q", range(1000))))
    assert [numbers[row] for row in first.rows()] == list(range(head.SCREEN))
    assert sum(looked_at) < len(numbers) // 5
