"""What the inspector changes beside mode and owner: ACLs, times."""

from __future__ import annotations

import os

from osexplorer.model.acl_change import Acls
from osexplorer.model.display import display
from osexplorer.model.files_changed import FilesChanged
from osexplorer.model.status import Status
from osexplorer.model.times import NewTimes
from osexplorer.ui.panes.permission_actions import PermissionPane


class AttributePane(PermissionPane):
    """A pane whose files have more than a mode."""

    @property
    def statuses(self) -> list[Status]:
        """What could be looked at; of links themselves."""
        return [one for one in self.found if isinstance(one, Status)]

    def tell_changed(self, what: str, done: FilesChanged) -> None:
        """Say what became of a change, and look again."""
        problem = bool(done.failures or done.differing)
        if len(done.done) == 1 and not (problem or done.unchanged):
            self.say(f"{what} of {display(os.path.basename(done.done[0]))} changed; u takes it back")
        else:
            self.say(f"{what}: {done.report}", problem=problem)
        self.session.files.changed([*done.done])
        self._watch_anew()

    def action_acl(self) -> None:
        """The ACLs of one file entry by entry, of several by one change as setfacl takes it; of what links lead to."""
        targets = [(one.path, one.status.id) for one in self.targets]

        def told(done: FilesChanged) -> None:
            self.tell_changed("ACL", done)

        async def ask_one() -> None:
            from osexplorer.ui.dialogs.acl import AclDialog

            ((path, identity),) = targets
            found = await self.session.attributes.acls(path, identity)

            def answered(wanted: Acls | None) -> None:
                if wanted is not None:
                    self.work(self.session.attributes.set_acls(path, found, wanted), told)

            self.app.push_screen(AclDialog(self.session, self._names(), found), answered)

        async def ask_all() -> None:
            from osexplorer.ui.dialogs.acl import acl_prompt

            def answered(text: str | None) -> None:
                if text is not None:
                    self.work(self.session.attributes.change_acls(targets, text), told)

            self.app.push_screen(await acl_prompt(self.session, f"Change the ACLs of {self._names()}"), answered)

        self.work(ask_one() if len(targets) == 1 else ask_all())

    def action_times(self) -> None:
        """Access and modification time, of a link its own."""
        from osexplorer.ui.dialogs.times import TimesDialog

        statuses = self.statuses
        targets = [(one.path, one.id) for one in statuses]

        def answered(wanted: NewTimes | None) -> None:
            if wanted is not None:
                job = self.session.times.set(targets, wanted)
                self.work(job, lambda done: self.tell_changed("Times", done))

        dialog = TimesDialog(self.session, self._names(), statuses, os.path.dirname(statuses[0].path))
        self.app.push_screen(dialog, answered)
