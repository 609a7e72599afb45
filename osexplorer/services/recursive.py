"""Changes of whole trees: looked at first, made as a task, undone from a journal, in this run or a later one.

recursive = Recursive(door, undo, tasks)
plan = await recursive.look(["/srv/app"], rules).result()
done = await recursive.change(["/srv/app"], rules).result()
text = await undo.undo()
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from osexplorer.model.display import display
from osexplorer.model.errors import LeftAlone, NotFound, OSExplorerError, Refused
from osexplorer.model.plan import Plan
from osexplorer.model.recursive import Changed, Journal, PutBack, Rules
from osexplorer.model.tree_values import ValuePlan, ValueRules
from osexplorer.services.door import Door
from osexplorer.services.tasks import TaskHandle, Tasks
from osexplorer.services.undo import Undo
from osexplorer.system import journal, recursive, recursive_look, recursive_undo, recursive_values


class Recursive:
    """Changes of modes and owners below directories, and of ACLs, flags, attributes and times.

    Args:
        undo: where every change leaves its way back.
    """

    def __init__(self, door: Door, undo: Undo, tasks: Tasks) -> None:
        self._door, self._undo, self._tasks = door, undo, tasks
        self._watching: set[asyncio.Task[None]] = set()

    def look(self, paths: Sequence[str], rules: Rules) -> TaskHandle[Plan]:
        """Begin to find out what a change would do; nothing is changed."""
        title = f"Look what {_what(rules)} would change in {_names(paths)}"
        return self._tasks.start(title, recursive_look.look, tuple(paths), rules, at=paths[0], describe=_plan_text)

    def change(
        self, paths: Sequence[str], rules: Rules, what: str = "", *, journalled: bool = True
    ) -> TaskHandle[Changed]:
        """Begin a change; when it has ended, however it ended, the undo stack knows its way back.

        Args:
            what: the change in words, as ``chmod -R go-w``; foreign text in it has passed ``display()``.
            journalled: whether it can be undone.
        """
        title = f"{what or _what(rules)} {_names(paths)}"
        handle = self._tasks.start(
            title, recursive.change, tuple(paths), rules, title, journalled, at=paths[0], describe=_changed_text
        )
        if journalled:
            self._note_later(handle, title)
        return handle

    def look_values(self, paths: Sequence[str], rules: ValueRules) -> TaskHandle[ValuePlan]:
        """Begin to find out what a change of ACLs, flags, an attribute or times would do; nothing is changed."""
        title = f"Look what {rules.words} would change in {_names(paths)}"
        return self._tasks.start(
            title, recursive_values.look, tuple(paths), rules, at=paths[0], describe=_value_plan_text
        )

    def change_values(self, paths: Sequence[str], rules: ValueRules) -> TaskHandle[Changed]:
        """Begin such a change; when it has ended, however it ended, the undo stack knows its way back."""
        title = f"{rules.words} -R {_names(paths)}"
        handle = self._tasks.start(
            title, recursive_values.change, tuple(paths), rules, title, at=paths[0], describe=_changed_text
        )
        self._note_later(handle, title)
        return handle

    def _note_later(self, handle: TaskHandle[Changed], title: str) -> None:
        watching = asyncio.create_task(self._note(handle, title))
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)

    async def _note(self, handle: TaskHandle[Changed], title: str) -> None:
        """Put a change on the undo stack when it has ended."""
        try:
            path = (await handle.result()).journal
        except OSExplorerError:  # whoever holds the handle is told; what was done till then can be undone
            path = next((one.path for one in await self.journals() if one.title == title), None)
        if path is not None:
            self._undo.push(title, lambda: self._undo_now(path))

    async def _undo_now(self, path: str) -> str:
        """Undo a change of this run; it stays on the undo stack as long as its journal can be tried again."""
        try:
            done = await self.put_back(path, "Undo a change of a tree").result()
        except NotFound as error:
            if error.path != path:
                raise
            return "This change was taken back already: its journal is gone"
        if done.failed:
            raise Refused(f"{done.text}: undo again to try what failed once more")
        if done.refused:
            raise LeftAlone(done.text)
        return done.text

    async def journals(self) -> tuple[Journal, ...]:
        """The changes on disk that can be undone, newest first.

        Raises:
            CallError: their directory cannot be read.
        """
        return await self._door.run(journal.journals, lane="journal")

    def put_back(self, path: str, title: str) -> TaskHandle[PutBack]:
        """Begin to undo the change of which the journal is at `path`."""
        return self._tasks.start(title, recursive_undo.put_back, path, at=path, describe=_put_back_text)


def _what(rules: Rules) -> str:
    return "chown -R" if rules.owners else "chmod -R"


def _names(paths: Sequence[str]) -> str:
    first = display(os.path.abspath(paths[0]))
    return first if len(paths) == 1 else f"{first} and {len(paths) - 1} more"


def _plan_text(plan: Plan) -> str:
    return plan.summary()[0]


def _value_plan_text(plan: ValuePlan) -> str:
    return plan.summary()[0]


def _changed_text(done: Changed) -> str:
    return done.text


def _put_back_text(done: PutBack) -> str:
    return done.text
