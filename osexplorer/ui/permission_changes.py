"""The inspector's changes that ask first: owner and group, a whole tree, and taking a tree's change back."""

from __future__ import annotations

from collections.abc import Sequence

from osexplorer.model.display import display
from osexplorer.model.errors import CallError
from osexplorer.model.status import Status
from osexplorer.services.permissions import ModesSet
from osexplorer.ui.dialogs.owner import NewOwner, OwnerDialog
from osexplorer.ui.pane import Pane


def ask_owner(pane: Pane, names: str, found: Sequence[Status | CallError]) -> None:
    """Ask for an owner of the files `found`, and set it; of a symbolic link its own.

    Args:
        names: how the files are called; foreign text in it has passed ``display()``.
    """
    statuses = [one for one in found if isinstance(one, Status)]
    permissions = pane.session.permissions

    def told(done: ModesSet) -> None:
        pane.say(done.report if done.failures or len(statuses) > 1 else _owner_text(done), problem=bool(done.failures))
        pane.session.files.changed([*done.done])

    def answered(new: NewOwner | None) -> None:
        if new is not None:
            targets = [(one.path, one.id) for one in statuses]
            pane.work(permissions.set_owner(targets, new.owner, keep=new.keep), told)

    pane.app.push_screen(OwnerDialog(pane.session, names, statuses), answered)


def _owner_text(done: ModesSet) -> str:
    if done.unchanged:
        return "It has that owner and group already"
    return f"Owner and group of {display(done.done[0])} changed; u takes it back"
