"""What the children pane does with trees: shows them, tells all of one child, ends all of it."""

from __future__ import annotations

import asyncio

from osexplorer.model.children import Child
from osexplorer.model.descendants import Descendant
from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.ladder import Rung, Stopped, ladder_text, parse_ladder
from osexplorer.model.processes import ProcessId
from osexplorer.model.signals import signal_name
from osexplorer.model.units import count_text
from osexplorer.ui.messages import GoTo
from osexplorer.ui.pane import Pane
from osexplorer.ui.panes.child_tree import ChildRows, ProcessKey


class ChildTreeActions(Pane):
    """The part of the children pane that knows trees."""

    source: ChildRows

    def _chosen(self) -> list[Child]:
        """The marked children, or else the one under the cursor."""
        return [child for key in self.rows.chosen if (child := self.source.row(key)) is not None]

    def chosen_processes(self) -> list[Descendant]:
        """The marked descendants, or else the one under the cursor."""
        found = (self.source.descendant(key) for key in self.rows.chosen)
        return [one[1] for one in found if one is not None]

    def has_tree(self) -> bool:
        return any(_to_end(child) for child in self._chosen())

    def on_child(self) -> bool:
        return isinstance(self.rows.cursor_key, int)

    def show_process(self, key: ProcessKey) -> None:
        """Show a descendant among all processes."""
        self.post_message(GoTo("processes", key=ProcessId(key.pid, key.born)))

    def action_tree(self) -> None:
        """Show below each child the processes of its tree, or no longer."""
        self.source.unfold(not self.source.unfolded)
        self.rows.rows_changed()

    def action_details(self) -> None:
        """All that is known of the child under the cursor."""
        from osexplorer.ui.dialogs.child_details import ChildDetails

        if isinstance(key := self.rows.cursor_key, int):
            self.app.push_screen(ChildDetails(self.session, key))

    def action_stop(self) -> None:
        """End the chosen children with all that they have started; for those that are being ended: the next signal."""
        from osexplorer.ui.dialogs.prompt import Prompt

        children = [child for child in self._chosen() if _to_end(child)]
        under_way = [child for child in children if child.stopping is not None]
        if under_way:
            for child in under_way:
                self.work(self.session.children.stop(child.id, ()))
            return
        if not children:
            return
        size = sum(child.tree_size for child in children)
        first = children[0]
        name = f"{first.pid} {display(first.command.line)}" if len(children) == 1 else f"{len(children)} children"
        title = f"End {name}" + (f", {size} processes" if size > len(children) else "")

        def answered(text: str | None) -> None:
            if text is not None:
                self.work(self._stop([child.id for child in children], parse_ladder(text)), self._stopped)

        prompt = Prompt(
            title,
            self.explorer.settings.stop,
            detail="Signals, with the seconds until the next. Each goes to every process of the tree; x again hurries.",
            check=_wrong,
            preview=lambda text: ladder_text(parse_ladder(text)),
        )
        self.app.push_screen(prompt, answered)

    async def _stop(self, ids: list[int], ladder: tuple[Rung, ...]) -> list[Stopped]:
        return await asyncio.gather(*(self.session.children.stop(id, ladder) for id in ids))

    def _stopped(self, stopped: list[Stopped]) -> None:
        ended = sum(one.ended for one in stopped)
        left = [pid for one in stopped for pid in one.left]
        sent = [signal_name(number) for number in dict.fromkeys(number for one in stopped for number in one.sent)]
        said = f"{count_text(ended, 'process', 'processes')} ended"
        if sent:
            said += f" by {', '.join(sent)}"
        if left:
            said += f"; still there: {', '.join(map(str, left[:5]))}"
        self.say(said, problem=bool(left))


def _to_end(child: Child) -> bool:
    return child.alive or bool(child.descendants) or child.output_open


def _wrong(text: str) -> str:
    try:
        parse_ladder(text)
    except Refused as refusal:
        return str(refusal)
    return ""
