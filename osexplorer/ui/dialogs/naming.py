"""Ask under which name something is to be kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from typing import TYPE_CHECKING, Any

from osexplorer.ui.dialogs.prompt import Prompt

if TYPE_CHECKING:
    from osexplorer.ui.host import Host


def ask_for_name(
    app: Host,
    what: str,
    suggestion: str,
    detail: str,
    known: Collection[str],
    save: Callable[[str], Coroutine[Any, Any, None]],
) -> None:
    """Ask for a name, and save what it is for.

    Args:
        what: is kept, in a word.
        suggestion: raw.
        detail: what it holds; foreign text in it has passed ``display()``.
        known: the names that are taken already.
    """

    def answered(name: str | None) -> None:
        if name is not None:
            app.work(save(name))

    app.push_screen(
        Prompt(
            f"Name of the {what}",
            suggestion,
            detail=detail,
            check=lambda name: "" if name.strip() else "Type a name",
            preview=lambda name: f"takes the place of the {what} of that name" if name.strip() in known else "",
        ),
        answered,
    )
