"""Which process belongs to which child."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from osexplorer.model.descendants import Root, Stat, whose

OWN = 100


def stat(pid: int, ppid: int, *, session: int = 0, group: int = 0, born: int = 50) -> Stat:
    return Stat(pid, born, ppid, group or pid, session or ppid, "S", f"p{pid}", 0, 0)


def find(*stats: Stat, roots: tuple[Root, ...], adopted: tuple[int, ...] = (), known: dict[tuple[int, int], int] = {}):  # type: ignore[no-untyped-def]  # noqa: B006
    return whose({one.pid: one for one in stats}, roots, OWN, adopted, known)


CHILD = Root(7, 200, 40, True)


def test_a_tree_is_parents_before_children() -> None:
    found = find(
        stat(200, OWN, session=200), stat(201, 200, session=200), stat(203, 201, session=200, born=60),
        stat(202, 200, session=200, born=55), stat(999, 1), roots=(CHILD,),
    )  # fmt: skip
    assert [(one.pid, one.depth, one.adopted, one.escaped) for one in found.trees[7]] == [
        (201, 1, False, False),
        (203, 2, False, False),
        (202, 1, False, False),
    ]
    assert found.strays == ()


def test_an_orphan_is_known_by_session_by_group_or_from_before() -> None:
    ended = Root(7, 200, 40, False)
    orphans = (stat(201, OWN, session=200), stat(202, OWN, session=999, group=200), stat(203, OWN, session=203))
    found = find(*orphans, roots=(ended,), adopted=(201, 202, 203), known={(203, 50): 7})
    assert {one.pid: one.escaped for one in found.trees[7]} == {201: False, 202: True, 203: True}
    assert all(one.adopted for one in found.trees[7])


def test_a_number_used_again_is_another_process() -> None:
    young = Root(8, 200, 500, True)
    found = find(stat(201, OWN, session=200, born=300), stat(203, OWN, session=203), roots=(young,),
                 adopted=(201, 203), known={(203, 49): 8})  # fmt: skip
    assert 8 not in found.trees
    assert {one.pid for one in found.strays} == {201, 203}


def test_without_a_subreaper_an_orphan_of_init_is_known_from_before() -> None:
    found = find(stat(201, 1, session=200), stat(202, 201, session=200), roots=(CHILD,), known={(201, 50): 7})
    assert [(one.pid, one.adopted) for one in found.trees[7]] == [(201, True), (202, False)]


@given(st.dictionaries(st.integers(2, 40), st.integers(1, 40), max_size=30))
def test_every_process_is_in_one_tree_at_most_even_in_a_circle(parents: dict[int, int]) -> None:
    roots = (Root(1, 5, 0, True), Root(2, 6, 0, True))
    found = find(*(stat(pid, ppid) for pid, ppid in parents.items()), roots=roots, adopted=(7, 8))
    seen = [one.pid for tree in found.trees.values() for one in tree] + [one.pid for one in found.strays]
    assert len(seen) == len(set(seen))
    assert not {5, 6} & set(seen)
