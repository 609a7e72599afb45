"""What stands behind a list: rows that are asked for one at a time, when they are on the screen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from osexplorer.ui.rowlist.cells import Cell

T = TypeVar("T")
Key = Hashable


class RowSource(Protocol):
    """Rows in their order on the screen. Every method answers at once, from memory."""

    def __len__(self) -> int:
        """Rows shown."""
        ...

    def key(self, index: int) -> Key:
        """The identity of a row: the same while the thing is the same, wherever it stands."""
        ...

    def index(self, key: Key) -> int | None:
        """Where the thing stands now; None when it is not shown."""
        ...

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        """The row's cells for these column ids, raw text."""
        ...


class TableSource(Generic[T]):
    """Rows held in memory, filtered and sorted here: for lists of thousands, not of millions.

    Args:
        key: the identity of a row.
        cell: what a row shows in a column.
        sort_keys: by column id, what to sort by.
        text: what the filter looks in.
    """

    def __init__(
        self,
        key: Callable[[T], Key],
        cell: Callable[[T, str], Cell],
        *,
        sort_keys: Mapping[str, Callable[[T], Any]] | None = None,
        text: Callable[[T], str] | None = None,
    ) -> None:
        self._key = key
        self._cell = cell
        self._sort_keys = dict(sort_keys or {})
        self._text = text
        self._all: Sequence[T] = ()
        self._rows: list[T] = []
        self._where: dict[Key, int] = {}
        self.sort_column = ""
        self.reverse = False
        self.filter = ""

    @property
    def rows(self) -> Sequence[T]:
        """The rows shown, in order."""
        return self._rows

    @property
    def total(self) -> int:
        """Rows held, shown or not."""
        return len(self._all)

    def set_rows(self, rows: Iterable[T]) -> None:
        """Replace the rows; filter and order stay."""
        self._all = tuple(rows)
        self._arrange()

    def set_filter(self, text: str) -> None:
        """Show only rows whose text contains `text`; case counts only when `text` has a capital letter."""
        self.filter = text
        self._arrange()

    def set_sort(self, column: str, reverse: bool = False) -> None:
        """Sort by a column; ``""`` keeps the order the rows came in."""
        self.sort_column, self.reverse = column, reverse
        self._arrange()

    def row(self, key: Key) -> T | None:
        """The row of that identity, shown or not."""
        where = self._where.get(key)
        if where is not None:
            return self._rows[where]
        return next((row for row in self._all if self._key(row) == key), None)

    def _arrange(self) -> None:
        rows: Iterable[T] = self._all
        if self.filter and (text := self._text):
            wanted = self.filter
            if wanted == wanted.lower():
                rows = [row for row in rows if wanted in text(row).lower()]
            else:
                rows = [row for row in rows if wanted in text(row)]
        if sort_key := self._sort_keys.get(self.sort_column):
            self._rows = sorted(rows, key=sort_key, reverse=self.reverse)
        else:
            self._rows = list(reversed(tuple(rows))) if self.reverse else list(rows)
        self._where = {self._key(row): at for at, row in enumerate(self._rows)}

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, index: int) -> Key:
        return self._key(self._rows[index])

    def index(self, key: Key) -> int | None:
        return self._where.get(key)

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        row, cell = self._rows[index], self._cell
        return [cell(row, column) for column in columns]
