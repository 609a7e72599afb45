"""The children of this program: launch them, watch them, signal them, read what they write.

children = Children(door)
child = await children.launch("make -j4 | tee log", cwd="/src", environment=variables)
await children.signal(child.id, signal.SIGTERM)
async for snapshot in children.feed.watch(): ...
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
from collections import deque
from collections.abc import Mapping

from osexplorer.model.calls import Call
from osexplorer.model.child_history import Past
from osexplorer.model.children import Child, ChildState, SignalOutcome
from osexplorer.model.command_line import SHELL, Command, Mode, parse_command
from osexplorer.model.errors import CallError, Denied, Gone, Refused
from osexplorer.model.launch import Launch, Place
from osexplorer.places import state_directory
from osexplorer.services.child_foreground import ChildForeground
from osexplorer.services.child_input import ChildInput
from osexplorer.services.child_list import Held
from osexplorer.services.child_streams import ChildStreams
from osexplorer.services.child_terminal import ChildTerminal
from osexplorer.services.child_trees import ChildTrees
from osexplorer.services.door import Door
from osexplorer.services.output import Output
from osexplorer.services.reaper import End, Reaper
from osexplorer.system import calls
from osexplorer.system import children as system
from osexplorer.system import launch as launching
from osexplorer.system import reaper as ends
from osexplorer.system.launch import Launched
from osexplorer.system.launch_check import check
from osexplorer.system.output import OutputNews

HISTORY = 500
"""Lines remembered."""

_LANE = "children"


def _spill_directory() -> str | None:
    state = state_directory()
    return os.path.join(state, "output") if state is not None else None


class Children(ChildStreams, ChildTrees, ChildForeground):
    """All children, oldest first in :attr:`feed`. Lives on one event loop; :meth:`close` ends its work."""

    def __init__(self, door: Door) -> None:
        self._output = Output(door, self._heard, _spill_directory())
        super().__init__(door, self._output)
        self.history: deque[str] = deque(maxlen=HISTORY)
        """Lines that were launched, the newest last, each once."""
        self._reaper = Reaper(door, self._trees.stir)
        self._ids = itertools.count(1)

    async def launch(
        self,
        line: str,
        mode: Mode = "auto",
        *,
        environment: Mapping[str, str] | None = None,
        cwd: str | None = None,
        umask: int | None = None,
        shell: str = SHELL,
    ) -> Child:
        """Start what somebody typed, in the background, its output kept here.

        Returns the child as it is once it runs or has failed to: look at `state` and `error`.

        Args:
            environment: all the variables it gets; None for this program's.
            cwd: None for this program's.
            umask: None for this program's.
            shell: what reads lines that need a shell.

        Raises:
            Refused: the line is not a command (see `parse_command`), or a variable's name or value is impossible.
        """
        command = parse_command(line, mode, shell)
        self.remember(line)
        return await self.start(command, environment=environment, cwd=cwd, umask=umask)

    def remember(self, line: str) -> None:
        """Put a line into the history, as the newest."""
        if line in self.history:
            self.history.remove(line)
        self.history.append(line)

    async def look(self, launch: Launch) -> tuple[dict[str, str], dict[str, str]]:
        """Whether what a launch names is there: what is wrong, and what was found, each by the field of
        :class:`~osexplorer.model.launch_form.Draft`."""
        return await self._door.run(check, launch, at=launch.cwd)

    async def start(
        self,
        command: Command,
        *,
        environment: Mapping[str, str] | None = None,
        cwd: str | None = None,
        umask: int | None = None,
        capture: bool = True,
    ) -> Child:
        """As :meth:`launch`, for a command that is parsed already.

        With `capture` off, the child has this program's input, output and session. Giving up the wait does not give
        up the launch: the child still appears.
        """
        place = Place.BACKGROUND if capture else Place.FOREGROUND
        kept = dict(environment) if environment is not None else None
        return await self.begin(Launch(command, cwd=cwd, environment=kept, umask=umask, place=place))

    async def begin(self, launch: Launch) -> Child:
        """As :meth:`start`, for a launch with all that can be said about one, in any place but ``REPLACE``.

        Raises:
            Refused: its parts do not fit together, or this program may not do what it asks for.
        """
        child, held = self._new(launch)
        self._publish()
        held.launching = asyncio.create_task(self._launch(child, held, launch))
        return await asyncio.shield(held.launching)

    def _new(self, launch: Launch) -> tuple[Child, Held]:
        """A row for what is about to be launched."""
        child = Child(
            id=next(self._ids),
            command=launch.command,
            cwd=os.getcwd() if launch.cwd is None else launch.cwd,
            umask=launch.umask,
            started=time.time_ns(),
            began=time.monotonic_ns(),
            launch=launch,
        )
        held = Held(launch.environment, launch.captured)
        self._children[child.id], self._held[child.id] = child, held
        self._trees.adopt()
        return child, held

    def _watch(self, id: int, launched: Launched) -> None:
        self._reaper.watch(
            launched.pid,
            launched.exit_fd,
            launched.own_peak,
            sampled_peak=lambda: self._children[id].peak_rss,
            on_end=lambda end: self._ended(id, end),
            on_stop=lambda number: self._stopped(id, number),
        )

    async def _launch(self, child: Child, held: Held, launch: Launch) -> Child:
        try:
            launched = await self._door.run(launching.launch, launch, at=launch.cwd, lane=_LANE)
        except Refused:
            del self._children[child.id], self._held[child.id]
            self._publish()
            raise
        except CallError as error:
            duration = time.monotonic_ns() - child.began
            return self._set(child.id, state=ChildState.FAILED, error=error, duration=duration)
        finally:
            held.launching = None
        id = child.id
        held.exit_fd = launched.exit_fd
        if launched.in_fd >= 0:
            held.input = ChildInput(launched.in_fd)
        self._watch(id, launched)
        if held.captured:
            if launch.terminal:
                held.terminal = ChildTerminal(launch.size, self.answerer(id))
            tap = held.terminal.feed if held.terminal is not None else None
            self._output.add(id, launched.out_fd, launched.err_fd, tee_fd=launched.tee_fd, tap=tap)
        self._trees.start()
        return self._set(
            id,
            state=ChildState.RUNNING,
            pid=launched.pid,
            began=launched.began,
            started=launched.started,
            output_open=held.captured,
            cwd=launched.run_as.home if launch.cwd is None and launched.run_as is not None else child.cwd,
        )

    def adopt(self, past: Past, exit_fd: int) -> Child:
        """Put a process on the list that an earlier run of this program has left running.

        Args:
            exit_fd: its pidfd, which belongs to this service from now on.
        """
        id = next(self._ids)
        began = time.monotonic_ns() - max(time.time_ns() - past.started, 0)
        held = self._held[id] = Held(None, True)
        held.exit_fd = exit_fd
        self._children[id] = Child(
            id,
            past.command,
            past.cwd,
            past.umask,
            past.started,
            began,
            ChildState.RUNNING,
            past.pid,
            earlier=True,
            output_file=past.output,
        )
        self._reaper.watch(
            past.pid,
            exit_fd,
            0,
            sampled_peak=lambda: None,
            on_end=lambda end: self._ended(id, end),
            on_stop=lambda number: None,
            own=False,
        )
        self._trees.start()
        self._publish()
        return self._children[id]

    def _ended(self, id: int, end: End) -> None:
        child, held = self._children[id], self._held[id]
        held.reaped, held.here = True, None
        state = ChildState.LOST
        if end.status is not None:
            state = ChildState.SIGNALLED if os.WIFSIGNALED(end.status) else ChildState.EXITED
        self._set(
            id,
            state=state,
            status=end.status,
            stop_signal=None,
            rusage=end.rusage,
            duration=end.at - child.began,
            cpu=None,
            rss=None,
        )
        self._let_go(id)
        self._tree_may_be_left(id)

    def _stopped(self, id: int, number: int) -> None:
        if self._children[id].alive:
            state = ChildState.STOPPED if number else ChildState.RUNNING
            self._set(id, state=state, stop_signal=number or None, told_at=time.monotonic_ns())

    def _let_go(self, id: int) -> None:
        """Close the pidfd once the child is reaped and nobody writes to its pipes: no group is left to signal, and
        nobody to read what is typed."""
        child, held = self._children[id], self._held[id]
        if held.reaped and not child.output_open:
            if held.exit_fd >= 0:
                ends.close(held.exit_fd)
                held.exit_fd = -1
            if held.input is not None:
                held.input.close()

    async def signal(self, id: int, number: int, group: bool = False) -> SignalOutcome:
        """Send a signal to a child, or to every process of the group it leads.

        Raises:
            Refused: it is still being started, or the group is this program's own.
            CallError: neither permission nor absence is the reason (EINVAL: no such signal).
        """
        held = self._held.get(id)
        if held is None or (held.exit_fd < 0 and held.launching is None):
            return SignalOutcome.GONE
        if held.exit_fd < 0:
            raise Refused("It is still being started")
        if held.here is not None and number == signal.SIGCONT:
            raise Refused("It wants this terminal: Enter on its row lends it, and continues it")
        launch = self._children[id].launch
        if group and launch is not None and not launch.leads:
            raise Refused("It is in this program's own process group")
        if held.reaped and not group:
            return SignalOutcome.GONE
        send = system.send_group_signal if group else system.send_signal
        try:
            # On the loop: it never blocks, and nothing can be reaped between the check above and the call.
            with calls.recording(self._record):
                send(self._children[id].pid, held.exit_fd, number, held.reaped)
        except Gone:
            return SignalOutcome.GONE
        except Denied:
            return SignalOutcome.DENIED
        held.asked.add(number)
        return SignalOutcome.SENT

    async def remove(self, id: int) -> None:
        """Take an ended child off the list, with its output. A descendant that still writes to it gets SIGPIPE.

        Raises:
            Refused: it has not ended.
        """
        child = self._children.get(id)
        if child is None:
            return
        if child.alive:
            raise Refused("It is still running; end it first")
        if child.output_open:
            self._set(id, output_open=False)
        self._output.discard(id)
        self._let_go(id)
        del self._children[id], self._held[id]
        self._publish()

    async def run_again(self, id: int) -> Child:
        """Launch the same command with the same directory, environment and umask.

        Raises:
            Refused: it is no longer on the list.
        """
        child, held = self._children.get(id), self._held.get(id)
        if child is None or held is None:
            raise Refused("It is no longer on the list")
        if child.launch is not None:
            return await self.begin(child.launch)
        return await self.start(child.command, environment=held.environment, cwd=child.cwd, umask=child.umask)

    async def settle(self) -> None:
        """Wait until no child is being started any more."""
        while launching := [held.launching for held in self._held.values() if held.launching is not None]:
            await asyncio.wait(launching)

    async def detach(self, id: int, directory: str | None = None) -> str:
        """Leave a child to itself: its pipes go to a small process that outlives this program, so that writing does not
        end the child. It stays on the list as long as this program lives.

        Args:
            directory: where its further output goes, into a file of its own; None to throw it away. What goes to a file
                beside the pane goes on to that one.

        Returns the file, or ``""``.

        Raises:
            CallError: the file could not be made, or the process.
        """
        child = self._children.get(id)
        if child is None or not child.output_open:
            return ""
        file = child.launch.target_file if child.launch is not None else ""
        path = await self._output.detach(id, child.pid, directory, file)
        if id in self._children:
            self._set(id, output_open=False)
        return path

    async def close(self) -> None:
        """Stop watching and reading. Children that still run go on; their pipes are closed unless detached."""
        self._closed = True
        self._trees.stop()
        for held in self._held.values():
            if held.launching is not None:
                held.launching.cancel()
        self._reaper.close()
        for held in self._held.values():
            if held.exit_fd >= 0:
                ends.close(held.exit_fd)
                held.exit_fd = -1
            if held.input is not None:
                held.input.close()
        await self._output.close()

    def _heard(self, news: list[OutputNews]) -> None:
        for item in news:
            if item.id not in self._children:
                continue
            counts = {"output_bytes": item.total, "dropped_bytes": item.dropped, "output_problem": item.problem}
            self._set(item.id, publish=False, output_open=item.open, **counts)
            self._held[item.id].news.publish(item.total)
            self._let_go(item.id)
        self._publish()

    def _record(self, call: Call) -> None:
        self._door.log.add(call)
