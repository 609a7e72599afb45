"""Other names for what is chosen in a list of entries: one in a line, several as a text in the editor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from osexplorer.model.display import display
from osexplorer.model.errors import Exists, OSExplorerError, Refused
from osexplorer.services.session import Session
from osexplorer.ui.driver import suspended

if TYPE_CHECKING:
    from osexplorer.model.command_line import Command
    from osexplorer.model.operations import Target
    from osexplorer.model.programs import Ended
    from osexplorer.ui.host import Host

T = TypeVar("T")

_MOST_NAMED = 10


class Renaming:
    """Mix it in behind a pane or a dialog that has these."""

    if TYPE_CHECKING:
        app: Any
        session: Session
        call_later: Callable[..., bool]

        @property
        def explorer(self) -> Host:
            """The app."""

        @property
        def directory(self) -> str:
            """Where the editor starts."""

        def work(self, job: Coroutine[Any, Any, T], then: Callable[[T], None] | None = None) -> asyncio.Task[T]:
            """Run a service call in the background; tell a failure, and hand the result on."""

        def say(self, text: str, problem: bool = False) -> None:
            """Tell the person something."""

        async def targets(self) -> list[Target]:
            """The marked entries in their order, or else the one under the cursor, as they are now."""

    async def rename_one(self, target: Target, name: str) -> None:
        """Give it that name, and show it."""
        raise NotImplementedError

    async def rename_several(self, targets: list[Target], names: Sequence[str]) -> None:
        """Give them those names, and show them."""
        raise NotImplementedError

    def action_rename(self) -> None:
        """Give the entry another name; with several marked, edit their names as a text."""
        self.work(self.targets(), self._ask_names)

    def _ask_names(self, targets: list[Target]) -> None:
        if len(targets) > 1:
            self.work(self._edit_names(targets, [one.name for one in targets]))
        elif targets:
            from osexplorer.model.operations import name_problem
            from osexplorer.ui.dialogs.prompt import Prompt

            target = targets[0]

            def answered(name: str | None) -> None:
                if name:
                    self.work(self.rename_one(target, name))

            prompt = Prompt(f"Rename {display(target.name)}", target.name, check=name_problem)
            self.app.push_screen(prompt, answered)

    async def _edit_names(self, targets: list[Target], names: Sequence[str]) -> None:
        from osexplorer.services import name_text

        await self._give_names(await name_text.write(self.session.door, names), targets)

    async def _give_names(self, path: str, targets: list[Target]) -> None:
        command = await self.session.programs.command("editor", [path])
        self.call_later(self._lend_names, command, path, targets)

    def _lend_names(self, command: Command, path: str, targets: list[Target]) -> None:
        """Give the terminal to the editor until it ends, then do what the text says."""
        done = suspended(self.explorer, lambda: self.session.programs.run_here(command, self.directory))
        if isinstance(done, OSExplorerError | InterruptedError):
            self.say(str(done), problem=True)
        elif isinstance(done, Exception):
            raise done
        else:
            self.work(self._take_names(path, targets, done))

    async def _take_names(self, path: str, targets: list[Target], ended: Ended) -> None:
        from osexplorer.services import name_text
        from osexplorer.ui.dialogs.confirm import Confirm

        door, names = self.session.door, tuple(one.name for one in targets)
        if not ended.failed:
            try:
                names = await name_text.read(door, path, targets)
            except Refused as error:
                self._offer_again(path, targets, error)
                return
        changes = [(one.name, name) for one, name in zip(targets, names, strict=True) if one.name != name]
        if not changes:
            await name_text.remove(door, path)
            self.say(f"{display(ended.text)}: no name is changed")
            return
        lines = [f"{display(old)} → {display(new)}" for old, new in changes[:_MOST_NAMED]]
        if len(changes) > _MOST_NAMED:
            lines.append(f"and {len(changes) - _MOST_NAMED:,} more")

        def answered(yes: bool | None) -> None:
            self.work(self._rename(path, targets, names) if yes else name_text.remove(door, path))

        self.app.push_screen(Confirm(f"Rename {len(changes):,} entries?", "\n".join(lines)), answered)

    async def _rename(self, path: str, targets: list[Target], names: Sequence[str]) -> None:
        from osexplorer.services import name_text

        try:
            await self.rename_several(targets, names)
        except (Refused, Exists) as error:
            self._offer_again(path, targets, error)
        else:
            await name_text.remove(self.session.door, path)

    def _offer_again(self, path: str, targets: list[Target], error: OSExplorerError) -> None:
        """Ask whether to edit the names once more: what was typed is not lost by a mistake in it."""
        from osexplorer.ui.dialogs.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.work(self._give_names(path, targets))
            else:
                self.say(f"What was typed is kept in {display(path)}")

        self.app.push_screen(Confirm("Edit the names again?", str(error)), answered)
