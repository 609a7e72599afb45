"""What the parts of the files service see of it, and of each other; so they need not know the service itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from osexplorer.model.files import FilesState
from osexplorer.model.listing import Directory, Listing, View
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed


class Order(Protocol):
    """The part that keeps the view in order (:mod:`.arranging`)."""

    def start(self, head: Sequence[int] = ()) -> None:
        """Put the rows in order again."""

    def cancel(self) -> None:
        """Stop putting them in order."""

    def moved(self, rows: Iterable[int]) -> None:
        """Figures of these rows have changed."""

    def changed(self, gone: Iterable[int], added: Iterable[int]) -> None:
        """Rows have gone and come."""

    def figures_changed(self) -> None:
        """Any figure may have changed."""

    async def until_idle(self) -> None:
        """Wait until the rows are in order."""


class Stats(Protocol):
    """The part that asks for figures of the rows in sight (:mod:`.looks`)."""

    def renew(self) -> None:
        """Ask again for all that is known."""

    async def until_idle(self) -> None:
        """Wait until all that is wanted is known."""


class Sizes(Protocol):
    """The part that knows what was counted below directories (:mod:`.counted_sizes`)."""

    def size(self, name: str) -> int | None:
        """Bytes below an entry, or None where it was not counted."""

    async def fill(self, listing: Listing) -> list[int]:
        """Write what was counted into the listing; returns the rows that have another size now."""


class Listed(Protocol):
    """The directory that is listed, as :class:`osexplorer.services.files.Files` has it."""

    door: Door
    feed: Feed[FilesState]
    listing: Listing
    directory: Directory | None

    @property
    def state(self) -> FilesState:
        """The newest snapshot."""

    @property
    def view(self) -> View:
        """The rows in their order."""

    @property
    def arranging(self) -> Order: ...

    @property
    def looks(self) -> Stats: ...

    @property
    def counted(self) -> Sizes: ...

    async def show(self, path: str, cursor: str | None = None) -> None:
        """List a directory."""

    def take(self, view: View) -> None:
        """Show these rows."""

    def looked(self) -> None:
        """More is known of the rows."""

    def doubt(self) -> None:
        """An entry was not there: the listing must be read again."""

    def publish(self, **changes: object) -> None:
        """Publish a state that differs in these fields."""
