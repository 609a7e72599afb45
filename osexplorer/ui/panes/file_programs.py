"""Other programs on the chosen files, as part of the files pane: editor, pager, shell, opener."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Sequence

from osexplorer.model.children import Child
from osexplorer.model.command_line import Command
from osexplorer.model.display import display
from osexplorer.model.entry import EntryStat
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.programs import Ended, Purpose
from osexplorer.ui.driver import suspended
from osexplorer.ui.messages import GoTo
from osexplorer.ui.panes.file_jumps import FileJumps


def is_program(entry: EntryStat) -> bool:
    """Whether it is a file that somebody may execute."""
    return stat.S_ISREG(entry.mode) and bool(entry.mode & 0o111)


class FilePrograms(FileJumps):
    """What the files pane hands to other programs."""

    def chosen_paths(self) -> list[str]:
        """The marked paths in their order, or else the one under the cursor."""
        return []

    def is_picking(self) -> bool:
        return bool(self.explorer.picking)

    def action_pick(self) -> None:
        """Choose the marked paths, or the one under the cursor: they are printed once the program has been left."""
        from osexplorer.ui.dialogs.quit import ask_to_quit

        paths = self.chosen_paths()
        broken = [path for path in paths if "\n" in path]
        if broken and self.explorer.picking == "lines":
            name = display(os.path.basename(broken[0]))
            self.say(f"{name} holds a newline, which ends a line of the output: start with --print0", problem=True)
        elif paths:
            self.explorer.picked, self.explorer.replacement = tuple(paths), None
            self.work(ask_to_quit(self.explorer))

    def offer_to_launch(self, path: str) -> None:
        """Ask for a command line that begins with a program in the directory listed."""
        self.explorer.ask_to_launch(shlex.quote(os.path.join(os.curdir, os.path.basename(path))) + " ")

    def action_edit(self) -> None:
        """Edit the chosen files in ``$VISUAL`` or ``$EDITOR``."""
        self._run("editor", self.chosen_paths())

    def action_page(self) -> None:
        """Read the chosen files in ``$PAGER``."""
        self._run("pager", self.chosen_paths())

    def action_shell(self) -> None:
        """A shell in the directory listed."""
        self._run("shell")

    def _run(self, purpose: Purpose, paths: Sequence[str] = ()) -> None:
        cwd = self.directory

        def found(command: Command) -> None:
            self.call_later(self._lend, command, cwd, tuple(paths))

        self.work(self.session.programs.command(purpose, paths), found)

    def _lend(self, command: Command, cwd: str, paths: Sequence[str]) -> None:
        """Give the terminal to the program until it ends."""
        done = suspended(self.explorer, lambda: self.session.programs.run_here(command, cwd))
        if isinstance(done, Ended):
            self.say(display(done.text), problem=done.failed)
            self.session.files.changed(paths)
        elif isinstance(done, OSExplorerError | InterruptedError):
            self.say(str(done), problem=True)
        else:
            raise done

    def action_open(self) -> None:
        """Open what is chosen as the desktop does, as a child whose output is in pane 6."""
        cwd, paths = self.directory, self.chosen_paths()
        self.work(self._open(cwd, paths), self._opened_outside)

    async def _open(self, cwd: str, paths: Sequence[str]) -> Child:
        session = self.session
        for path in paths[:-1]:  # these programs take one path
            await self._open(cwd, [path])
        command = await session.programs.command("opener", paths[-1:])
        return await session.children.start(command, environment=session.environment.for_child(), cwd=cwd)

    def _opened_outside(self, child: Child) -> None:
        if child.error is not None:
            self.say(str(child.error), problem=True)
            self.post_message(GoTo("children", key=child.id))
        else:
            self.say(f"{display(child.command.line)}: pane 6 tells how it ends")
