"""What the inspector changes: the mode as it is edited, and after questions the owner, a whole tree, and it back."""

from __future__ import annotations

import os

from osexplorer.model.display import display
from osexplorer.model.errors import CallError
from osexplorer.model.files_changed import FilesChanged
from osexplorer.model.identity import Identity
from osexplorer.model.mode_change import ModeChange
from osexplorer.model.mode_edit import ModeEdit
from osexplorer.model.permissions import bit, octal_text
from osexplorer.model.status import Status
from osexplorer.services.session import Session
from osexplorer.ui.mode_notes import Target
from osexplorer.ui.panes.previewing import PreviewingPane
from osexplorer.ui.permission_grid import PermissionGrid


class PermissionPane(PreviewingPane):
    """A pane with a permission grid. A subclass shows what it finds in `_show`, and follows it with `_watch_anew`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.paths: tuple[str, ...] = ()
        self.found: tuple[Status | CallError, ...] = ()
        self.targets: tuple[Target, ...] = ()
        self.edit: ModeEdit | None = None
        self._identity: Identity | None = None

    @property
    def grid(self) -> PermissionGrid:
        """The grid."""
        return self.query_one(PermissionGrid)

    def _names(self) -> str:
        """How what is shown is called; it has passed ``display()``."""
        raise NotImplementedError

    def _show(self, found: tuple[Status | CallError, ...]) -> None:
        """Show what was found at `paths`."""
        raise NotImplementedError

    def _show_mode(self) -> None:
        """Show the mode and its edit."""
        raise NotImplementedError

    def _watch_anew(self) -> None:
        """Look at `paths` now."""
        raise NotImplementedError

    # -- editing the mode

    def has_file(self) -> bool:
        return self.edit is not None and self._identity is not None

    def has_edit(self) -> bool:
        return self.edit is not None and self.edit.changed

    def _toggle(self, mode_bit: int) -> None:
        if self.edit is not None:
            self.edit = self.edit.toggled(mode_bit)
            self._show_mode()

    def action_tick(self) -> None:
        self._toggle(self.grid.under_cursor)

    def action_read(self) -> None:
        self._toggle(bit(self.grid.who, "r"))

    def action_write(self) -> None:
        self._toggle(bit(self.grid.who, "w"))

    def action_execute(self) -> None:
        self._toggle(bit(self.grid.who, "x"))

    def action_special(self) -> None:
        self._toggle(bit(self.grid.who, "s"))

    def action_put_back(self) -> None:
        if self.edit is not None:
            self.edit = self.edit.put_back()
            self._show_mode()

    def action_type_mode(self) -> None:
        from osexplorer.ui.dialogs.mode import ModeDialog

        if self.edit is None or self._identity is None:
            return
        paths, umask = self.paths, self._identity.umask

        def answered(change: ModeChange | None) -> None:
            if change is None or self.edit is None or self.paths != paths:
                return
            self.edit = self.edit.after(change, umask)
            self._show_mode()
            if self.has_edit():
                self.action_apply()
            else:
                self.say("It has that mode already")

        self.app.push_screen(ModeDialog(self._names(), self.edit, self.targets, self._identity), answered)

    def action_presets(self) -> None:
        """Choose a mode of common use; it is shown as an edit first."""
        from osexplorer.model.mode_text import Preset, presets_of
        from osexplorer.ui.dialogs.presets import PresetPicker

        if self.edit is None or self._identity is None:
            return
        paths, umask = self.paths, self._identity.umask

        def answered(preset: Preset | None) -> None:
            if preset is not None and self.edit is not None and self.paths == paths:
                self.edit = self.edit.after(preset.change, umask)
                self._show_mode()

        own = presets_of(self.explorer.settings.presets)
        self.app.push_screen(PresetPicker(self._names(), self.edit, own, umask), answered)

    def action_apply(self) -> None:
        if (edit := self.edit) is None or not edit.changed:
            return
        permissions, paths = self.session.permissions, self.paths
        if len(paths) == 1:
            target, asked = self.targets[0], edit.new[0]
            job = permissions.set_mode(target.path, target.status.id, asked, follow=target.linked)
            self.work(job, lambda status: self._applied(paths, status, asked))
            return
        targets = [(target.path, target.status.id) for target in self.targets]
        self.work(permissions.set_modes(targets, edit.new, follow=True), lambda done: self._applied_to_all(paths, done))

    def _applied(self, paths: tuple[str, ...], status: Status, asked: int) -> None:
        subject = status.target if status.is_link else status
        if subject is not None and subject.permissions != asked:
            name, now = display(os.path.basename(status.path)), octal_text(subject.mode)
            self.say(f"{name} is {now}, not {octal_text(asked)}: the kernel did not take every bit", problem=True)
        if self.paths == paths:
            self.edit = None
            self._show((status,))

    def _applied_to_all(self, paths: tuple[str, ...], done: FilesChanged) -> None:
        self.say(done.report, problem=bool(done.failures or done.differing))
        if self.paths == paths:
            self.edit = None
            self._watch_anew()

    # -- what is asked first

    def has_path(self) -> bool:
        return bool(self.paths)

    def has_found(self) -> bool:
        return any(isinstance(one, Status) for one in self.found)

    def action_owner(self) -> None:
        """Owner and group, of a link its own."""
        from osexplorer.ui.permission_changes import ask_owner

        ask_owner(self, self._names(), self.found)

    def action_recursive(self) -> None:
        """Modes and owners of everything below, looked at first."""
        from osexplorer.ui.permission_changes import ask_recursive

        if self._identity is not None:
            ask_recursive(self, self._names(), self.paths, self._identity.umask)

    def action_tree_values(self) -> None:
        """ACLs, flags, an attribute or times of everything below, looked at first."""
        from osexplorer.ui.permission_changes import ask_tree_values

        ask_tree_values(self, self._names(), self.paths)

    def action_take_back(self) -> None:
        """Undo a change of a tree, of this run or an earlier one."""
        from osexplorer.ui.permission_changes import ask_take_back

        ask_take_back(self)

    def action_why(self) -> None:
        """May I, or another user, do something to what is shown, and which rule says so."""
        from osexplorer.ui.dialogs.why import WhyDialog

        self.app.push_screen(WhyDialog(self.session, self.paths[0]))
