"""The inspector's changes that ask first: owner and group, a whole tree, and taking a tree's change back."""

from __future__ import annotations

from collections.abc import Sequence

from osexplorer.model.display import display
from osexplorer.model.errors import CallError
from osexplorer.model.files_changed import FilesChanged
from osexplorer.model.recursive import Changed, Journal, PutBack, Rules
from osexplorer.model.status import Status
from osexplorer.model.tree_values import ValueRules
from osexplorer.model.units import exact_time_text
from osexplorer.ui.dialogs.confirm import Confirm
from osexplorer.ui.dialogs.owner import NewOwner, OwnerDialog
from osexplorer.ui.dialogs.picker import Picker
from osexplorer.ui.dialogs.plan import PlanDialog, ValuePlanDialog
from osexplorer.ui.dialogs.recursive import RecursiveDialog
from osexplorer.ui.dialogs.tree_values import TreeValuesDialog
from osexplorer.ui.pane import Pane
from osexplorer.ui.rowlist import Column


def ask_owner(pane: Pane, names: str, found: Sequence[Status | CallError]) -> None:
    """Ask for an owner of the files `found`, and set it; of a symbolic link its own.

    Args:
        names: how the files are called; foreign text in it has passed ``display()``.
    """
    statuses = [one for one in found if isinstance(one, Status)]
    permissions = pane.session.permissions

    def told(done: FilesChanged) -> None:
        pane.say(done.report if done.failures or len(statuses) > 1 else _owner_text(done), problem=bool(done.failures))
        pane.session.files.changed([*done.done])

    def answered(new: NewOwner | None) -> None:
        if new is not None:
            targets = [(one.path, one.id) for one in statuses]
            pane.work(permissions.set_owner(targets, new.owner, keep=new.keep), told)

    pane.app.push_screen(OwnerDialog(pane.session, names, statuses), answered)


def _owner_text(done: FilesChanged) -> str:
    if done.unchanged:
        return "It has that owner and group already"
    return f"Owner and group of {display(done.done[0])} changed; u takes it back"


def ask_recursive(pane: Pane, names: str, paths: Sequence[str], umask: int) -> None:
    """Ask for rules for the trees at `paths`, show what they would change, and change it as a task."""
    pane.app.push_screen(RecursiveDialog(pane.session, names, umask), lambda rules: _show(pane, names, paths, rules))


def ask_tree_values(pane: Pane, names: str, paths: Sequence[str]) -> None:
    """As :func:`ask_recursive`, for ACLs, flags, an attribute and times."""
    pane.app.push_screen(TreeValuesDialog(pane.session, names), lambda rules: _show(pane, names, paths, rules))


def _show(pane: Pane, names: str, paths: Sequence[str], rules: Rules | ValueRules | None) -> None:
    recursive = pane.session.recursive

    def told(done: Changed) -> None:
        problem = bool(done.failed)
        more = ["7 names what failed"] if problem else []
        if done.journal is not None:
            more.append("u takes it back")
        pane.say(f"{done.text}; {', '.join(more)}" if more else done.text, problem=problem)

    def answered(yes: bool | None) -> None:
        if yes and isinstance(rules, ValueRules):
            pane.work(recursive.change_values(paths, rules).result(), told)
        elif yes and isinstance(rules, Rules):
            pane.work(recursive.change(paths, rules).result(), told)

    if rules is not None:
        dialog = ValuePlanDialog if isinstance(rules, ValueRules) else PlanDialog
        pane.app.push_screen(dialog(pane.session, names, paths, rules), answered)


_JOURNAL_COLUMNS = [
    Column("when", "When", 19, sortable=False),
    Column("title", "Change", 20, flex=1, scrolls=True, sortable=False),
]


def ask_take_back(pane: Pane) -> None:
    """Choose one of the changes that are on disk, of this run and of earlier ones, and undo it."""

    def cell(journal: Journal, column: str) -> str:
        return exact_time_text(journal.began)[:19] if column == "when" else journal.title

    def told(done: PutBack) -> None:
        pane.say(done.text, problem=bool(done.refused or done.failed))

    def confirmed(yes: bool | None, journal: Journal) -> None:
        if yes:
            pane.work(pane.session.recursive.put_back(journal.path, f"Undo {journal.title}").result(), told)

    def chosen(journal: Journal | None) -> None:
        if journal is not None:
            detail = f"{journal.title}\nof {exact_time_text(journal.began)}. What was changed since is left alone."
            pane.app.push_screen(Confirm("Take this change back?", detail), lambda yes: confirmed(yes, journal))

    def listed(journals: tuple[Journal, ...]) -> None:
        if not journals:
            pane.say("There is no earlier change to take back")
            return
        picker = Picker("Take back an earlier change", journals, _JOURNAL_COLUMNS, cell, lambda one: one.title)
        pane.app.push_screen(picker, chosen)

    pane.work(pane.session.recursive.journals(), listed)
