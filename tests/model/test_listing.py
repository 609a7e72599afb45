"""The listing's columns against a plain dictionary: every change, every key, every difference."""

from __future__ import annotations

from array import array
from typing import get_args

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from osexplorer.model import difference
from osexplorer.model.arrange import Known, Orders, arrange_now
from osexplorer.model.arrangement import FIGURES, Arrangement, SortBy
from osexplorer.model.difference import Compared, Comparison, named
from osexplorer.model.entry import EntryStat, Kind
from osexplorer.model.listing import UNKNOWN, Batch, Difference, Directory, Listing
from osexplorer.model.order import NameRule, natural_key

NAMES = [f"{letter}{number}" for letter in ("a", ".b", "C") for number in range(6)]
KINDS = (Kind.DIRECTORY, Kind.FILE, Kind.SYMLINK, Kind.OTHER)

Entries = dict[str, tuple[Kind, int]]
entries = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(st.sampled_from(KINDS), st.integers(1, 4)), max_size=len(NAMES)
)


def batch(found: Entries, ticket: int = 1) -> Batch:
    kinds = bytes(kind for kind, _ in found.values())
    return Batch.of(ticket, list(found), kinds, array("Q", [inode for _, inode in found.values()]))


def compared(listing: Listing, batches: list[Batch]) -> Compared:
    comparison = Comparison(listing)
    for part in batches:
        comparison.add(part)
    return comparison.finish()


def entry_of(entry: tuple[Kind, int] | None) -> tuple[int, int] | None:
    return None if entry is None else (int(entry[0]), entry[1])


arrangements = st.builds(
    Arrangement,
    by=st.sampled_from(get_args(SortBy)),
    reverse=st.booleans(),
    directories_first=st.booleans(),
    hidden=st.booleans(),
    filter=st.sampled_from(("", "", "a", "C2", "'b", "1 a")),
    revealed=st.sampled_from(("", ".b1")),
    ranked=st.booleans(),
    names=st.sampled_from(get_args(NameRule)),
)


def stat_of(size: int, mode: int = 0o100644) -> EntryStat:
    return EntryStat(mode, size, 0, 0, "root", "root", 0, 0, 1, 1, 1)


class Listings(RuleBasedStateMachine):
    """A directory that changes, its listing that is told, and every key that was ever given out."""

    def __init__(self) -> None:
        super().__init__()
        self.listing = Listing(1)
        self.there: Entries = {}
        self.given: dict[int, tuple[str, int]] = {}
        self.marked: set[int] = set()
        self.orders: Orders | None = None
        self.gone: set[int] = set()
        self.added: set[int] = set()

    @initialize(found=entries)
    def load(self, found: Entries) -> None:
        items = list(found.items())
        self.listing.append(batch(dict(items[: len(items) // 2])))
        self.listing.append(batch(dict(items[len(items) // 2 :])))
        self.there = dict(found)

    @rule(found=entries, step=st.sampled_from((2, 3, 50)), double=st.booleans())
    def rescan(self, found: Entries, step: int, double: bool) -> None:
        """The whole directory is read; a name may come twice when it changes meanwhile."""
        difference._STEP = step
        items = list(found.items())
        batches = [batch(dict(items[:3])), batch(dict(items[3:])), batch(dict(items[:1] if double else []))]
        result = compared(self.listing, batches)
        rows = array("I")
        for part in result.difference.parts(2):
            rows.extend(self.apply(part))
        if result.scanned is not None:
            self.listing.was_scanned(result.order(rows))
        self.there = dict(found)
        assert not compared(self.listing, [batch(found)]).difference

    @rule(found=entries, asked=st.sets(st.sampled_from(NAMES)))
    def told(self, found: Entries, asked: set[str]) -> None:
        """Some names are looked at alone."""
        difference._FEW = len(asked) % 5
        self.apply(named(self.listing, {name: entry_of(found.get(name)) for name in asked}))
        self.there = {name: entry for name, entry in self.there.items() if name not in asked}
        self.there |= {name: entry for name, entry in found.items() if name in asked}

    def apply(self, change: Difference) -> array[int]:
        rows = self.listing.apply(change)
        moved = {row for row, _ in change.kinds}
        for row in [*change.gone, *moved]:
            self.added.discard(row)
            self.gone.add(row)
        self.added |= {*rows, *moved}
        return rows

    @rule(how=arrangements)
    def arrange(self, how: Arrangement) -> None:
        """An order that is renewed is the order that is made."""
        self.measure(how.by)
        known = Known(self.orders, frozenset(self.gone), tuple(self.added))
        arranged = arrange_now(self.listing, how, known)
        assert list(arranged.view.rows) == list(arrange_now(self.listing, how).view.rows)
        self.orders, self.gone, self.added = arranged.orders, set(), set()

    def measure(self, by: SortBy) -> None:
        if by in FIGURES:
            column = self.listing.add_column(by)
            for row in self.listing.live_rows():
                if column[row] == UNKNOWN:
                    column[row] = self.listing.inodes[row] % 3
                    self.gone.add(row)
                    self.added.add(row)

    @rule(name=st.sampled_from(NAMES))
    def mark(self, name: str) -> None:
        if (row := self.listing.find(name)) is not None:
            self.listing.marked[row] = 1
            self.marked.add(self.listing.key(row))

    @invariant()
    def marks_stay_on_their_entries(self) -> None:
        listing = self.listing
        marked = {listing.key(row) for row in listing.live_rows() if listing.marked[row]}
        assert marked == {key for key in self.marked if listing.row(key) is not None}

    @rule(name=st.sampled_from(NAMES), size=st.integers(0, 9))
    def look(self, name: str, size: int) -> None:
        row = self.listing.find(name)
        assert (row is not None) == (name in self.there)
        if row is not None:
            self.listing.set_stat(row, stat_of(size))
            self.listing.add_column("size")[row] = size
            self.gone.add(row)
            self.added.add(row)

    @invariant()
    def the_rows_are_what_is_there(self) -> None:
        listing = self.listing
        rows = list(listing.live_rows())
        assert sorted(listing.names[row] for row in rows) == sorted(self.there)
        assert listing.count == len(self.there)
        for row in rows:
            kind, inode = self.there[listing.names[row]]
            assert listing.inodes[row] == inode
            assert listing.kinds[row] == kind or (kind is Kind.OTHER and row in listing.stats)
            assert listing.dots[row] == listing.names[row].startswith(".")
        assert all(len(column) == len(listing.names) for column in listing.columns.values())

    @invariant()
    def a_key_never_means_another_entry(self) -> None:
        listing = self.listing
        for row in listing.live_rows():
            key = listing.key(row)
            entry = listing.names[row], listing.inodes[row]
            assert self.given.setdefault(key, entry) == entry
            assert listing.row(key) == row
        for key, (name, inode) in self.given.items():
            row = listing.row(key)
            assert row is None or (listing.names[row], listing.inodes[row]) == (name, inode)

    @invariant()
    def views_are_permutations(self) -> None:
        for how in (Arrangement(hidden=True), Arrangement(), Arrangement("kind", True, False, True, "'a")):
            view = arrange_now(self.listing, how).view
            names = [view.name(at) for at in range(len(view))]
            expected = [name for name in self.there if how.hidden or not name.startswith(".")]
            if how.filter:
                expected = [name for name in expected if "a" in name.lower()]
            assert sorted(names) == sorted(expected)
            assert [view.index(view.key(at)) for at in range(len(view))] == list(range(len(view)))


TestListings = Listings.TestCase
TestListings.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)


def listed(found: Entries) -> Listing:
    listing = Listing(1)
    listing.append(batch(found))
    return listing


def names_of(listing: Listing, how: Arrangement) -> list[str]:
    view = arrange_now(listing, how).view
    return [view.name(at) for at in range(len(view))]


def test_directories_come_first_in_both_directions() -> None:
    listing = listed({"b": (Kind.FILE, 1), "d2": (Kind.DIRECTORY, 2), "a": (Kind.FILE, 3), "d10": (Kind.DIRECTORY, 4)})
    assert names_of(listing, Arrangement()) == ["d2", "d10", "a", "b"]
    assert names_of(listing, Arrangement(reverse=True)) == ["d10", "d2", "b", "a"]
    assert names_of(listing, Arrangement(directories_first=False)) == ["a", "b", "d2", "d10"]


def test_equal_sizes_follow_in_the_order_of_names_in_both_directions() -> None:
    listing = listed({name: (Kind.FILE, at) for at, name in enumerate(["c", "a", "b"])})
    column = listing.add_column("size")
    for name, size in (("c", 5), ("a", 5), ("b", 9)):
        row = listing.find(name)
        assert row is not None
        column[row] = size
    assert names_of(listing, Arrangement("size")) == ["a", "c", "b"]
    assert names_of(listing, Arrangement("size", reverse=True)) == ["b", "a", "c"]


def test_a_hidden_name_that_was_asked_for_is_shown() -> None:
    listing = listed({".a": (Kind.FILE, 1), ".b": (Kind.FILE, 2), "c": (Kind.FILE, 3)})
    assert names_of(listing, Arrangement(revealed=".b")) == [".b", "c"]


def test_keys_of_two_listings_differ() -> None:
    one, other = listed({"a": (Kind.FILE, 1)}), Listing(2)
    other.append(batch({"a": (Kind.FILE, 1)}, 2))
    assert one.row(other.key(0)) is None and other.row(one.key(0)) is None


def test_another_inode_under_a_name_is_another_entry() -> None:
    listing = listed({"a": (Kind.FILE, 1)})
    listing.set_stat(0, stat_of(3))
    listing.add_column("size")[0] = 3
    key = listing.key(0)
    listing.apply(compared(listing, [batch({"a": (Kind.FILE, 2)})]).difference)
    row = listing.find("a")
    assert row is not None and listing.row(key) is None
    assert row not in listing.stats and listing.columns["size"][row] == UNKNOWN


def test_a_special_file_keeps_the_kind_that_a_look_found() -> None:
    listing = listed({"p": (Kind.OTHER, 1)})
    listing.set_stat(0, stat_of(0, 0o010644))
    assert listing.kinds[0] == Kind.FIFO
    assert not compared(listing, [batch({"p": (Kind.OTHER, 1)})]).difference


def test_times_that_were_fresh_when_read_prove_nothing() -> None:
    second = 1_000_000_000
    old = Directory(1, 2, 10 * second, 10 * second, 20 * second)
    assert not old.changed(old._replace(read=30 * second))
    assert old.changed(old._replace(mtime=25 * second))
    assert old.changed(old._replace(inode=3))
    fresh = Directory(1, 2, 20 * second - 1, 10 * second, 20 * second)
    assert fresh.changed(fresh._replace(read=30 * second))


def test_names_sort_as_their_keys() -> None:
    found: Entries = {name: (Kind.FILE, at) for at, name in enumerate(NAMES)}
    assert names_of(listed(found), Arrangement(hidden=True)) == sorted(NAMES, key=natural_key)
