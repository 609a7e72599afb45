"""What is remembered of children after the end of this program: how each went, what it wrote, and which still run.

history = ChildHistory(door, children)
left = await history.find_left()      # at the start: children of an earlier run are on the list again
await history.read()                  # those that have ended, of every run, newest last, in history.feed
await history.close()                 # at the end: everything noted is on disk
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from osexplorer.model.child_history import MEANWHILE, Born, Past, from_json, key_of, line_of, past_of, to_json
from osexplorer.model.children import Child
from osexplorer.model.errors import Gone, OSExplorerError, Refused
from osexplorer.model.output import OutputView
from osexplorer.places import state_directory
from osexplorer.services.children import Children
from osexplorer.services.door import Door
from osexplorer.services.feed import Feed
from osexplorer.system import child_history as outputs
from osexplorer.system import left_running
from osexplorer.system.json_lines import JsonLines

KEEP = 500
"""Children remembered, and lines launched."""
KEEP_BYTES = 4 << 20
"""Bytes of what is remembered of children, without their output."""
KEEP_OUTPUT = 64 << 10
"""Bytes of a child's output remembered, the last ones."""

_LANE = "state"
_NO_VIEWS: Mapping[str, OutputView] = {}
_PRUNE_AFTER = 32
_KNOWN = 2000  # ended children, after which those that were removed are forgotten


class Left(NamedTuple):
    """What became of the children that an earlier run has left running."""

    running: tuple[Child, ...] = ()
    """Still running; they are on the list of children."""
    ended: tuple[Past, ...] = ()
    """Ended meanwhile; nobody was there to be told how."""


class _Job(NamedTuple):
    """Something to be written."""

    child: Child
    view: OutputView | None = None
    """What it wrote, where that is to be kept."""


class ChildHistory:
    """Notes every child that starts and ends. Lives on one event loop.

    Args:
        directory: where it is kept; the user's own place for such when None.
        keep: children remembered; 0 for none.
        keep_output: bytes of output remembered of each; 0 for none.
    """

    def __init__(
        self,
        door: Door,
        children: Children,
        directory: str | None = None,
        *,
        keep: int = KEEP,
        keep_output: int = KEEP_OUTPUT,
    ) -> None:
        base = directory if directory is not None else state_directory()
        self.directory = os.path.join(base, "children") if base is not None else ""
        """``""`` for a user without a home directory: then nothing is kept."""
        self.feed: Feed[tuple[Past, ...]] = Feed(())
        """Those that have ended, as last read, oldest first."""
        self.problem: Feed[str] = Feed("")
        """Why something could not be written; ``""`` while all is well."""
        self.children = children
        self._door = door
        self._keep, self._keep_output = keep, keep_output
        self._file = JsonLines(os.path.join(self.directory, "history.jsonl"), max(keep, 1), KEEP_BYTES)
        self._lines_file = JsonLines(os.path.join(self.directory, "lines.jsonl"), KEEP, 1 << 20)
        self._outputs = os.path.join(self.directory, "output")
        self._register = left_running.Register(os.path.join(self.directory, "running"))
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._noted: set[int] = set()
        self._recorded: set[int] = set()
        self._files: dict[int, str] = {}
        self._saved = 0
        self._line = ""
        self._new_lines: list[str] = []
        children.observe(self._told)

    # -- noting

    def _told(self, child: Child) -> None:
        """A child has started, ended or closed its output."""
        if not self.directory:
            return
        if (known := self.children.history) and known[-1] != self._line:
            self._line = known[-1]
            self._new_lines.append(self._line)
        if child.alive:
            if child.pid and child.id not in self._noted:
                self._noted.add(child.id)
                self._put(_Job(child))
            return
        if child.id not in self._recorded:
            self._noted.discard(child.id)
            self._recorded.add(child.id)
            if len(self._recorded) > _KNOWN:
                self._recorded &= {known.id for known in self.children.feed.value} | {child.id}
            self._put(_Job(child))
        if self._keep and self._keep_output and child.output_bytes and not child.earlier:
            self._put(_Job(child, self.children.output(child.id)))

    def goes_to(self, id: int, path: str) -> None:
        """The output of a child goes to this file from now on."""
        self._files[id] = path
        child = self.children.get(id)
        if child is not None and child.alive and self.directory:
            self._put(_Job(child))

    def _put(self, job: _Job) -> None:
        self._jobs.put_nowait(job)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while not self._jobs.empty():
            jobs = []
            while not self._jobs.empty():
                jobs.append(self._jobs.get_nowait())
            try:
                await self._write(jobs)
            except OSExplorerError as error:
                self.problem.publish(f"The history of children is not written: {error}")

    async def _write(self, jobs: list[_Job]) -> None:
        pids = [job.child.pid for job in jobs if job.child.alive]
        born = await self._door.run(_born, pids, lane=_LANE) if pids else {}
        begun: list[tuple[str, dict[str, Any]]] = []
        ended: list[Child] = []
        views: dict[str, OutputView] = {}
        for child, view in jobs:
            if view is not None:
                views[key_of(child)] = view
            elif not child.alive:
                ended.append(child)
            # Not reaped yet: so the number meant this very child when it was looked at.
            elif (now := self.children.get(child.id)) is not None and now.alive and (what := born.get(child.pid)):
                begun.append((key_of(child), _running_record(child, what, self._files.get(child.id, ""))))
        pasts = [past_of(child, self._files.pop(child.id, "")) for child in ended]
        lines, self._new_lines = self._new_lines, []
        await self._door.run(self._save, begun, pasts, views, lines, lane=_LANE)
        if pasts and self._keep:
            self.feed.publish((*self.feed.value, *pasts)[-self._keep :])

    def _save(
        self,
        begun: Sequence[tuple[str, dict[str, Any]]] = (),
        ended: Sequence[Past] = (),
        views: Mapping[str, OutputView] = _NO_VIEWS,
        lines: Sequence[str] = (),
    ) -> None:
        self._lines_file.append([{"line": line} for line in lines])
        for key, record in begun:
            self._register.add(key, record)
        if self._keep:
            self._file.append([to_json(past) for past in ended])
        for past in ended:
            self._register.end(past.key)
        for key, view in views.items():
            outputs.save_output(self._outputs, key, view.tail(self._keep_output))
            self._saved += 1
        if self._saved >= _PRUNE_AFTER:
            self._saved = 0
            outputs.prune_outputs(self._outputs, self._keep)

    async def flush(self) -> None:
        """Wait until everything noted so far is written."""
        while self._worker is not None and not self._worker.done():
            await asyncio.wait([self._worker])

    async def close(self) -> None:
        """Write what is left. Children that still run stay noted, for the next start to find."""
        await self.flush()
        await self._door.run(self._register.close, lane=_LANE)

    # -- reading

    async def read(self) -> tuple[Past, ...]:
        """Those that have ended, of every run, newest last; also in :attr:`feed`.

        Raises:
            CallError: the file cannot be read.
        """
        if not self.directory or not self._keep:
            return ()
        await self.flush()
        pasts = await self._door.run(self._read, lane=_LANE)
        self.feed.publish(pasts)
        return pasts

    def _read(self) -> tuple[Past, ...]:
        kept = outputs.kept_outputs(self._outputs)
        return tuple(
            past._replace(output=os.path.join(self._outputs, past.key))
            if past.key in kept and not past.output
            else past
            for past in _pasts(self._file.read())
        )

    async def output(self, past: Past) -> tuple[bytes, int]:
        """The end of what it wrote, as far as it was kept, and how many bytes were kept in all.

        Raises:
            Refused: nothing was kept.
            CallError: the file is gone, or cannot be read.
        """
        if not past.output:
            raise Refused("Its output was not kept")
        return await self._door.run(outputs.read_output, past.output, 1 << 20, at=past.output)

    async def forget(self, keys: frozenset[str]) -> None:
        """Remove these from history, with the output that is kept in it.

        Raises:
            CallError: it cannot be written.
        """
        await self.flush()
        await self._door.run(self._forget, keys, lane=_LANE)
        await self.read()

    def _forget(self, keys: frozenset[str]) -> None:
        self._file.change(lambda records: [record for record in records if record.get("key") not in keys])
        outputs.forget_outputs(self._outputs, keys)

    # -- lines launched

    async def read_lines(self) -> None:
        """Give the launch prompt the lines of earlier runs too, before those of this one.

        Raises:
            CallError: the file cannot be read.
        """
        if not self.directory:
            return
        records = await self._door.run(self._lines_file.read, lane=_LANE)
        lines = [line for record in records if isinstance(line := record.get("line"), str)]
        known = self.children.history
        merged = list(dict.fromkeys([*reversed(known), *reversed(lines)]))
        known.clear()
        known.extend(reversed(merged[: known.maxlen]))

    # -- children of an earlier run

    async def find_left(self) -> Left:
        """Take over the children of runs that are over, however they ended: those that still run join the list of
        children, the others go to history.

        Raises:
            CallError: what was noted cannot be read.
        """
        if not self.directory:
            return Left()
        records = await self._door.run(self._register.take_over, lane=_LANE)
        running, ended = [], []
        for record in records.values():
            try:
                past, process = from_json(record), Born(str(record["boot"]), int(record["pid"]), int(record["ticks"]))
            except (KeyError, TypeError, ValueError, OverflowError):
                continue
            try:
                fd = await self._door.run(left_running.hold, process, lane=_LANE)
            except (Gone, Refused):
                ended.append(past._replace(end=MEANWHILE))
                continue
            child = self.children.adopt(past, fd)
            if past.output:
                self._files[child.id] = past.output
            self._noted.add(child.id)
            running.append(child)
        if ended:
            await self._door.run(self._save, (), ended, lane=_LANE)
        return Left(tuple(running), tuple(ended))


def _born(pids: list[int]) -> dict[int, Born]:
    return {pid: process for pid in pids if (process := left_running.born(pid)) is not None}


def _running_record(child: Child, process: Born, output: str) -> dict[str, Any]:
    return to_json(past_of(child, output)) | {"boot": process.boot, "ticks": process.ticks}


def _pasts(records: list[dict[str, Any]]) -> list[Past]:
    """Those that are records of children; another version may have written others."""
    found = []
    for record in records:
        try:
            found.append(from_json(record))
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    return found


def text_of(past: Past) -> str:
    """What a search looks in."""
    return f"{line_of(past.command)} {past.end} {past.cwd}"
