"""What the inspector changes beside mode and owner: ACLs, attributes, capabilities, inode flags, times."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence

from osexplorer.model.acl_change import Acls
from osexplorer.model.attribute_names import CAPABILITY_ATTRIBUTE
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.files_changed import FilesChanged
from osexplorer.model.mode_edit import ModeEdit
from osexplorer.model.status import FileId, Status
from osexplorer.model.times import NewTimes
from osexplorer.ui.panes.permission_actions import PermissionPane

_MOST_SHOWN = 10
"""Files whose change is shown before it is made."""


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
        elif len(self.found) == 1 and done.failures:
            self.say(done.failures[0].reason, problem=True)
        else:
            self.say(f"{what}: {done.report}", problem=problem)
        self.session.files.changed([*done.done])
        self._watch_anew()

    def action_acl(self) -> None:
        """The ACLs of one file entry by entry, of several by one change as setfacl takes it; of what links lead to."""
        targets = self._shown_targets()

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
                    self.work(preview(text))

            async def preview(text: str) -> None:
                lines = await self.session.attributes.acls_preview(targets, text)
                self._confirm_acls(lines, lambda: self.work(self.session.attributes.change_acls(targets, text), told))

            self.app.push_screen(await acl_prompt(self.session, f"Change the ACLs of {self._names()}"), answered)

        self.work(ask_one() if len(targets) == 1 else ask_all())

    def _confirm_acls(self, lines: Sequence[str], make: Callable[[], object]) -> None:
        """Show what becomes of each file, and do it when that is wanted."""
        from osexplorer.ui.dialogs.confirm import Confirm

        shown = [
            *lines[:_MOST_SHOWN],
            *([f"and {len(lines) - _MOST_SHOWN:,} more"] if len(lines) > _MOST_SHOWN else []),
        ]
        dialog = Confirm(f"Change the ACLs of {self._names()}?", "\n".join(shown))

        def answered(yes: bool | None) -> None:
            if yes:
                make()

        self.app.push_screen(dialog, answered)

    def action_attributes(self) -> None:
        """Extended attributes, of what links lead to."""
        from osexplorer.ui.dialogs.attributes import AttributesDialog

        dialog = AttributesDialog(self.session, self._names(), self._shown_targets())

        def closed(_: None) -> None:
            if dialog.changed:
                self.session.files.changed(dialog.changed)
                self._watch_anew()

        self.app.push_screen(dialog, closed)

    def action_capabilities(self) -> None:
        """What programs may do whoever runs them, as setcap takes it."""
        from osexplorer.model.capabilities import capabilities_bytes, parse_capability_text
        from osexplorer.ui.dialogs.capabilities import CapabilitiesDialog

        wrong = [one.status for one in self.targets if not stat.S_ISREG(one.status.mode)]
        if wrong:
            name = display(os.path.basename(wrong[0].path))
            self.say(f"{name} is a {wrong[0].kind}: only files have capabilities", problem=True)
            return
        have = {one.status.extended.capabilities for one in self.targets}
        targets = self._shown_targets()

        def answered(text: str | None) -> None:
            if text is not None:
                value = capabilities_bytes(parse_capability_text(text)) if text else None
                job = self.session.attributes.set_value(targets, CAPABILITY_ATTRIBUTE, value, title="setcap")
                self.work(job, lambda done: self.tell_changed("Capabilities", done))

        self.app.push_screen(CapabilitiesDialog(self._names(), have.pop() if len(have) == 1 else ""), answered)

    def action_flags(self) -> None:
        """Inode flags: immutable, append-only and the rest; of what links lead to."""
        self.work(self._ask_flags(self._shown_targets()))

    async def _ask_flags(self, targets: list[tuple[str, FileId]]) -> None:
        from osexplorer.ui.dialogs.inode_flags import FlagsDialog

        found = await self.session.attributes.flags(targets)
        errors = [one for one in found if isinstance(one, OSExplorerError)]
        known = [(target, one) for target, one in zip(targets, found, strict=True) if isinstance(one, int)]
        if not known:
            self.say(str(errors[0]), problem=True)
            return
        detail = f"{len(errors)} of {len(found)} are left out: {errors[0]}" if errors else ""

        def answered(edit: ModeEdit | None) -> None:
            if edit is not None:
                changes = [(new & ~old, old & ~new) for old, new in zip(edit.old, edit.new, strict=True)]
                job = self.session.attributes.set_flags([target for target, _ in known], changes)
                self.work(job, lambda done: self.tell_changed("Flags", done))

        self.app.push_screen(FlagsDialog(self._names(), [flags for _, flags in known], detail), answered)

    def _shown_targets(self) -> list[tuple[str, FileId]]:
        """Files as they were shown; the identity is of what a link leads to."""
        return [(one.path, one.status.id) for one in self.targets]

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
