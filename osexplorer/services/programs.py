"""An editor, a pager, a shell, the desktop's opener: which, and running them in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from osexplorer.model.calls import Call
from osexplorer.model.command_line import Command
from osexplorer.model.programs import Ended, Purpose, command_with, none_found, wish
from osexplorer.services.door import Door
from osexplorer.services.environment import Environment
from osexplorer.system import calls, foreground


class Programs:
    """Other programs, chosen by the variables of the environment service and run with them."""

    def __init__(self, door: Door, environment: Environment) -> None:
        self._door = door
        self._environment = environment

    async def command(self, purpose: Purpose, paths: Sequence[str] = ()) -> Command:
        """The command that serves the purpose for these paths.

        Raises:
            Refused: there is no such program, or the variable that names one is not a command line.
        """
        variables = self._environment.for_child()
        wanted = wish(purpose, variables)
        line = await self._door.run(foreground.first_there, wanted.lines, variables)
        if line is None:
            raise none_found(purpose, wanted)
        return command_with(line, paths)

    def run_here(self, command: Command, cwd: str) -> Ended:
        """Run a program in this program's terminal, which must have been lent, and wait for it: it blocks the event
        loop, since nothing may be drawn meanwhile.

        Raises:
            CallError: it cannot be started.
        """

        def record(call: Call) -> None:
            self._door.log.add(call)

        with calls.recording(record):
            return foreground.run_here(command, cwd, self._environment.for_child())
