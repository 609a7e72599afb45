"""Which rows are marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from osexplorer.ui.rowlist.source import Key, RowSource


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
    """

    def __init__(self, source: RowSource) -> None:
        self._source = source
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

    def clear(self) -> None:
        self._keys.clear()

    def rows_changed(self) -> None:
        self._keys = {key for key in self._keys if self._source.index(key) is not None}
