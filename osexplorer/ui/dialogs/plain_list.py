"""The list inside a dialog that edits what is listed: its keys belong to the dialog."""

from __future__ import annotations

from osexplorer.ui.rowlist import RowList

_UNUSED = frozenset({"sort", "filter", "mark", "mark_all", "mark_others"})


class PlainList(RowList):
    """A list that is neither sorted nor filtered nor marked."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return False if action in _UNUSED else super().check_action(action, parameters)
