"""Orders of a listing, made in small steps.

A million rows are sorted without ever holding the interpreter for long: the rows are cut into runs, each run is sorted
and cut at pivots that a sample of all keys gave, and then the pieces between two pivots make one bucket, which is
sorted by itself. One step costs a few milliseconds; between two steps other threads come to their turn. The first
bucket is the first screen.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import repeat
from operator import eq
from typing import Any, Literal, TypeAlias

from osexplorer.model.names import Names

RUN = 10_000
"""Rows of one run, and about the rows of a bucket: 3 to 6 ms of work."""

_SAMPLES = 40
"""Keys sampled a bucket."""

LONGEST_RUN = 200
"""Digits of one number at most; more are two numbers."""

_split_digits = re.compile(f"([0-9]{{1,{LONGEST_RUN}}})").split

# What stands before the digits of a number, by how many they are. It lies between "/" and ":", as digits do, so that
# a number still stands where a digit would against everything that is no number.
_LENGTHS = [chr(48 + length) if length < 9 else "9" + chr(58 + length) for length in range(LONGEST_RUN + 1)]


NameRule: TypeAlias = Literal["natural", "natural-case", "code-points"]
"""How names are compared: numbers by their value and case ignored; numbers by their value and capital letters first;
character by character, as ``ls`` does in the C locale."""


def _folded(names: Sequence[str], rule: NameRule) -> Sequence[str]:
    """What names are compared by; names that are not the same may have the same. None holds NUL.

    Made for all names at once, since one call of the C library a step is what makes it fast. No name holds ``/``.
    """
    if rule == "code-points" or not names:
        return names
    joined = "/".join(names)
    pieces = _split_digits(joined.casefold() if rule == "natural" else joined)
    if len(pieces) == 1:
        return pieces[0].split("/")
    numbers = list(map(str.lstrip, pieces[1::2], repeat("0")))
    parts = [""] * (len(pieces) + len(numbers))
    parts[0::3] = pieces[0::2]
    parts[1::3] = map(_LENGTHS.__getitem__, map(len, numbers))
    parts[2::3] = numbers
    return "".join(parts).split("/")


def name_keys(names: Sequence[str], rule: NameRule = "natural") -> list[str]:
    """Sort keys for names; what is equal by the rule goes by its code points.

    By the natural rule ``file2`` comes before ``file10``, ``a`` before ``B``, and of ``file7`` and ``file007`` the
    second first.
    """
    return list(map("\0".join, zip(_folded(names, rule), names, strict=True)))


def natural_key(name: str) -> str:
    """The sort key of one name by the natural rule."""
    return name_keys([name])[0]


def extension(name: str) -> str:
    """What follows the last dot, in lower case; ``""`` without one, or where only dots stand before it."""
    stem, dot, rest = name.rpartition(".")
    return rest.lower() if dot and stem.strip(".") else ""


def digits_of(rest: str) -> int | None:
    """How many digits, without noughts before them, the number has with which the rest of a sort key begins; None when
    it begins with none."""
    if not "0" <= rest[:1] <= "9":
        return None
    return ord(rest[0]) - 48 if rest[0] < "9" else ord(rest[1]) - 58


KeysOf = Callable[[Sequence[int]], Sequence[Any]]
"""Gives the sort keys of some rows, in their order."""


def sorted_rows(rows: Sequence[int], keys_of: KeysOf, reverse: bool = False, run: int = RUN) -> Iterator[array[int]]:
    """The rows in order, bucket after bucket; stable, reversed or not. Yields nothing now and then, to be stopped at.

    Args:
        rows: row numbers in the order that decides between equal keys.
        keys_of: called with at most about `run` rows at a time, for each row twice in all.
        reverse: largest first.
    """
    if len(rows) <= run:
        yield array("I", _sort(rows, keys_of, reverse))
        return
    pivots = _pivots(rows, keys_of, run)
    buckets = [_Bucket(False)]
    for _, frequent in pivots:
        buckets += [_Bucket(True), _Bucket(False)] if frequent else [_Bucket(False)]
    for start in range(0, len(rows), run):
        part = rows[start : start + run]
        keys = keys_of(part)
        order = sorted(range(len(part)), key=keys.__getitem__)
        keys = list(map(keys.__getitem__, order))
        ordered = array("I", map(part.__getitem__, order))
        cuts = [0]
        for pivot, frequent in pivots:
            cuts.append(bisect_left(keys, pivot, cuts[-1]))
            if frequent:
                cuts.append(bisect_right(keys, pivot, cuts[-1]))
        cuts.append(len(ordered))
        for bucket, first, last in zip(buckets, cuts, cuts[1:], strict=False):
            if first < last:
                bucket.rows.extend(ordered[first:last])
        yield array("I")
    for bucket in reversed(buckets) if reverse else buckets:
        if bucket.rows:
            yield bucket.rows if bucket.equal else array("I", _sort(bucket.rows, keys_of, reverse))
            bucket.rows = array("I")


def sorted_names(names: Names, rows: Sequence[int], rule: NameRule = "natural", run: int = RUN) -> Iterator[array[int]]:
    """The rows in the order of their names, bucket after bucket. Yields nothing now and then, to be stopped at.

    As :func:`sorted_rows`, but what the names are compared by is kept between the two passes, as text, for to make it
    costs more than to sort.
    """

    def keys_of(part: Sequence[int]) -> Sequence[str]:
        return _folded(names.take(part), rule)

    pivots = [key for key, _ in _pivots(rows, keys_of, run)] if len(rows) > run else []
    buckets = [array("I") for _ in range(len(pivots) + 1)]
    texts: list[list[str]] = [[] for _ in buckets]
    for start in range(0, len(rows), run):
        part = rows[start : start + run]
        keys = keys_of(part)
        order = sorted(range(len(part)), key=keys.__getitem__)
        keys = list(map(keys.__getitem__, order))
        ordered = array("I", map(part.__getitem__, order))
        cuts = [0]
        for pivot in pivots:
            cuts.append(bisect_left(keys, pivot, cuts[-1]))
        cuts.append(len(keys))
        for bucket, text, first, last in zip(buckets, texts, cuts, cuts[1:], strict=False):
            if first < last:
                bucket.extend(ordered[first:last])
                text.append("\0".join(keys[first:last]))
        yield array("I")
    buckets.reverse()
    texts.reverse()
    while buckets:
        bucket, keys = buckets.pop(), "\0".join(texts.pop()).split("\0")
        order = sorted(range(len(bucket)), key=keys.__getitem__)
        keys = list(map(keys.__getitem__, order))
        if any(map(eq, keys, keys[1:])):
            yield array("I", _sort(bucket, lambda part: name_keys(names.take(part), rule), False))
        else:
            yield array("I", map(bucket.__getitem__, order))


class _Bucket:
    """The rows between two pivots, or those of one key that many rows share and that need no sorting."""

    __slots__ = ("equal", "rows")

    def __init__(self, equal: bool) -> None:
        self.equal = equal
        self.rows = array("I")


def _sort(rows: Sequence[int], keys_of: KeysOf, reverse: bool) -> Iterable[int]:
    keys = keys_of(rows)
    return map(rows.__getitem__, sorted(range(len(rows)), key=keys.__getitem__, reverse=reverse))


def _pivots(rows: Sequence[int], keys_of: KeysOf, run: int) -> list[tuple[Any, bool]]:
    """Keys that cut the rows into buckets of about `run`, from a sample taken at even steps; each with whether it is
    so frequent that it fills a bucket alone."""
    count = -(-len(rows) // run)
    step = max(len(rows) // (count * _SAMPLES), 1)
    sample: list[Any] = []
    for start in range(0, len(rows), step * run):
        sample.extend(keys_of(rows[start : start + step * run : step]))
    sample.sort()
    width = max(len(sample) // count, 1)
    pivots: dict[Any, bool] = {}
    for at in range(width, len(sample), width):
        key = sample[at]
        pivots[key] = pivots.get(key, False) or sample[at - width] == key
    return list(pivots.items())


def merged(order: array[int], rows: Iterable[int], key: Callable[[int], Any]) -> Generator[float, None, array[int]]:
    """An order with more rows put in where they belong: much quicker than to sort it anew, where they are few.

    Args:
        key: of which no two rows have the same.
    """
    result = array("I")
    done = 0
    for count, (row_key, row) in enumerate(sorted([(key(row), row) for row in rows])):
        at = bisect_left(order, row_key, done, key=key)
        result.extend(order[done:at])
        result.append(row)
        done = at
        if not count % 50:
            yield 0.5
    result.extend(order[done:])
    return result
