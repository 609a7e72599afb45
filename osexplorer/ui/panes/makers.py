"""Which class draws which pane. A class is imported when its pane first gets a place on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, cast

from osexplorer.services.session import Session
from osexplorer.ui.arrangement import PANES

if TYPE_CHECKING:
    from osexplorer.ui.pane import Pane


@cache
def pane_class(scope: str) -> type[Pane]:
    """The class of a pane: ``FilesPane`` in ``ui/panes/files.py`` for ``files``."""
    module = import_module(f"osexplorer.ui.panes.{scope}")
    return cast("type[Pane]", getattr(module, f"{scope.capitalize()}Pane"))


def makers(session: Session) -> Mapping[str, Callable[[], Pane]]:
    """By scope, what makes the pane."""
    return {scope: partial(_make, scope, session) for scope in PANES}


def _make(scope: str, session: Session) -> Pane:
    return pane_class(scope)(session)
