"""Other programs on chosen files: editor, pager, shell, the desktop's opener; and leaving with what was chosen."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from osexplorer.model.children import Child
from osexplorer.model.command_line import Command
from osexplorer.model.display import display
from osexplorer.model.errors import OSExplorerError
from osexplorer.model.programs import Ended, Purpose
from osexplorer.ui.driver import suspended
from osexplorer.ui.host import Host


class Outside:
    """Hands files of a listing to other programs.

    Args:
        host: the app.
        changed: called with the paths that an editor may have changed.
    """

    def __init__(self, host: Host, changed: Callable[[Sequence[str]], None]) -> None:
        self._host, self._session, self._changed = host, host.session, changed

    # -- in the terminal

    def run(self, purpose: Purpose, cwd: str, paths: Sequence[str] = ()) -> None:
        """Give the terminal to the editor, the pager or a shell until it ends."""
        host = self._host

        def found(command: Command) -> None:
            host.call_later(self._lend, command, cwd, tuple(paths))

        host.work(self._session.programs.command(purpose, paths), found)

    def _lend(self, command: Command, cwd: str, paths: Sequence[str]) -> None:
        done = suspended(self._host, lambda: self._session.programs.run_here(command, cwd))
        if isinstance(done, Ended):
            self._host.say(display(done.text), problem=done.failed)
            self._changed(paths)
        elif isinstance(done, OSExplorerError | InterruptedError):
            self._host.say(str(done), problem=True)
        else:
            raise done

    # -- beside the terminal

    def open(self, cwd: str, paths: Sequence[str]) -> None:
        """Open files as the desktop does, as children whose output is in pane 6."""
        self._host.work(self._open(cwd, paths), self._opened)

    async def _open(self, cwd: str, paths: Sequence[str]) -> Child:
        session = self._session
        for path in paths[:-1]:  # these programs take one path
            await self._open(cwd, [path])
        command = await session.programs.command("opener", paths[-1:])
        return await session.children.start(command, environment=session.environment.for_child(), cwd=cwd)

    def _opened(self, child: Child) -> None:
        if child.error is not None:
            self._host.say(str(child.error), problem=True)
            self._host.go_to("children", key=child.id)
        else:
            self._host.say(f"{display(child.command.line)}: pane 6 tells how it ends")

    # -- leaving

    def pick(self, paths: Sequence[str]) -> None:
        """Leave the program, which then prints these paths."""
        from osexplorer.ui.dialogs.quit import ask_to_quit

        broken = [path for path in paths if "\n" in path]
        if broken and self._host.picking == "lines":
            name = display(os.path.basename(broken[0]))
            self._host.say(
                f"{name} holds a newline, which ends a line of the output: start with --print0", problem=True
            )
        elif paths:
            self._host.picked = tuple(paths)
            self._host.work(ask_to_quit(self._host))
