"""Children together, as part of the children pane: waits, rules, several at once, history, templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.units import plural
from osexplorer.services.child_waits import Kind
from osexplorer.ui.pane import Pane

if TYPE_CHECKING:
    from osexplorer.model.child_rules import Rules
    from osexplorer.model.children import Child


class ChildGroups(Pane):
    """What the children pane does with several children, and with those of the past."""

    def _chosen(self) -> list[Child]:
        """The marked children in their order, or else the one under the cursor."""
        return []

    # -- waiting

    def _awaited(self) -> list[Child]:
        """Those to wait for: the marked ones; without marks all that run."""
        if self.rows.marks:
            return self._chosen()
        return [child for child in self.session.children.feed.value if child.alive]

    def can_wait(self) -> bool:
        rules = self.session.child_rules
        return any(child.alive or rules.is_active(child.id) for child in self._chosen())

    def can_wait_for_several(self) -> bool:
        return any(child.alive for child in self._awaited())

    def action_wait(self) -> None:
        """Tell, with a bell, when each of the chosen ones has ended; once more: no longer."""
        for child in self._chosen():
            if child.alive or self.session.child_rules.is_active(child.id):
                self._wait([child], "all")

    def action_wait_any(self) -> None:
        self._wait(self._awaited(), "any")

    def action_wait_all(self) -> None:
        self._wait(self._awaited(), "all")

    def _wait(self, children: list[Child], kind: Kind) -> None:
        waits, ids = self.session.child_waits, [child.id for child in children]
        one = len(children) == 1
        what = f"{children[0].pid} {display(children[0].command.line)}" if one else f"{kind} of {len(ids)} children"
        if waits.is_waiting(ids, kind):
            waits.drop(ids, kind)
            self.say(f"No longer waiting for {what}")
            return
        try:
            waits.add(ids, kind)
        except Refused as refusal:
            self.say(str(refusal), problem=True)
        else:
            self.say(f"Waiting for {what}: a notice and the bell will tell")

    # -- rules

    def has_rules(self) -> bool:
        rules = self.session.child_rules
        return any(rules.is_active(child.id) and rules.get(child.id).text for child in self._chosen())

    def action_rules(self) -> None:
        """A time limit, restarts, runs after changes: for the chosen children."""
        from osexplorer.ui.dialogs.child_rules import RulesDialog

        children = self._chosen()
        if not children:
            return

        def answered(rules: Rules | None) -> None:
            if rules is None:
                return
            for child in children:
                try:
                    self.session.child_rules.set(child.id, rules)
                except Refused as refusal:
                    self.say(f"{display(child.command.line)}: {refusal}", problem=True)
                    return
            self.say(rules.text or "No rules any more")

        first = self.session.child_rules.get(children[0].id)
        self.app.push_screen(RulesDialog(self.session, children, first), answered)

    def action_stop_rules(self) -> None:
        """No restart, no time limit, no watching any more: for the chosen children."""
        stopped = [child for child in self._chosen() if self.session.child_rules.stop(child.id)]
        self.say(f"{plural(len(stopped), 'Its rules', f'The rules of {len(stopped)} children')} are stopped")

    # -- several at once

    def action_several(self) -> None:
        """Type several command lines, and start them in one go."""
        from osexplorer.ui.dialogs.several import SeveralDialog, start_several

        def answered(lines: tuple[str, ...] | None) -> None:
            if lines:
                self.work(start_several(self.explorer, lines), self._started)

        self.app.push_screen(SeveralDialog(self.session, self.explorer.header.path), answered)

    def _started(self, children: list[Child]) -> None:
        self.show_key(children[-1].id)
        self.rows.clear_marks()
        for child in children:
            self.rows.marks.toggle(child.id)
        self.rows.redraw()
        failed = [child for child in children if child.error is not None]
        if failed:
            self.say(f"{len(failed)} of {len(children)} not started: {failed[0].error}", problem=True)
        else:
            self.say(f"{len(children)} started and marked")

    # -- the past, and templates

    def action_history(self) -> None:
        """Those that have ended, of earlier runs too."""
        from osexplorer.ui.launching import ask_for_ended

        ask_for_ended(self.explorer)

    def action_templates(self) -> None:
        """Launch something that was given a name."""
        from osexplorer.ui.launching import ask_for_template

        ask_for_template(self.explorer)

    def can_save(self) -> bool:
        return any(child.launch is not None for child in self._chosen()[:1])

    def action_save(self) -> None:
        """Give the launch of the child under the cursor a name."""
        from osexplorer.ui.dialogs.templates import ask_to_save

        children = self._chosen()
        if children and children[0].launch is not None:
            ask_to_save(self.explorer, children[0].launch)
