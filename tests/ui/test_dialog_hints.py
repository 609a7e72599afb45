"""What the bottom of each dialog says about its keys."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from osexplorer.ui import dialogs
from osexplorer.ui.dialogs.base import Dialog
from osexplorer.ui.rowlist.cells import width_of

ROOM = 70
"""Columns in the frame of a wide dialog on a screen of 80."""


def of(kind: type) -> Iterator[type]:
    for below in kind.__subclasses__():
        yield below
        yield from of(below)


def test_the_hints_of_every_dialog_fit_on_80_columns() -> None:
    for module in pkgutil.iter_modules(dialogs.__path__):
        importlib.import_module(f"{dialogs.__name__}.{module.name}")
    hints = {kind.__name__: kind.HINTS for kind in of(Dialog) if kind.__module__.startswith("osexplorer.")}
    assert len(hints) > 40
    assert {name: text for name, text in hints.items() if width_of(text) > ROOM} == {}
