"""Choose one of what is kept on disk: a list that is read, followed, filtered, and from which things are forgotten."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar, TypeVar

from textual.binding import Binding, BindingType

from osexplorer.model.errors import OSExplorerError
from osexplorer.services.feed import Feed
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.field import Field
from osexplorer.ui.rowlist import Cell, Column, RowList, TableSource

T = TypeVar("T")
K = TypeVar("K")


class KeptList(Picker[T]):
    """Follows what is kept until it is closed.

    Args:
        title: what is listed.
        columns: of the list.
        cell: what one shows in a column, raw.
        text: what the typed words are looked for in.
        key: what tells one from the others.
        none: what the list says when nothing is kept.
    """

    WIDE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+d", "forget", show=False, priority=True)]

    def __init__(
        self,
        title: str,
        columns: list[Column],
        cell: Callable[[T, str], Cell],
        text: Callable[[T], str],
        key: Callable[[T], str],
        none: str,
    ) -> None:
        super().__init__(title, (), columns, cell, text)
        self._key, self._none = key, none

    def keep_up(
        self, read: Callable[[], Coroutine[Any, Any, object]], feed: Feed[K], choices: Callable[[K], Sequence[T]]
    ) -> None:
        """Read, and show from now on what the feed has."""
        self.begin(self._follow(read, feed, choices))

    async def _follow(
        self, read: Callable[[], Coroutine[Any, Any, object]], feed: Feed[K], choices: Callable[[K], Sequence[T]]
    ) -> None:
        await self._told(read())
        async for kept in feed.watch():
            self._show(tuple(choices(kept)))

    def _show(self, choices: tuple[T, ...]) -> None:
        under = self.under
        self.choices = choices
        rows = self.query_one(RowList)
        rows.set_empty("Nothing has all of these words" if choices else self._none)
        if isinstance(rows.source, TableSource):
            rows.source.set_rows(self.matches(self.query_one(Field).value.lower().split()))
        same = (at for at, one in enumerate(choices) if under is not None and self._key(one) == self._key(under))
        rows.rows_changed(next(same, None))
        self.retitle(f"{self.dialog_title}: {len(choices):,}" if choices else self.dialog_title)

    @property
    def under(self) -> T | None:
        """The one under the cursor."""
        key = self.query_one(RowList).cursor_key
        return self.choices[key] if isinstance(key, int) and key < len(self.choices) else None

    def action_forget(self) -> None:
        """Forget the one under the cursor."""
        if (under := self.under) is not None:
            self.begin(self._told(self.forget(under)))

    async def forget(self, one: T) -> None:
        """Forget this one."""
        raise NotImplementedError

    async def _told(self, job: Coroutine[Any, Any, object]) -> None:
        """Do it, and tell what goes wrong."""
        try:
            await job
        except OSExplorerError as error:
            self.notify(str(error), severity="error", markup=False)
