"""Which rows are marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from osexplorer.ui.rowlist.cells import Cell, Matched, Span
from osexplorer.ui.rowlist.source import Key, RowSource

NAMED = frozenset({"name", "command", "task", "call"})
"""The columns that say what a row is: against their text a pattern is held."""

_SLICE = 500
"""Rows that are gone through at once: some milliseconds of work."""


def plain(cell: Cell) -> str:
    """The text of a cell."""
    if isinstance(cell, str):
        return cell
    parts = [cell] if isinstance(cell, Span | Matched) else cell
    return "".join(part.text for part in parts)


class Marks(Protocol):
    """The marked rows of a list. Every method answers at once, from memory.

    A mark belongs to its row's thing, and goes with it. Rows that are not shown do not count as marked.
    """

    def __len__(self) -> int: ...

    def __contains__(self, key: object, /) -> bool: ...

    def __iter__(self) -> Iterator[Key]:
        """The marked rows, in their order."""
        ...

    def toggle(self, key: Key) -> None:
        """Mark the row, or take its mark away."""
        ...

    def mark_all(self) -> None:
        """Mark every row shown."""
        ...

    def invert(self) -> None:
        """Mark the rows shown that are not marked, and take the marks of the others away."""
        ...

    def mark_matching(self, matches: Callable[[str], bool], mark: bool, column: str) -> Iterator[int]:
        """Mark the rows shown whose name, in that column, matches, or take their marks away.

        Done in slices: after each comes the number of rows whose mark it has changed.
        """
        ...

    def clear(self) -> None:
        """Take all marks away."""
        ...

    def rows_changed(self) -> None:
        """Other rows are shown now."""
        ...


class KeyMarks:
    """Marks of a list of thousands, held by key.

    Args:
        source: the rows.
        names: by index, the names of a row, where its cell shows them otherwise.
    """

    def __init__(self, source: RowSource, names: Callable[[int], Sequence[str]] | None = None) -> None:
        self._source = source
        self._names = names
        self._keys: set[Key] = set()

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object, /) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[Key]:
        index = self._source.index
        return iter(sorted(self._keys, key=lambda key: -1 if (at := index(key)) is None else at))

    def __eq__(self, other: object) -> bool:
        return self._keys == (other._keys if isinstance(other, KeyMarks) else other)

    __hash__ = None  # type: ignore[assignment]

    def toggle(self, key: Key) -> None:
        self._keys.symmetric_difference_update((key,))

    def mark_all(self) -> None:
        source = self._source
        self._keys = {source.key(at) for at in range(len(source))}

    def invert(self) -> None:
        source = self._source
        self._keys = {source.key(at) for at in range(len(source))} - self._keys

    def mark_matching(self, matches: Callable[[str], bool], mark: bool, column: str) -> Iterator[int]:
        source = self._source
        for first in range(0, len(source), _SLICE):
            before = len(self._keys)
            for at in range(first, min(first + _SLICE, len(source))):
                names = self._names(at) if self._names else (plain(source.cells(at, [column])[0]),)
                if any(map(matches, names)):
                    (self._keys.add if mark else self._keys.discard)(source.key(at))
            yield abs(len(self._keys) - before)

    def clear(self) -> None:
        self._keys.clear()

    def rows_changed(self) -> None:
        self._keys = {key for key in self._keys if self._source.index(key) is not None}
