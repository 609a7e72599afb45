"""Taking back operations of this run on single entries, each for itself: what has changed since is left alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from osexplorer.model.errors import LeftAlone, NotFound, OSExplorerError, Refused
from osexplorer.model.units import count_text
from osexplorer.services.door import Door
from osexplorer.services.several import name_of
from osexplorer.system import kept_operations
from osexplorer.system.kept_operations import Copied, Moved
from osexplorer.system.trash import Trashed

Single = Moved | Copied | Trashed


def way_back(door: Door, done: Sequence[tuple[str, Single]]) -> Callable[[], Awaitable[str]]:
    """The way back of what was done to these entries, in the opposite order.

    Called again, it tries what could not be done once more, and nothing else.

    Args:
        done: each with where the entry is now.

    Returns:
        what raises ``LeftAlone`` where something is gone or was replaced, and the rest is back; another error where
        trying again can do more: the first failure (an ``OSExplorerError``) where nothing could be done.
    """
    left = list(done)

    async def put_back() -> str:
        back: list[tuple[str, Single]] = []
        gone: list[OSExplorerError] = []
        failed: list[OSExplorerError] = []
        for one in reversed(tuple(left)):
            path, what = one
            try:
                await door.run(kept_operations.put_back, path, what, at=path)
            except OSExplorerError as error:
                if not failed and _is_gone(error, path, what):
                    gone.append(error)
                else:
                    failed.append(error)  # what comes later may only be in the way of, or behind, this one
                    continue
            else:
                back.append(one)
            left.remove(one)
        if failed and not back and not gone:
            raise failed[0]
        text = _text(back)
        if gone:
            text += f"; {count_text(len(gone), 'is', 'are')} left alone: {gone[0]}"
        if failed:
            raise Refused(f"{text}; {len(failed)} could not be: {failed[0]}. Undo again to try that once more")
        if gone:
            raise LeftAlone(text)
        return text

    return put_back


def _is_gone(error: OSExplorerError, path: str, what: Single) -> bool:
    """Whether it says that the entry is not there any more, or is another one: trying again says the same."""
    if isinstance(error, NotFound):
        return error.path == path
    return isinstance(error, Refused) and not isinstance(what, Copied)


def _text(back: Sequence[tuple[str, Single]]) -> str:
    moved = [(path, what) for path, what in back if isinstance(what, Moved)]
    copies = sum(isinstance(what, Copied) for _, what in back)
    restored = len(back) - len(moved) - copies
    parts = []
    if len(moved) == 1 and len(back) == 1:
        parts.append(f"{name_of(moved[0][0])} is {name_of(moved[0][1].origin)} again")
    elif moved:
        parts.append(f"{count_text(len(moved), 'entry is where it was', 'entries are where they were')}")
    if copies:
        parts.append(f"{count_text(copies, 'copy is', 'copies are')} in the trash")
    if restored:
        parts.append(f"{count_text(restored, 'entry is', 'entries are')} back from the trash")
    return ", ".join(parts) or "Nothing is put back"
