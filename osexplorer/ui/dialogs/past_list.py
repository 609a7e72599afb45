"""Choose one of the launches that are kept: as it was, or to be changed first."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from osexplorer.model.child_history import Past
from osexplorer.ui.dialogs.kept_list import KeptList


class PastList(KeptList[tuple[Past, bool]]):
    """Dismisses with the launch chosen, and whether it shall be changed before it is launched."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+e", "change", show=False, priority=True)]

    @property
    def past(self) -> Past | None:
        """The one under the cursor."""
        return self.under[0] if self.under is not None else None

    def action_change(self) -> None:
        """Launch it with changes."""
        if (past := self.past) is not None:
            self.dismiss((past, True))
