"""The machine's processes, live, and signals to them.

processes = Processes(door)
async for table in processes.feed.watch():
    ...
token = await processes.target(row.id)      # when the dialog opens
answer = await processes.signal(token, 15)  # when the person has decided
processes.release(token)
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from typing import NamedTuple

from osexplorer.model.children import SignalOutcome
from osexplorer.model.errors import CallError, Denied, Gone, Refused
from osexplorer.model.process_details import OpenFile, ProcessDetails
from osexplorer.model.processes import EMPTY_TABLE, Process, ProcessId, ProcessTable
from osexplorer.model.signals import signal_name
from osexplorer.services import beat
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.system import process_details, signals
from osexplorer.system import processes as system

SHORTEST_SECONDS = 0.2
"""The shortest time between two samples."""

_FIRST_SECONDS = 0.5  # to the second sample, so that the first CPU figures do not wait for a whole interval
_COMMANDS_SECONDS = 0.1  # how long a table waits for command lines; a process in trouble may hold up theirs for ever


class SignalAnswer(NamedTuple):
    """What became of a signal, in words."""

    outcome: SignalOutcome
    text: str
    """As ``SIGTERM sent to 1234``."""


class Processes:
    """Samples the process table while its feed is watched; rests otherwise.

    Args:
        refresh_seconds: time between two samples.
    """

    def __init__(self, door: Door, refresh_seconds: float = 2.0) -> None:
        self.feed: Feed[ProcessTable] = Feed(EMPTY_TABLE, self._begin)
        self._door = door
        self._refresh_seconds = max(refresh_seconds, SHORTEST_SECONDS)
        self._collector: system.Collector | None = None
        self._sampling = asyncio.Lock()
        self._sampler: asyncio.Task[None] | None = None
        self._rest = beat.Rest()
        self._sampled = float("-inf")
        self._reading: dict[asyncio.Task[None], frozenset[ProcessId]] = {}
        self._targets: dict[int, signals.Target] = {}
        self._tokens = itertools.count(1)

    @property
    def refresh_seconds(self) -> float:
        """Seconds between two samples; may be set at any time, 0.2 at least."""
        return self._refresh_seconds

    @refresh_seconds.setter
    def refresh_seconds(self, seconds: float) -> None:
        self._refresh_seconds = max(seconds, SHORTEST_SECONDS)
        self._rest.end()

    async def refresh(self) -> ProcessTable:
        """Take a sample now and publish it; returns it. A failure is in its `error`, never raised."""
        async with self._sampling:
            try:
                table = await self._sample()
            except CallError as error:
                table = self.feed.value._replace(error=error)
        self.feed.publish(table)
        return table

    def find(self, pid: int) -> Process | None:
        """The process of that number in the last sample."""
        return next((row for row in self.feed.value.rows if row.pid == pid), None)

    async def target(self, process: ProcessId | int) -> int:
        """Hold a process, so that a later signal reaches it and no other; returns a token for :meth:`signal`.

        Raises:
            Gone: it has exited, or its number is another's by now.
            Exhausted: no descriptor is left.
        """
        if not isinstance(process, ProcessId):
            process = await self._door.run(process_details.process_id, process, lane="processes")
        target = await self._door.run(signals.hold, process, self._collect(), lane="processes")
        token = next(self._tokens)
        self._targets[token] = target
        return token

    async def signal(self, token: int, number: int) -> SignalAnswer:
        """Send a signal to a held process. May be done more than once.

        Raises:
            Refused: the token was released.
            CallError: neither permission nor absence is the reason (EINVAL: no such signal).
        """
        target = self._targets.get(token)
        if target is None:
            raise Refused("This process is not held any more")
        pid, name = target.process.pid, signal_name(number)
        try:
            await self._door.run(signals.send, target, number, lane="signals")
        except Gone:
            return SignalAnswer(SignalOutcome.GONE, f"{name} not sent: process {pid} is already gone")
        except Denied as error:
            return SignalAnswer(SignalOutcome.DENIED, f"{name} to {pid} not permitted: {error.code} ({error.strerror})")
        sent = f"{name} sent to {pid}" if number else f"Process {pid} exists and may be signalled"
        return SignalAnswer(SignalOutcome.SENT, sent)

    def exited(self, token: int) -> bool:
        """Whether a held process has exited (a zombie has). False where the system cannot tell."""
        target = self._targets.get(token)
        return target is not None and signals.exited(target)

    def release(self, token: int) -> None:
        """Let go of a process; a second time does nothing."""
        target = self._targets.pop(token, None)
        if target is not None:
            signals.release(target)

    async def details(self, process: ProcessId) -> ProcessDetails:
        """Everything of one process. What we may not read is told apart in `errors`.

        Raises:
            Gone: it has exited, or its number is another's by now.
        """
        return await self._door.run(process_details.details, process, lane="details")

    async def open_files(self, process: ProcessId) -> tuple[OpenFile, ...]:
        """The descriptors a process has open.

        Raises:
            Gone: it has exited, or its number is another's by now.
            Denied: its descriptors are not ours to see.
        """
        return await self._door.run(process_details.open_files, process, lane="details")

    async def close(self) -> None:
        """Stop sampling and give back every descriptor."""
        if self._sampler is not None:
            self._sampler.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sampler
        for task in self._reading:
            task.cancel()
        for token in list(self._targets):
            self.release(token)
        if self._collector is not None:
            collector, self._collector = self._collector, None
            await self._door.run(collector.close, lane="processes")

    def _begin(self) -> None:
        if self._sampler is None:
            self._sampler = asyncio.create_task(self._run(), name="processes")

    async def _run(self) -> None:
        try:
            while self.feed.watched:
                table = await self.refresh()
                pause = self._refresh_seconds if table.window or table.error else _FIRST_SECONDS
                await self._rest.until_beat(pause)
        finally:
            self._sampler = None

    def _collect(self) -> system.Collector:
        if self._collector is None:
            self._collector = system.collector()
        return self._collector

    async def _sample(self) -> ProcessTable:
        collector = self._collect()
        # Processor times over a pause in which nobody looked would say nothing about now.
        rested = time.monotonic() - self._sampled > 3 * self._refresh_seconds + 5
        taken = time.time_ns()
        reading = await self._door.run(collector.sample, restart=rested, lane="processes")
        self._sampled = time.monotonic()
        rows = reading.rows
        if await self._read_commands(collector, reading.unnamed):
            rows = collector.named(rows)
        return ProcessTable(rows, taken, reading.window, reading.totals)

    def _commands_read(self, task: asyncio.Task[None]) -> None:
        del self._reading[task]
        if not task.cancelled():
            task.exception()  # of a late one: the next sample asks again, and finds the same

    async def _read_commands(self, collector: system.Collector, unnamed: tuple[ProcessId, ...]) -> bool:
        """Read command lines in a lane of their own; whether any may have come."""
        under_way = frozenset().union(*self._reading.values())
        wanted = [process for process in unnamed if process not in under_way]
        if not wanted:
            return bool(unnamed)
        reading = self._door.run(system.read_commands, wanted, collector.commands, lane="commands")
        task = asyncio.create_task(reading, name="commands")
        self._reading[task] = frozenset(wanted)
        task.add_done_callback(self._commands_read)
        await asyncio.wait({task}, timeout=_COMMANDS_SECONDS)
        if task.done():
            task.result()
        return True
